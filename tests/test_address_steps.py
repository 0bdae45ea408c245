"""Addresses that somebody adds to lo, and the routes that come and go with them.

Each expectation was played on Linux 6.18.44, too. Mutations that turned these red: a secondary
address with routes of its own; secondaries that outlive their primary; a network whose route needs
no source of this host; a network's route made while lo is down; no routes for it on up; the oldest
IPv6 address first; ``fib6_is_reject`` that spares every address, or none; the prefix route that
goes with the first of two addresses; EACCES behind EADDRNOTAVAIL; the label left out of the choice
of a source; ``_still_needed`` that needs nothing.
"""

from __future__ import annotations

from typing import Any

import pytest

from lomodel.scenario import Player

UP, DOWN = ({"do": "link", "up": up} for up in (True, False))
SHOW = {"do": "show", "more": True}


def played(*steps: dict[str, Any]) -> list[dict[str, Any]]:
    player = Player()
    return [player.step(step) for step in steps]


def errors(*steps: dict[str, Any]) -> list[str | None]:
    return [observed["error"] for observed in played(*steps)]


def add(address: str) -> dict[str, Any]:
    return {"do": "address", "add": address}


def remove(address: str) -> dict[str, Any]:
    return {"do": "address", "remove": address}


def mtu(value: int) -> dict[str, Any]:
    return {"do": "link", "mtu": value}


def disable(value: int, where: str = "lo") -> dict[str, Any]:
    return {"do": "sysctl", "set": {f"net.ipv6.conf.{where}.disable_ipv6": value}}


def source(to: str, *before: dict[str, Any]) -> str | None:
    """The address that a datagram to ``to`` comes from; None where the send is refused."""
    family = "inet6" if ":" in to else "inet"
    steps = [
        *before,
        *({"do": "socket", "name": name, "family": family, "type": "dgram"} for name in "ar"),
        {"do": "bind", "socket": "r", "address": "::" if ":" in to else "0.0.0.0", "port": 7001},
        {"do": "setsockopt", "socket": "a", "option": "SO_BROADCAST", "value": 1},
        {"do": "send", "socket": "a", "payload": 1, "to": [to, 7001]},
        {"do": "recv", "socket": "r"},
    ]
    seen = played(*steps)
    if seen[-2]["error"] or not seen[-1]["datagrams"]:
        return None
    address: str = seen[-1]["datagrams"][0]["from"][0]
    return address


def shown(*steps: dict[str, Any]) -> list[str]:
    addresses: list[str] = played(*steps, SHOW)[-1]["addresses"]
    return addresses


# --- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ([add("10.0.0.1/24")] * 2, [None, "EEXIST"]),
        ([add("10.0.0.1/24"), add("10.0.0.1/16")], [None, None]),
        ([add("10.0.0.1/33"), remove("10.0.0.1/33")], ["EINVAL", "EADDRNOTAVAIL"]),
        ([add("0.0.0.0/8"), remove("0.0.0.0/8")], [None, "EADDRNOTAVAIL"]),
        ([add("10.0.0.1/24"), remove("10.0.0.1/25")], [None, "EADDRNOTAVAIL"]),
        ([add("127.0.0.1/8"), add("127.0.0.1/8")], [None, "EEXIST"]),
        ([mtu(60), add("10.0.0.1/24"), remove("10.0.0.1/24")], [None, "ENOBUFS", "ENODEV"]),
        ([mtu(60), add("0.0.0.0/0"), add("10.0.0.1/33")], [None, None, "EINVAL"]),
        ([add("::1/128"), add("::1/64")], [None, "EEXIST"]),
        ([add("::/128"), add("ff02::5/128")], ["EADDRNOTAVAIL", "EADDRNOTAVAIL"]),
        ([add("2001:db8::1/129"), remove("2001:db8::1/129")], ["EINVAL", "EINVAL"]),
        ([add("2001:db8::1/64"), remove("2001:db8::1/65")], [None, "EADDRNOTAVAIL"]),
        (
            [disable(1), add("::1/128"), add("ff02::5/128"), add("::/129"), remove("::1/128")],
            [None, "EACCES", "EACCES", "EINVAL", "EADDRNOTAVAIL"],
        ),
    ],
)
def test_what_is_refused(steps: list[dict[str, Any]], expected: list[str | None]) -> None:
    assert errors(*steps) == expected


# --- IPv4 -----------------------------------------------------------------------------------------


def test_secondaries_go_with_their_primary() -> None:
    steps = [UP, add("127.0.0.2/8"), add("127.0.0.3/32"), add("10.0.0.1/24"), add("10.0.0.2/24")]
    assert shown(*steps, remove("127.0.0.1/8")) == [
        *("127.0.0.3/32", "10.0.0.1/24", "10.0.0.2/24", "::1/128")
    ]
    assert shown(*steps, remove("10.0.0.2/24"))[-2:] == ["127.0.0.2/8", "::1/128"]


