"""The second contract: each rule refused with its message, what is for the kernel let through.

What turned these red, tried one at a time: names that a `close` leaves open, `%1` after an IPv4
address, a port from those that the kernel picks, blanks in `hex`, taking true for an option's int,
`length` for an option that is no int, a member of LINK beside another.
"""

from __future__ import annotations

import copy
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lomodel.contract import (
    OPTIONS,
    SYSCTLS,
    Names,
    ScenarioError,
    check_scenario,
    check_step,
    check_steps,
    read,
)
from lomodel.lab.options import OPTIONS as lab_options
from lomodel.scenario import Player

EXAMPLES = Path(__file__).parent / "recorded/examples-2.jsonl"
SCENARIOS = [json.loads(line) for line in EXAMPLES.read_text("utf-8").splitlines()]

INT_MAX, INT_MIN = 2**31 - 1, -(2**31)
A = {"do": "socket", "name": "a", "family": "inet", "type": "dgram"}
B = {"do": "socket", "name": "b", "family": "inet6", "type": "dgram"}
T = {"do": "tap", "name": "t"}
BIND = {"do": "bind", "socket": "a", "address": "127.0.0.1", "port": 7001}
CONNECT = {"do": "connect", "socket": "a", "address": "127.0.0.1", "port": 7001}
SET = {"do": "setsockopt", "socket": "a", "option": "SO_RCVBUF", "value": 1}
GET = {"do": "getsockopt", "socket": "a", "option": "SO_ERROR"}
SEND = {"do": "send", "socket": "a", "payload": 100}
RECV = {"do": "recv", "socket": "a"}
ADD = {"do": "address", "add": "127.0.0.2/8"}
SYSCTL = {"do": "sysctl", "set": {"net.ipv4.ip_default_ttl": 1}}
PING = {"do": "ping", "family": "inet", "payload": 8}
FRAME = {"do": "frame", "hex": "00ff"}
VNET = {"do": "vnet_frame", "hex": "00ff", "vnet": {}}
CAPTURED = {"do": "captured", "tap": "t"}
CLOSE = {"do": "close", "socket": "a"}
EVERY = [A, T, BIND, CONNECT, SET, GET, SEND, RECV, SYSCTL, FRAME, VNET, CAPTURED]


def played(step: Any) -> list[Any]:
    """A step after those that open an inet socket `a`, an inet6 one `b`, and a tap `t`."""
    return [A, B, T, step]


def complaint(steps: list[Any]) -> ScenarioError:
    with pytest.raises(ScenarioError) as caught:
        check_steps(steps)
    return caught.value


def option(name: str, value: Any, **more: Any) -> dict[str, Any]:
    return SET | {"option": name, "value": value} | more


NO_IPV4 = ["127.1", "127.0.0.01", "127.0.0.1 ", "127.0.0.1%1", "::1", "256.0.0.1", "localhost", ""]
NO_IPV4 += ["127.0.0.1\n", "127.0.0.٠", "0x7f.0.0.1", "1.2.3.4.5", "ff02::5%1"]
NO_IPV6 = [
    "127.0.0.1",
    "::1%2",
    "::1%lo",
    "::1%",
    "::1%1%1",
    ":::",
    "::1::",
    "::1/128",
    "",
    "[::1]",
]
NO_IPV6 += ["::12345", "::g", "::%01", "::1\0"]
NO_TEXT = [None, 1, True, [], ["127.0.0.1"], {}, 1.5]

