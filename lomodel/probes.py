"""Scenarios that tell releases apart, and what each release says to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from lomodel.contract import Step
from lomodel.desk import RELEASE
from lomodel.release import FACTS, RELEASES
from lomodel.scenario import play

SHOWN = ("5.14", "6.1", RELEASE, "6.18")
"""The releases that the book speaks of."""
UP: Step = {"do": "link", "up": True}
DOWN: Step = {"do": "link", "up": False}


def _mtu(value: int) -> Step:
    return {"do": "link", "mtu": value}


def _udp(payload: int, gso_size: int | None = None, family: str = "inet") -> Step:
    return {"do": "udp", "family": family, "payload": payload, "gso_size": gso_size}


@dataclass(frozen=True)
class Asked:
    """A scenario: in words, and as steps."""

    label: str
    steps: tuple[Step, ...]


NO_TCP: Step = {"do": "features", "set": {"tx-tcp-segmentation": False}}
TINY: Step = {"do": "tcp_frame", "family": "inet", "payload": 40, "gso_size": 4, "flags": 16}
BIG: Step = {"do": "frame", "dst": "other", "ethertype": 35001, "payload": 100000}
ASKED = {
    "riddle": Asked("4000 bytes every 1400", (UP, _mtu(1500), _udp(4000, 1400))),
    "longest": Asked("65507 bytes every 1400", (UP, _mtu(1500), _udp(65507, 1400))),
    "longest6": Asked("65527 bytes every 1400, IPv6", (UP, _mtu(1500), _udp(65527, 1400, "inet6"))),
    "many": Asked("1280 bytes every 10", (UP, _mtu(1500), _udp(1280, 10))),
    "more": Asked("1290 bytes every 10", (UP, _mtu(1500), _udp(1290, 10))),
    "fits": Asked("100 bytes every 2000, MTU 1500", (UP, _mtu(1500), _udp(100, 2000))),
    "wide": Asked("3000 bytes every 2000, MTU 1500", (UP, _mtu(1500), _udp(3000, 2000))),
    "fragments": Asked(
        "4000 bytes over IPv6, in fragments", (UP, _mtu(1500), _udp(4000, None, "inet6"))
    ),
    "down": Asked("100 bytes while lo is down", (UP, DOWN, _udp(100))),
    "address": Asked("MAC address to zeros", ({"do": "link", "address": "00:00:00:00:00:00"},)),
    "tiny": Asked("TCP, 40 bytes every 4, cut by software", (UP, NO_TCP, TINY)),
    "big": Asked("a frame of 100000 bytes, MTU 1000000", (UP, _mtu(1000000), BIG)),
    "features": Asked("features that are on", (_mtu(1500), {"do": "show"})),
}
"""By the names of the explorer's first control."""


@cache
def said(name: str, release: str) -> str:
    """What the model of a release says to a scenario, in a few words."""
    last = play(list(ASKED[name].steps), release)[-1]
    if last["error"]:
        return last["error"]
    if "features" in last:
        return f"{sum(state.startswith('on') for state in last['features'].values())} on"
    if "stats" not in last:
        return "taken"
    stats = last["stats"]
    packets = f"{stats['tx_packets']} packet{'' if stats['tx_packets'] == 1 else 's'}"
    lost = "".join(f", {n} {stats[n]}" for n in ("tx_dropped", "rx_dropped") if stats[n])
    return f"{packets}, {stats['tx_bytes']} bytes{lost}"


def changed(older: str, newer: str) -> list[str]:
    """The facts of ``lomodel.release`` that two releases have otherwise, in their order."""
    one, other = RELEASES[older], RELEASES[newer]
    return [fact for fact in FACTS if getattr(one, fact) != getattr(other, fact)]
