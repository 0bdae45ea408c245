"""Packets that come in without a dst, against what Linux 6.18.44 did.

Every expectation here was asked of the kernel. What was seen red stands in tests/mutations, in the
files of ``ip_input``, ``ip_options``, ``route_input``, ``fib_frontend_source``, ``inet_fragment``,
``ip_fragment``, ``reassembly``, ``exthdrs`` and ``ip6_input``.
"""

from __future__ import annotations

import struct
from typing import Any

import pytest

from lomodel.contract.captured import checksum
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.net.inet_sock import IpOptions
from lomodel.linux.net.ipv4.ip_options import __ip_options_compile as ip_options_compile
from lomodel.scenario import play

UP = {"do": "link", "up": True}
ACCEPTING = {
    "do": "sysctl",
    "set": {"net.ipv4.conf.lo.route_localnet": 1, "net.ipv4.conf.all.accept_local": 1},
}
RP_FILTER = {"do": "sysctl", "set": {"net.ipv4.conf.all.rp_filter": 1}}
LOOPBACK = "127.0.0.1"
ECHO4 = bytes.fromhex("0800f7ff00000000")


def address(text: str) -> bytes:
    return bytes(map(int, text.split(".")))


def ipv4(
    src: str = LOOPBACK,
    dst: str = LOOPBACK,
    body: bytes = ECHO4,
    options: bytes = b"",
    *,
    protocol: int = 1,
    offset: int = 0,
    more: bool = False,
    tos: int = 0,
    ident: int = 1,
) -> dict[str, Any]:
    """A frame step with an IPv4 packet, ICMP's if nothing else is said."""
    options += bytes(-len(options) % 4)
    ihl, total = 5 + len(options) // 4, 20 + len(options) + len(body)
    field = offset >> 3 | (0x2000 if more else 0)
    head = struct.pack("!BBHHHBB", 0x40 | ihl, tos, total, ident, field, 64, protocol)
    head += bytes(2) + address(src) + address(dst) + options
    head = head[:10] + struct.pack("!H", ~checksum(head) & 0xFFFF) + head[12:]
    return {"do": "frame", "hex": (bytes(12) + b"\x08\0" + head + body).hex()}


def ipv6(nexthdr: int, body: bytes, tail: str = "") -> dict[str, Any]:
    """A frame step with an IPv6 packet from ::1 to itself."""
    ends = (bytes(15) + b"\1") * 2
    head = struct.pack("!IHBB", 6 << 28, len(body), nexthdr, 64) + ends
    return {"do": "frame", "hex": (bytes(12) + b"\x86\xdd" + head + body).hex() + tail}


def fragment6(nexthdr: int, offset: int, more: bool, body: bytes) -> dict[str, Any]:
    return ipv6(44, struct.pack("!BBHI", nexthdr, 0, offset | more, 7) + body)


def counted(*steps: dict[str, Any]) -> dict[str, int]:
    """The counters after the steps, without those of packets that go out and ICMP's answers."""
    counters: dict[str, int] = play([UP, *steps, {"do": "counters"}])[-1]["counters"]
    return {name: n for name, n in counters.items() if name.startswith(("Ip.In", "Ip6In", "IpExt"))}


def reassembled(family: str, *steps: dict[str, Any]) -> tuple[int, int, int]:
    """Fragments, packets made of them, and failures."""
    counters = play([UP, ACCEPTING, *steps, {"do": "counters"}])[-1]["counters"]
    names = ("ReasmReqds", "ReasmOKs", "ReasmFails")
    requests, oks, fails = (counters.get(f"{family}{name}", 0) for name in names)
    return requests, oks, fails


def answer(*steps: dict[str, Any]) -> int:
    """The bytes of the answer to the last of the steps, 0 without one."""
    stats = play([UP, ACCEPTING, *steps])[-1]["stats"]
    first = len(bytes.fromhex(steps[-1]["hex"])) - 14
    bytes_: int = stats["rx_bytes"]
    return bytes_ - first


# --- where packets may come from ----------------------------------------------------------------