REFUSED = [
    # sockets
    (A | {"name": ""}, "name"),
    (A | {"name": 1}, "name"),
    (A | {"name": "x", "family": "unix"}, "family"),
    (A | {"name": "x", "type": "stream"}, "type"),
    (A | {"name": "x", "protocol": 17}, "protocol"),
    (T | {"name": None}, "name"),
    (T | {"name": "x", "family": "inet"}, "family"),
    *((BIND | {"address": text}, "address") for text in NO_IPV4 + NO_TEXT),
    *((BIND | {"socket": "b", "address": text}, "address") for text in NO_IPV6 + NO_TEXT),
    *((BIND | {"port": port}, "port") for port in (-1, 32768, 60999, 65536, True, "1", 1.0, None)),
    *((CONNECT | {"address": text}, "address") for text in NO_IPV4),
    (CONNECT | {"address": None}, "port"),
    (CONNECT | {"port": None}, "port"),
    ({"do": "connect", "socket": "a", "address": "127.0.0.1"}, "port"),
    ({"do": "connect", "socket": "a", "port": 7001}, "address"),
    (CLOSE | {"tap": "t"}, "steps[3]"),
    ({"do": "close"}, "steps[3]"),
    ({"do": "close", "name": "a"}, "name"),
    ({"do": "close", "socket": None}, "socket"),
    # send, recv
    *((SEND | {"payload": number}, "payload") for number in (-1, 100_001, True, 1.0, None, "1")),
    *((SEND | {"gso_size": number}, "gso_size") for number in (-1, 65536, None, False)),
    *((SEND | {"count": number}, "count") for number in (0, 401, None, True)),
    (SEND | {"to": "127.0.0.1"}, "to"),
    (SEND | {"to": ["127.0.0.1"]}, "to"),
    (SEND | {"to": ["127.0.0.1", 7001, 0]}, "to"),
    (SEND | {"to": ["127.0.0.1", 32768]}, "to"),
    (SEND | {"to": ["127.0.0.1", "7001"]}, "to"),
    (SEND | {"to": ["127.0.0.1", True]}, "to"),
    (SEND | {"to": ["::1", 7001]}, "to"),
    (SEND | {"to": {"0": "127.0.0.1", "1": 7001}}, "to"),
    (SEND | {"to": None}, "to"),
    (SEND | {"socket": "b", "to": ["127.0.0.1", 7001]}, "to"),
    (SEND | {"flags": 0}, "flags"),
    *((RECV | {"size": number}, "size") for number in (-1, 262_145, None)),
    *((RECV | {"count": number}, "count") for number in (0, 1001, None)),
    *((RECV | {"errqueue": value}, "errqueue") for value in (1, None, "true")),
    # addresses
    *((ADD | {"add": text}, "add") for text in NO_TEXT),
    *((ADD | {"add": f"{text}/8"}, "add") for text in ("127.1", "::1%1", "", "x", "::1/1")),
    *((ADD | {"add": f"::1{end}"}, "add") for end in ("", "/", "/-1", "/256", "/08", "/ 8", "/٣")),
    (ADD | {"remove": "127.0.0.2/8"}, "steps[3]"),
    ({"do": "address"}, "steps[3]"),
    (ADD | {"scope": "host"}, "scope"),
    *((PING | {"to": text}, "to") for text in NO_IPV4 + NO_TEXT),
    *((PING | {"family": "inet6", "to": text}, "to") for text in NO_IPV6),
    # settings
    (SYSCTL | {"set": []}, "set"),
    *((SYSCTL | {"set": {SYSCTLS[0]: value}}, "disable_ipv6") for value in ("1", 1.0, True, None)),
    *((SYSCTL | {"set": {SYSCTLS[0]: value}}, "disable_ipv6") for value in (2**32, INT_MIN - 1)),
    (SYSCTL | {"set": {"net.ipv4.conf.default.rp_filter": 1}}, "rp_filter"),
    (SYSCTL | {"set": {"net.core.rmem_max": 1}}, "rmem_max"),
    (SYSCTL | {"set": {"net/ipv4/ip_default_ttl": 1}}, "net/ipv4/ip_default_ttl"),
    # the link
    *(({"do": "link", "gso_max_size": value}, "gso_max_size") for value in (-1, 2**32, True, "1")),
    ({"do": "link", "gso_max_segs": None}, "gso_max_segs"),
    ({"do": "link", "gso_ipv4_max_size": 1.0}, "gso_ipv4_max_size"),
    *(({"do": "link", "name": text}, "name") for text in ("x" * 16, "lo%d", "ö", "a\0", 1, None)),
    *(({"do": "link", name: 1}, name) for name in ("promisc", "multicast", "allmulticast", "arp")),
    ({"do": "link", "promisc": True, "up": True}, "steps[3]"),
    ({"do": "link", "promisc": True, "arp": True}, "steps[3]"),
    ({"do": "show", "more": 1}, "more"),
    ({"do": "counters", "more": True}, "more"),
    # frames
    *(
        (FRAME | {"hex": text}, "hex")
        for text in ("0", "0g", "00 11", " 00", "0x00", "٠٠", 0, None)
    ),
    (FRAME | {"hex": "00" * (2**20 + 1)}, "hex"),
    *((FRAME | {"zeros": number}, "zeros") for number in (-1, 70001, None, True)),
    *((FRAME | {name: 0}, name) for name in ("dst", "ethertype", "payload", "vnet")),
    ({"do": "frame", "zeros": 3}, "zeros"),
    (VNET | {"vnet": []}, "vnet"),
    (VNET | {"vnet": {"do": 1}}, "do"),
    (VNET | {"vnet": {"num_buffers": 1}}, "num_buffers"),
    *((VNET | {"vnet": {name: 256}}, name) for name in ("flags", "gso_type")),
    *((VNET | {"vnet": {name: 65536}}, name) for name in ("hdr_len", "gso_size", "csum_start")),
    *((VNET | {"vnet": {"csum_offset": number}}, "csum_offset") for number in (-1, True, None)),
    (VNET | {"hex": "0"}, "hex"),
    # options
    (SET | {"option": "SO_REUSEPORT"}, "option"),
    (SET | {"option": []}, "option"),
    (SET | {"option": ""}, "option"),
    *((SET | {"option": name}, "option") for name in ("SO_ERROR", "IP_MTU", "SO_MEMINFO")),
    *((option("UDP_SEGMENT", value), "value") for value in (True, "1", 1.0, None, [1])),
    *((option("IP_TTL", value), "value") for value in (INT_MAX + 1, INT_MIN - 1)),
    *((option("IPV6_MULTICAST_IF", value), "value") for value in ("::1", None)),
    *((option("IP_MTU_DISCOVER", value), "value") for value in (2, "Do", None, ["do"])),
    *((option("IP_MULTICAST_IF", value), "value") for value in ("::1", "lo", None, True, 2**31)),
    *((option("SO_BINDTODEVICE", value), "value") for value in (1, None, "a\0", "\ud800")),
    *((option("IP_ADD_MEMBERSHIP", value), "value") for value in ("224.0.0.5", ["224.0.0.5"])),
    (option("IP_DROP_MEMBERSHIP", ["ff02::5", 1]), "value"),
    (option("IP_ADD_MEMBERSHIP", ["239.1.1.1", "lo"]), "value"),
    (option("IP_ADD_MEMBERSHIP", ["239.1.1.1", True]), "value"),
    (option("IPV6_ADD_MEMBERSHIP", ["224.0.0.5", 1]), "value"),
    (option("IPV6_DROP_MEMBERSHIP", ["ff02::5%1", 1]), "value"),
    *((SET | {"length": number}, "length") for number in (-1, 9, None, True)),
    (option("SO_BINDTODEVICE", "lo", length=4), "length"),
    (option("IP_MULTICAST_IF", 1, length=4), "length"),
    (option("IP_ADD_MEMBERSHIP", ["239.1.1.1", 1], length=8), "length"),
    ({"do": "setsockopt", "socket": "a", "option": "UDP_GRO"}, "value"),
    (GET | {"option": "SO_REUSEPORT"}, "option"),
    (GET | {"option": "SO_BINDTODEVICE"}, "option"),
    (GET | {"option": "IP_MULTICAST_IF"}, "option"),
    (GET | {"option": "IPV6_ADD_MEMBERSHIP"}, "option"),
    (GET | {"value": 1}, "value"),
]