def test_a_network_on_lo_is_local_and_its_source_the_primary_address() -> None:
    two = [UP, add("10.0.0.1/24"), add("10.0.0.2/24")]
    assert source("10.0.0.77", *two) == "10.0.0.1"
    assert source("10.0.0.2", *two) == "10.0.0.1"
    assert source("10.0.0.2", *two, remove("10.0.0.2/24")) == "10.0.0.1"
    assert source("10.0.0.255", *two) == "10.0.0.1"
    assert source("10.0.0.2", *two, remove("10.0.0.1/24")) is None
    assert source("127.0.0.9", *two) == "127.0.0.1"


def test_while_lo_is_down_an_address_is_reached_alone() -> None:
    found = [add("10.0.0.1/24"), UP]
    assert errors(add("10.0.0.1/24"), *connects("10.0.0.1", "10.0.0.77")) == [
        *(None, None, None, None, "ENETUNREACH")
    ]
    assert source("10.0.0.77", *found) == "10.0.0.1"
    # What was made while it was up stays.
    assert source("10.0.0.77", *found, DOWN, UP) == "10.0.0.1"


def connects(*addresses: str) -> list[dict[str, Any]]:
    steps: list[dict[str, Any]] = []
    for number, address in enumerate(addresses):
        name, family = f"s{number}", "inet6" if ":" in address else "inet"
        steps.append({"do": "socket", "name": name, "family": family, "type": "dgram"})
        steps.append({"do": "connect", "socket": name, "address": address, "port": 7001})
    return steps


def test_a_broadcast_address_goes_with_its_network_unless_another_has_it() -> None:
    seen = errors(UP, add("10.0.0.1/24"), *connects("10.0.0.255"))
    assert seen[-1] == "EACCES"
    gone = errors(UP, add("10.0.0.1/24"), remove("10.0.0.1/24"), *connects("10.0.0.255"))
    assert gone[-1] == "ENETUNREACH"
    kept = [UP, add("10.0.0.1/8"), add("10.0.0.1/24"), remove("10.0.0.1/24")]
    assert errors(*kept, *connects("10.0.0.1", "10.255.255.255", "10.0.0.255"))[4:] == [
        *(None, None, None, "EACCES", None, None)
    ]


def test_an_address_with_two_prefixes_is_reached_until_both_are_gone() -> None:
    both = [UP, add("10.0.0.1/32"), add("10.0.0.1/24"), remove("10.0.0.1/24")]
    assert errors(*both, *connects("10.0.0.1"))[-1] is None
    assert errors(*both, remove("10.0.0.1/32"), *connects("10.0.0.1"))[-1] == "ENETUNREACH"


def test_an_address_that_cannot_be_a_source_gets_no_network() -> None:
    seen = errors(UP, add("224.0.0.5/24"), add("10.0.0.1/24"), add("10.0.0.255/8"))
    assert seen == [None] * 4
    # 10.0.0.255 is the broadcast address of 10.0.0.0/24, and so 10.0.0.0/8 has no route.
    steps = [UP, add("10.0.0.1/24"), add("10.0.0.255/8")]
    assert errors(*steps, *connects("10.9.9.9"))[-1] == "ENETUNREACH"


def test_the_last_address_takes_the_routes_with_it() -> None:
    steps = [add("10.0.0.1/24"), remove("10.0.0.1/24"), *connects("10.0.0.1")]
    assert errors(*steps)[-1] == "ENETUNREACH"


# --- IPv6 -----------------------------------------------------------------------------------------


def test_ipv6_lists_the_widest_scope_first_and_there_the_newest() -> None:
    steps = [UP, add("fe80::1/64"), add("2001:db8::1/64"), add("fec0::1/10"), add("2001:db8::2/64")]
    assert shown(*steps)[1:] == [
        *("2001:db8::2/64", "2001:db8::1/64", "fec0::1/10", "fe80::1/64", "::1/128")
    ]


def test_a_network_of_ipv6_on_lo_is_nowhere() -> None:
    to_nowhere = {"do": "send", "socket": "a", "payload": 10, "to": ["2001:db8::2", 7001]}
    made = {"do": "socket", "name": "a", "family": "inet6", "type": "dgram"}
    seen = played(UP, add("2001:db8::1/64"), made, to_nowhere, {"do": "counters"})
    assert (seen[3]["error"], seen[3]["stats"]["tx_packets"]) == (None, 1)
    counted = seen[4]["counters"]
    assert (counted["Ip6OutNoRoutes"], counted["Icmp6OutDestUnreachs"]) == (1, 1)
    without = errors(UP, add("2001:db8::1/128"), made, to_nowhere)
    assert without[-1] == "ENETUNREACH"


