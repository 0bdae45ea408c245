"""Cutting in software: the bytes of every segment, and the decisions that lead there."""

from __future__ import annotations

import errno
import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.datagrams import Host

from lomodel.desk import lo_up, plug, send
from lomodel.linux.include.linux.netdevice import (
    NetDevice,
    net_gso_ok,
    netif_needs_gso,
    skb_gso_ok,
)
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_COMPLETE,
    CHECKSUM_NONE,
    CHECKSUM_PARTIAL,
    CHECKSUM_UNNECESSARY,
    SKB_GSO_TCPV4,
    SKB_GSO_TCPV6,
    SKB_GSO_UDP_L4,
    SkBuff,
)
from lomodel.linux.include.uapi.linux.virtio_net import VirtioNetHdr
from lomodel.linux.net.core.dev import __netif_rx, gso_features_check, netif_set_gso_max_size
from lomodel.linux.net.core.rtnetlink import set_gso_max_size
from lomodel.linux.net.core.skbuff import alloc_skb, checksum, skb_put
from lomodel.linux.net.ethernet.eth import eth_type_trans
from lomodel.linux.net.ethtool.ioctl import ethtool_set_features
from lomodel.linux.net.ipv4.udp_offload import __udp_gso_segment
from lomodel.linux.net.packet.af_packet import packet_snd
from lomodel.scenario import Player, tcp_frame_bytes

ALL_FLAGS = 0xFF
FIN_PSH, CWR = 0x09, 0x80


def up(release: str = "6.18", **features: bool) -> Player:
    player = Player(release)
    player.step({"do": "link", "up": True})
    names = {name.replace("_", "-"): on for name, on in features.items()}
    ethtool_set_features(player.lo, names)
    return player


def frames_sent(player: Player, send) -> list[bytes]:
    """What a sniffer on lo would have seen: every frame that reached the driver."""
    seen = []
    player.machine.ptype_all.append(
        lambda skb, dev: seen.append(skb.tobytes()) if skb.pkt_type == 4 else None
    )
    send()
    return seen


def cut(family: str, payload: int, gso_size: int, flags: int = ALL_FLAGS) -> list[bytes]:
    player = up(tx_tcp_segmentation=False, tx_tcp6_segmentation=False)
    frame = tcp_frame_bytes(family, payload, flags)
    network = 20 if family == "inet" else 40
    kind = (1 if family == "inet" else 4) | (0x80 if flags & CWR else 0)
    header = VirtioNetHdr(1, kind, 14 + network + 20, gso_size, 14 + network, 16)
    return frames_sent(player, lambda: packet_snd(player.lo, frame, 0, header))


PAYLOADS = st.integers(9, 20_000)


@given(payload=PAYLOADS, gso_size=st.integers(8, 9_000), family=st.sampled_from(["inet", "inet6"]))
def test_segments_add_up_to_the_packet(payload, gso_size, family):
    network = 20 if family == "inet" else 40
    sizes = [len(frame) - 14 - network - 20 for frame in cut(family, payload, gso_size)]
    assert sum(sizes) == payload
    assert all(size == gso_size for size in sizes[:-1])
    assert 0 < sizes[-1] <= max(gso_size, 8) or payload <= gso_size


def test_tcp_sequence_numbers_advance_by_the_segment_size():
    frames = cut("inet", 4000, 1460)
    assert [struct.unpack("!I", frame[38:42])[0] for frame in frames] == [1000, 2460, 3920]


def test_fin_and_psh_stay_on_the_last_segment_and_cwr_on_the_first():
    flags = [frame[47] for frame in cut("inet", 4000, 1460)]
    assert [bool(f & CWR) for f in flags] == [True, False, False]
    assert [f & FIN_PSH for f in flags] == [0, 0, FIN_PSH]
    assert all(f & ~(FIN_PSH | CWR) == ALL_FLAGS & ~(FIN_PSH | CWR) for f in flags)


def test_ipv4_ids_count_up_although_dont_fragment_is_set():
    frames = cut("inet", 4000, 1460)
    assert [struct.unpack("!H", frame[18:20])[0] for frame in frames] == [1, 2, 3]
    assert all(frame[20] & 0x40 for frame in frames)


