"""The explorer ``states``: which addresses has lo after some changes, and who took or gave them?

A new lo is changed up to four times. The figure lights what the last change called; the sentence
and the values say what is left of all four.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

from lomodel.contract import Step
from lomodel.desk import RELEASE
from lomodel.explore.chain import Chain, Path, freeze
from lomodel.explore.controls import Choice
from lomodel.explore.declaration import Declaration, Main, Outcome
from lomodel.figures.tree import Node
from lomodel.figures.two_questions import local_table
from lomodel.linux.net.ipv6.addrconf import IF_READY
from lomodel.scenario import Player
from lomodel.trace import Trace

NOTHING, UP, DOWN = "", "up", "down"
CHANGES = {
    NOTHING: "nothing",
    UP: "up",
    DOWN: "down",
    "67": "MTU 67",
    "1279": "MTU 1279",
    "1500": "MTU 1500",
    "65536": "MTU 65536",
}
FIRST = {UP: "up", NOTHING: "nothing: it is new"}
CONTROLS = ("first", "second", "third", "fourth")

CHAIN = Chain(
    roots=("call_netdevice_notifiers_info",),
    shows={
        *("arp_netdev_event", "inetdev_event", "inetdev_init", "inetdev_destroy"),
        *("inet_insert_ifa", "inet_del_ifa", "fib_add_ifaddr", "fib_del_ifaddr"),
        *("fib_netdev_event", "fib_disable_ip", "addrconf_notify", "ipv6_add_dev"),
        *("init_loopback", "ipv6_add_addr", "addrconf_ifdown", "ip6_ins_rt", "ip6_del_rt"),
        "ndisc_netdev_event",
    },
    goals=(),
    title="Who hears of a change",
    description="The listeners of the chain, and what they do about changes of lo.",
)


def changes(c: dict[str, Any]) -> list[str]:
    """What is done, in order."""
    return [c[name] for name in CONTROLS if c[name]]


def step(change: str) -> Step:
    """One change as a step of a scenario."""
    return {"do": "link", **({"mtu": int(change)} if change.isdigit() else {"up": change == UP})}


def steps(c: dict[str, Any]) -> list[Step]:
    """A state as a scenario; what lo has is looked at after each change."""
    show: Step = {"do": "show"}
    return [show, *(each for change in changes(c) for each in (step(change), show))]


def play(done: list[str]) -> tuple[Player, Trace]:
    """lo after the changes, and the trace of the last one."""
    player, traces = Player(RELEASE), [Trace()]
    for change in done:
        with player.machine.trace() as trace:
            player.step(step(change))
        traces.append(trace)
    return player, traces[-1]


@cache
def union() -> tuple[list[Node], dict[Path, str]]:
    """What any three changes call, as one tree, and the figure's name for each part of it."""
    known = [name for name in CHANGES if name]
    tree = CHAIN.union(
        freeze(CHAIN.tree(play([first, *more])[1]))
        for first in FIRST
        for more in product(known, repeat=2)
    )
    return tree, CHAIN.parts(tree)


def outcome(c: dict[str, Any]) -> Outcome:
    """Plays a state and looks."""
    player, trace = play(changes(c))
    lo, parts = player.lo, union()[1]
    seen = player.step({"do": "show"})
    found = seen["addresses"]
    return Outcome(
        summary=summary(seen, lo),
        values={
            "count": len(found),
            "found": " and ".join(found) or "none",
            "up": "up" if seen["up"] else "down",
            "mtu": seen["mtu"],
            "v4": "there" if lo.ip_ptr is not None else "gone",
            "v6": _v6(lo),
            "table": ", ".join(local_table(lo)) or "empty",
        },
        parts={parts[path]: note for path, note in CHAIN.lit(trace).items()},
        met=seen["up"] and seen["mtu"] == 65536 and not found,
    )


def _v6(lo: Any) -> str:
    """IPv6's side of the device."""
    if lo.ip6_ptr is None:
        return "gone"
    return "ready" if lo.ip6_ptr.if_flags & IF_READY else "there, not ready"


def summary(seen: dict[str, Any], lo: Any) -> str:
    """What lo has, and why the rest is missing, in a sentence."""
    where = f"lo is {'up' if seen['up'] else 'down'}, with an MTU of {seen['mtu']}"
    found = " and ".join(seen["addresses"]) or "no address"
    return f"{where}, and has {found}. {_missing(seen, lo)}".rstrip()


def _missing(seen: dict[str, Any], lo: Any) -> str:
    """Why an address is missing, or what a datagram finds while lo is down."""
    if not seen["up"]:
        local = any(route.startswith("local 127") for route in local_table(lo))
        return "127.0.0.1 still has its routes." if local else "Nothing has a route."
    if len(seen["addresses"]) == 2:
        return ""
    back = "comes back when it goes down and up."
    if seen["mtu"] >= 1280:
        return "What is missing comes when it goes down and up."
    if seen["mtu"] < 68:
        return "Below 68 it can have neither."
    more = "" if seen["addresses"] else f"; 127.0.0.1 {back.rstrip('.')}"
    return f"Below 1280 it cannot have ::1{more}."


EXPLORER = Declaration(
    name="states",
    title="lo's states",
    intro="Change a new lo up to four times, and see which addresses it has then.",
    controls=[
        Choice("first", "First", FIRST, initial=UP),
        *(Choice(name, name.capitalize(), CHANGES, initial=NOTHING) for name in CONTROLS[1:]),
    ],
    outcome=outcome,
    figure=lambda: CHAIN.draw(union()[0]),
    values={
        "count": "addresses",
        "found": "which",
        "up": "lo",
        "mtu": "MTU",
        "v4": "IPv4's side of it",
        "v6": "IPv6's side of it",
        "table": "table local",
    },
    main=Main("count", "address: {found}", "addresses: {found}"),
    presets={
        "New": {"first": NOTHING},
        "Up": {},
        "Down": {"second": DOWN},
        "1279 and back": {"second": "1279", "third": "65536"},
    },
    challenge="lo is up, has an MTU of 65536, and no address at all.",
    origin=f"model, Linux {RELEASE}",
    steps=steps,
)