ODD = [
    A | {"name": "\n"},
    T | {"name": "\ud800"},
    BIND | {"port": 0},
    BIND | {"address": "255.255.255.255", "port": 32767},
    BIND | {"socket": "b", "address": "::ffff:127.0.0.1"},
    BIND | {"socket": "b", "address": "ff02::5%1"},
    BIND | {"socket": "b", "address": "1:2:3:4:5:6:7:FFFF"},
    CONNECT | {"port": 0},
    {"do": "connect", "socket": "a", "address": None},
    SEND | {"payload": 0, "to": ["0.0.0.0", 0], "gso_size": 0, "count": 1},
    SEND | {"payload": 100_000, "gso_size": 65535, "count": 400},
    SEND | {"socket": "b", "to": ["::1%1", 32767]},
    RECV | {"size": 0, "count": 1000, "errqueue": False},
    RECV | {"size": 262_144, "errqueue": True},
    {"do": "close", "socket": "b"},
    {"do": "close", "tap": "t"},
    CAPTURED,
    {"do": "counters"},
    {"do": "show", "more": True},
    ADD | {"add": "10.0.0.9/33"},
    ADD | {"add": "::1/255"},
    {"do": "address", "remove": "ff02::5/0"},
    SYSCTL | {"set": {}},
    SYSCTL | {"set": {SYSCTLS[0]: INT_MIN, SYSCTLS[1]: -1, SYSCTLS[2]: 2**32 - 1}},
    SYSCTL | {"set": dict.fromkeys(SYSCTLS, 0)},
    PING | {"to": "127.255.255.255"},
    PING | {"family": "inet6", "to": "ff02::1%1"},
    {"do": "link", "gso_max_size": 0},
    {"do": "link", "gso_max_segs": 2**32 - 1},
    {"do": "link", "gso_ipv4_max_size": 65536},
    *({"do": "link", "name": text} for text in ("", ".", "a/b", "a b", "x" * 15, "all", "\x7f")),
    *({"do": "link", name: False} for name in ("promisc", "multicast", "allmulticast", "arp")),
    {"do": "link", "up": True, "mtu": 1500, "address": "00:00:00:00:00:00", "delete": True},
    FRAME | {"hex": ""},
    FRAME | {"hex": "aAFf" * 40_000, "zeros": 70000},
    VNET | {"vnet": {"flags": 255, "gso_type": 255, "hdr_len": 65535, "csum_offset": 65535}},
    VNET | {"zeros": 0, "vnet": {"gso_size": 0, "csum_start": 0}},
    *(SET | {"length": number} for number in (0, 4, 8)),
    option("IPV6_MTU_DISCOVER", "omit", length=1),
    option("IP_MTU_DISCOVER", "probe", socket="b"),
    option("IP_MULTICAST_IF", "0.0.0.0", socket="b"),
    option("IP_MULTICAST_IF", INT_MIN),
    option("SO_BINDTODEVICE", ""),
    option("SO_BINDTODEVICE", "é" * 99),
    option("IP_ADD_MEMBERSHIP", ["127.0.0.1", -1], socket="b"),
    option("IPV6_ADD_MEMBERSHIP", ["::1", INT_MAX]),
    *(SET | {"option": name, "value": INT_MIN} for name in ("UDP_GRO", "IPV6_V6ONLY")),
]


