"""Groups and broadcast over lo: who is in a group, and who gets what is sent to many.

Each number is what Linux 6.18.44 did. Seen red: ``ip_mc_sf_allow`` always true, the limit of groups
left out, ``ip_rt_multicast_event`` left out, ``inet_release`` doing nothing, the first socket alone
getting the packet, an IGNOREDMULTI that is not counted, an index that ``ip_mc_find_dev`` does not
note, a refused option that does not release the socket.
"""

from __future__ import annotations

from typing import Any

import pytest

from lomodel.contract import making
from lomodel.contract.making import bind, put
from lomodel.scenario import Player

ALL = "239.1.1.1"
UP = {"do": "link", "up": True}
SHOW = {"do": "show", "more": True}
COUNTERS = {"do": "counters"}


def play(*steps: dict[str, Any]) -> list[dict[str, Any]]:
    player = Player()
    return [player.step(step) for step in steps]


def sock(name: str, address: str = "0.0.0.0", family: str = "inet") -> list[dict[str, Any]]:
    return [
        making.sock(name, family),
        put(name, "SO_REUSEADDR", 1),
        bind(name, address),
    ]


def join(name: str, group: str = ALL, index: int = 1) -> dict[str, Any]:
    return put(name, "IP_ADD_MEMBERSHIP", [group, index])


def leave(name: str, group: str = ALL, index: int = 1) -> dict[str, Any]:
    return put(name, "IP_DROP_MEMBERSHIP", [group, index])


def send(name: str, to: str = ALL, payload: int = 10, **more: Any) -> dict[str, Any]:
    return making.send(name, payload, to, **more)


def recv(name: str) -> dict[str, Any]:
    return making.recv(name, count=9)


def sender(way: int | str = "127.0.0.1") -> list[dict[str, Any]]:
    return [making.sock("z"), put("z", "IP_MULTICAST_IF", way), put("z", "SO_BROADCAST", 1)]


def lengths(read: dict[str, Any]) -> list[int]:
    return [each["length"] for each in read["datagrams"]]


def errors(*steps: dict[str, Any]) -> list[str | None]:
    return [each["error"] for each in play(UP, *sock("a"), *steps)[4:]]


def test_joining_and_leaving_a_group() -> None:
    assert errors(join("a"), join("a"), leave("a"), leave("a")) == [
        None,
        "EADDRINUSE",
        None,
        "EADDRNOTAVAIL",
    ]


@pytest.mark.parametrize(
    ("group", "index", "error"),
    [("127.0.0.1", 1, "EINVAL"), (ALL, 0, "ENODEV"), (ALL, 2, "ENODEV"), ("224.0.0.1", 1, None)],
)
def test_what_cannot_be_joined(group: str, index: int, error: str | None) -> None:
    assert errors(join("a", group, index)) == [error]


def test_without_an_index_the_route_to_the_group_decides() -> None:
    added = {"do": "address", "add": "200.0.0.1/1"}
    assert errors(join("a", ALL, 0), added, join("a", ALL, 0), join("a"), leave("a")) == [
        "ENODEV",
        None,
        None,
        "EADDRINUSE",
        None,
    ]


def test_a_socket_is_in_twenty_groups_at_most() -> None:
    found = errors(*(join("a", f"239.9.0.{number}") for number in range(21)))
    assert found == [None] * 20 + ["ENOBUFS"]


@pytest.mark.parametrize(
    ("group", "index", "error"),
    [
        ("ff02::5", 0, "ENODEV"),
        ("ff02::5", 1, None),
        ("ff02::5", 2, "ENODEV"),
        ("::1", 1, "EINVAL"),
    ],
)
def test_groups_of_ipv6(group: str, index: int, error: str | None) -> None:
    join6 = put("a", "IPV6_ADD_MEMBERSHIP", [group, index])
    found = play(UP, *sock("a", "::", "inet6"), join6, join6)
    second = "EADDRINUSE" if error is None else error
    assert [each["error"] for each in found[4:]] == [error, second]


def test_the_device_is_in_a_group_as_long_as_a_socket_is() -> None:
    join6 = put("a", "IPV6_ADD_MEMBERSHIP", ["ff02::5", 1])
    close = {"do": "close", "socket": "a"}
    found = play(UP, *sock("a", "::", "inet6"), join6, join("a"), SHOW, close, SHOW)
    always = ["224.0.0.1", "ff01::1", "ff02::1"]
    assert found[6]["groups"] == [*always[:1], ALL, *always[1:], "ff02::5"]
    assert found[8]["groups"] == always


def test_every_socket_of_the_port_gets_its_own() -> None:
    sockets = [*sock("a"), *sock("b"), *sock("c", ALL), *sock("d", "127.0.0.1")]
    reads = [recv(name) for name in "abcd"]
    found = play(UP, *sockets, join("a"), *sender(), send("z"), *reads, COUNTERS)
    assert [lengths(each) for each in found[-5:-1]] == [[10], [10], [10], []]
    counters = found[-1]["counters"]
    assert counters["IpExt.InMcastPkts"] == counters["IpExt.OutMcastPkts"] == 1
    assert counters["Udp.InDatagrams"] == 3


