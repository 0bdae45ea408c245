"""IPv6's sockets of the second contract, and IPv4's mapped addresses on them.

Mutations that turned these red: ``__inet6_bind`` that leaves ``ipv6only``; bindv6only taken whole;
``__udp_disconnect`` that forgets ``sk_v6_daddr``; no ``release_cb``, no ``destroy``; the source
address looked for after the route; a send to a mapped peer without its port; a hop limit that does
not follow the setting; ``udp_lib_hash4`` that moves a socket; a connect without its scope.
"""

from __future__ import annotations

from typing import Any

import pytest

from lomodel.contract import Step, making
from lomodel.contract.making import bind, connect, get, put
from lomodel.scenario import Player

UP: Step = {"do": "link", "up": True}
DOWN: Step = {"do": "link", "up": False}
COUNTERS: Step = {"do": "counters"}


def sock(name: str, family: str = "inet6") -> Step:
    return making.sock(name, family)


def send(name: str, to: str | None = None, port: int = 7001, payload: int = 1) -> Step:
    return making.send(name, payload, to and (to, port))


def recv(name: str) -> Step:
    return making.recv(name, count=9)


def setting(name: str, value: int) -> Step:
    return {"do": "sysctl", "set": {name: value}}


def add(address: str) -> Step:
    return {"do": "address", "add": address}


def played(*steps: Step) -> list[dict[str, Any]]:
    player = Player()
    return [player.step(step) for step in steps]


def last(*steps: Step) -> dict[str, Any]:
    return played(UP, *steps)[-1]


def error(*steps: Step) -> str | None:
    found: str | None = last(*steps)["error"]
    return found


def counted(name: str, *steps: Step) -> int:
    number: int = last(*steps, COUNTERS)["counters"].get(name, 0)
    return number


def heard(name: str, *steps: Step) -> list[Any]:
    return [(each["length"], *each["from"]) for each in last(*steps, recv(name))["datagrams"]]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("::", None),
        ("::1", None),
        ("::1%1", None),
        ("::ffff:127.0.0.1", None),
        ("::ffff:239.1.1.1", None),
        ("::ffff:8.8.8.8", "EADDRNOTAVAIL"),
        ("2001:db8::1", "EADDRNOTAVAIL"),
        ("fe80::1", "EINVAL"),
        ("fe80::1%1", "EADDRNOTAVAIL"),
        ("ff02::5", "EINVAL"),
        ("ff02::5%1", None),
        ("ff0e::5", None),
    ],
)
def test_what_an_ipv6_socket_may_be_bound_to(address: str, expected: str | None) -> None:
    assert error(sock("a"), bind("a", address)) == expected


def test_an_address_of_its_own_makes_it_a_socket_of_ipv6_alone() -> None:
    here = sock("a"), bind("a", "::1")
    assert last(*here, get("a", "IPV6_V6ONLY"))["value"] == 1
    assert error(*here, send("a", "::ffff:127.0.0.1")) == "ENETUNREACH"
    assert error(*here, connect("a", "::ffff:127.0.0.1")) == "ENETUNREACH"
    assert error(sock("a"), put("a", "IPV6_V6ONLY", 1), bind("a", "::ffff:127.0.0.1")) == "EINVAL"


@pytest.mark.parametrize(("value", "only"), [(0, 0), (1, 1), (2, 0)])
def test_bindv6only_is_one_bit_of_new_sockets(value: int, only: int) -> None:
    made = setting("net.ipv6.bindv6only", value), sock("a")
    assert last(*made, get("a", "IPV6_V6ONLY"))["value"] == only
    four = sock("b", "inet"), bind("b", "0.0.0.0")
    assert error(*made, bind("a", "::"), *four) == (None if only else "EADDRINUSE")


def test_the_wildcard_hears_ipv4() -> None:
    here = sock("a"), bind("a", "::"), sock("b", "inet"), bind("b", "127.0.0.1", 7002)
    assert heard("a", *here, send("b", "127.0.0.1")) == [(1, "::ffff:127.0.0.1", 7002)]