@pytest.mark.parametrize(("step", "field"), REFUSED, ids=str)
def test_refused(step: dict, field: str) -> None:
    error = complaint(played(step))
    assert error.field.startswith("steps[3]")
    assert error.field == field or error.field.endswith(f".{field}")
    assert "expected" in error.expected


@pytest.mark.parametrize("step", ODD, ids=lambda step: json.dumps(step)[:80])
def test_left_to_the_kernel(step: dict) -> None:
    check_steps(played(step))


MESSAGES = [
    (
        CONNECT | {"address": "::1"},
        'address: expected an inet address such as "127.0.0.2", or null, got "::1"',
    ),
    (CONNECT | {"address": None}, "port: expected none beside an address that is null"),
    (
        BIND | {"socket": "b"},
        'address: expected an inet6 address such as "::1" or "ff02::5%1", got "127.0.0.1"',
    ),
    (BIND | {"port": 40000}, "port: expected a port, an integer from 0 to 32767, got 40000"),
    (
        SEND | {"to": ["::1", 7001]},
        'to: expected [address, port], an inet address such as "127.0.0.2" and an integer from 0'
        ' to 32767, got ["::1", 7001]',
    ),
    (
        option("IP_ADD_MEMBERSHIP", ["ff02::5", 1]),
        'value: expected [group, index], an IPv4 address and a C int, got ["ff02::5", 1]',
    ),
    (
        option("SO_BINDTODEVICE", "lo", length=4),
        "length: expected none: only options whose value is a C int have it, SO_BINDTODEVICE not",
    ),
    (
        option("IPV6_MTU_DISCOVER", 2),
        'value: expected "dont" or "want" or "do" or "probe" or "interface" or "omit", got 2',
    ),
]


