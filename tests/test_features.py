"""Feature words: positions by release, what ethtool may change, and what the rules take back."""

from __future__ import annotations

from itertools import product

import pytest

from lomodel.linux.include.linux.netdev_features import netdev_features
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