def test_a_source_is_looked_for_before_the_route() -> None:
    without = setting("net.ipv6.conf.lo.disable_ipv6", 1), sock("a")
    for call in (send, connect):
        assert error(*without, call("a", "2001:db8::1")) == "EADDRNOTAVAIL"
        assert error(sock("a"), call("a", "2001:db8::1")) == "ENETUNREACH"
        assert counted("Ip6OutNoRoutes", *without, call("a", "2001:db8::1")) == 0
        assert counted("Ip6OutNoRoutes", sock("a"), call("a", "2001:db8::1")) == 1


@pytest.mark.parametrize(
    ("to", "port", "payload", "expected"),
    [
        (None, 0, 70000, "EDESTADDRREQ"),
        ("::1", 0, 70000, "EINVAL"),
        ("2001:db8::1", 7, 70000, "ENETUNREACH"),
        ("::1", 7, 65528, "EMSGSIZE"),
        ("::1", 7, 65527, None),
        ("::ffff:127.0.0.1", 0, 65536, "EMSGSIZE"),
        ("::ffff:127.0.0.1", 0, 65535, "EINVAL"),
    ],
)
def test_which_refusal_comes_first(
    to: str | None, port: int, payload: int, expected: str | None
) -> None:
    assert error(sock("a"), send("a", to, port, payload)) == expected


def test_a_mapped_peer_is_named_at_every_send() -> None:
    assert error(sock("a"), connect("a", "::1", 0), send("a")) is None
    assert error(sock("a"), connect("a", "::ffff:127.0.0.1", 0), send("a")) == "EINVAL"


def test_mapped_traffic_counts_as_ipv4s() -> None:
    sent = last(sock("a"), send("a", "::ffff:127.0.0.1"), send("a", "::1"), COUNTERS)["counters"]
    assert sent["Udp.OutDatagrams"] == sent["Udp6OutDatagrams"] == 1
    assert (sent["Ip.OutRequests"], sent["Ip6OutRequests"]) == (2, 2)  # with ICMP's answers


def test_a_mapped_source_reaches_no_address_of_ipv6() -> None:
    peer = sock("a"), connect("a", "::ffff:127.0.0.1")
    assert error(*peer, connect("a", "::1")) == "EAFNOSUPPORT"
    assert error(*peer, send("a", "::1")) == "EAFNOSUPPORT"
    assert error(*peer, connect("a", None), connect("a", "::1")) is None


def test_the_wildcard_as_peer_is_this_host_in_the_sockets_family() -> None:
    here = sock("r"), bind("r", "::"), sock("a")
    mapped = *here, bind("a", "::ffff:0.0.0.0", 7002)
    assert heard("r", *here, bind("a", "::1", 7002), send("a", "::")) == [(1, "::1", 7002)]
    assert heard("r", *mapped, send("a", "::")) == [(1, "::ffff:127.0.0.1", 7002)]


def test_a_disconnected_socket_remembers_its_peers_address() -> None:
    lo = add("2001:db8::1/64"), sock("o"), bind("o", "2001:db8::1", 7003)
    once = sock("a"), bind("a", "::1"), connect("a", "::1", 7009), connect("a", None)
    assert heard("a", *lo, *once, send("o", "::1")) == []
    assert heard("a", *lo, sock("a"), bind("a", "::1"), send("o", "::1")) != []


def test_a_scope_binds_to_the_device_even_when_connecting_fails() -> None:
    assert error(sock("a"), connect("a", "fe80::1")) == "EINVAL"
    assert error(sock("a"), connect("a", "fe80::1%1"), connect("a", "fe80::1")) == "ENETUNREACH"
    group = put("a", "IPV6_MULTICAST_IF", 1), connect("a", "ff02::1")
    assert error(sock("a"), *group) == "ENETUNREACH"