def test_the_network_of_ipv6s_loopback_goes_round_once() -> None:
    steps = [add("::1/64"), UP, *connects("::7"), {"do": "send", "socket": "s0", "payload": 10}]
    seen = played(*steps, {"do": "counters"})
    assert seen[-2]["stats"]["rx_packets"] == 1
    assert seen[-1]["counters"]["Ip6InAddrErrors"] == 1


def test_the_route_to_a_network_goes_with_its_last_address() -> None:
    two = [UP, add("2001:db8::1/64"), add("2001:db8::2/64"), remove("2001:db8::1/64")]
    assert errors(*two, *connects("2001:db8::7"))[-1] is None
    assert errors(*two, remove("2001:db8::2/64"), *connects("2001:db8::7"))[-1] == "ENETUNREACH"


def test_addresses_of_ipv6_added_while_down_get_their_network_on_up() -> None:
    assert errors(add("2001:db8::1/64"), *connects("2001:db8::7"))[-1] == "ENETUNREACH"
    assert errors(add("2001:db8::1/64"), UP, *connects("2001:db8::7"))[-1] is None
    assert shown(add("2001:db8::1/64"), UP, DOWN) == ["127.0.0.1/8"]


@pytest.mark.parametrize(
    ("added", "to", "expected"),
    [
        (["2001:db8::1/64"], "::1", "::1"),
        (["fd00::1/8", "2001:db8::1/64"], "fd00::1", "fd00::1"),
        (["fd00::1/128", "2001:db8::1/128"], "2001:db8::1", "2001:db8::1"),
    ],
)
def test_the_source_of_ipv6(added: list[str], to: str, expected: str) -> None:
    assert source(to, UP, *map(add, added)) == expected


@pytest.mark.parametrize(
    ("added", "to", "expected"),
    [
        # The nearer prefix; the same label; a scope that is enough.
        (["2001:db8:1::1/128", "2001:db8:2::1/128"], "2001:db8:1::7", "2001:db8:1::1"),
        (["fd00::1/128", "2003::1/128"], "fd99::7", "fd00::1"),
        (["2001:0:ffff::1/128", "2003::1/128"], "2001:1::7", "2003::1"),
        (["fec0::1/128", "2003::1/128"], "fec0::7", "fec0::1"),
        (["fe80::1/128", "fec0::1/128"], "2003::7", "fec0::1"),
    ],
)
def test_the_rules_of_the_source_address(added: list[str], to: str, expected: str) -> None:
    """No route leads there but the one that swallows all: the connection says what was chosen."""
    everywhere = add("fe80::9/0")
    steps = [UP, everywhere, *map(add, added), *connects(to)]
    bound = {"do": "socket", "name": "b", "family": "inet6", "type": "dgram"}
    taken = {"do": "bind", "socket": "b", "address": expected, "port": 7001}
    tap = [{"do": "tap", "name": "t"}, {"do": "send", "socket": "s0", "payload": 9}]
    seen = played(*steps, bound, taken, *tap, {"do": "captured", "tap": "t"})
    # The packet itself is swallowed; the error about it goes to whoever sent it.
    assert {frame["ip"]["dst"] for frame in seen[-1]["frames"]} == {expected}


# --- IPv6 on and off ------------------------------------------------------------------------------


def test_what_brings_the_loopback_address_back() -> None:
    v4, both = ["127.0.0.1/8"], ["127.0.0.1/8", "::1/128"]
    assert shown(UP, mtu(1279)) == v4
    assert shown(UP, mtu(1279), mtu(1500)) == v4
    assert shown(UP, mtu(1279), mtu(1500), {"do": "link", "arp": False}) == both
    assert shown(UP, mtu(1279), add("::1/128")) == both
    assert shown(UP, mtu(1279), disable(1), disable(0)) == v4
    assert shown(UP, mtu(1279), mtu(1500), disable(0)) == v4
    assert shown(UP, mtu(1279), mtu(1500), disable(1), disable(0)) == both
    assert shown(UP, disable(2, "all")) == v4
    assert shown(UP, disable(1, "default")) == both


def test_the_groups_that_lo_is_in_by_itself() -> None:
    def groups(*steps: dict[str, Any]) -> list[str]:
        joined: list[str] = played(*steps, SHOW)[-1]["groups"]
        return joined

    v6 = ["ff01::1", "ff02::1"]
    assert groups() == v6
    assert groups(UP) == ["224.0.0.1", *v6]
    assert groups(UP, DOWN) == v6
    assert groups(UP, disable(1), mtu(1000)) == ["224.0.0.1", *v6]
    assert groups(UP, mtu(67)) == v6
    assert groups(UP, mtu(67), mtu(68)) == ["224.0.0.1", *v6]