ADDED = {"do": "address", "add": "10.0.0.1/24"}


@pytest.mark.parametrize(
    ("steps", "src", "dst", "delivered"),
    [
        ([], "127.0.0.1", "127.0.0.1", 0),
        ([ACCEPTING], "127.0.0.1", "127.0.0.1", 1),
        ([ADDED], "10.0.0.1", "10.0.0.1", 0),
        ([ADDED], "10.0.0.9", "10.0.0.1", 1),
        ([ADDED], "8.8.8.8", "10.0.0.1", 1),
        ([ADDED], "127.0.0.5", "10.0.0.1", 0),
        ([], "10.0.0.9", "127.0.0.1", 0),
        ([ACCEPTING], "10.0.0.9", "127.0.0.1", 1),
        ([ADDED, RP_FILTER], "10.0.0.9", "10.0.0.1", 0),
        ([ADDED, RP_FILTER, ACCEPTING], "10.0.0.9", "10.0.0.1", 1),
        ([ADDED, RP_FILTER, ACCEPTING], "8.8.8.8", "10.0.0.1", 0),
        ([], "0.0.0.0", "255.255.255.255", 1),
        ([], "0.0.0.0", "224.0.0.1", 1),
        ([ADDED], "0.0.0.0", "10.0.0.1", 0),
        ([ADDED], "224.0.0.1", "10.0.0.1", 0),
        ([], "8.8.8.8", "239.1.1.1", 0),
    ],
)
def test_martians_are_dropped_in_silence(
    steps: list[dict[str, Any]], src: str, dst: str, delivered: int
) -> None:
    counters = counted(*steps, ipv4(src, dst))
    assert counters.get("Ip.InDelivers", 0) - counters.get("Ip.InReceives", 0) + 1 == delivered
    assert "Ip.InAddrErrors" not in counters


def test_what_is_for_nobody_here_is_an_address_error() -> None:
    assert counted(ACCEPTING, ipv4("127.0.0.1", "8.8.8.8")) == {
        "Ip.InReceives": 1,
        "Ip.InAddrErrors": 1,
    }


# --- headers ------------------------------------------------------------------------------------


def changed(step: dict[str, Any], at: int, value: int) -> dict[str, Any]:
    data = bytearray.fromhex(step["hex"])
    data[14 + at] = value
    return step | {"hex": data.hex()}


@pytest.mark.parametrize(
    ("step", "names"),
    [
        (changed(ipv4(), 0, 0x55), {"Ip.InHdrErrors"}),
        (changed(ipv4(), 0, 0x44), {"Ip.InHdrErrors"}),
        (changed(ipv4(), 0, 0x4F), {"Ip.InHdrErrors"}),
        (changed(ipv4(), 10, 0), {"Ip.InHdrErrors", "IpExt.InCsumErrors"}),
        (ipv4() | {"hex": ipv4()["hex"][:-2]}, {"IpExt.InTruncatedPkts"}),
        (ipv4() | {"hex": ipv4()["hex"][:40]}, {"Ip.InHdrErrors"}),
        (changed(ipv6(59, b""), 0, 0x40), {"Ip6InHdrErrors"}),
        (changed(ipv6(59, b""), 8, 0xFF), {"Ip6InHdrErrors"}),
        (changed(ipv6(59, b""), 5, 1), {"Ip6InTruncatedPkts"}),
        (changed(changed(ipv6(59, b""), 24, 0xFF), 25, 0x10), {"Ip6InHdrErrors"}),
        (changed(ipv6(59, b""), 39, 2), {"Ip6InNoRoutes"}),
        (changed(ipv6(59, b""), 39, 0), {"Ip6InAddrErrors"}),
        (ipv6(59, b""), {"Ip6InDelivers"}),
    ],
)
def test_a_wrong_header_is_counted(step: dict[str, Any], names: set[str]) -> None:
    counters = {name for name in counted(ACCEPTING, step) if not name.endswith("InReceives")}
    assert counters - {"Ip6InDelivers"} | (counters & names) == names


