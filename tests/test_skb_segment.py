"""skb_segment, __copy_skb_header and the two who correct the headers, on packets made by hand.

Red with SG never asked for, with the socket left on the first piece, with a piece's headroom cut
off, with the sum of a piece that nobody summed left out, and with any field of a header not copied.
"""

from __future__ import annotations

import errno
import struct

import pytest
from support.datagrams import Host, ones_complement, transport_sum

from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_NONE,
    CHECKSUM_PARTIAL,
    CHECKSUM_UNNECESSARY,
    SKB_GSO_TCP_ACCECN,
    SKB_GSO_TCPV4,
    SKB_GSO_TCPV6,
    SKB_GSO_UDP_L4,
    SkBuff,
    skb_headlen,
)
from lomodel.linux.net.core.dev import dev_get_stats, dev_queue_xmit
from lomodel.linux.net.core.gso import skb_gso_segment
from lomodel.linux.net.core.skbuff import alloc_skb, skb_add_frag, skb_put
from lomodel.linux.net.core.skbuff_segment import __copy_skb_header as copy_header
from lomodel.linux.net.core.skbuff_segment import skb_segment
from lomodel.linux.net.ethtool.ioctl import ethtool_set_features
from lomodel.linux.net.ipv4.tcp_offload import tcp4_gso_segment, tcp_gso_segment
from lomodel.linux.net.ipv4.udp_offload import udp4_ufo_fragment
from lomodel.linux.net.ipv6.tcpv6_offload import tcp6_gso_segment

HEADERS = 14 + 20 + 8
PAYLOAD = bytes(range(256)) * 14  # 3584 bytes
COPIED = {
    **{"tstamp": 5, "priority": 6, "hash": 7, "encapsulation": True, "mac_header": 3},
    **{"mac_len": 14, "network_header": 17, "transport_header": 37, "protocol": 0x0800},
    **{"pkt_type": 4, "ip_summed": 3, "csum_start": 37, "csum_offset": 16},
}


def udp_packet(host: Host, linear: int, headroom: int = 0) -> SkBuff:
    """A UDP packet with PAYLOAD, ``linear`` bytes of it in the head, that stands at the payload."""
    skb = alloc_skb(headroom, HEADERS + linear)
    skb_put(skb, HEADERS + linear)
    at = headroom + 14
    ip = struct.pack("!BBHHHBBHII", 0x45, 0, 0, 1, 0, 64, 17, 0, 0x7F000001, 0x7F000001)
    udp = struct.pack("!HHHH", 7001, 7000, 0, 0)
    skb.head[at : at + 28] = ip + udp
    skb.head[at + 28 :] = PAYLOAD[:linear]
    for start in range(linear, len(PAYLOAD), 900):
        skb_add_frag(skb, PAYLOAD[start : start + min(900, len(PAYLOAD) - start)])
    skb.dev, skb.protocol, skb.gso_size, skb.gso_type = host.lo, 0x0800, 1000, SKB_GSO_UDP_L4
    skb.mac_header, skb.network_header, skb.transport_header = headroom, at, at + 20
    skb.ip_summed, skb.csum_start, skb.csum_offset = CHECKSUM_PARTIAL, at + 20, 6
    skb.data += HEADERS
    skb.len -= HEADERS
    return skb


@pytest.mark.parametrize("headroom", [0, 32])
@pytest.mark.parametrize("linear", [0, 300, 1000, 2500, len(PAYLOAD)])
@pytest.mark.parametrize("sg", [True, False])
def test_the_pieces_are_the_packet(sg: bool, linear: int, headroom: int) -> None:
    host = Host()
    features = host.lo.features if sg else host.lo.features & ~host.lo.netif_f.SG
    whole = udp_packet(host, linear, headroom)
    pieces = skb_segment(whole, features)
    assert [piece.len for piece in pieces] == [HEADERS + size for size in (1000, 1000, 1000, 584)]
    frames = [piece.tobytes() for piece in pieces]
    assert b"".join(frame[HEADERS:] for frame in frames) == PAYLOAD
    assert {frame[:HEADERS] for frame in frames} == {whole.tobytes()[:HEADERS]}
    assert all(piece.transport_header == whole.transport_header for piece in pieces)


