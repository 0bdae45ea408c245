"""What datagrams cost the socket that they wait at, when it gets the memory back, what it counts.

Every number is what Linux 6.18.44 said to the same steps.
"""

from __future__ import annotations

from typing import Any

import pytest

from lomodel.scenario import play
from tests.support.scenarios_2 import packets as p

Steps = list[dict[str, Any]]

HOME = {"inet": "127.0.0.1", "inet6": "::1"}
MEMORY = {"do": "getsockopt", "socket": "r", "option": "SO_MEMINFO"}
COUNTERS = {"do": "counters"}


def receiver(family: str = "inet", rcvbuf: int | None = None) -> Steps:
    steps: Steps = [
        {"do": "link", "up": True},
        {"do": "socket", "name": "r", "family": family, "type": "dgram"},
        {"do": "bind", "socket": "r", "address": HOME[family], "port": 7001},
        {"do": "socket", "name": "a", "family": family, "type": "dgram"},
    ]
    return steps if rcvbuf is None else [*steps, option("SO_RCVBUF", rcvbuf)]


def option(name: str, value: int) -> dict[str, Any]:
    return {"do": "setsockopt", "socket": "r", "option": name, "value": value}


def send(payload: int, family: str = "inet", **more: int) -> dict[str, Any]:
    return {"do": "send", "socket": "a", "payload": payload, "to": [HOME[family], 7001]} | more


def read(**more: int) -> dict[str, Any]:
    return {"do": "recv", "socket": "r"} | more


def frame(body: bytes, protocol: int = p.UDP, **vnet: int) -> dict[str, Any]:
    data = p.ethernet(p.IPV6) + p.ipv6("::1", "::1", protocol, len(body)) + body
    bare = data.rstrip(b"\0")
    step = {"hex": bare.hex(), "zeros": len(data) - len(bare)}
    return {"do": "vnet_frame", **step, "vnet": vnet} if vnet else {"do": "frame", **step}


def udp(payload: int, **more: Any) -> bytes:
    return p.udp("::1", "::1", (1111, 7001), bytes(payload), **more)


def memory(*steps: Any) -> list[int]:
    """The bytes charged to the receiver, each time they were asked for."""
    return [seen["value"]["rmem_alloc"] for seen in play(list(steps)) if "value" in seen]


def last(*steps: Any) -> Any:
    return play(list(steps))[-1]


@pytest.mark.parametrize(
    ("family", "payload", "truesize"),
    [
        *[("inet", 197, 832), ("inet", 198, 1280), ("inet", 645, 1280), ("inet", 646, 2304)],
        *[("inet", 16004, 16640), ("inet", 16005, 832 + 16005), ("inet", 60000, 60832)],
        *[("inet6", 184, 832), ("inet6", 185, 1280), ("inet6", 15991, 16640)],
        *[("inet6", 15992, 832 + 15992), ("inet6", 0, 832)],
    ],
)
def test_a_datagram_is_charged_as_its_head_and_its_pages(
    family: str, payload: int, truesize: int
) -> None:
    assert memory(*receiver(family), send(payload, family), MEMORY) == [truesize]


@pytest.mark.parametrize(
    ("payload", "gso_size", "gro", "truesize"),
    [(3000, 1000, 0, 5496), (3000, 100, 0, 27960), (12800, 100, 0, 117996), (3000, 1000, 1, 3832)],
)
def test_segments_are_charged_one_by_one(
    payload: int, gso_size: int, gro: int, truesize: int
) -> None:
    """Of the 128, those that come when the buffer is more than half full move into their heads."""
    steps = [*receiver(), option("UDP_GRO", gro), send(payload, gso_size=gso_size), MEMORY]
    assert memory(*steps) == [truesize]


@pytest.mark.parametrize(("payload", "truesize"), [(3000, 5440), (12000, 19264), (1490, 2304)])
def test_fragments_are_charged_one_by_one_unless_they_fit_the_first(
    payload: int, truesize: int
) -> None:
    steps = [*receiver(), {"do": "link", "mtu": 1500}, send(payload), MEMORY]
    assert memory(*steps) == [truesize]


def test_an_empty_queue_takes_any_datagram() -> None:
    *_, drops, counted = play([*receiver(rcvbuf=0), send(60000, count=3), MEMORY, COUNTERS])
    assert drops["value"] == {"rmem_alloc": 60832, "rcvbuf": 2304, "sndbuf": 212992, "drops": 2}
    counters = counted["counters"]
    assert counters["Udp.RcvbufErrors"] == counters["Udp.InErrors"] == 2
    assert counters["Ip.InDelivers"] == 3 and "Udp.InDatagrams" not in counters