def test_a_socket_may_want_its_own_groups_alone() -> None:
    none = [put(name, "IP_MULTICAST_ALL", 0) for name in "ab"]
    steps = *sock("a"), *sock("b"), *none, join("a"), *sender(), send("z")
    found = play(UP, *steps, recv("a"), recv("b"))
    assert [lengths(each) for each in found[-2:]] == [[10], []]


def test_an_ipv6_socket_hears_groups_of_ipv4_that_it_is_in() -> None:
    steps = *sock("a", "::", "inet6"), *sock("b", family="inet"), join("b"), *sender()
    steps = UP, *sock("a", "::", "inet6"), join("a"), leave("a"), join("a"), *sender()
    found = play(*steps, send("z"), recv("a"))
    assert found[-1]["datagrams"] == [{"length": 10, "from": ["::ffff:127.0.0.1", 0]}]


def test_what_nobody_joined_is_not_delivered() -> None:
    found = play(UP, *sock("a"), *sender(), send("z"), recv("a"), COUNTERS)
    assert found[-2]["error"] == "EAGAIN"
    counters = found[-1]["counters"]
    assert counters["Ip.InReceives"] == 1
    assert "Ip.InDelivers" not in counters and "Udp.IgnoredMulti" not in counters


def test_what_no_socket_wants_is_counted() -> None:
    steps = *sock("a"), put("a", "IP_MULTICAST_ALL", 0), *sock("b"), put("b", "IP_MULTICAST_ALL", 0)
    found = play(UP, *steps, join("a", "239.2.2.2"), *sender(), send("z", "239.2.2.2"), COUNTERS)
    assert "Udp.IgnoredMulti" not in found[-1]["counters"]
    found = play(UP, *sender(), send("z", "127.255.255.255"), COUNTERS)
    assert found[-1]["counters"]["Udp.IgnoredMulti"] == 1
    assert "Icmp.OutMsgs" not in found[-1]["counters"]


@pytest.mark.parametrize(("way", "source"), [("127.0.0.1", "127.0.0.1"), (1, "0.0.0.0")])
def test_the_source_of_what_is_sent_to_a_group(way: int | str, source: str) -> None:
    found = play(UP, *sock("a"), join("a"), *sender(way), send("z"), recv("a"))
    assert found[-1]["datagrams"][0]["from"] == [source, 0]


def test_segments_are_cut_for_each_receiver() -> None:
    whole = put("b", "UDP_GRO", 1)
    steps = *sock("a"), *sock("b"), whole, join("a"), *sender(), send("z", ALL, 3000, gso_size=1000)
    found = play(UP, *steps, recv("a"), recv("b"))
    assert lengths(found[-2]) == [1000] * 3
    assert lengths(found[-1]) == [3000]
    assert found[-1]["datagrams"][0]["gso_size"] == 1000


def test_a_socket_that_is_connected_to_a_group_remembers_no_route() -> None:
    """When the group is left nothing is delivered any more."""
    connect = {"do": "connect", "socket": "z", "address": ALL, "port": 7001}
    again = {"do": "send", "socket": "z", "payload": 1}
    steps = *sock("a"), join("a"), *sender(), connect, again, leave("a"), again
    assert lengths(play(UP, *steps, recv("a"))[-1]) == [1]


def test_without_ipv4_a_device_forgets_its_groups() -> None:
    low, high = ({"do": "link", "mtu": mtu} for mtu in (60, 1500))
    steps = *sock("a"), join("a"), low, leave("a"), join("a"), high, SHOW
    found = play(UP, *steps)
    assert [each["error"] for each in found[6:8]] == [None, "ENODEV"]
    assert ALL not in found[-1]["groups"]


def test_joining_makes_cached_routes_expire() -> None:
    """A connected socket may broadcast as long as its route lasts, whatever SO_BROADCAST says."""
    connect = {"do": "connect", "socket": "z", "address": "127.255.255.255", "port": 7001}
    again = {"do": "send", "socket": "z", "payload": 1}
    steps = *sock("a"), *sender(), connect, put("z", "SO_BROADCAST", 0), again, join("a"), again
    found = play(UP, *steps)
    assert (found[-3]["error"], found[-1]["error"]) == (None, "EACCES")


def test_a_refused_option_looks_at_the_sockets_route() -> None:
    """IP_MULTICAST_IF has the socket for itself; at its end a route that went is looked for."""
    steps = (
        {"do": "connect", "socket": "a", "address": "::1", "port": 7001},
        {"do": "link", "mtu": 0},
    )
    new = {"do": "socket", "name": "a", "family": "inet6", "type": "dgram"}
    found = play(UP, new, *steps, put("a", "IP_MULTICAST_IF", "9.9.9.9"), COUNTERS)
    assert found[-2]["error"] == "EADDRNOTAVAIL"
    assert found[-1]["counters"]["Ip6OutNoRoutes"] == 1