@pytest.mark.parametrize(("step", "message"), MESSAGES, ids=str)
def test_messages(step: dict, message: str) -> None:
    assert str(complaint(played(step))) == f"steps[3].{message}"


def test_messages_about_options_name_those_that_fit() -> None:
    read_only = str(complaint(played(SET | {"option": "SO_ERROR"})))
    assert read_only.startswith('steps[3].option: expected "SO_RCVBUF", "SO_SNDBUF"')
    assert read_only.endswith(", got SO_ERROR, which is read only")
    assert '"SO_MEMINFO"' not in read_only
    set_only = str(complaint(played(GET | {"option": "SO_BINDTODEVICE"})))
    assert set_only.endswith(", got SO_BINDTODEVICE, which is set only")
    unknown = str(complaint(played(GET | {"option": "SO_LINGER"})))
    assert unknown.startswith("steps[3].option: unknown option, expected")
    assert unknown.endswith(', got "SO_LINGER"')


REQUIRED = [(step, name) for step in EVERY for name in step if name != "zeros"]


@pytest.mark.parametrize(("step", "name"), REQUIRED, ids=str)
def test_missing(step: dict, name: str) -> None:
    shorter = {key: value for key, value in step.items() if key != name}
    error = complaint(played(shorter))
    if (step["do"], name) == ("frame", "hex"):
        name = "dst"  # without hex it is the first contract's
    assert error.field == f"steps[3].{name}"
    assert "missing" in error.expected


@pytest.mark.parametrize("name", sorted(OPTIONS))
def test_every_option_is_set_or_read(name: str) -> None:
    known = OPTIONS[name]
    assert known.value is not None or known.readable
    if known.readable:
        check_steps(played(GET | {"option": name}))
    if known.sized:
        value = "want" if "DISCOVER" in name else 1
        check_steps(played(option(name, value, length=0)))


def test_the_laboratory_has_every_option() -> None:
    assert lab_options.keys() == OPTIONS.keys()


def test_how_many_options_and_settings() -> None:
    kinds = Counter((each.value is not None, each.readable) for each in OPTIONS.values())
    assert kinds == {(True, True): 23, (True, False): 6, (False, True): 4}
    assert len(set(SYSCTLS)) == len(SYSCTLS) == 16


# --- names ----------------------------------------------------------------------------------------

USES = [BIND, CONNECT, SET, GET, SEND, RECV, CLOSE]


@pytest.mark.parametrize("step", USES, ids=lambda step: step["do"])
def test_a_socket_must_be_open(step: dict) -> None:
    never = complaint([step])
    assert str(never) == (
        'steps[0].socket: expected the name of an open socket, got "a", which was never opened'
    )
    closed = complaint([A, CLOSE, step])
    assert str(closed) == (
        'steps[2].socket: expected the name of an open socket, got "a", which was closed'
    )
    tap = complaint([T | {"name": "a"}, step])
    assert str(tap) == (
        'steps[1].socket: expected the name of an open socket, got "a", which is an open tap'
    )
    check_steps([A, step])
    check_steps([A, CLOSE, A, step])


@pytest.mark.parametrize("step", [CAPTURED, {"do": "close", "tap": "t"}], ids=str)
def test_a_tap_must_be_open(step: dict) -> None:
    assert "never opened" in str(complaint([step]))
    assert "was closed" in str(complaint([T, {"do": "close", "tap": "t"}, step]))
    socket = complaint([A | {"name": "t"}, step])
    assert str(socket) == (
        'steps[1].tap: expected the name of an open tap, got "t", which is an open socket'
    )
    check_steps([T, step])


@pytest.mark.parametrize("first", [A, A | {"family": "inet6"}, T | {"name": "a"}], ids=str)
@pytest.mark.parametrize("second", [A, T | {"name": "a"}], ids=str)
def test_a_name_is_opened_once(first: dict, second: dict) -> None:
    error = complaint([first, second])
    kind = "tap" if first["do"] == "tap" else "socket"
    assert str(error) == (
        f'steps[1].name: expected a name that is not open, got "a", which is an open {kind}'
    )
    close = {"do": "close", kind: "a"}
    check_steps([first, close, second])


def test_a_name_opened_again_has_its_new_family() -> None:
    six = BIND | {"address": "::1"}
    check_steps([A, BIND, CLOSE, B | {"name": "a"}, six])
    assert complaint([A, CLOSE, B | {"name": "a"}, BIND]).field == "steps[3].address"


