"""Taps, free frames and virtio headers, against what Linux 6.18.44 did.

Every expectation here was asked of the kernel. What was seen red stands in tests/mutations, in the
files of ``af_packet_socket``, ``virtio_net``, ``flow_dissector``, ``udp_offload``, ``dev_receive``.
"""

from __future__ import annotations

import struct
from typing import Any

import pytest

from lomodel.contract.captured import checksum
from lomodel.desk import lo_up
from lomodel.linux.include.linux.netdev_features import netdev_features
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.net.core.flow_dissector import __skb_flow_dissect as dissect
from lomodel.linux.net.core.skbuff import alloc_skb, skb_put
from lomodel.linux.net.ipv6.output_core import ip6_find_1stfragopt
from lomodel.scenario import play
from lomodel.sockets import tap_on

UP = {"do": "link", "up": True}
TAP = {"do": "tap", "name": "t"}
CAPTURED = {"do": "captured", "tap": "t"}
FOREIGN = "020000000099" + "00" * 6
CUT = {"do": "features", "set": {"tx-udp-segmentation": False}}


def frame(hexed: str, zeros: int = 0) -> dict[str, Any]:
    return {"do": "frame", "hex": hexed, "zeros": zeros}


def vnet(hexed: str, zeros: int = 0, **fields: int) -> dict[str, Any]:
    return {"do": "vnet_frame", "hex": hexed, "zeros": zeros, "vnet": fields}


def udp4(length: int, field: int | None = None, total: int | None = None) -> str:
    """The headers of a UDP packet over IPv4 to nobody's address, its sum the pseudo header's."""
    udp = 8 + length
    ends = bytes((10, 0, 0, 9, 127, 0, 0, 1))
    head = struct.pack("!BBHHHBBH", 0x45, 0, 28 + length, 0x1234, 0x4000, 64, 17, 0) + ends
    head = head[:10] + struct.pack("!H", ~checksum(head) & 0xFFFF) + head[12:]
    pseudo = checksum(ends + struct.pack("!HH", 17, udp))
    return FOREIGN + "0800" + (head + struct.pack("!HHHH", 1, 2, field or udp, pseudo)).hex()


def udp6(length: int, extension: bytes = b"") -> str:
    ends = bytes(15) + b"\1" + bytes(15) + b"\1"
    nexthdr = 60 if extension else 17
    head = struct.pack("!IHBB", 6 << 28, 8 + length + len(extension), nexthdr, 64) + ends
    return FOREIGN + "86dd" + (head + extension + struct.pack("!HHHH", 1, 2, 8 + length, 0)).hex()


USO = {"flags": 1, "gso_type": 5, "gso_size": 1000, "csum_start": 34, "csum_offset": 6}
UFO = {"gso_type": 3, "gso_size": 1000}


def error(*steps: dict[str, Any]) -> str | None:
    """What the last of the steps says."""
    said: str | None = play([UP, *steps])[-1]["error"]
    return said


def captured(*steps: dict[str, Any]) -> list[dict[str, Any]]:
    """What a tap on a lo that is up sees of the steps."""
    frames: list[dict[str, Any]] = play([UP, TAP, *steps, CAPTURED])[-1]["frames"]
    return frames


# --- the tap ------------------------------------------------------------------------------------


def test_every_frame_is_seen_twice_and_read_once() -> None:
    steps = [UP, TAP, frame(FOREIGN + "88b5", 46), CAPTURED, CAPTURED]
    *_, first, again = play(steps)
    assert [each["type"] for each in first["frames"]] == ["outgoing", "otherhost"]
    assert {each["length"] for each in first["frames"]} == {60}
    assert again == {"error": None, "frames": []}


def test_a_tap_makes_unknown_ethertypes_known() -> None:
    unknown = frame("00" * 12 + "88b5", 46)
    dropped = [
        seen["stats"]["rx_dropped"]
        for seen in play([UP, unknown, TAP, unknown, {"do": "close", "tap": "t"}, unknown])
        if "stats" in seen
    ]
    assert dropped == [1, 0, 1]


def test_a_tap_that_is_opened_while_lo_is_down_hears_of_it_once_and_works_on() -> None:
    seen = play([TAP, CAPTURED, CAPTURED, UP, frame(FOREIGN + "88b5"), CAPTURED])
    assert [each["error"] for each in seen] == [None, "ENETDOWN", None, None, None, None]
    assert len(seen[-1]["frames"]) == 2


