"""What ICMP says of a datagram, and who hears of it: pending errors, error queues, path MTUs.

What is expected here was seen on Linux 6.18.44 (kernel-facts-2, section 2, and searches).

Mutations that turned these red: the next entry's errno not taken over; SO_ERROR taking the entry,
too; an entry let in at ``rmem_alloc + truesize == rcvbuf``; RECVERR 0 that keeps the queue; the
peer's port for an unconnected socket; a path's MTU learned without a socket, or by one with
``interface``; an MTU below 552 believed; DF in spite of a locked MTU; the fast path not asking for
exceptions; a lock of ICMP's socket that is not there.
"""

from __future__ import annotations

import struct
from typing import Any

import pytest

from lomodel.contract import making
from lomodel.contract.making import get, put, recv, sock
from lomodel.linux.net.core.skbuff import checksum
from lomodel.scenario import Player

PORT = 7001
LO4, LO6 = bytes((127, 0, 0, 1)), bytes(15) + b"\1"
UP = {"do": "link", "up": True}
TRUST = {"net.ipv4.conf.lo.route_localnet": 1, "net.ipv4.conf.lo.accept_local": 1}


def play(*steps: dict[str, Any]) -> list[dict[str, Any]]:
    """What is observed of the steps, on a device that is up."""
    player = Player()
    player.step(UP)
    return [player.step(step) for step in steps]


def bind(name: str, address: str = "127.0.0.1", port: int = 7002) -> dict[str, Any]:
    return making.bind(name, address, port)


def connect(name: str, address: str = "127.0.0.1", port: int = PORT) -> dict[str, Any]:
    return making.connect(name, address, port)


def send(name: str, payload: int = 10, **more: Any) -> dict[str, Any]:
    return making.send(name, payload, **more)


def errors(name: str, count: int = 1) -> dict[str, Any]:
    return recv(name, errqueue=True, count=count)


COUNTERS = {"do": "counters"}


def ipv4(payload: bytes, protocol: int, to: bytes = LO4) -> bytes:
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0) + LO4 + to
    total = ~checksum(head) & 0xFFFF
    return head[:10] + total.to_bytes(2, "big") + head[12:] + payload


def icmp(type: int, code: int, rest: bytes, quoted: bytes) -> dict[str, Any]:
    """A frame with an ICMP message from 127.0.0.1 to itself."""
    message = bytes((type, code, 0, 0)) + rest + quoted
    total = (~checksum(message) & 0xFFFF).to_bytes(2, "big")
    packet = ipv4(message[:2] + total + message[4:], 1)
    return {"do": "frame", "hex": (bytes(12) + b"\x08\0" + packet).hex()}


def too_big(mtu: int, to: bytes = LO4) -> dict[str, Any]:
    """A frame that says: the path of such a datagram takes only ``mtu`` bytes."""
    datagram = ipv4(struct.pack("!HHHH", 7002, PORT, 8, 0), 17, to)
    return icmp(3, 4, struct.pack("!HH", 0, mtu), datagram)


def icmpv6(type: int, code: int, rest: bytes, quoted: bytes) -> dict[str, Any]:
    """A frame with an ICMPv6 message from ::1 to itself."""
    message = bytes((type, code, 0, 0)) + rest + quoted
    total = ~checksum(message, checksum(LO6 + LO6, len(message) + 58)) & 0xFFFF
    message = message[:2] + total.to_bytes(2, "big") + message[4:]
    packet = ipv6(message, 58)
    return {"do": "frame", "hex": (bytes(12) + b"\x86\xdd" + packet).hex()}


def ipv6(payload: bytes, protocol: int) -> bytes:
    return struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64) + LO6 + LO6 + payload


def counted(observed: dict[str, Any], *names: str) -> list[int]:
    return [observed["counters"].get(name, 0) for name in names]


# --- who hears -----------------------------------------------------------------------------------


def test_only_a_connected_socket_hears_of_a_closed_port() -> None:
    sent = play(sock("a"), send("a", to=["127.0.0.1", PORT]), get("a", "SO_ERROR"))
    assert sent[-1]["value"] is None
    sent = play(sock("a"), connect("a"), send("a"), get("a", "SO_ERROR"), get("a", "SO_ERROR"))
    assert [each["value"] for each in sent[-2:]] == ["ECONNREFUSED", None]