def test_the_mtu_is_that_of_the_sockets_route() -> None:
    peer = sock("a"), connect("a", "::1")
    assert error(sock("a"), get("a", "IPV6_MTU")) == "ENOTCONN"
    assert last(*peer, get("a", "IPV6_MTU"))["value"] == 65536
    assert last(*peer, get("a", "IP_MTU"))["value"] == 65536
    four = sock("a"), connect("a", "::ffff:127.0.0.1")
    assert last(*four, get("a", "IPV6_MTU"))["value"] == 65535
    assert error(*peer, connect("a", None), get("a", "IPV6_MTU")) == "ENOTCONN"


def test_a_route_that_is_gone_is_looked_for_again() -> None:
    """By a send, and by each call that locks the socket; a lock-free option does not."""
    gone = sock("a"), connect("a", "::1"), DOWN
    assert error(*gone, send("a"), get("a", "IPV6_MTU")) == "ENOTCONN"
    for step in (bind("a", "::1"), put("a", "SO_SNDBUF", 9000), {"do": "close", "socket": "a"}):
        assert counted("Ip6OutNoRoutes", *gone, step) == 1
    assert counted("Ip6OutNoRoutes", *gone, put("a", "IPV6_UNICAST_HOPS", 9)) == 0


def test_the_hop_limit_follows_the_devices_setting() -> None:
    few = setting("net.ipv6.conf.lo.hop_limit", 5)
    option = get("a", "IPV6_UNICAST_HOPS")
    assert last(few, sock("a"), option)["value"] == 64
    assert last(few, sock("a"), connect("a", "::1"), option)["value"] == 5
    tap: Step = {"do": "tap", "name": "t"}
    caught: Step = {"do": "captured", "tap": "t"}
    for steps, ttl in ((), 5), ((put("a", "IPV6_UNICAST_HOPS", 9),), 9):
        frames = last(tap, few, sock("a"), *steps, send("a", "::1"), caught)["frames"]
        assert frames[0]["ip"]["ttl"] == ttl


@pytest.mark.parametrize(
    ("option", "value", "expected"),
    [
        ("IPV6_UNICAST_HOPS", 256, "EINVAL"),
        ("IPV6_MULTICAST_HOPS", -2, "EINVAL"),
        ("IPV6_MULTICAST_HOPS", -1, 1),
        ("IPV6_MULTICAST_LOOP", 2, "EINVAL"),
        ("IPV6_MULTICAST_ALL", 2, 1),
        ("IPV6_MULTICAST_IF", 2, "ENODEV"),
        ("IPV6_MULTICAST_IF", 1, 1),
        ("IPV6_V6ONLY", 7, 1),
        ("IPV6_RECVERR", -1, 1),
    ],
)
def test_what_an_option_takes_and_keeps(option: str, value: int, expected: int | str) -> None:
    refused = error(sock("a"), put("a", option, value))
    if refused is None:
        assert last(sock("a"), put("a", option, value), get("a", option))["value"] == expected
    else:
        assert refused == expected


def test_of_two_sockets_with_the_same_peer_the_later_one_hears() -> None:
    """One that was connected anew stays where its first peer put it."""
    both = (*(step for n in "ab" for step in (sock(n), put(n, "SO_REUSEADDR", 1), bind(n, "::1"))),)
    peer = *both, sock("p"), bind("p", "::1", 7010)
    assert heard("b", *peer, connect("a", "::1", 7010), connect("b", "::1", 7010), send("p", "::1"))
    anew = connect("b", "::1", 7009), connect("a", "::1", 7010), connect("b", "::1", 7010)
    assert heard("a", *peer, *anew, send("p", "::1"))


def test_fragments_and_what_the_send_buffer_holds_count() -> None:
    small = {"do": "link", "mtu": 1500}, sock("a")
    assert counted("Ip6FragCreates", *small, send("a", "::1", payload=3000)) == 3
    assert counted("Ip6FragOKs", *small, send("a", "::1", payload=3000)) == 1
    full = *small, put("a", "SO_SNDBUF", 1), send("a", "::1", payload=20000)
    assert error(*full) == "ENOBUFS"
    for name in ("Udp6SndbufErrors", "Ip6OutDiscards"):
        assert counted(name, *full) == 1
    assert counted("Udp6OutDatagrams", *full) == 0
