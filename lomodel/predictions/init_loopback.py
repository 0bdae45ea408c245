"""Predictions of the page about the two addresses of lo."""

from __future__ import annotations

from lomodel.contract import Step
from lomodel.desk import new_lo
from lomodel.explore.prediction import Choice, Order, Played, Prediction, Reckoned
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK
from lomodel.linux.net.core.dev_ioctl import set_up
from lomodel.predictions._steps import SHOW, UP, mtu
from lomodel.scenario import Observed, addresses

NUMBER = (4, 2)
TITLE = "Two addresses, two questions"

DOWN: Step = {"do": "link", "up": False}

BOTH, V4, V6, NONE = "both", "v4", "v6", "none"
WHICH = Choice(
    {
        BOTH: "127.0.0.1 and ::1",
        V4: "127.0.0.1 only",
        V6: "::1 only",
        NONE: "none",
    }
)

SEEN = {
    "__dev_notify_flags": "the link is up",
    "inet_insert_ifa": "address 127.0.0.1/8",
    "fib_table_insert": "route local 127.0.0.1",
    "ipv6_add_addr": "address ::1/128",
    "ip6_ins_rt": "route local ::1",
}
"""What a watcher of netlink is told, by the function that tells it."""
OFFERED = (
    "route local ::1",
    "address 127.0.0.1/8",
    "address ::1/128",
    "the link is up",
    "route local 127.0.0.1",
)


def told(release: str) -> tuple[str, ...]:
    """What is told when a new lo comes up, in the order in which the functions run."""
    lo = new_lo(release)
    with lo.machine.trace() as trace:
        set_up(lo, True)
    return tuple(SEEN[name] for name in dict.fromkeys(trace.functions()) if name in SEEN)


def which(shown: list[str]) -> str:
    """Addresses as an option of WHICH; KeyError for others than these two."""
    found = {(): NONE, ("127.0.0.1/8",): V4, ("::1/128",): V6, ("127.0.0.1/8", "::1/128"): BOTH}
    return found[tuple(shown)]


def without_flag(release: str) -> str:
    """The addresses of a lo that comes up with its type and without its flag."""
    lo = new_lo(release)
    lo.flags &= ~IFF_LOOPBACK
    set_up(lo, True)
    return which(addresses(lo))


def at_last(observed: Observed) -> str:
    """The addresses of the last step's device."""
    return which(observed[-1]["addresses"])


PREDICTIONS = (
    Prediction(
        name="init-loopback-told",
        title="what a watcher hears",
        question="`ip monitor link address route` runs while you type `ip link set lo up`. In "
        "which order do these five come?",
        kind=Order(OFFERED),
        source=Reckoned(
            told,
            "A scenario does not watch netlink. The box of this page shows what a kernel said.",
        ),
        expected=tuple(SEEN.values()),
        why="The link is told before the bell rings. IPv4 hangs before IPv6 on the chain, and an "
        "address is told before the route that it brings.",
    ),
    Prediction(
        name="init-loopback-no-flag",
        title="without the flag",
        question="Suppose `gen_lo_setup` set the type and not `IFF_LOOPBACK`. Which addresses "
        "would `lo` have when it is up?",
        kind=WHICH,
        source=Reckoned(without_flag, "No program can take the flag from lo."),
        expected=NONE,
        why="The type makes IPv6 offer ::1. Then `ipv6_add_addr` asks for the flag, too, and "
        "refuses ::1 to a device that does not have it.",
    ),
    Prediction(
        name="init-loopback-down",
        title="down",
        question="`lo` was up with both addresses, and goes down. Which does it have then?",
        kind=WHICH,
        source=Played((UP, DOWN, SHOW), at_last),
        expected=V4,
        why="`inetdev_event` does nothing about addresses when a device goes down. "
        "`addrconf_ifdown` takes IPv6's away.",
    ),
    Prediction(
        name="init-loopback-mtu",
        title="a short MTU, and back",
        question="`lo` is up with both addresses. Its MTU becomes 1279, then 65536 again. Which "
        "addresses does it have?",
        kind=WHICH,
        source=Played((UP, mtu(1279), mtu(65536), SHOW), at_last),
        expected=V4,
        why="Below 1280 IPv6 leaves the device. A longer MTU alone brings nothing back: only the "
        "next up does. IPv4 asks for 68 only.",
    ),
)
