"""The explorer ``plugs``: what becomes of a send, an address, an MTU when a plug is another one.

No scenario can say a state: nobody can change the operations table of a running kernel.
"""

from __future__ import annotations

import errno
import os
from typing import Any

from lomodel.contract import STATS, Step
from lomodel.desk import RELEASE, counters, lo_up, plug
from lomodel.explore.controls import Choice
from lomodel.explore.declaration import Declaration, Main, Outcome
from lomodel.explorers._board import calls
from lomodel.figures.plugs import plugged
from lomodel.linux.include.linux.netdevice import NETDEV_TX_BUSY, NETDEV_TX_OK, NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.scenario import Player

ASKS = (
    ("netif_skb_features", "ndo_features_check"),
    ("xmit_one", "ndo_start_xmit"),
    ("dev_get_stats", "ndo_get_stats64"),
    ("dev_set_mac_address", "ndo_set_mac_address"),
    ("dev_set_mtu", "ndo_change_mtu"),
    ("__dev_close_many", "ndo_stop"),
    ("__dev_open", "ndo_open"),
)
"""Who in the core looks into which socket."""

ADDRESS = "02:00:00:00:00:01"
DEEDS: dict[str, tuple[Step, ...]] = {
    "send": ({"do": "udp", "family": "inet", "payload": 4000, "gso_size": 1400},),
    "address": ({"do": "link", "address": ADDRESS},),
    "mtu": ({"do": "link", "mtu": 16000},),
    "again": ({"do": "link", "up": False}, {"do": "link", "up": True}),
}
DONE = {
    "address": f"ip link set lo address {ADDRESS}",
    "mtu": "ip link set lo mtu 16000",
    "again": "ip link set lo down, then up",
}


def swallow(skb: SkBuff, dev: NetDevice) -> int:
    """A driver that takes the packet and does nothing."""
    return NETDEV_TX_OK


def busy(skb: SkBuff, dev: NetDevice) -> int:
    """A driver that never has time."""
    return NETDEV_TX_BUSY


def refuse(dev: NetDevice) -> None:
    """A driver that does not let its device come up."""
    raise OSError(errno.EBUSY, os.strerror(errno.EBUSY))


LEFT = "lo's"
OTHERS: dict[str, dict[str, Any]] = {
    "ndo_start_xmit": {LEFT: LEFT, "swallow": swallow, "busy": busy},
    "ndo_get_stats64": {LEFT: LEFT, "none": None},
    "ndo_set_mac_address": {LEFT: LEFT, "none": None},
    "ndo_open": {LEFT: LEFT, "refuse": refuse},
}
"""What may be plugged in: lo's own function, or another one, or nothing."""


def replugged(c: dict[str, Any]) -> NetDevice:
    """A lo that is up, with the table of a state."""
    chosen = {name: known[c[name]] for name, known in OTHERS.items()}
    return plug(
        lo_up(listening=False), **{name: to for name, to in chosen.items() if to is not LEFT}
    )


def outcome(c: dict[str, Any]) -> Outcome:
    """Does the deed, and notes which sockets the core looked into."""
    lo = replugged(c)
    player = Player.of(lo)
    with lo.machine.trace() as trace:
        said = [player.step(step) for step in DEEDS[c["action"]]]
    ran = frozenset(trace.functions())
    asked = [(core, socket) for core, socket in ASKS if core in ran]
    filled, stats = plugged(lo.netdev_ops), counters(lo)
    error = next((each["error"] for each in said if each["error"]), "none")
    received = said[-1].get("received", []) if c["action"] == "send" else []
    return Outcome(
        summary=summary(c, error, received, stats),
        values={
            "asked": len(asked),
            "error": error,
            "received": " ".join(map(str, received)) or "nothing",
            **stats,
            "address": lo.dev_addr.hex(":"),
            "mtu": lo.mtu,
            "log": "; ".join(lo.machine.dmesg) or "nothing",
        },
        parts={core: "" for core, _ in asked}
        | {socket: filled.get(socket, "empty") for _, socket in asked},
        fate=fate(error, received) if c["action"] == "send" else None,
        met=c["ndo_get_stats64"] == "none" and any(stats.values()),
    )


def fate(error: str, received: list[int]) -> tuple[str, str]:
    """What became of the packet."""
    if error != "none":
        return "refused", error
    return ("whole", "it arrives") if received else ("dropped", "it is lost")


def summary(c: dict[str, Any], error: str, received: list[int], stats: dict[str, int]) -> str:
    """The state in a sentence."""
    if c["action"] != "send":
        answer = "it is done" if error == "none" else f"it fails with {error}"
        return f"{DONE[c['action']]}: {answer}."
    counted = ", ".join(f"{name} {stats[name]}" for name in STATS if stats[name])
    hears = "hears of no error" if error == "none" else f"gets {error}"
    reads = f"{len(received)} datagrams are read" if received else "nothing is read"
    return f"The sender {hears}; {reads}; {counted or 'every counter says 0'}."


def figure() -> str:
    """Who looks into which socket."""
    said = ", ".join(f"{core} looks into {socket}" for core, socket in ASKS)
    return calls(ASKS, "The plug board", said)


BUSY = "A driver should have stopped its queue before it must say NETDEV_TX_BUSY. lo has no queue."

EXPLORER = Declaration(
    name="plugs",
    title="The plug board",
    intro="Change the plugs of a lo that is up, then do something to it.",
    controls=[
        Choice(
            "ndo_start_xmit",
            "ndo_start_xmit",
            {
                LEFT: "loopback_xmit",
                "swallow": "takes it, says NETDEV_TX_OK",
                "busy": "NETDEV_TX_BUSY",
            },
            help=BUSY,
        ),
        Choice(
            "ndo_get_stats64",
            "ndo_get_stats64",
            {LEFT: "loopback_get_stats64", "none": "nothing is plugged in"},
        ),
        Choice(
            "ndo_set_mac_address",
            "ndo_set_mac_address",
            {LEFT: "eth_mac_addr", "none": "nothing is plugged in"},
        ),
        Choice(
            "ndo_open", "ndo_open", {LEFT: "nothing is plugged in", "refuse": "refuses with EBUSY"}
        ),
        Choice(
            "action",
            "Do",
            {"send": "send 4000 bytes, and read the counters"} | DONE,
            initial="send",
        ),
    ],
    groups={"": ("action",), "The plugs": tuple(OTHERS)},
    outcome=outcome,
    figure=figure,
    values={"asked": "sockets asked", "error": "error", "received": "read, in bytes"}
    | {name: name for name in STATS}
    | {"address": "address", "mtu": "mtu", "log": "the kernel's log"},
    main=Main(
        "asked", "socket of the board was looked into", "sockets of the board were looked into"
    ),
    presets={
        "As on lo": {},
        "Counters pulled": {"ndo_get_stats64": "none"},
        "Busy": {"ndo_start_xmit": "busy"},
        "No address": {"ndo_set_mac_address": "none", "action": "address"},
        "Never up again": {"ndo_open": "refuse", "action": "again"},
    },
    challenge="Pull the plug of the counters, and let one of them grow all the same.",
    origin=f"model, Linux {RELEASE}",
)
