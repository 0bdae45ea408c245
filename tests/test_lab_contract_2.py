"""The laboratory plays the second contract: its examples, its corners, and group reports hidden.

What turned these red, tried one at a time: no wait after a group was joined, or only after
joining, reports kept in `drain`, counted in `without` or missed between steps, slow reports, a
filter for the name lo alone, settings of lo by that name, a port that the kernel picked shown, an
odd number of bytes unpadded, a sum of zeros good, a fragment header left unread, ``%1`` not taken
for the scope, sockets left open, PACKET_STATISTICS unread, a fixed port for `udp`, no wait for an
address, an option's length ignored, frames not told field by field, repeated lines not counted.
"""

from __future__ import annotations

import json
import struct
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
from recorded import runs

from lomodel import lab
from lomodel.contract import check_steps
from lomodel.contract.captured import captured_frame, checksum, reported_port
from lomodel.contract.making import bind, get, put, send, sock
from lomodel.lab import diff, reports, taps, tracepoints
from lomodel.lab.beside import Beside
from lomodel.lab.player import Player
from lomodel.lab.scene import Scene
from lomodel.lab.worker import worker

EXAMPLES = [json.loads(line) for line in (runs.HERE / "examples-2.jsonl").read_text().splitlines()]
UP = {"do": "link", "up": True}
TAP, CAPTURED = {"do": "tap", "name": "t"}, {"do": "captured", "tap": "t"}
COUNTERS = {"do": "counters"}


def _play(*steps: dict[str, Any]) -> list[dict[str, Any]]:
    check_steps(list(steps))
    return worker().play(list(steps))


def _errors(observed: list[dict[str, Any]]) -> list[str | None]:
    return [step["error"] for step in observed]


def _without_events(observed: list[dict]) -> list[dict]:
    return [{key: value for key, value in step.items() if key != "events"} for step in observed]


@pytest.mark.parametrize("scenario", EXAMPLES, ids=lambda each: each["id"])
def test_the_contracts_examples(as_anyone: None, scenario: dict) -> None:
    host = worker().host
    if host.choose().exactness == "none" or host.choose().release != "6.18":
        pytest.skip(f"recorded from 6.18, this is {host.release}")
    observed = scenario["observed"]
    if lab.unavailable(events=True):
        observed = _without_events(observed)
    assert lab.capture(scenario) == observed


# Sockets.


