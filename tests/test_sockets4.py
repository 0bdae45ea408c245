"""IPv4's sockets of the second contract: what they keep, what they refuse, what they count.

Mutations that turned these red: ``__udp_disconnect`` that keeps the port, or the address; sockets
found oldest first; ``ipv6_only_sock`` always false; ``cork_fl`` not kept by a
connect that fails; no ``release_cb``; a value of one byte read as an int; OutNoRoutes not counted
by connect; the pending error without OutDiscards; FragCreates without the first fragment;
a flow's device that may be down; a device that a disconnect keeps; a negative SO_SNDBUF taken as
0.
"""

from __future__ import annotations

from typing import Any

import pytest

from lomodel.contract.making import bind, connect, get, put, recv, send, sock
from lomodel.scenario import Player

UP = {"do": "link", "up": True}


def played(*steps: dict[str, Any]) -> list[dict[str, Any]]:
    player = Player()
    return [player.step(step) for step in steps]


COUNTERS = {"do": "counters"}


def errors(*steps: dict[str, Any]) -> list[str | None]:
    return [observed["error"] for observed in played(*steps)]


def last(*steps: dict[str, Any]) -> dict[str, Any]:
    return played(*steps)[-1]


# --- bind, connect, disconnect --------------------------------------------------------------------


def test_a_disconnect_gives_back_what_bind_did_not_name() -> None:
    """Port and address each: a second bind is refused while a port is kept."""
    again = bind("a", "127.0.0.1", 7002)
    forget = connect("a", None)
    assert errors(UP, sock("a"), bind("a", "127.0.0.1"), forget, again)[-1] == "EINVAL"
    assert errors(UP, sock("a"), bind("a", "127.0.0.1", 0), forget, again)[-1] is None
    assert errors(UP, sock("a"), connect("a", "127.0.0.1"), forget, again)[-1] is None


def test_a_disconnected_socket_hears_at_every_address_again() -> None:
    steps = [UP, sock("a"), bind("a", "0.0.0.0"), connect("a", "127.0.0.1", 7002)]
    to_it = [sock("b"), send("b", 5, "127.0.0.2"), recv("a")]
    assert last(*steps, *to_it)["error"] == "EAGAIN"
    assert last(*steps, connect("a", None), *to_it)["datagrams"][0]["length"] == 5
    kept = [UP, sock("a"), bind("a", "127.0.0.1"), connect("a", None), *to_it]
    assert last(*kept)["error"] == "EAGAIN"


def test_a_disconnect_unbinds_the_device() -> None:
    steps = [UP, sock("a"), put("a", "SO_BINDTODEVICE", "lo"), send("a", 1, "8.8.8.8")]
    assert errors(*steps)[-1] is None
    assert errors(*steps, connect("a", None), send("a", 1, "8.8.8.8"))[-1] == "ENETUNREACH"


def test_who_came_to_an_address_last_gets_its_datagrams() -> None:
    both = [UP, sock("a"), sock("b"), put("a", "SO_REUSEADDR", 1), put("b", "SO_REUSEADDR", 1)]
    bound = [*both, bind("b", "127.0.0.1"), bind("a", "127.0.0.1")]
    assert last(*bound, sock("c"), send("c", 1, "127.0.0.1"), recv("a"))["error"] is None
    assert last(*bound, sock("c"), send("c", 1, "127.0.0.1"), recv("b"))["error"] == "EAGAIN"


def test_an_ipv6_socket_with_an_address_is_not_in_ipv4s_way() -> None:
    """An IPv6 socket with an address of its own and IPv4's wildcard are in nobody's way."""
    six, four = bind("s", "::1"), bind("f", "0.0.0.0")
    sockets = [UP, sock("s", "inet6"), sock("f")]
    assert errors(*sockets, six, four)[-1] is None
    assert errors(*sockets, four, six)[-1] is None
    assert errors(*sockets, bind("s", "::"), four)[-1] == "EADDRINUSE"
    assert errors(*sockets, four, bind("s", "::"))[-1] == "EADDRINUSE"


def test_a_failed_connect_leaves_its_flow_behind() -> None:
    """The first send looks for a route to the peer, the next takes that and the flow that failed:
    it goes to 8.8.8.8 over lo, where nobody answers."""
    steps = [UP, sock("a"), connect("a", "127.0.0.1"), connect("a", "8.8.8.8", 53)]
    first = [*steps, send("a", 1), get("a", "SO_ERROR")]
    assert last(*first)["value"] == "ECONNREFUSED"
    assert last(*first, send("a", 1), get("a", "SO_ERROR"))["value"] is None


def test_the_route_of_a_socket_is_looked_up_again_at_the_end_of_a_locked_call() -> None:
    """IP_MTU shows the old route until then."""
    steps = [UP, sock("a"), connect("a", "127.0.0.1"), {"do": "link", "mtu": 67}]
    assert last(*steps, get("a", "IP_MTU"))["value"] == 67
    assert last(*steps, put("a", "IP_TTL", 5), get("a", "IP_MTU"))["value"] == 67
    assert last(*steps, put("a", "SO_BROADCAST", 1), get("a", "IP_MTU"))["error"] == "ENOTCONN"


