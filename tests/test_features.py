"""Feature words: positions by release, what ethtool may change, and what the rules take back."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest

from lomodel.linux.include.linux.netdev_features import netdev_features
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_NONE,
    CHECKSUM_PARTIAL,
    SKB_GSO_TCPV4,
    SKB_GSO_TCPV6,
    SkBuff,
)
from lomodel.linux.net.core.dev_features import (
    __netdev_update_features,
    can_checksum_protocol,
    gso_features_check,
    netdev_fix_features,
    netdev_intersect_features,
    netif_skb_features,
    skb_network_protocol,
)
from lomodel.linux.net.core.skbuff import alloc_skb, skb_put
from lomodel.linux.net.ethtool.ioctl import ethtool_set_features, feature_states
from lomodel.machine import Machine
from lomodel.release import RELEASES, release_named

TSO = "tx-tcp-segmentation"
ECN = "tx-tcp-ecn-segmentation"
MANGLEID = "tx-tcp-mangleid-segmentation"
TSO6 = "tx-tcp6-segmentation"


def lo(release: str = "6.18"):
    return Machine(release).new_net().loopback_dev


# What ETHTOOL_GFEATURES of a fresh lo said, or what the headers of the release add up to.
WORDS = {
    "6.1": (0x516401D7C69, 0xA000006401D4800, 0x6401D4800),
    "6.12": (0x516401D4C69, 0xA000006401D4800, 0x6401D4800),
    "6.18": (0x52E401D4C69, 0xA00000E401D4800, 0xE401D4800),
}


@pytest.mark.parametrize("release", WORDS)
def test_a_fresh_lo_has_the_words_of_its_release(release):
    dev = lo(release)
    assert (dev.features, dev.hw_features, dev.wanted_features) == WORDS[release]


def test_no_position_stands_for_two_features():
    for release in RELEASES:
        table = netdev_features(release)
        assert len(set(table.bit.values())) == len(table.bit)
        assert len(set(table.string.values())) == len(table.string)


def test_6_18_moved_the_checksum_bits_and_kept_their_names():
    old, new = netdev_features("6.12"), netdev_features("6.18")
    assert (old.bit["SCTP_CRC"], new.bit["SCTP_CRC"]) == (36, 37)
    assert old.by_string["tx-checksum-sctp"] != new.by_string["tx-checksum-sctp"]


def test_gso_software_has_seven_names_before_6_18_and_eight_in_it():
    counts = {name: len(table.names(table.GSO_SOFTWARE)) for name, table in tables()}
    assert counts == dict.fromkeys(("5.14", "5.15", "6.1", "6.6", "6.12"), 7) | {"6.18": 8}


def tables():
    return [(name, netdev_features(name)) for name in RELEASES]


def test_a_feature_that_a_release_does_not_have_is_never_set():
    assert netdev_features("6.12").GSO_ACCECN == 0
    assert netdev_features("6.18").LLTX == 0
    with pytest.raises(AttributeError, match="NONSENSE"):
        _ = netdev_features("6.18").NONSENSE


def test_an_unknown_release_is_named_with_the_known_ones():
    with pytest.raises(ValueError, match="2.4.*5.14, 5.15, 6.1, 6.6, 6.12, 6.18"):
        release_named("2.4")


def _on(dev, name: str) -> bool:
    return feature_states(dev)[name].startswith("on")


@pytest.mark.parametrize("wish", list(product((False, True), repeat=4)))
def test_the_rules_take_back_what_cannot_work(wish):
    """The 16 rows of the four TCP switches, as a real lo answered them."""
    dev = lo()
    names = (TSO, ECN, MANGLEID, TSO6)
    rc = ethtool_set_features(dev, dict(zip(names, wish, strict=True)))
    tso, ecn, mangleid, tso6 = wish
    expected = (tso, ecn and (tso or mangleid or tso6) and (tso or tso6), mangleid and tso, tso6)
    assert tuple(_on(dev, name) for name in names) == expected
    assert rc == (2 if expected != wish else 0)


def test_a_wish_is_remembered_until_it_can_come_true():
    dev = lo()
    ethtool_set_features(dev, {TSO: False})
    assert feature_states(dev)[MANGLEID] == "off [requested on]"
    ethtool_set_features(dev, {TSO: True})
    assert feature_states(dev)[MANGLEID] == "on"


def test_a_feature_outside_hw_features_is_left_alone_and_said_so():
    dev = lo()
    before = dev.features
    assert ethtool_set_features(dev, {"tx-scatter-gather": False, "highdma": False}) == 1
    assert dev.features == before


def test_a_feature_that_never_changes_is_refused_with_all_that_was_asked_beside_it():
    dev = lo()
    before = dev.features
    with pytest.raises(OSError) as refused:
        ethtool_set_features(dev, {"vlan-challenged": False, TSO: False})
    assert refused.value.errno == 22
    assert dev.features == before


def test_an_unknown_feature_is_named_with_the_release():
    with pytest.raises(ValueError, match="tx-magic.*6.18"):
        ethtool_set_features(lo(), {"tx-magic": True})
    with pytest.raises(ValueError, match="accecn.*6.12"):
        ethtool_set_features(lo("6.12"), {"tx-tcp-accecn-segmentation": True})


# --- the rules, one by one: lo itself cannot be put into most of these states ---------------------

RULES = [
    ("HW_CSUM IP_CSUM IPV6_CSUM", "HW_CSUM"),
    ("IP_CSUM IPV6_CSUM", "IP_CSUM IPV6_CSUM"),
    ("HW_CSUM TSO TSO6 TSO_ECN TSO_MANGLEID GSO", "HW_CSUM"),
    ("SG TSO TSO_ECN", "SG"),
    ("SG IP_CSUM TSO TSO_ECN TSO_MANGLEID", "SG IP_CSUM TSO TSO_ECN TSO_MANGLEID"),
    ("SG IPV6_CSUM TSO TSO6", "SG IPV6_CSUM TSO6"),
    ("SG IP_CSUM TSO6", "SG IP_CSUM"),
    ("SG IPV6_CSUM TSO TSO6 TSO_ECN", "SG IPV6_CSUM TSO6"),
    ("SG HW_CSUM TSO6 TSO_ECN TSO_MANGLEID GSO", "SG HW_CSUM TSO6 TSO_ECN GSO"),
    ("SG HW_CSUM TSO_ECN", "SG HW_CSUM"),
    ("GRO_HW LRO", "LRO"),
    ("RXCSUM GRO_HW LRO", "RXCSUM GRO_HW"),
    ("RXCSUM RXFCS GRO_HW LRO", "RXCSUM RXFCS"),
    ("IP_CSUM HW_TLS_TX", "IP_CSUM"),
    ("IP_CSUM IPV6_CSUM HW_TLS_TX", "IP_CSUM IPV6_CSUM HW_TLS_TX"),
    ("HW_CSUM HW_TLS_TX HW_TLS_RX", "HW_CSUM HW_TLS_TX"),
    ("RXCSUM HW_TLS_RX", "RXCSUM HW_TLS_RX"),
    ("GSO_UDP_L4 IP_CSUM", "IP_CSUM"),
    ("GSO_UDP_L4 IP_CSUM IPV6_CSUM", "GSO_UDP_L4 IP_CSUM IPV6_CSUM"),
    ("GSO_UDP_L4 HW_CSUM", "GSO_UDP_L4 HW_CSUM"),
]


@pytest.mark.parametrize(("wish", "allowed"), RULES)
def test_what_cannot_work_together_is_taken_out(wish, allowed):
    dev = lo()
    fixed = netdev_fix_features(dev, dev.netif_f.mask(*wish.split()))
    assert set(dev.netif_f.names(fixed)) == set(allowed.split())


def test_udp_needs_no_sum_before_6_12():
    dev = lo("6.1")
    word = dev.netif_f.GSO_UDP_L4
    assert netdev_fix_features(dev, word) == word


def test_what_only_partial_segmentation_can_goes_with_it():
    dev = lo()
    f = dev.netif_f
    dev.gso_partial_features = f.GSO_GRE_CSUM
    assert netdev_fix_features(dev, f.GSO_GRE_CSUM | f.RXCSUM) == f.RXCSUM
    both = f.GSO_GRE_CSUM | f.GSO_PARTIAL
    assert netdev_fix_features(dev, both) == both


def test_a_driver_has_a_word_in_what_is_switched_on():
    dev = lo()
    f, before = dev.netif_f, dev.features
    asked = []

    def set_features(dev, features):
        asked.append(features)
        return answer

    dev.netdev_ops = replace(
        dev.netdev_ops,
        ndo_fix_features=lambda dev, features: features & ~f.GSO_SCTP,
        ndo_set_features=set_features,
    )
    answer = -5
    assert __netdev_update_features(dev) == -1
    assert dev.features == before
    answer = 0
    assert __netdev_update_features(dev) == 1
    assert dev.features == before & ~f.GSO_SCTP
    assert __netdev_update_features(dev) == 0
    assert asked == [before & ~f.GSO_SCTP] * 2


# --- what a packet may use ------------------------------------------------------------------------


def packet(dev, protocol: int, *behind: int) -> SkBuff:
    """A packet with an Ethernet header; ``behind`` are the types after each VLAN tag."""
    skb = alloc_skb(0, 60)
    skb_put(skb, 60)
    skb.dev, skb.protocol, skb.ip_summed = dev, protocol, CHECKSUM_PARTIAL
    for number, kind in enumerate(behind):
        skb.head[16 + 4 * number : 18 + 4 * number] = kind.to_bytes(2, "big")
    return skb


@pytest.mark.parametrize(
    ("types", "protocol"),
    [
        ((0x0800,), 0x0800),
        ((0x8100, 0x0800), 0x0800),
        ((0x88A8, 0x8100, 0x86DD), 0x86DD),
        ((0x8100,) * 12, 0),
    ],
)
def test_the_protocol_is_what_stands_behind_the_tags(types, protocol):
    assert skb_network_protocol(packet(lo(), *types)) == protocol


@pytest.mark.parametrize("size", [17, 18])
def test_a_tag_that_is_cut_off_has_nothing_behind_it(size):
    skb = packet(lo(), 0x8100, 0x0800)
    skb.len = skb.tail = size
    assert skb_network_protocol(skb) == (0x0800 if size == 18 else 0)


@pytest.mark.parametrize(
    ("has", "protocol", "sums"),
    [
        ("HW_CSUM", 0x88B5, True),
        ("IP_CSUM", 0x0800, True),
        ("IP_CSUM", 0x86DD, False),
        ("IPV6_CSUM", 0x86DD, True),
        ("IPV6_CSUM", 0x0800, False),
        ("IP_CSUM IPV6_CSUM", 0x88B5, False),
    ],
)
def test_who_cannot_sum_a_packet_cannot_cut_it_either(has, protocol, sums):
    dev = lo()
    f = dev.netif_f
    dev.features = f.mask(*has.split(), "GSO_UDP_L4", "SG")
    assert can_checksum_protocol(f, dev.features, protocol) is sums
    skb = packet(dev, protocol)
    assert netif_skb_features(skb) == (dev.features if sums else f.SG)
    skb.ip_summed = CHECKSUM_NONE
    assert netif_skb_features(skb) == dev.features


def test_features_of_tunnels_of_tags_and_of_the_driver():
    dev = lo()
    f = dev.netif_f
    dev.features = f.mask("HW_CSUM", "SG", "TSO", "GSO_UDP_L4")
    dev.hw_enc_features = f.mask("HW_CSUM", "SG")
    dev.vlan_features = f.mask("IP_CSUM", "TSO")
    inside = packet(dev, 0x0800)
    inside.encapsulation = True
    assert netif_skb_features(inside) == f.mask("HW_CSUM", "SG")
    # The sum of everything counts as the sum of IPv4 and of IPv6.
    assert netif_skb_features(packet(dev, 0x8100, 0x0800)) == f.mask("IP_CSUM", "TSO")
    dev.netdev_ops = replace(dev.netdev_ops, ndo_features_check=lambda skb, dev, features: f.SG)
    plain = packet(dev, 0x0800)
    plain.ip_summed = CHECKSUM_NONE
    assert netif_skb_features(plain) == f.SG


@pytest.mark.parametrize(
    ("one", "other", "both"),
    [
        ("HW_CSUM SG", "IP_CSUM SG", "IP_CSUM SG"),
        ("IPV6_CSUM", "HW_CSUM", "IPV6_CSUM"),
        ("HW_CSUM", "HW_CSUM IP_CSUM", "HW_CSUM"),
        ("SG", "TSO", ""),
    ],
)
def test_what_two_words_allow(one, other, both):
    f = lo().netif_f
    words = f.mask(*one.split()), f.mask(*other.split())
    assert netdev_intersect_features(f, *words) == f.mask(*both.split())


def test_a_packet_of_too_many_segments_or_of_no_kind_may_not_pass_whole():
    dev = lo()
    skb = packet(dev, 0x86DD)
    skb.gso_size, skb.gso_type, skb.gso_segs = 8, SKB_GSO_TCPV6, dev.gso_max_segs
    gso = dev.features & dev.netif_f.GSO_MASK
    assert gso_features_check(skb, dev, dev.features) & dev.netif_f.GSO_MASK == gso
    skb.gso_segs += 1
    assert not gso_features_check(skb, dev, dev.features) & dev.netif_f.GSO_MASK
    skb.gso_segs, skb.gso_type = 1, 0
    assert not gso_features_check(skb, dev, dev.features) & dev.netif_f.GSO_MASK


def test_an_id_that_may_not_be_mangled():
    """TCP over IPv4 that may be fragmented keeps its ids apart, so a device may not mangle them."""
    dev = lo()
    skb = packet(dev, 0x0800)
    skb.network_header, skb.gso_type, skb.gso_segs = 14, SKB_GSO_TCPV4, 2
    for flags, kept in ((0x40, True), (0, False)):
        skb.head[20] = flags
        features = gso_features_check(skb, dev, dev.features)
        assert bool(features & dev.netif_f.TSO_MANGLEID) is kept
        assert features | dev.netif_f.TSO_MANGLEID == dev.features