def test_paged_data_stays_paged_where_the_device_gathers() -> None:
    host = Host()
    pieces = skb_segment(udp_packet(host, 300), host.lo.features)
    assert [skb_headlen(piece) - HEADERS for piece in pieces] == [300, 0, 0, 0]
    assert [piece.data_len for piece in pieces] == [700, 1000, 1000, 584]
    plain = skb_segment(udp_packet(host, 300), host.lo.features & ~host.lo.netif_f.SG)
    assert [piece.data_len for piece in plain] == [0] * 4


def test_a_piece_belongs_to_nobody_but_the_last() -> None:
    """Its destructor gives the sender all of its bytes back, when all pieces are gone."""
    host = Host()
    whole = udp_packet(host, 0)
    owner, destructor = object(), print
    whole.sk, whole.destructor = owner, destructor
    pieces = skb_segment(whole, host.lo.features)
    owners = [(piece.sk, piece.destructor) for piece in pieces]
    assert owners == [(None, None)] * 3 + [(owner, destructor)]
    assert (whole.sk, whole.destructor) == (None, None)


def test_a_device_that_cannot_sum_gets_finished_sums() -> None:
    host = Host()
    netif_f = host.lo.netif_f
    for lost, state in ((0, CHECKSUM_PARTIAL), (netif_f.CSUM_MASK, CHECKSUM_NONE)):
        whole = udp_packet(host, 0)
        pieces = skb_segment(whole, host.lo.features & ~lost)
        assert {piece.ip_summed for piece in pieces} == {state}


@pytest.mark.parametrize("field", COPIED)
def test_what_a_piece_has_from_the_whole(field: str) -> None:
    old, new = alloc_skb(60), alloc_skb(60)
    setattr(old, field, COPIED[field])
    assert getattr(new, field) != COPIED[field]
    copy_header(new, old)
    assert getattr(new, field) == COPIED[field]


def test_a_piece_has_the_device_and_the_route_of_the_whole() -> None:
    old, new = alloc_skb(0), alloc_skb(0)
    old.dev, old.dst = object(), object()
    copy_header(new, old)
    assert (new.dev, new.dst) == (old.dev, old.dst)


def at_mac(skb: SkBuff) -> SkBuff:
    """The packet as dev_queue_xmit gets it, from the Ethernet header on."""
    skb.len += skb.data - skb.mac_header
    skb.data = skb.mac_header
    return skb


def test_a_packet_whose_protocol_nobody_cuts_is_dropped() -> None:
    host = Host()
    ethtool_set_features(host.lo, {"tx-udp-segmentation": False})
    freed = []
    skb = at_mac(udp_packet(host, 0))
    skb.protocol, skb.destructor = 0x88B5, freed.append
    before = skb.data, skb.len
    with pytest.raises(OSError, match=r"\[Errno 93\] nobody cuts protocol 0x88b5"):
        skb_gso_segment(skb, host.lo.features)
    assert (skb.data, skb.len) == before
    assert dev_queue_xmit(skb) == -errno.ENOMEM
    assert dev_get_stats(host.lo).tx_dropped == 1
    assert (freed, host.frames) == ([skb], [])


@pytest.mark.parametrize("headroom", [0, 32])
def test_a_packet_that_was_cut_stands_where_it_stood(headroom: int) -> None:
    host = Host()
    skb = at_mac(udp_packet(host, 300, headroom))
    before = skb.data, skb.len
    cut = skb_gso_segment(skb, host.lo.features & ~host.lo.netif_f.GSO_UDP_L4)
    assert [piece.len for piece in cut] == [HEADERS + size for size in (1000, 1000, 1000, 584)]
    assert (skb.data, skb.len) == before


# --- UDP ----------------------------------------------------------------------------------------