def test_lo_going_down_is_told_before_the_frames_that_are_queued() -> None:
    seen = play([UP, TAP, frame(FOREIGN + "88b5"), {"do": "link", "up": False}, CAPTURED, CAPTURED])
    assert (seen[-2]["error"], len(seen[-2]["frames"])) == ("ENETDOWN", 2)
    assert seen[-1] == {"error": None, "frames": []}


def test_two_taps_see_the_same_and_one_may_close() -> None:
    other = {"do": "captured", "tap": "u"}
    close = {"do": "close", "tap": "t"}
    sent = frame(FOREIGN + "88b5")
    seen = play([UP, TAP, {"do": "tap", "name": "u"}, sent, CAPTURED, close, sent, other])
    assert seen[4]["frames"] * 2 == seen[-1]["frames"]


def test_a_tag_is_seen_on_the_way_out_and_not_on_the_way_in() -> None:
    """And a tap does not save the packet of a VLAN from being counted as dropped."""
    steps = [UP, TAP, frame("00" * 12 + "8100000588b5", 46), CAPTURED]
    *_, sent, seen = play(steps)
    shown = [(each["length"], each["ethertype"], each["type"]) for each in seen["frames"]]
    assert shown == [(64, 0x8100, "outgoing"), (60, 0x88B5, "host")]
    assert sent["stats"]["rx_dropped"] == 1


def test_a_tap_that_is_closed_is_forgotten() -> None:
    lo = lo_up()
    tap = tap_on(lo)
    assert len(lo.nd_net.packet) == len(lo.ptype_all) == 1
    tap.close()
    assert lo.nd_net.packet == lo.ptype_all == []


def test_a_tap_keeps_the_bytes_that_were_sent() -> None:
    """The receiver moves the addresses over the tag, in its own copy."""
    tap = tap_on(lo_up())
    sent = bytes.fromhex("000000000000 020000000001 81000005 88b5") + bytes(range(46))
    tap.send(sent)
    assert [tap.recv(1000) for _ in range(2)] == [sent, sent[:12] + sent[16:]]


def test_a_tap_keeps_a_fragment_as_it_was() -> None:
    """The receiver writes a new length and offset into the first one when all are there."""
    socket = [{"do": "socket", "name": "a", "family": "inet", "type": "dgram"}]
    send = {"do": "send", "socket": "a", "payload": 3000, "to": ["127.0.0.1", 7001]}
    frames = captured({"do": "link", "mtu": 1500}, *socket, send)
    udp = [each for each in frames if each["ip"]["protocol"] == 17]
    lengths = [(each["type"], each["ip"]["length"], each["ip"]["offset"]) for each in udp]
    first, second, third = (1500, 0), (1500, 1480), (68, 2960)
    order = [first, second, third]
    assert lengths == [(way, *each) for each in order for way in ("outgoing", "host")]


# --- frames -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("length", "said"), [(13, "EINVAL"), (14, None), (1514, None), (1515, "EMSGSIZE")]
)
def test_how_long_a_frame_may_be(length: int, said: str | None) -> None:
    assert error({"do": "link", "mtu": 1500}, frame("", length)) == said


def test_no_frame_is_sent_while_lo_is_down() -> None:
    assert error({"do": "link", "up": False}, frame("", 60)) == "ENETDOWN"


# --- what a virtio header may say ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, None),
        ({"gso_type": 2}, "EINVAL"),
        ({"gso_type": 0x80}, "EINVAL"),
        ({"gso_type": 0x85}, "EINVAL"),
        ({"gso_type": 1}, "EINVAL"),
        ({"gso_type": 1, "csum_offset": 16}, "ENOMEM"),
        ({"gso_size": 0}, "EINVAL"),
        ({"gso_size": 65535}, "EINVAL"),
        ({"gso_size": 19}, "EINVAL"),
        ({"gso_size": 20}, None),
        ({"flags": 0}, "EINVAL"),
        ({"flags": 3}, None),
        ({"csum_offset": 16}, "EINVAL"),
        ({"csum_start": 19}, "EINVAL"),
        ({"csum_start": 35}, "ENOMEM"),
        ({"csum_start": 2534, "gso_type": 0}, None),
        ({"csum_start": 2535, "gso_type": 0}, "EINVAL"),
        ({"hdr_len": 2542}, None),
        ({"hdr_len": 2543}, "EINVAL"),
    ],
)
def test_what_a_virtio_header_may_ask_of_udp(changed: dict[str, int], said: str | None) -> None:
    assert error({"do": "link", "mtu": 3000}, vnet(udp4(2500), 2500, **(USO | changed))) == said


