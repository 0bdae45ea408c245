"""How a state of the explorer ``counted`` is played: what is sent, on which CPU, and the reading.

A scenario says neither which CPU sends nor that somebody captures.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

from lomodel.contract import Step
from lomodel.desk import RELEASE
from lomodel.explore.chain import Chain, Record, freeze
from lomodel.explore.traced import WatchedMachine
from lomodel.figures.lstats import numbers
from lomodel.figures.tree import Node, unite
from lomodel.linux.kernel.smp import cpu_down
from lomodel.linux.net.core.dev import dev_get_stats
from lomodel.scenario import Player

CPUS = 3
UNKNOWN = 0x88B9
"""A type of frames that no protocol of the model or of a usual kernel has registered."""

UDP: Step = {"do": "udp", "family": "inet", "payload": 4000, "gso_size": 1400}
SENDS: dict[str, Step] = {
    "riddle": UDP,
    "inet6": UDP | {"family": "inet6"},
    "fragments": UDP | {"gso_size": None},
    "closed": UDP | {"listening": False},
    "ping": {"do": "ping", "family": "inet", "payload": 56},
    "unknown": {"do": "frame", "dst": "zero", "ethertype": UNKNOWN, "payload": 1000},
    "other": {"do": "frame", "dst": "other", "ethertype": 0x0800, "payload": 1000},
}
TURNS = {"0": (0, 0, 0), "2": (2, 2, 2), "turns": (0, 1, 2), "off": (0, 1, 2)}
"""The CPU that sends first, second and third."""

CHAIN = Chain(
    roots=("__dev_queue_xmit", "dev_seq_printf_stats"),
    shows={"noop_enqueue", "dev_queue_xmit_nit", "loopback_xmit", "__netif_rx", "dev_lstats_add"}
    | {"__netif_receive_skb", "dev_get_stats", "loopback_get_stats64", "dev_lstats_read"},
    title="Counting, and reading",
    description="The functions that count a packet, and those that read the counters for a line "
    "of /proc/net/dev.",
)


def steps(c: dict[str, Any]) -> list[Step] | None:
    """The state as a scenario; None where a CPU or a capture matters, which no step can say."""
    sends = [SENDS[c["packet"]]] * c["times"]
    return None if c["tap"] or c["cpu"] != "0" else [*before(c), *sends]


def before(c: dict[str, Any]) -> list[Step]:
    """What is done to lo before anything is sent."""
    up: list[Step] = [{"do": "link", "up": True}, {"do": "link", "mtu": 1500}]
    return up if c["up"] else [*up, {"do": "link", "up": False}]


class Played:
    """One state, played.

    ``lo`` afterwards, its ``stats``, what was ``observed`` of the last send, and the ``records`` of
    the last send and of a reading.
    """

    def __init__(self, c: dict[str, Any]) -> None:
        machine = WatchedMachine(RELEASE, possible_cpus=CPUS)
        player = Player(machine=machine)
        self.lo = player.lo
        for step in before(c):
            player.step(step)
        if c["tap"]:
            self.lo.ptype_all.append(lambda skb, dev: None)
        for machine.cpu in TURNS[c["cpu"]][: c["times"]]:
            self.observed = player.step(SENDS[c["packet"]])
        self.records: list[Record] = list(machine.last)
        if c["cpu"] == "off":
            cpu_down(machine, 1)
        with machine.trace() as reading:
            numbers(self.lo)
        self.records += reading
        self.stats = dev_get_stats(self.lo)

    def parts(self) -> dict[str, str]:
        """What ran, in the names of the figure; who counted a drop says so."""
        names = CHAIN.parts(union())
        drops = {"__netif_receive_skb": self.stats.rx_dropped}
        drops["noop_enqueue"] = self.stats.tx_dropped
        lit = CHAIN.lit(self.records)
        return {
            names[path]: "drop" if drops.get(path[-1][0]) else note for path, note in lit.items()
        }


@cache
def union() -> list[Node]:
    """The trees of everything that can be sent, as one."""
    states = [
        {"packet": packet, "up": up, "tap": tap, "cpu": "0", "times": 1}
        for packet, up, tap in product(SENDS, (True, False), (True, False))
    ]
    return CHAIN.union(freeze(unite([CHAIN.tree(Played(c).records)])) for c in states)