def test_memory_comes_back_late() -> None:
    """Four of seventeen change nothing; the fifth makes a quarter of the buffer."""
    reads = [each for _ in range(6) for each in (read(), MEMORY)]
    got = memory(*receiver(rcvbuf=20000), send(1000, count=30), MEMORY, *reads)
    assert got == [39168] * 5 + [27648] * 2


def test_the_last_read_gives_all_back() -> None:
    assert memory(*receiver(), send(100, count=3), read(count=2), MEMORY, read(), MEMORY) == [
        832 * 3,
        0,
    ]


def test_what_came_in_meanwhile_is_the_readers_once_memory_comes_back() -> None:
    steps = [*receiver(), send(100, count=2), read(), send(100), MEMORY, read(), MEMORY]
    assert memory(*steps) == [832 * 3, 832]
    assert [each["length"] for each in last(*steps, read(count=9))["datagrams"]] == [100]


def test_under_pressure_pages_go_into_the_head() -> None:
    """Above half of the buffer 200 bytes in pages cost what the head costs; with a tap, not."""
    full = [option("SO_RCVBUF", 5000), option("UDP_GRO", 1), send(200, gso_size=100, count=9)]
    assert memory(*receiver(), *full, MEMORY) == [8488]
    tap = {"do": "tap", "name": "t"}
    assert memory(*receiver(), tap, *full, MEMORY) == [9288]


def test_a_frame_is_charged_whole_pages() -> None:
    assert memory(*receiver("inet6"), frame(udp(3000)), MEMORY) == [4352]
    assert memory(*receiver("inet6"), frame(udp(5000)), MEMORY) == [832 + 8192]


def test_seventeen_pages_are_gathered_and_no_more() -> None:
    """Fragments of a frame have nothing but pages: the first 16 of them give up their heads."""
    steps = [*receiver("inet6"), frame(udp(8952), gso_type=3, gso_size=208), MEMORY]
    assert memory(*steps) == [44520]


def test_the_whole_truesize_stays_with_the_last_of_a_frames_fragments() -> None:
    steps = [*receiver("inet6"), frame(udp(1252), gso_type=3, gso_size=208), MEMORY]
    assert memory(*steps) == [7424]


def test_a_short_datagram_is_summed_on_arrival_a_long_one_at_the_read() -> None:
    wrong = {"Udp6InCsumErrors": 1, "Udp6InErrors": 1}
    for payload, charged in ((68, 0), (69, 832)):
        *_, memo, asked, before, empty, after = play(
            [
                *receiver("inet6"),
                frame(udp(payload, sum=1)),
                MEMORY,
                {"do": "getsockopt", "socket": "r", "option": "SO_ERROR"},
                COUNTERS,
                read(),
                COUNTERS,
            ]
        )
        assert asked["value"] is None and empty["error"] == "EAGAIN"
        assert memo["value"]["rmem_alloc"] == charged
        seen = {name: before["counters"].get(name, 0) for name in wrong}
        assert seen == dict.fromkeys(wrong, int(not charged))
        assert wrong.items() <= after["counters"].items()


def test_the_length_of_segments_is_told_if_it_is_wanted_at_the_read() -> None:
    whole = [*receiver(), option("UDP_GRO", 1), send(3000, gso_size=1000)]
    told = {"length": 3000, "from": [HOME["inet"], 0], "gso_size": 1000}
    assert last(*whole, read())["datagrams"] == [told]
    assert last(*whole, read(size=10))["datagrams"] == [told | {"length": 10, "truncated": True}]
    del told["gso_size"]
    assert last(*whole, option("UDP_GRO", 0), read())["datagrams"] == [told]
    cut = [*receiver(), send(2000, gso_size=1000), option("UDP_GRO", 1)]
    assert last(*cut, read(count=2))["datagrams"] == [told | {"length": 1000}] * 2


def test_a_datagram_over_ipv4_is_counted_as_such_at_an_ipv6_socket() -> None:
    steps: Steps = [
        {"do": "link", "up": True},
        {"do": "socket", "name": "r", "family": "inet6", "type": "dgram"},
        {"do": "bind", "socket": "r", "address": "::", "port": 7001},
        {"do": "socket", "name": "a", "family": "inet", "type": "dgram"},
        send(1),
        send(1, "inet6") | {"socket": "r"},
        read(count=2),
        COUNTERS,
    ]
    *_, got, counted = play(steps)
    assert [each["from"][0] for each in got["datagrams"]] == ["::ffff:127.0.0.1", "::1"]
    assert counted["counters"]["Udp.InDatagrams"] == counted["counters"]["Udp6InDatagrams"] == 1