@pytest.mark.parametrize(("length", "gso_size"), [(1000, 0), (1001, 1000)])
def test_what_fits_into_one_segment_asks_for_none(length: int, gso_size: int) -> None:
    *_, seen = play([UP, vnet(udp4(length), length, **USO)])
    ((_, started),) = (each for each in seen["events"] if each[0] == "net_dev_start_xmit")
    assert started["gso_size"] == gso_size


def test_a_sum_beyond_the_frame_is_refused_although_hdr_len_has_only_16_bits() -> None:
    """65000 + 600 comes to a header of 66 bytes, which the frame has; the sum it has not."""
    assert error(vnet("", 100, flags=1, csum_start=65000, csum_offset=600)) == "EINVAL"


def test_ufo_without_a_sum_is_looked_through_for_its_header() -> None:
    assert error(vnet(udp4(2500), 2500, **UFO)) is None
    assert error(vnet(udp4(2500).replace("4011", "4006", 1), 2500, **UFO)) == "EINVAL"
    assert error(vnet(FOREIGN + "88b5", 2500, **UFO)) == "EINVAL"


def test_a_frame_without_a_type_is_what_its_gso_type_says() -> None:
    untyped = udp4(2500).replace(FOREIGN + "0800", FOREIGN + "0000")
    seen = captured(vnet(untyped, 2500, **USO))
    # It comes back as a frame of 802.2, since its type field is a length of 0.
    assert [each["ethertype"] for each in seen] == [0x0800, 4]


# --- cutting ------------------------------------------------------------------------------------


def test_ufo_over_ipv4_is_cut_into_fragments_with_a_sum_that_is_right() -> None:
    seen = captured(vnet(udp4(2492), 2492, **UFO))
    out = [each["ip"] for each in seen if each["type"] == "outgoing"]
    assert [(ip["offset"], ip["length"], ip["mf"], ip["df"]) for ip in out] == [
        (0, 1020, True, False),
        (1000, 1020, True, False),
        (2000, 520, False, False),
    ]
    assert all(ip["sum"] == "good" for ip in out)
    assert [each["status"] for each in seen] == [[]] * 3 + [["CSUM_VALID"]] * 3


@pytest.mark.parametrize("extension", [b"", b"\x11\0" + bytes(6)])
def test_ufo_over_ipv6_is_given_a_fragment_header(extension: bytes) -> None:
    seen = captured(vnet(udp6(2492, extension), 2492, **UFO))
    out = [each for each in seen if each["type"] == "outgoing"]
    size = 8 + len(extension)
    assert [each["ip"]["length"] for each in out] == [1000 + size, 1000 + size, 500 + size]
    assert all(each["length"] == 14 + 40 + each["ip"]["length"] for each in out)
    if not extension:
        assert [each["ip"]["offset"] for each in out] == [0, 1000, 2000]
        assert [each["ip"]["mf"] for each in out] == [True, True, False]
        assert {each["ip"]["protocol"] for each in out} == {17}


def test_a_wrong_udp_length_goes_into_the_sum_of_each_segment() -> None:
    """The field is believed, not the packet's length: the sum stays as wrong as it was."""
    right = captured(CUT, vnet(udp4(2500), 2500, **USO))
    wrong = captured(CUT, vnet(udp4(2500, field=2000), 2500, **USO))
    assert {each["udp"]["sum"] for each in right} == {"partial"}
    assert {each["udp"]["sum"] for each in wrong} == {"bad"}
    assert [each["udp"]["length"] for each in wrong[:3]] == [1008, 1008, 508]


def test_a_device_that_does_no_sums_for_vlans_gets_them_done() -> None:
    plain = udp4(100)
    tagged = plain[:24] + "81000005" + plain[24:]
    sent = vnet(tagged, 100, flags=1, csum_start=38, csum_offset=6)
    out, back = captured(sent)
    assert (out["status"], back["status"]) == ([], [])
    assert back["udp"]["sum"] == "good"