@pytest.mark.parametrize("family", ["inet", "inet6"])
def test_every_segment_says_its_own_length(family):
    for frame in cut(family, 5000, 700):
        if family == "inet":
            assert struct.unpack("!H", frame[16:18])[0] == len(frame) - 14
        else:
            assert struct.unpack("!H", frame[18:20])[0] == len(frame) - 54


def test_every_ipv4_header_sums_to_all_ones():
    assert all(checksum(frame[14:34]) == 0xFFFF for frame in cut("inet", 5000, 700))


@pytest.mark.parametrize(("family", "start"), [("inet", 26), ("inet6", 22)])
def test_the_checksum_field_holds_the_pseudo_header_of_the_segment(family, start):
    """The device is trusted to add the rest, and lo never does."""
    network = 34 if family == "inet" else 54
    for frame in cut(family, 5000, 700):
        addresses = frame[start:network]
        expected = checksum(addresses + struct.pack("!II", len(frame) - network, 6))
        assert struct.unpack("!H", frame[network + 16 : network + 18])[0] == expected


def test_an_untrusted_packet_is_looked_at_and_then_passes_whole():
    player = up()
    frame = tcp_frame_bytes("inet", 4000, 0x18)
    header = VirtioNetHdr(1, 1, 54, 1460, 34, 16)
    with player.machine.trace() as trace:
        assert len(frames_sent(player, lambda: packet_snd(player.lo, frame, 0, header))) == 1
    called = trace.functions()
    assert "tcp_gso_segment" in called and "skb_segment" not in called


def test_a_packet_of_64_kib_is_cut_although_the_feature_is_on():
    player = up()
    header = VirtioNetHdr(1, 1, 54, 1460, 34, 16)
    for payload, whole in ((65481, True), (65482, False)):
        frame = tcp_frame_bytes("inet", payload, 0x18)
        sent = frames_sent(player, lambda frame=frame: packet_snd(player.lo, frame, 0, header))
        assert (len(sent) == 1) is whole, payload
        player.machine.ptype_all.clear()


def test_5_14_compared_no_length():
    player = up("5.14")
    frame = tcp_frame_bytes("inet", 65495, 0x18)
    header = VirtioNetHdr(1, 1, 54, 1460, 34, 16)
    assert len(frames_sent(player, lambda: packet_snd(player.lo, frame, 0, header))) == 1


def test_tcp_with_a_finished_sum_is_given_its_pseudo_sum_back_and_passes_whole():
    """validate_xmit_skb calls the segmentation code, and TCP's cures what was wrong."""
    player = up()
    frame = tcp_frame_bytes("inet", 4000, 0x18)
    start = frame[:50] + b"\xbe\xef" + frame[52:]
    with player.machine.trace() as trace:
        (sent,) = frames_sent(
            player, lambda: packet_snd(player.lo, start, 0, VirtioNetHdr(0, 1, 54, 1460, 34, 16))
        )
    assert trace.functions().count("tcp_gso_segment") == 1
    pseudo = checksum(frame[26:34] + struct.pack("!II", len(frame) - 34, 6))
    assert struct.unpack("!H", sent[50:52])[0] == pseudo


@pytest.mark.parametrize(
    ("release", "cut"), [("5.14", False), ("6.1", False), ("6.12", True), ("6.18", True)]
)
def test_udp_with_a_finished_sum_is_cut_since_6_12(release, cut):
    host = Host(release)
    skb = alloc_skb(headroom=0, size=8 + 3000)
    skb_put(skb, 8 + 3000)
    skb.dev, skb.protocol, skb.ip_summed = host.lo, 0x0800, CHECKSUM_NONE
    skb.csum_start = skb.transport_header = skb.network_header = skb.mac_header = 0
    skb.gso_size, skb.gso_type = 1400, SKB_GSO_UDP_L4
    segments = __udp_gso_segment(skb, host.lo.features, False)
    assert (segments is not None) is cut


@pytest.mark.parametrize(("release", "ipv6"), [("6.1", False), ("6.12", False), ("6.18", True)])
def test_gso_max_size_takes_ipv4_along(release, ipv6):
    """``ip link set lo gso_max_size`` sets both limits up to 65536, and IPv6's alone above."""
    host = Host(release, mtu=1500)
    features = host.lo.features & host.machine.netif_f.GSO_MASK
    skb = alloc_skb(headroom=0)
    skb.dev, skb.protocol, skb.gso_type = host.lo, 0x86DD if ipv6 else 0x0800, SKB_GSO_UDP_L4
    for size in (3000, 65536, 100000):
        netif_set_gso_max_size(host.lo, size)
        limit = size if ipv6 or release == "6.1" else min(size, 65536)
        for skb.len, fits in ((limit - 1, True), (limit, False)):
            left = gso_features_check(skb, host.lo, features)
            assert bool(left) is fits, (size, skb.len)