# --- options --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("option", "value", "length", "error", "read"),
    [
        ("IP_TTL", -1, 1, None, 255),
        ("IP_TTL", 5, 0, "EINVAL", 64),
        ("IP_TTL", 0, 4, "EINVAL", 64),
        ("IP_MULTICAST_TTL", -1, 4, None, 1),
        ("IP_MULTICAST_TTL", -1, 1, None, 255),
        ("IP_MULTICAST_LOOP", 0, 0, "EINVAL", 1),
        ("IP_MULTICAST_LOOP", 256, 1, None, 0),
        ("IP_MULTICAST_ALL", 2, 4, "EINVAL", 1),
        ("IP_MTU_DISCOVER", "do", 0, None, "dont"),
        ("IP_RECVERR", 7, 2, None, 1),
        ("UDP_SEGMENT", 5, 3, "EINVAL", 0),
        ("UDP_SEGMENT", 65535, 8, None, 65535),
        ("SO_SNDBUF", 100, 3, "EINVAL", 212992),
        ("SO_SNDBUF", -1, 4, None, 8388608),
        ("SO_RCVBUF", 0, 4, None, 2304),
    ],
)
def test_how_many_bytes_a_value_has(
    option: str, value: Any, length: int, error: str | None, read: Any
) -> None:
    *_, said, now = played(sock("a"), put("a", option, value, length=length), get("a", option))
    assert (said["error"], now["value"]) == (error, read)


def test_options_of_the_other_family() -> None:
    assert errors(sock("a"), put("a", "IPV6_RECVERR", 1), get("a", "IPV6_RECVERR"))[1:] == [
        "ENOPROTOOPT",
        "EOPNOTSUPP",
    ]
    assert errors(sock("a"), put("a", "UDP_NO_CHECK6_TX", 1), get("a", "IP_MTU"))[1:] == [
        None,
        "ENOTCONN",
    ]


def test_a_device_by_its_name_and_by_its_index() -> None:
    none = [put("a", "SO_BINDTODEVICE", "x"), put("a", "IP_MULTICAST_IF", 2)]
    assert errors(sock("a"), *none)[1:] == ["ENODEV", "EADDRNOTAVAIL"]
    down = [sock("a"), put("a", "SO_BINDTODEVICE", "lo"), send("a", 1, "127.0.0.1")]
    assert errors(*down)[1:] == [None, "ENETUNREACH"]
    assert errors(UP, *down)[1:] == [None, None, None]


# --- what is counted ------------------------------------------------------------------------------


def counted(*steps: dict[str, Any]) -> dict[str, int]:
    """What was counted on the way out."""
    ours = ("Ip.Out", "Ip.Frag", "Udp.Out", "Udp.Snd", "IpExt.Out")
    counters = last(*steps, COUNTERS)["counters"]
    return {name: value for name, value in counters.items() if name.startswith(ours)}


def test_no_route_counts_for_a_send_and_for_a_connect() -> None:
    assert counted(UP, sock("a"), send("a", 1, "8.8.8.8"), connect("a", "8.8.8.8")) == {
        "Ip.OutNoRoutes": 2
    }


def test_a_pending_error_takes_the_place_of_a_send() -> None:
    steps = [UP, sock("a"), connect("a", "127.0.0.1"), send("a", 1), send("a", 1)]
    assert errors(*steps)[-2:] == [None, "ECONNREFUSED"]
    # The ICMP error is the second request.
    assert counted(*steps) == {
        "Ip.OutRequests": 2,
        "Ip.OutTransmits": 2,
        "Ip.OutDiscards": 1,
        "Udp.OutDatagrams": 1,
    }


def test_fragments_are_counted_and_may_not_fit_the_send_buffer() -> None:
    small = [UP, {"do": "link", "mtu": 576}, sock("a"), bind("a", "127.0.0.1")]
    steps = [*small, put("a", "SO_SNDBUF", 1)]
    assert counted(*steps, send("a", 3000, "127.0.0.1")) == {
        "Ip.OutRequests": 1,
        "Ip.OutTransmits": 6,
        "Ip.FragOKs": 1,
        "Ip.FragCreates": 6,
        "Udp.OutDatagrams": 1,
    }
    assert counted(*steps, send("a", 9000, "127.0.0.1")) == {
        "Ip.OutDiscards": 1,
        "Udp.SndbufErrors": 1,
    }


def test_broadcast_is_counted_and_must_be_allowed() -> None:
    to_all = send("a", 1, "127.255.255.255")
    assert errors(UP, sock("a"), to_all, connect("a", "127.255.255.255"))[-2:] == ["EACCES"] * 2
    allowed = [UP, sock("a"), put("a", "SO_BROADCAST", 1), to_all]
    assert counted(*allowed)["IpExt.OutBcastPkts"] == 1