def at_transport(skb: SkBuff) -> SkBuff:
    """The packet as udp4_ufo_fragment gets it, from the UDP header on, with its pseudo sum."""
    skb.data -= 8
    skb.len += 8
    at = skb.transport_header
    skb.head[at + 4 : at + 6] = skb.len.to_bytes(2, "big")
    addresses = bytes(skb.head[skb.network_header + 12 : skb.network_header + 20])
    pseudo = ones_complement(addresses + struct.pack("!HH", 17, skb.len))
    skb.head[at + 6 : at + 8] = pseudo.to_bytes(2, "big")
    return skb


@pytest.mark.parametrize("summed", [True, False])
def test_every_datagram_has_its_own_length_and_sum(summed: bool) -> None:
    host = Host()
    lost = 0 if summed else host.lo.netif_f.CSUM_MASK
    features = host.lo.features & ~lost & ~host.lo.netif_f.GSO_UDP_L4
    pieces = udp4_ufo_fragment(at_transport(udp_packet(host, 0)), features)
    assert [piece.head[38:40] for piece in pieces] == [b"\x03\xf0"] * 3 + [b"\x02\x50"]
    for piece in pieces:
        frame = piece.tobytes()
        if summed:
            # The pseudo header's sum alone: whoever adds the rest finds all ones.
            length = len(frame) - 34
            pseudo = ones_complement(frame[26:34] + struct.pack("!HH", 17, length))
            assert frame[40:42] == pseudo.to_bytes(2, "big")
        else:
            assert transport_sum(frame) == 0xFFFF


def test_the_sender_is_charged_for_the_datagrams_and_each_gives_its_part_back() -> None:
    host = Host()
    sock = host.socket()
    whole = at_transport(udp_packet(host, 0))
    whole.truesize = 5000
    sk = whole.sk = sock.sk
    sk.sk_wmem_alloc = 1 + 5000

    def wfree(skb: SkBuff) -> None:
        skb.sk.sk_wmem_alloc -= skb.truesize

    whole.destructor = wfree
    pieces = udp4_ufo_fragment(whole, host.lo.features & ~host.lo.netif_f.GSO_UDP_L4)
    assert sk.sk_wmem_alloc == 1 + sum(piece.truesize for piece in pieces)
    assert all(piece.truesize > piece.len for piece in pieces)
    for piece in pieces:
        piece.destructor(piece)
    assert sk.sk_wmem_alloc == 1


@pytest.mark.parametrize(("summed", "after"), [(0, CHECKSUM_UNNECESSARY), (3, CHECKSUM_PARTIAL)])
def test_a_whole_packet_without_a_sum_counts_as_right_once_it_is_cut(
    summed: int, after: int
) -> None:
    host = Host()
    whole = at_transport(udp_packet(host, 0))
    whole.ip_summed = summed
    assert udp4_ufo_fragment(whole, host.lo.features & ~host.lo.netif_f.GSO_UDP_L4)
    assert whole.ip_summed == after


@pytest.mark.parametrize(
    ("change", "value"),
    [("gso_type", SKB_GSO_TCPV4), ("len", 1008), ("len", 7), ("csum_start", 35)],
)
def test_udp_that_cannot_be_cut(change: str, value: int) -> None:
    """Of another kind, not longer than a piece, shorter than a header, summed from elsewhere."""
    host = Host()
    whole = at_transport(udp_packet(host, len(PAYLOAD)))
    setattr(whole, change, value)
    with pytest.raises(OSError, match=r"\[Errno 22\]"):
        udp4_ufo_fragment(whole, host.lo.features)


def test_udp_just_longer_than_a_piece_is_two() -> None:
    host = Host()
    whole = at_transport(udp_packet(host, len(PAYLOAD)))
    whole.len = whole.len - len(PAYLOAD) + 1001
    pieces = udp4_ufo_fragment(whole, host.lo.features & ~host.lo.netif_f.GSO_UDP_L4)
    assert [piece.len - HEADERS for piece in pieces] == [1000, 1]


def test_udp_that_would_pass_is_counted_anew() -> None:
    host = Host()
    whole = at_transport(udp_packet(host, 0))
    assert udp4_ufo_fragment(whole, host.lo.features) is None
    assert whole.gso_segs == 4