def test_an_error_takes_the_place_of_a_send_and_of_a_read() -> None:
    results = play(sock("a"), connect("a"), send("a", count=4))[-1]["results"]
    assert results == [None, "ECONNREFUSED", None, "ECONNREFUSED"]
    assert play(sock("a"), connect("a"), send("a"), recv("a"))[-1]["error"] == "ECONNREFUSED"


@pytest.mark.parametrize(
    ("code", "connected", "errno"),
    [(0, True, None), (1, True, None), (2, True, "ENOPROTOOPT"), (5, True, None)]
    + [(7, True, "EHOSTDOWN"), (13, True, "EHOSTUNREACH"), (16, True, None), (2, False, None)],
)
def test_only_fatal_errors_are_for_those_who_did_not_ask(
    code: int, connected: bool, errno: str | None
) -> None:
    quoted = ipv4(struct.pack("!HHHH", 7002, PORT, 8, 0), 17)
    steps = [{"do": "sysctl", "set": TRUST}, sock("a"), bind("a")]
    steps += [connect("a")] if connected else []
    assert play(*steps, icmp(3, code, bytes(4), quoted), get("a", "SO_ERROR"))[-1] == {
        "error": None,
        "value": errno,
    }


def test_an_unknown_error_of_icmpv6_is_a_protocol_error() -> None:
    quoted = ipv6(struct.pack("!HHHH", 7002, PORT, 8, 0), 17)
    steps = [sock("a", "inet6"), bind("a", "::1"), put("a", "IPV6_RECVERR", 1)]
    observed = play(*steps, icmpv6(100, 9, bytes(4), quoted), errors("a"))[-1]
    cause = {"errno": "EPROTO", "origin": "icmp6", "type": 100, "code": 9, "info": 0}
    assert observed["datagrams"][0]["cause"] == cause | {"offender": "::1"}


# --- queues --------------------------------------------------------------------------------------


def test_reading_an_entry_makes_the_next_one_pending() -> None:
    steps = [sock("a"), put("a", "IP_RECVERR", 1), connect("a"), send("a"), recv("a")]
    steps += [send("a"), get("a", "SO_ERROR"), errors("a"), get("a", "SO_ERROR")]
    observed = play(*steps, errors("a"), get("a", "SO_ERROR"), errors("a"))
    assert [each["value"] for each in observed if "value" in each] == [
        "ECONNREFUSED",
        "ECONNREFUSED",
        None,
    ]
    assert observed[-1]["error"] == "EAGAIN"


def test_recverr_off_forgets_the_entries_and_not_the_error() -> None:
    steps = [sock("a"), put("a", "IP_RECVERR", 1), connect("a"), send("a")]
    steps += [put("a", "IP_RECVERR", 0), errors("a"), get("a", "SO_MEMINFO")]
    observed = play(*steps, get("a", "SO_ERROR"))
    assert observed[-3]["error"] == "EAGAIN"
    assert observed[-2]["value"]["rmem_alloc"] == 0
    assert observed[-1]["value"] == "ECONNREFUSED"


def test_an_error_needs_room_in_the_receive_buffer() -> None:
    """A message about 10 bytes is charged as 832: two are 1664, and a third would be 2496."""
    steps = [sock("a"), put("a", "IP_RECVERR", 1), put("a", "SO_RCVBUF", 0)]
    steps += [send("a", to=["127.0.0.1", PORT], count=6), errors("a", 9), get("a", "SO_MEMINFO")]
    observed = play(*steps)
    assert len(observed[-2]["datagrams"]) == 2
    assert observed[-1]["value"] == {"rmem_alloc": 0, "rcvbuf": 2304, "sndbuf": 212992, "drops": 0}
    full = play(*steps[:2], put("a", "SO_RCVBUF", 1248), *steps[3:])
    assert full[-1]["value"]["rcvbuf"] == 3 * 832
    assert len(full[-2]["datagrams"]) == 2


