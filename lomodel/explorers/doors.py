"""The explorer ``doors``: is ::1 there after some changes, and what does IPv6 do then?

lo is up with both addresses and is changed up to three times. Then a socket binds to ::1, another
sends 1300 bytes to it. The figure lights what the last change called on IPv6's side.
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
from lomodel.figures.doors import DISABLE, ONE, PORT, UP
from lomodel.figures.tree import Node
from lomodel.scenario import Player
from lomodel.trace import Trace

NOTHING = ""
CHANGES: dict[str, tuple[str, Step]] = {
    "down": ("down", {"do": "link", "up": False}),
    "up": ("up", UP),
    "1000": ("MTU 1000", {"do": "link", "mtu": 1000}),
    "65536": ("MTU 65536", {"do": "link", "mtu": 65536}),
    "off": ("disable_ipv6 1", {"do": "sysctl", "set": {DISABLE: 1}}),
    "on": ("disable_ipv6 0", {"do": "sysctl", "set": {DISABLE: 0}}),
    "add": ("add ::1/128", {"do": "address", "add": ONE}),
    "remove": ("remove ::1/128", {"do": "address", "remove": ONE}),
    "multicast": ("multicast on", {"do": "link", "multicast": True}),
}
OFFERED = {NOTHING: "nothing"} | {name: label for name, (label, _) in CHANGES.items()}
CONTROLS = ("first", "second", "third")
PAYLOAD = 1300
MET = "{found}; bind to ::1: {bind}; send: {send}; IPV6_MTU: {mtu6}"
"""What stands beside the number of addresses."""
SOCKET: Step = {"do": "socket", "family": "inet6", "type": "dgram"}
TO: Step = {"address": "::1", "port": PORT}
PROBE: tuple[Step, ...] = (
    SOCKET | {"name": "receiver"},
    {"do": "bind", "socket": "receiver"} | TO,
    SOCKET | {"name": "sender"},
    {"do": "connect", "socket": "sender"} | TO,
    {"do": "send", "socket": "sender", "payload": PAYLOAD, "to": ["::1", PORT]},
    {"do": "getsockopt", "socket": "sender", "option": "IPV6_MTU"},
    {"do": "recv", "socket": "receiver"},
)
"""What two sockets try after the changes."""

CHAIN = Chain(
    roots=(
        *("call_netdevice_notifiers_info", "addrconf_sysctl_disable"),
        *("inet6_rtm_newaddr", "inet6_rtm_deladdr"),
    ),
    shows={
        *("addrconf_notify", "addrconf_disable_ipv6", "dev_disable_change"),
        *("addrconf_init_auto_addrs", "init_loopback", "ipv6_add_addr", "addrconf_ifdown"),
        *("ipv6_del_addr", "ip6_ins_rt", "ip6_del_rt"),
    },
    goals=(),
    title="What a change calls on IPv6's side",
    description="The notifier chain, the setting, and the two messages of netlink; what of IPv6 "
    "each of them calls.",
)


def changes(c: dict[str, Any]) -> list[str]:
    """What is done, in order."""
    return [c[name] for name in CONTROLS if c[name]]


def steps(c: dict[str, Any]) -> list[Step]:
    """A state as a scenario; what lo has is looked at after each change."""
    show: Step = {"do": "show"}
    done = (each for change in changes(c) for each in (CHANGES[change][1], show))
    return [UP, show, *done, *PROBE]


def play(done: list[str]) -> tuple[Player, Trace, str | None]:
    """lo after the changes, and the trace and the error of the last one."""
    player, traces, error = Player(RELEASE), [Trace()], None
    player.step(UP)
    for change in done:
        with player.machine.trace() as last:
            error = player.step(CHANGES[change][1])["error"]
        traces.append(last)
    return player, traces[-1], error


@cache
def union() -> tuple[list[Node], dict[Path, str]]:
    """What any three changes call, as one tree, and the figure's name for each part of it."""
    trees = (
        freeze(CHAIN.tree(play(list(done))[1]))
        for length in (1, 2, 3)
        for done in product(CHANGES, repeat=length)
    )
    tree = CHAIN.union(dict.fromkeys(trees))
    return tree, CHAIN.parts(tree)


def outcome(c: dict[str, Any]) -> Outcome:
    """Plays a state and lets two sockets try."""
    player, trace, refused = play(changes(c))
    seen = player.step({"do": "show"})
    _, bind, _, connect, send, mtu, read = (player.step(step) for step in PROBE)
    found = seen["addresses"]
    there, parts = ONE in found, union()[1]
    arrived = [each["length"] for each in read["datagrams"]]
    return Outcome(
        summary=_summary(seen, refused, there, bool(arrived), mtu.get("value", 0)),
        values={
            "count": len(found),
            "found": " and ".join(found) or "none",
            "up": "up" if seen["up"] else "down",
            "mtu": seen["mtu"],
            "last": refused or "done",
            "bind": bind["error"] or "bound",
            "connect": connect["error"] or "connected",
            "send": send["error"] or f"{PAYLOAD} bytes",
            "frames": send["stats"]["tx_packets"],
            "read": ", ".join(map(str, arrived)) or read["error"],
            "mtu6": mtu["error"] or mtu["value"],
        },
        parts={parts[path]: note for path, note in CHAIN.lit(trace).items()},
        met=seen["up"] and seen["mtu"] == 1000 and bool(arrived),
    )


def _summary(seen: dict[str, Any], refused: str | None, there: bool, read: bool, mtu6: int) -> str:
    """What lo has, and what a program meets, in a sentence or two."""
    last = f"The last change fails with {refused}. " if refused else ""
    at = f"lo is {'up' if seen['up'] else 'down'}, with an MTU of {seen['mtu']}"
    if not there:
        return f"{last}{at}, and without ::1: a program that wants ::1 gets EADDRNOTAVAIL."
    if not read:
        return f"{last}{at}, and has ::1, but nothing that is sent to it arrives."
    if mtu6 != seen["mtu"]:
        return f"{last}{at}, and ::1 works: IPv6 has not heard of that MTU and keeps {mtu6}."
    return f"{last}{at}, and ::1 works."


EXPLORER = Declaration(
    name="doors",
    title="Doors",
    intro="lo is up. Change it up to three times; then one socket binds to ::1, and another sends "
    "1300 bytes to it.",
    controls=[Choice(name, name.capitalize(), OFFERED, initial=NOTHING) for name in CONTROLS],
    outcome=outcome,
    figure=lambda: CHAIN.draw(union()[0]),
    values={
        "count": "addresses",
        "found": "which",
        "up": "lo",
        "mtu": "MTU",
        "last": "the last change",
        "bind": "bind to ::1",
        "connect": "connect to ::1",
        "send": "send to ::1",
        "frames": "packets that lo counts",
        "read": "read",
        "mtu6": "IPV6_MTU",
    },
    main=Main("count", f"address: {MET}", f"addresses: {MET}"),
    presets={
        "As it is": {},
        "Down, up": {"first": "down", "second": "up"},
        "1000 and back": {"first": "1000", "second": "65536"},
        "Disabled": {"first": "off"},
        "Not while disabled": {"first": "off", "second": "add"},
    },
    challenge="IPv6 works at an MTU of 1000.",
    origin=f"model, Linux {RELEASE}",
    steps=steps,
)