# --- TCP ----------------------------------------------------------------------------------------


def tcp_packet(host: Host, header: int = 20) -> SkBuff:
    """A TCP packet with PAYLOAD, linear, from the TCP header on; nobody has summed it."""
    skb = alloc_skb(34, header + len(PAYLOAD))
    skb_put(skb, header + len(PAYLOAD))
    skb.head[14:34] = struct.pack("!BBHHHBBHII", 0x45, 0, 0, 1, 0, 64, 6, 0, *(0x7F000001,) * 2)
    skb.head[34:54] = struct.pack("!HHIIBBHHH", 1, 2, 0xFFFFFFF0, 0, header << 2, 0xFF, 9, 0, 0)
    skb.head[34 + header :] = PAYLOAD
    skb.dev, skb.protocol, skb.gso_size, skb.gso_type = host.lo, 0x0800, 1000, SKB_GSO_TCPV4
    skb.mac_header, skb.network_header, skb.transport_header = 0, 14, 34
    return skb


def cutting(host: Host) -> int:
    """lo's features without those for TCP, and without sums."""
    return host.lo.features & ~(host.lo.netif_f.mask("TSO", "TSO6") | host.lo.netif_f.CSUM_MASK)


@pytest.mark.parametrize(("accecn", "flags"), [(0, [True, False]), (1, [True, True])])
def test_accecn_wants_cwr_on_every_piece(accecn: int, flags: list[bool]) -> None:
    host = Host()
    whole = tcp_packet(host)
    whole.gso_type |= SKB_GSO_TCP_ACCECN * accecn
    pieces = tcp4_gso_segment(whole, cutting(host))
    assert [bool(piece.head[47] & 0x80) for piece in pieces[:2]] == flags


@pytest.mark.parametrize("header", [20, 24])
def test_tcp_that_nobody_has_summed_is_summed(header: int) -> None:
    host = Host()
    pieces = tcp4_gso_segment(tcp_packet(host, header), cutting(host))
    assert [piece.len - 34 - header for piece in pieces] == [1000, 1000, 1000, 584]
    assert [transport_sum(piece.tobytes()) for piece in pieces] == [0xFFFF] * 4


def test_a_sequence_number_begins_again_at_zero() -> None:
    host = Host()
    pieces = tcp4_gso_segment(tcp_packet(host), cutting(host))
    numbers = [int.from_bytes(piece.head[38:42], "big") for piece in pieces]
    assert numbers == [0xFFFFFFF0, 984, 1984, 2984]


@pytest.mark.parametrize(
    ("change", "value", "cut"),
    [
        ("gso_type", SKB_GSO_TCPV6, tcp4_gso_segment),
        ("gso_type", SKB_GSO_TCPV4, tcp6_gso_segment),
        ("len", 19, tcp4_gso_segment),
        ("len", 1020, tcp4_gso_segment),
        ("csum_start", 33, tcp_gso_segment),
    ],
)
def test_tcp_that_cannot_be_cut(change: str, value: int, cut: object) -> None:
    """Of another kind, shorter than a header, not longer than a piece, summed from elsewhere."""
    host = Host()
    whole = tcp_packet(host)
    whole.csum_start = 34
    setattr(whole, change, value)
    with pytest.raises(OSError, match=r"\[Errno 22\]"):
        cut(whole, cutting(host))


@pytest.mark.parametrize(("words", "refused"), [(4, True), (5, False)])
def test_a_tcp_header_has_twenty_bytes_at_least(words: int, refused: bool) -> None:
    host = Host()
    whole = tcp_packet(host)
    whole.head[46] = words << 4
    try:
        answer = tcp4_gso_segment(whole, cutting(host))
    except OSError:
        answer = None
    assert (answer is None) == refused


def test_tcp_that_would_pass_is_counted_anew() -> None:
    host = Host()
    whole = tcp_packet(host)
    assert tcp4_gso_segment(whole, host.lo.features) is None
    assert whole.gso_segs == 4