@pytest.mark.parametrize(("family", "address"), [("inet", "127.0.0.1"), ("inet6", "::1")])
def test_a_datagram_too_long_is_an_entry_of_this_host(family: str, address: str) -> None:
    name = {"inet": "IP", "inet6": "IPV6"}[family]
    steps = [{"do": "link", "mtu": 1500}, sock("a", family)]
    steps += [put("a", f"{name}_RECVERR", 1), put("a", f"{name}_MTU_DISCOVER", "do")]
    observed = play(*steps, send("a", 2000, to=[address, PORT]), errors("a"))
    assert observed[-2]["error"] == "EMSGSIZE"
    cause = {"errno": "EMSGSIZE", "origin": "local", "type": 0, "code": 0, "info": 1500}
    named = [address, 0 if family == "inet" else PORT]
    entry = {"length": 0, "from": named, "cause": cause | {"offender": None}}
    assert observed[-1]["datagrams"] == [entry]


def test_a_mapped_peer_is_of_ipv4() -> None:
    steps = [sock("a", "inet6"), put("a", "IPV6_RECVERR", 1), put("a", "IP_RECVERR", 1)]
    steps += [send("a", 50, to=["::ffff:127.0.0.1", PORT]), errors("a")]
    (entry,) = play(*steps)[-1]["datagrams"]
    assert entry["from"] == ["::ffff:127.0.0.1", PORT]
    assert (entry["length"], entry["cause"]["origin"]) == (50, "icmp")
    assert entry["cause"]["offender"] == "::ffff:127.0.0.1"


# --- path MTUs -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pmtudisc", "mtu", "learned", "error"),
    [
        ("want", 1400, 1400, "EMSGSIZE"),
        ("dont", 1400, 1400, None),
        ("probe", 1400, 1400, "EMSGSIZE"),
        ("interface", 1400, 65535, "EMSGSIZE"),
        ("omit", 1400, 65535, "EMSGSIZE"),
        ("want", 100, 552, "EMSGSIZE"),
    ],
)
def test_what_a_socket_learns_of_its_path(
    pmtudisc: str, mtu: int, learned: int, error: str | None
) -> None:
    steps = [{"do": "sysctl", "set": TRUST}, sock("a"), bind("a"), connect("a")]
    steps += [put("a", "IP_MTU_DISCOVER", pmtudisc), too_big(mtu), get("a", "SO_ERROR")]
    observed = play(*steps, get("a", "IP_MTU"))
    assert [each["value"] for each in observed[-2:]] == [error, learned]


def test_without_a_socket_nothing_is_learned() -> None:
    steps = [{"do": "sysctl", "set": TRUST}, too_big(1400), sock("a"), connect("a")]
    observed = play(*steps, get("a", "IP_MTU"), COUNTERS)
    assert observed[-2]["value"] == 65535
    assert counted(observed[-1], "Icmp.InMsgs", "Icmp.InErrors") == [1, 1]


@pytest.mark.parametrize(("mtu", "df"), [(1400, True), (100, False)])
def test_a_locked_path_has_no_df(mtu: int, df: bool) -> None:
    steps = [{"do": "sysctl", "set": TRUST}, sock("a"), bind("a"), too_big(mtu)]
    steps += [{"do": "tap", "name": "t"}, send("a", 300, to=["127.0.0.1", PORT])]
    frames = play(*steps, {"do": "captured", "tap": "t"})[-1]["frames"]
    assert frames[0]["ip"]["df"] is df


def test_a_path_is_one_address() -> None:
    steps = [{"do": "sysctl", "set": TRUST}, sock("a"), bind("a")]
    steps += [too_big(1400, bytes((127, 0, 0, 2)))]
    for address in ("127.0.0.3", "127.0.0.2", "127.0.0.1"):
        steps += [connect("a", address), get("a", "IP_MTU")]
    observed = play(*steps)
    assert [each["value"] for each in observed if "value" in each] == [65535, 1400, 65535]


def test_datagrams_are_cut_to_the_path() -> None:
    steps = [{"do": "sysctl", "set": TRUST}, sock("a"), bind("a"), too_big(1400)]
    observed = play(*steps, send("a", 2000, to=["127.0.0.1", PORT]))
    lengths = [fields["len"] for name, fields in observed[-1]["events"] if name == "net_dev_queue"]
    assert lengths[:2] == [14 + 1396, 14 + 20 + 2008 - 1376]