def test_without_ipv6_its_packets_are_discarded() -> None:
    off = {"do": "sysctl", "set": {"net.ipv6.conf.lo.disable_ipv6": 1}}
    assert counted(off, ipv6(59, b"")) == {"Ip6InReceives": 1, "Ip6InDiscards": 1}


# --- options of IPv4 ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "errors", "length"),
    [
        ("01010101", 0, 28),
        ("00ff", 0, 28),
        ("94040000", 0, 28),
        ("07070400000000", 0, 36),  # room for one address, which the request takes
        ("070b04" + "00" * 8, 0, 40),
        ("0708040000000000", 0, 0),  # the answer has no room for its own
        ("070304", 0, 32),
        ("0703", 1, 0),
        ("4408050000000000", 0, 36),
        ("4408060000000000", 1, 0),
        ("440805f000000000", 1, 0),  # the answer's overflow would be the 16th
        ("4408040000000000", 1, 0),
        ("44040500", 0, 32),
        ("440405f0", 1, 0),
        ("44140501" + "00" * 16, 0, 48),
        ("83070400000000", 0, 0),
        ("830304830304", 1, 0),
        ("8608000000000000", 2, 0),  # and the error has it, too
        ("ff02", 0, 28),
        ("ff", 1, 0),
    ],
)
def test_options_are_read_and_go_back(options: str, errors: int, length: int) -> None:
    step = ipv4(options=bytes.fromhex(options))
    assert counted(ACCEPTING, step).get("Ip.InHdrErrors", 0) == errors
    if not errors:
        assert answer(step) == length