@pytest.mark.parametrize(
    ("release", "most"), [("5.14", 65536), ("6.1", 524280), ("6.12", 524280), ("6.18", 524280)]
)
def test_gso_max_size_has_an_end(release, most):
    """What ``ip link set lo gso_max_size`` takes at most: EINVAL above, and nothing has changed."""
    lo = Host(release).lo
    set_gso_max_size(lo, most)
    with pytest.raises(OSError, match=f"expected at most {most}") as caught:
        set_gso_max_size(lo, most + 1)
    assert caught.value.errno == errno.EINVAL and not lo.machine.rtnl_locked
    assert (lo.gso_max_size, lo.gso_ipv4_max_size) == (most, 65536)


@given(gso_type=st.integers(0, (1 << 20) - 1), features=st.integers(0, (1 << 64) - 1))
def test_net_gso_ok_wants_every_bit(gso_type, features):
    missing = [bit for bit in range(20) if gso_type >> bit & 1 and not features >> bit + 16 & 1]
    assert net_gso_ok(features, gso_type) == (not missing)


def test_net_gso_ok_reads_the_two_tcp_bits_apart():
    tso = SKB_GSO_TCPV4 << 16
    assert net_gso_ok(tso, SKB_GSO_TCPV4) and not net_gso_ok(tso, SKB_GSO_TCPV6)
    assert not net_gso_ok(tso, SKB_GSO_TCPV4 | SKB_GSO_TCPV6)


def test_a_list_of_packets_passes_only_where_lists_do():
    lo = Host().lo
    skb = alloc_skb(headroom=0)
    skb.dev, skb.gso_type = lo, SKB_GSO_UDP_L4
    without = lo.features & ~lo.netif_f.FRAGLIST
    assert skb_gso_ok(skb, lo.features) and skb_gso_ok(skb, without)
    skb.frag_list = [alloc_skb(headroom=0)]
    assert skb_gso_ok(skb, lo.features) and not skb_gso_ok(skb, without)


@pytest.mark.parametrize(
    ("summed", "needs"),
    [
        (CHECKSUM_NONE, True),
        (CHECKSUM_UNNECESSARY, False),
        (CHECKSUM_COMPLETE, True),
        (CHECKSUM_PARTIAL, False),
    ],
)
def test_udp_that_counts_as_right_passes_whole(summed, needs):
    """A packet that nobody has summed and nobody will is cut, as its pieces need sums of their
    own; without a gso_size there is nothing to cut."""
    lo = Host().lo
    skb = alloc_skb(headroom=0)
    skb.dev, skb.gso_type, skb.gso_size, skb.ip_summed = lo, SKB_GSO_UDP_L4, 1400, summed
    assert netif_needs_gso(skb, lo.features) is needs
    assert netif_needs_gso(skb, 0)
    skb.gso_size = 0
    assert not netif_needs_gso(skb, 0)


@given(st.binary(max_size=200), st.integers(0, 0xFFFF))
def test_checksum_is_the_sum_of_rfc_1071(data, initial):
    padded = data + b"\0" * (len(data) % 2)
    total = initial + sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    assert checksum(data, initial) == total


def test_segments_stay_partial():
    player = up(tx_tcp_segmentation=False)
    states = []
    player.machine.ptype_all.append(lambda skb, dev: states.append(skb.ip_summed))
    header = VirtioNetHdr(1, 1, 54, 1460, 34, 16)
    packet_snd(player.lo, tcp_frame_bytes("inet", 4000, 0x18), 0, header)
    assert set(states) == {CHECKSUM_PARTIAL}


def test_a_driver_that_forgets_the_socket_without_skb_orphan_is_told_so() -> None:
    def forgets(skb: SkBuff, dev: NetDevice) -> int:
        skb.sk = None
        skb.protocol = eth_type_trans(skb, dev)
        return __netif_rx(skb)

    lo = plug(lo_up(), ndo_start_xmit=forgets)
    with pytest.raises(AssertionError, match="a destructor, but no socket: skb_orphan"):
        send(lo, 4000, gso_size=1400)