def test_a_path_of_ipv6_is_at_least_1280_bytes() -> None:
    quoted = ipv6(struct.pack("!HHHH", 7002, PORT, 8, 0), 17)
    for mtu, learned in ((1279, 65536), (1280, 1280), (1400, 1400)):
        steps = [sock("a", "inet6"), bind("a", "::1"), connect("a", "::1")]
        steps += [icmpv6(2, 0, mtu.to_bytes(4, "big"), quoted), get("a", "IPV6_MTU")]
        assert play(*steps)[-1]["value"] == learned


def test_the_device_changes_a_path_that_it_limits() -> None:
    steps = [{"do": "sysctl", "set": TRUST}, sock("a"), bind("a"), too_big(1400)]
    for mtu, learned in ((1300, 1300), (1500, 1400)):
        changes = [{"do": "link", "mtu": mtu}, connect("a"), get("a", "IP_MTU")]
        assert play(*steps, *changes)[-1]["value"] == learned


# --- messages ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("type", "counters"),
    [(8, [2, 0, 1]), (0, [1, 0, 0]), (13, [2, 0, 1]), (15, [1, 0, 0]), (19, [1, 1, 0])],
)
def test_types_of_messages(type: int, counters: list[int]) -> None:
    """Whatever answers is counted as an echo reply."""
    steps = [{"do": "sysctl", "set": TRUST}, icmp(type, 0, b"\0\1\0\1", bytes(12)), COUNTERS]
    names = ("Icmp.InMsgs", "Icmp.InErrors", "Icmp.OutEchoReps")
    assert counted(play(*steps)[-1], *names) == counters


def test_a_reply_of_zeros_is_wrongly_summed() -> None:
    """Its sum is 0xffff, and in the field stands 0; so does Linux."""
    steps = [{"do": "sysctl", "set": TRUST}, icmp(8, 0, bytes(4), bytes(12)), COUNTERS]
    names = ("Icmp.OutEchoReps", "Icmp.InMsgs", "Icmp.InCsumErrors")
    assert counted(play(*steps)[-1], *names) == [1, 2, 1]


def test_what_is_wrongly_summed_is_an_error() -> None:
    frame = icmp(8, 0, bytes(4), bytes(12))
    frame["zeros"] = 0
    frame["hex"] = frame["hex"][:-2] + "01"
    names = ("Icmp.InMsgs", "Icmp.InErrors", "Icmp.InCsumErrors", "Icmp.InEchos")
    assert counted(play({"do": "sysctl", "set": TRUST}, frame, COUNTERS)[-1], *names) == [
        1,
        1,
        1,
        0,
    ]


def test_echo_requests_may_be_ignored() -> None:
    for name, family in (
        ("net.ipv4.icmp_echo_ignore_all", "inet"),
        ("net.ipv6.icmp.echo_ignore_all", "inet6"),
    ):
        ping = {"do": "ping", "family": family, "payload": 56}
        answered, ignored = play(ping, {"do": "sysctl", "set": {name: 1}}, ping)[::2]
        assert [each["stats"]["rx_packets"] for each in (answered, ignored)] == [2, 1]


def test_a_reply_that_goes_nowhere_brings_no_error_about() -> None:
    """The network of an added address is a route of lo that leads nowhere."""
    source = bytes.fromhex("20010db8" + "00" * 11 + "02")
    message = bytes((128, 0, 0, 0)) + bytes(8)
    total = ~checksum(message, checksum(source + LO6, len(message) + 58)) & 0xFFFF
    message = message[:2] + total.to_bytes(2, "big") + message[4:]
    packet = struct.pack("!IHBB", 6 << 28, len(message), 58, 64) + source + LO6 + message
    frame = {"do": "frame", "hex": (bytes(12) + b"\x86\xdd" + packet).hex()}
    observed = play({"do": "address", "add": "2001:db8::1/64"}, frame, COUNTERS)
    assert observed[-2]["stats"]["rx_packets"] == 1
    names = ("Icmp6OutMsgs", "Icmp6OutEchoReplies", "Ip6OutNoRoutes")
    assert counted(observed[-1], *names) == [1, 1, 1]