@pytest.mark.parametrize(
    ("options", "pointer"), [("070303", 22), ("0101ff", 22), ("8608" + "00" * 6, 22)]
)
def test_an_error_points_at_what_is_wrong(options: str, pointer: int) -> None:
    head = bytearray(20) + bytearray.fromhex(options) + bytes(-(len(options) // 2) % 4)
    compiled: Any = ip_options_compile
    assert compiled(None, IpOptions(len(head) - 20), SkBuff(head, 0)) == pointer


# --- fragments ----------------------------------------------------------------------------------


def pieces(*parts: tuple[int, int, bool], **fields: Any) -> list[dict[str, Any]]:
    """Fragments of an echo request: offset, bytes, whether more follow."""
    body = ECHO4 + bytes(2000)
    return [ipv4(body=body[at : at + n], offset=at, more=m, **fields) for at, n, m in parts]


@pytest.mark.parametrize(
    ("parts", "seen"),
    [
        ([(0, 8, True), (8, 8, False)], (2, 1, 0)),
        ([(8, 8, False), (0, 8, True)], (2, 1, 0)),
        ([(0, 8, True), (0, 8, True), (8, 8, False)], (3, 1, 0)),
        ([(0, 8, True), (8, 8, True), (0, 16, True), (16, 8, False)], (4, 1, 0)),  # within a run
        ([(8, 8, True), (0, 8, True), (0, 16, True), (16, 8, False)], (4, 0, 1)),  # over two
        ([(0, 16, True), (8, 16, True), (24, 8, False)], (3, 0, 1)),
        ([(0, 16, True), (16, 8, False), (16, 8, False)], (3, 1, 0)),
        ([(8, 8, False), (16, 8, True)], (2, 0, 1)),
        ([(16, 8, True), (8, 8, False)], (2, 0, 1)),
        ([(8, 8, False), (16, 4, False)], (2, 0, 1)),
        ([(0, 12, True), (8, 8, False)], (2, 1, 0)),  # cut to a multiple of 8
        ([(0, 7, True)], (1, 0, 1)),
    ],
)
def test_fragments_fit_or_spoil_all(
    parts: list[tuple[int, int, bool]], seen: tuple[int, int, int]
) -> None:
    assert reassembled("Ip.", *pieces(*parts)) == seen


def test_a_packet_beyond_65535_bytes_fails() -> None:
    body = bytes(65512)
    steps = [ipv4(body=body, more=True), ipv4(body=bytes(504), offset=65512)]
    assert reassembled("Ip.", *steps) == (2, 0, 1)


@pytest.mark.parametrize(("second", "fine"), [(0, True), (1, False), (3, False)])
def test_fragments_agree_about_ecn(second: int, fine: bool) -> None:
    parts = pieces((0, 8, True)) + pieces((8, 8, False), tos=second)
    assert reassembled("Ip.", *parts) == (2, int(fine), int(not fine))


def test_too_many_others_between_two_make_it_begin_anew() -> None:
    others = pieces(*[(0, 8, True)] * 64, ident=2)
    first, last = pieces((0, 8, True), (8, 8, False))
    assert reassembled("Ip.", first, *others[:63], last) == (65, 1, 0)
    assert reassembled("Ip.", first, *others, last) == (66, 0, 1)


def test_fragments_of_ipv6() -> None:
    whole = fragment6(59, 0, False, b"")
    first, last = fragment6(59, 0, True, bytes(8)), fragment6(59, 8, False, bytes(8))
    assert reassembled("Ip6", whole) == (1, 1, 0)
    assert reassembled("Ip6", last, first) == (2, 1, 0)
    assert reassembled("Ip6", first, first) == (2, 0, 0)
    assert reassembled("Ip6", first, fragment6(59, 0, True, bytes(16))) == (2, 0, 1)


@pytest.mark.parametrize(
    ("step", "code"),
    [
        (fragment6(17, 0, True, bytes(7) + bytes(1)), None),
        (fragment6(6, 0, True, bytes(16)), 3),
        (fragment6(59, 0, True, bytes(7)), 0),
        (fragment6(59, 65528, False, bytes(9)), 0),
        (fragment6(44, 0, False, struct.pack("!BBHI", 59, 0, 0, 1)), 0),
    ],
)
def test_wrong_fragments_of_ipv6_are_answered(step: dict[str, Any], code: int | None) -> None:
    tap, captured = {"do": "tap", "name": "t"}, {"do": "captured", "tap": "t"}
    frames = play([UP, tap, step, captured])[-1]["frames"]
    codes = [frame["icmp"]["code"] for frame in frames if "icmp" in frame]
    assert codes == ([] if code is None else [code, code])


# --- extension headers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("nexthdr", "header", "names"),
    [
        (0, "3b00010400000000", {"Ip6InDelivers"}),
        (60, "3b00010400000000", {"Ip6InDelivers"}),
        (0, "3b00000000000000", {"Ip6InDelivers"}),
        (0, "3b01010400000000", {"Ip6InHdrErrors"}),
        (0, "3b01010500000000010500000000000000"[:32], {"Ip6InHdrErrors"}),
        (60, "3b00010400000100", {"Ip6InHdrErrors"}),
        (60, "3b00010500000000", {"Ip6InHdrErrors"}),
        (60, "3b011e05000000000001050000000000", {"Ip6InDelivers"}),
        (0, "3b00050200000100", {"Ip6InDelivers"}),
        (60, "3b00450200000100", {"Ip6InHdrErrors"}),
        (0, "3b00050300000000", {"Ip6InHdrErrors"}),
        (43, "3b00000000000000", {"Ip6InDelivers"}),
        (43, "3b00000100000000", {"Ip6InHdrErrors"}),
        (43, "3b00040000000000", set()),
        (60, "3b01010400000000", {"Ip6InHdrErrors"}),
        (51, "3b00000000000000", {"Ip6InUnknownProtos"}),
        (60, "0000010400000000", {"Ip6InUnknownProtos"}),
        (60, "3b02" + "1e00" * 8 + "010400000000", {"Ip6InDelivers"}),
        (60, "3b02" + "1e00" * 9 + "01020000", {"Ip6InHdrErrors"}),
    ],
)
def test_extension_headers(nexthdr: int, header: str, names: set[str]) -> None:
    counters = counted(ipv6(nexthdr, bytes.fromhex(header)))
    # An error is itself a packet that comes in.
    answers = counters.pop("Ip6InReceives") - 1
    counters["Ip6InDelivers"] = counters.get("Ip6InDelivers", 0) - answers
    assert {name for name, times in counters.items() if times} == names