def test_what_a_scenario_opened_is_closed(as_anyone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []
    player = Player.__new__(Player)
    player.names = []
    player.began = lambda number: None
    monkeypatch.setattr("lomodel.lab.player.namespace.fresh", lambda: None)
    monkeypatch.setattr(Scene, "close", lambda self: closed.append(sorted(self._sockets)))
    assert player._play_once([sock("a"), sock("b")], events=False)[1] == {"error": None}
    with pytest.raises(KeyError):
        player._play_once([sock("a"), get("b", "SO_ERROR")], events=False)
    assert closed == [["a", "b"], ["a"]]


def test_a_name_is_free_after_close(as_anyone: None) -> None:
    twice = [sock("a"), bind("a", "127.0.0.1"), {"do": "close", "socket": "a"}]
    assert _errors(_play(UP, *twice, *twice)) == [None] * 7


def test_a_scope_is_an_index(as_anyone: None) -> None:
    observed = _play(
        UP,
        {"do": "address", "add": "fe80::1/64"},
        sock("r", "inet6"),
        bind("r", "fe80::1"),
        bind("r", "fe80::1%1"),
        sock("a", "inet6"),
        send("a", 10, "fe80::1%1"),
        {"do": "recv", "socket": "r"},
    )
    assert observed[3]["error"] == "EINVAL" and observed[4]["error"] is None
    assert observed[7]["datagrams"] == [{"length": 10, "from": ["fe80::1", 0]}]


def test_an_error_queue_of_ipv6(as_anyone: None) -> None:
    observed = _play(
        UP,
        sock("a", "inet6"),
        put("a", "IPV6_RECVERR", 1),
        send("a", 10, "::1"),
        {"do": "recv", "socket": "a", "errqueue": True, "size": 4, "count": 2},
        put("a", "IP_RECVERR", 1),
        send("a", 10, "::ffff:127.0.0.1"),
        {"do": "recv", "socket": "a", "errqueue": True},
    )
    cause = {"errno": "ECONNREFUSED", "origin": "icmp6", "type": 1, "code": 4, "info": 0}
    first = {"length": 4, "from": ["::1", 7001], "truncated": True}
    assert observed[4] == {
        "error": "EAGAIN",
        "datagrams": [first | {"cause": cause | {"offender": "::1"}}],
    }
    mapped = observed[7]["datagrams"][0]
    assert mapped["from"] == ["::ffff:127.0.0.1", 7001] and mapped["cause"]["origin"] == "icmp"
    assert mapped["cause"]["offender"] == "::ffff:127.0.0.1"


def test_options_as_bytes(as_anyone: None) -> None:
    observed = _play(
        sock("a"),
        put("a", "IP_TTL", 9, length=1),
        get("a", "IP_TTL"),
        put("a", "UDP_GRO", 1, length=8),
        get("a", "UDP_GRO"),
        put("a", "UDP_SEGMENT", 7, length=0),
        put("a", "SO_BINDTODEVICE", "lo"),
        put("a", "SO_BINDTODEVICE", ""),
        put("a", "SO_BINDTODEVICE", "x" * 40),
        put("a", "IP_MTU_DISCOVER", "omit"),
        get("a", "IP_MTU_DISCOVER"),
        put("a", "IP_MULTICAST_IF", 1),
        put("a", "IP_MULTICAST_IF", 7),
        put("a", "SO_RCVBUF", -1),
        get("a", "SO_MEMINFO"),
    )
    assert [step.get("value") for step in observed[2:5:2]] == [9, 1]
    assert observed[10]["value"] == "omit"
    assert [observed[n]["error"] for n in (5, 6, 7, 8)] == ["EINVAL", None, None, "ENODEV"]
    assert [observed[n]["error"] for n in (11, 12)] == [None, "EADDRNOTAVAIL"]
    assert set(observed[14]["value"]) == {"rmem_alloc", "rcvbuf", "sndbuf", "drops"}


def test_an_empty_buffer_reads_nothing(as_anyone: None) -> None:
    observed = _play(
        UP,
        sock("a"),
        bind("a", "127.0.0.1"),
        send("a", 10, "127.0.0.1"),
        {"do": "recv", "socket": "a", "size": 0},
    )
    assert observed[4]["datagrams"] == [
        {"length": 0, "from": ["127.0.0.1", 7001], "truncated": True}
    ]


def test_the_port_of_a_udp_step_is_the_kernels(as_anyone: None) -> None:
    """So it is in nobody's way, and is shown as 0."""
    udp = {"do": "udp", "family": "inet", "payload": 5, "gso_size": None}
    observed = _play(UP, sock("a"), bind("a", "0.0.0.0", 7000), TAP, udp, CAPTURED)
    assert observed[4]["received"] == [5]
    assert [each["udp"]["dport"] for each in observed[5]["frames"]] == [0, 0]


# The device.

NAMES = ["x", "lo0", "x.y", 'a"b', "a'\"b", "a*[b", "\\", "~", "abcdefghijklmno"]


@pytest.mark.parametrize("name", NAMES)
def test_lo_by_another_name(as_anyone: None, name: str) -> None:
    observed = _play(
        UP,
        {"do": "link", "name": name},
        {"do": "ping", "family": "inet6", "payload": 8, "to": "::1"},
        {"do": "sysctl", "set": {"net.ipv6.conf.lo.hop_limit": 0}},
        {"do": "frame", "hex": "00" * 14},
        TAP,
        {"do": "vnet_frame", "hex": "00" * 14, "vnet": {}},
        CAPTURED,
        {"do": "show", "more": True},
        {"do": "link", "name": "lo"},
        {"do": "ping", "family": "inet", "payload": 8},
    )
    assert _errors(observed) == [None] * 3 + ["EINVAL"] + [None] * 7
    assert observed[2]["stats"]["rx_packets"] == 2 and len(observed[7]["frames"]) == 2
    assert observed[8]["name"] == name
    assert observed[8]["groups"] == ["224.0.0.1", "ff01::1", "ff02::1"]
    if not lab.unavailable(events=True):
        assert [len(observed[n]["events"]) for n in (2, 4, 10)] == [10, 5, 10]


def test_a_filter_for_a_name() -> None:
    assert tracepoints._filter_of("lo") == b'name == "lo"'
    assert tracepoints._filter_of('a"*\xe9') == b'name == "lo" || name ~ "a????"'


def test_addresses_can_be_used_at_once(as_anyone: None) -> None:
    for _ in range(5):
        observed = _play(
            {"do": "address", "add": "2001:db8::1/64"},
            UP,
            {"do": "address", "add": "2001:db8::2/64"},
            *(
                {"do": "ping", "family": "inet6", "payload": 1, "to": f"2001:db8::{n}"}
                for n in (1, 2)
            ),
            {"do": "address", "remove": "2001:db8::2/128"},
            {"do": "address", "add": "127.0.0.1/8"},
        )
        assert _errors(observed) == [None] * 5 + ["EADDRNOTAVAIL", "EEXIST"]
        assert [each["stats"]["rx_packets"] for each in observed[3:5]] == [2, 2]


def test_settings_are_written_up_to_the_first_error(as_anyone: None) -> None:
    wrong = {"net.ipv4.icmp_echo_ignore_all": 1, "net.ipv6.conf.lo.hop_limit": 0}
    observed = _play(
        UP,
        {"do": "sysctl", "set": wrong | {"net.ipv6.icmp.echo_ignore_all": 1}},
        {"do": "ping", "family": "inet", "payload": 1},
        {"do": "ping", "family": "inet6", "payload": 1},
    )
    assert observed[1]["error"] == "EINVAL"
    assert [each["stats"]["rx_packets"] for each in observed[2:]] == [1, 2]


# Group reports.

R = [sock("r"), bind("r", "0.0.0.0")]
JOIN = put("r", "IP_ADD_MEMBERSHIP", ["239.1.1.1", 1])
JOIN6 = put("r", "IPV6_ADD_MEMBERSHIP", ["ff02::5", 1])
STIRRED = {
    "joined": [*R, JOIN],
    "joined-6": [sock("r", "inet6"), JOIN6],
    "before-up": [{"do": "link", "up": False}, *R, JOIN, UP],
    "left": [*R, JOIN, put("r", "IP_DROP_MEMBERSHIP", ["239.1.1.1", 1])],
    "closed": [sock("r", "inet6"), JOIN6, {"do": "close", "socket": "r"}],
    "disabled": [
        sock("r", "inet6"),
        JOIN6,
        *({"do": "sysctl", "set": {"net.ipv6.conf.lo.disable_ipv6": n}} for n in (1, 0)),
    ],
    "down-and-up": [*R, JOIN, {"do": "link", "up": False}, UP],
}


@pytest.mark.parametrize("steps", STIRRED.values(), ids=STIRRED)
def test_joining_and_leaving_send_nothing(as_anyone: None, steps: list[dict]) -> None:
    ping = {"do": "ping", "family": "inet", "payload": 1}
    observed = _play(UP, TAP, *steps, ping, CAPTURED, COUNTERS)
    assert observed[-3]["stats"]["rx_packets"] == 2
    assert [each["icmp"]["type"] for each in observed[-2]["frames"]] == [8, 8, 0, 0]
    assert observed[-1]["counters"] == _play(UP, ping, COUNTERS)[-1]["counters"]


def test_what_a_group_is_sent_is_counted(as_anyone: None) -> None:
    steps = [UP, *R, JOIN, sock("a"), put("a", "IP_MULTICAST_IF", "127.0.0.1"), TAP]
    steps += [send("a", 10, "239.1.1.1", count=50)] * 4 + [CAPTURED, COUNTERS]
    counters = dict.fromkeys(["Ip.InDelivers", "Ip.InReceives", "Ip.OutRequests"], 200)
    counters |= dict.fromkeys(["Ip.OutTransmits", "IpExt.InMcastPkts", "IpExt.OutMcastPkts"], 200)
    counters |= {"Udp.OutDatagrams": 200}
    for _ in range(3):
        observed = _play(*steps)
        assert len(observed[-2]["frames"]) == 400
        assert observed[-1]["counters"] == counters


def test_what_comes_between_steps_is_a_report(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[tuple[str, int]] = []
    counted = iter([0, 2, 3, 7, 7, 9])
    monkeypatch.setattr(reports.settings, "write", lambda *setting: written.append(setting))
    monkeypatch.setattr(reports, "_now", lambda: Counter(n=next(counted)))
    account = reports.Reports()
    account.step_begins()  # nothing is expected yet, so nobody looks
    account.expect()
    account.step_begins()  # 2 that somebody else counted
    account.step_ends(stirs=False)  # 1 of the step's own
    account.step_begins()  # 4 more
    assert account.without({"n": 7, "other": 1, "zero": 0}) == {"n": 1, "other": 1}
    account.step_ends(stirs=False)
    account.step_begins()
    assert account.without({"n": 9}) == {"n": 1}
    assert written == [(name, 1) for name in reports.SETTINGS]


def test_reports_that_cannot_be_made_to_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise lab.LabUnavailable("writing a setting", "read only")

    monkeypatch.setattr(reports.settings, "write", refuse)
    monkeypatch.setattr(reports, "_now", Counter)
    slept: list[float] = []
    monkeypatch.setattr(reports.time, "sleep", slept.append)
    account = reports.Reports()
    account.expect()
    account.step_ends(stirs=True)
    assert slept == [reports.SLOW_QUIET]


IGMP = (
    "0000000000000000000000000800" + "46c0002800004000010200007f000001e000001694040000" + "22" * 16
)
MLD = (
    "000000000000000000000000"
    + "86dd"
    + "60000000002400010"
    + "0" * 63
    + "3a000502000001008f"
    + "0" * 54
)


@pytest.mark.parametrize(
    ("frame", "report"),
    [
        (IGMP, True),
        (MLD, True),
        (IGMP.replace("94040000", "00000000"), False),  # somebody's own, without the option
        (IGMP.replace("0102", "0111"), False),  # a datagram
        (MLD.replace("008f", "0080"), False),  # an echo request
        (MLD[:100], False),
        ("00" * 14, False),
    ],
)
def test_what_a_report_is(frame: str, report: bool) -> None:
    assert taps.is_report(bytes.fromhex(frame)) is report


# Taps.


def test_a_full_tap_is_told(as_anyone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    tap = taps.Tap.__new__(taps.Tap)

    class Full:
        def getsockopt(self, *_: int) -> bytes:
            return struct.pack("=II", 10, 3)

    tap._sock = Full()
    with pytest.raises(lab.LabUnavailable, match="no room for 3"):
        tap.captured()


def _ipv4(length: int, field: int, protocol: int, payload: bytes) -> bytes:
    """A frame: 127.0.0.1 to 127.0.0.1, with a right header."""
    header = struct.pack("!BBHHHBBH", 0x45, 0, length, 1, field, 9, protocol, 0) + b"\x7f\0\0\1" * 2
    header = header[:10] + struct.pack("!H", checksum(header) ^ 0xFFFF) + header[12:]
    return bytes(12) + b"\x08\0" + header + payload


def _udp(length: int, check: int, data: bytes = b"") -> bytes:
    return struct.pack("!HHHH", 40000, 7001, length, check) + data


def _ipv6(length: int, protocol: int, payload: bytes) -> bytes:
    ends = (bytes(15) + b"\1") * 2
    return (
        bytes(12)
        + b"\x86\xdd"
        + struct.pack("!IHBB", 6 << 28, length, protocol, 9)
        + ends
        + payload
    )


PSEUDO = 2 * 0x7F01 + 17  # of IPv4, but for the length
FRAGMENT = struct.pack("!BBHI", 17, 0, 0, 5)
SUMS = {
    "good-odd": (
        _ipv4(29, 0, 17, _udp(9, -(PSEUDO + 9 + 40000 + 7001 + 9 + 0x6100) % 65535, b"a")),
        "good",
    ),
    "partial": (_ipv4(28, 0, 17, _udp(8, PSEUDO + 8)), "partial"),
    "bad": (_ipv4(28, 0, 17, _udp(8, 1)), "bad"),
    "zero": (_ipv4(28, 0, 17, _udp(8, 0)), "zero"),
    "short-frame": (_ipv4(60, 0, 17, _udp(8, 0)), "short"),
    "short-header": (_ipv4(27, 0, 17, _udp(8, 0)), "short"),
    "fragment": (_ipv4(60, 0x2000, 17, _udp(8, 0)), "fragment"),
    "padded": (_ipv4(28, 0, 17, _udp(8, 0, b"padding")), "zero"),
    "ipv6": (_ipv6(8, 17, _udp(8, 2 + 17 + 8)), "partial"),
    "ipv6-fragment": (_ipv6(16, 44, FRAGMENT + _udp(8, 2 + 17 + 8)), "partial"),
}


@pytest.mark.parametrize(("frame", "said"), SUMS.values(), ids=SUMS)
def test_sums(frame: bytes, said: str) -> None:
    seen = captured_frame(frame, 4, 0x0800, 0)
    assert seen["udp"]["sum"] == said and seen["udp"]["sport"] == 0
    assert seen["ip"].get("sum", "good") == "good"


def test_what_a_frame_lacks_is_not_there() -> None:
    def ip(frame: bytes) -> dict[str, Any]:
        return captured_frame(frame, 0, 0, 0)

    udp = _ipv4(28, 0, 17, _udp(8, 0))
    assert "ip" not in ip(udp[:33]) and "ip" in ip(udp[:34]) and "udp" not in ip(udp[:41])
    assert "ip" not in ip(udp[:14] + b"\x44" + udp[15:])  # too short to be a header
    assert "ip" not in ip(udp[:14] + b"\x65" + udp[15:])  # another version
    assert ip(udp[:14] + b"\x46" + udp[15:])["ip"]["sum"] == "bad"
    later = ip(_ipv4(28, 0x2001, 17, _udp(8, 0)))
    assert "udp" not in later and later["ip"]["offset"] == 8 and later["ip"]["mf"]
    assert ip(_ipv6(8, 44, b"\0" * 4))["ip"]["protocol"] == 44
    assert "icmp" not in ip(_ipv6(8, 1, bytes(8))) and "icmp" not in ip(_ipv4(28, 0, 58, bytes(8)))
    # No sum of zeros is right: one's complement has two zeros, and this is the other one.
    assert ip(_ipv4(28, 0, 1, bytes(8)))["icmp"]["sum"] == "bad"
    assert ip(_ipv4(28, 0, 1, b"\0\0\xff\xff" + bytes(4)))["icmp"]["sum"] == "good"


def test_the_outside_of_a_frame() -> None:
    assert captured_frame(bytes(14), 2, 0x88B5, 1 << 8 | 1 << 3 | 1) == {
        "type": "multicast",
        "length": 14,
        "ethertype": 0x88B5,
        "status": ["CSUMNOTREADY", "GSO_TCP"],
    }
    assert (checksum(b"a"), checksum(bytes(2)), checksum(b"\xff\xff\0\1")) == (0x6100, 0, 1)
    assert [reported_port(port) for port in (32767, 32768, 60999, 61000)] == [32767, 0, 0, 61000]


# Differences.

Change = Callable[[dict[str, Any]], Any]
CHANGES: dict[str, tuple[Change, str, Any]] = {
    "frame": (lambda o: o["frames"][1]["ip"].update(ttl=1), "frames[1].ip.ttl", 64),
    "frame-lost": (lambda o: o["frames"].pop(), "frames[1]", None),
    "counter": (lambda o: o["counters"].update({"Ip.InDelivers": 9}), "counters.Ip.InDelivers", 1),
    "datagram": (lambda o: o["datagrams"][0]["cause"].update(code=9), "datagrams[0].cause.code", 3),
    "value": (lambda o: o["value"].update(drops=9), "value.drops", 0),
    "results": (lambda o: o["results"].__setitem__(2, "EINVAL"), "results[2]", None),
    "groups": (lambda o: o["groups"].append("x"), "groups", ["224.0.0.1"]),
}


def _observed() -> dict[str, Any]:
    return {
        "error": None,
        "frames": [{"type": "host", "ip": {"ttl": 64}}, {"type": "host", "ip": {"ttl": 64}}],
        "counters": {"Ip.InDelivers": 1},
        "datagrams": [{"length": 1, "from": ["::1", 1], "cause": {"code": 3}}],
        "value": {"drops": 0},
        "results": [None] * 4,
        "groups": ["224.0.0.1"],
    }


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_differences_are_told_field_by_field(change: tuple[Change, str, Any]) -> None:
    changed = _observed()
    change[0](changed)
    (found,) = diff.differences([_observed()], [changed])
    assert found.field == change[1]
    assert change[2] is None or found.model == change[2]
    assert diff.differences([_observed()], [_observed()]) == []


def test_beside_shows_one_line_a_thing() -> None:
    changed = _observed()
    changed["frames"][1]["ip"]["ttl"] = 1
    scenario = {"id": "x", "steps": [{"do": "frame", "hex": "00" * 1000}]}
    found = diff.differences([_observed()], [changed])
    text = str(Beside(diff.Comparison(scenario, "6.18", [_observed()], [changed], "Linux", found)))
    loud = [line for line in text.splitlines() if line.startswith("≠")]
    assert len(loud) == 1 and loud[0].split() == ["≠", "ip:", "ttl=64", "|", "ip:", "ttl=1"]
    assert "result: null (4 times)" in text and "Ip.InDelivers: 1" in text and "drops=0" in text
    assert max(map(len, text.splitlines())) < 200