def test_a_complaint_of_a_line_names_line_step_and_name() -> None:
    lines = [
        json.dumps({"id": "x", "steps": steps})
        for steps in ([A, BIND], [A, BIND, SEND | {"socket": "z"}])
    ]
    good, bad = read(lines)
    assert isinstance(good, dict)
    assert str(bad) == (
        "line 2: steps[2].socket: expected the name of an open socket,"
        ' got "z", which was never opened'
    )


def test_single_steps_carry_their_names() -> None:
    names = Names()
    check_step(A, "step", None, names)
    check_step(BIND, "step", None, names)
    with pytest.raises(ScenarioError, match="expected a name that is not open"):
        check_step(A, "step", None, names)
    with pytest.raises(ScenarioError, match="never opened"):
        check_step(BIND, "step")
    with pytest.raises(ScenarioError, match="exactly one"):
        check_step(CLOSE | {"tap": "a"}, "step", None, names)
    check_step(CLOSE, "step", None, names)
    with pytest.raises(ScenarioError, match="was closed"):
        check_step(BIND, "step", None, names)


def test_a_refused_step_opens_nothing() -> None:
    names = Names()
    with pytest.raises(ScenarioError):
        check_step(A | {"type": "stream"}, "step", None, names)
    check_step(A, "step", None, names)


def test_two_scenarios_share_no_names() -> None:
    check_steps([A])
    check_steps([A])


def test_a_player_carries_the_names() -> None:
    with pytest.raises(ScenarioError, match='step.socket: .*"a", which was never opened'):
        Player().step(SEND)


@pytest.mark.parametrize("pair", [("mtu", "up"), ("up", "mtu")])
def test_several_changes_of_the_link_in_the_order_given(pair: tuple[str, str]) -> None:
    player = Player()
    values = {"mtu": -1, "up": True}
    assert player.step({"do": "link"} | {name: values[name] for name in pair})["error"] == "EINVAL"
    assert player.step({"do": "show"})["up"] == (pair[0] == "up")


# --- everything -----------------------------------------------------------------------------------


def test_the_examples_are_valid() -> None:
    assert len(SCENARIOS) == 35
    lines = EXAMPLES.read_text("utf-8").splitlines()
    assert [each for each in read(lines) if isinstance(each, ScenarioError)] == []


def test_what_is_nested_too_deeply_to_be_shown() -> None:
    deep: list[Any] = []
    for _ in range(200_000):
        deep = [deep]
    error = complaint([{"do": deep}])
    assert error.field == "steps[0].do"
    assert error.expected.endswith("got something nested too deeply")


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(
        ["a", "b", "t", "r", "127.0.0.1", "::1", "::1%1", "do", "link", "socket", "inet6"]
    )
    | st.sampled_from(sorted(OPTIONS) + list(SYSCTLS)),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=5,
)
NAMES = sorted({name for each in SCENARIOS for step in each["steps"] for name in step})


def places(value: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) in a value, however deep."""
    found: list[tuple[Any, Any]] = []
    pairs = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in pairs:
        found.append((value, key))
        if isinstance(inner, dict | list):
            found += places(inner)
    return found


@settings(deadline=None, database=None, max_examples=400, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_an_edited_scenario_is_valid_or_refused(data: st.DataObject) -> None:
    """Whatever was put where: nothing but a ScenarioError, which can be printed, is raised."""
    steps = copy.deepcopy(data.draw(st.sampled_from(SCENARIOS))["steps"])
    for _ in range(data.draw(st.integers(1, 3))):
        container, key = data.draw(st.sampled_from(places(steps) or [(steps, 0)]))
        deed = data.draw(st.sampled_from(["put", "put", "take", "name"]))
        if deed == "take" and key in (container if isinstance(container, dict) else [key]):
            container.pop(key)
        elif deed == "put":
            container[key] = data.draw(ANY)
        elif isinstance(container, dict):
            container[data.draw(st.sampled_from(NAMES) | st.text(max_size=5))] = data.draw(ANY)
    try:
        check_scenario({"id": "edited", "steps": steps})
    except ScenarioError as error:
        assert str(error).startswith("steps")
        assert str(error).isprintable()