def test_headers_behind_vlan_tags_are_found_up_to_seven_of_them() -> None:
    plain = udp4(2500)
    for tags, said in ((1, None), (6, None), (7, "ENOMEM")):
        tagged = plain[:24] + "81000005" * tags + plain[24:]
        start = {"csum_start": 34 + 4 * tags}
        assert error(vnet(tagged, 2500, **(USO | start))) == said, tags


def test_headers_that_make_no_sense_are_counted_as_dropped() -> None:
    """6.18.44 does not look at them before the device does."""
    doff_4 = FOREIGN + "0800" + udp4(2512)[28:].replace("4011", "4006", 1)[:40] + "00" * 12 + "40"
    *_, seen = play([UP, vnet(doff_4, 2500, gso_type=1, gso_size=1000)])
    assert (seen["error"], seen["stats"]["tx_dropped"]) == ("ENOMEM", 1)
    assert [name for name, _ in seen["events"]] == ["net_dev_queue"]


# --- reading headers ----------------------------------------------------------------------------


def packet(protocol: int, data: bytes) -> SkBuff:
    skb = alloc_skb(2, len(data))
    start = skb_put(skb, len(data))
    skb.head[start:] = data
    skb.network_header, skb.protocol = start, protocol
    return skb


IPV6 = struct.pack("!IHBB", 6 << 28, 0, 60, 64) + bytes(32)
_IN_IPV4 = b"\x45" + bytes(8) + b"\4" + bytes(10)


@pytest.mark.parametrize(
    ("protocol", "data", "found"),
    [
        (0x0800, b"\x45" + bytes(8) + b"\x11" + bytes(10), (17, 20)),
        (0x0800, b"\x46" + bytes(8) + b"\x11" + bytes(18), (17, 24)),
        (0x0800, b"\x44" + bytes(8) + b"\x11" + bytes(10), None),
        (0x0800, b"\x45" + bytes(18), None),
        (0x8100, b"\0\5\x08\0\x45" + bytes(8) + b"\x06" + bytes(10), (6, 24)),
        (0x86DD, IPV6 + b"\x11\1" + bytes(14), (17, 56)),
        (0x86DD, IPV6 + b"\x2c\0" + bytes(6) + b"\x11\0\0\1" + bytes(4), (17, 56)),
        (0x86DD, IPV6 + b"\x11", None),
        (
            0x0800,
            b"\x45" + bytes(8) + b"\4" + bytes(10) + b"\x45" + bytes(8) + b"\6" + bytes(10),
            (6, 40),
        ),
        (0x88B5, bytes(60), None),
    ],
)
def test_what_the_dissector_finds(
    protocol: int, data: bytes, found: tuple[int, int] | None
) -> None:
    keys = dissect(packet(protocol, data))
    assert (keys and (keys.ip_proto, keys.thoff)) == found


def test_the_part_that_every_fragment_has_ends_before_options_behind_a_routing_header() -> None:
    headers = IPV6[:6] + b"\x2b" + IPV6[7:] + b"\x3c\0" + bytes(6) + b"\x11\0" + bytes(6)
    skb = packet(0x86DD, headers)
    assert ip6_find_1stfragopt(skb) == (skb.network_header + 40, 48)
    with pytest.raises(OSError, match="do not end"):
        ip6_find_1stfragopt(packet(0x86DD, IPV6 + b"\x11"))


def test_lo_has_no_feature_for_ufo() -> None:
    assert "tx-udp-fragmentation" not in netdev_features("6.18").by_string


@pytest.mark.parametrize(("zeros", "read"), [(68, 0), (69, 1)])
def test_a_sum_that_begins_before_udp_is_believed_of_a_long_packet(zeros: int, read: int) -> None:
    """Up to 76 bytes are summed at once; of more, a number that stands for the beginning of the
    sum is overwritten before anybody asks whether that is before the UDP header."""
    on = {"net.ipv4.conf.lo.route_localnet": 1, "net.ipv4.conf.lo.accept_local": 1}
    receiver = [
        {"do": "socket", "name": "a", "family": "inet", "type": "dgram"},
        {"do": "bind", "socket": "a", "address": "0.0.0.0", "port": 2},
    ]
    sent = vnet(udp4(zeros).replace("020000000099", "00" * 6), zeros, flags=1, csum_start=27)
    steps = [UP, {"do": "sysctl", "set": on}, *receiver, sent]
    *_, received = play([*steps, {"do": "recv", "socket": "a"}])
    assert [each["length"] for each in received["datagrams"]] == [zeros] * read
