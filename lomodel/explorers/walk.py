"""The explorer ``walk``: one packet, stopped on its way through the turn.

A state is a packet and a place where its way is stopped; what is shown is what the model's trace
saw of the packet there. Of a packet that is cut, the first piece is followed. As a scenario a state
is the whole send, wherever it is stopped.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from lomodel.contract import Step
from lomodel.desk import RELEASE
from lomodel.explore.chain import freeze
from lomodel.explore.controls import Choice, Range
from lomodel.explore.declaration import Declaration, Main, Outcome
from lomodel.explore.packet_fields import NAMES
from lomodel.explorers._walk import CHAIN, STOPS, Seen, seen, watched
from lomodel.figures.tree import Node
from lomodel.trace import Trace

PACKETS = {
    "riddle": "4000 bytes every 1400",
    "riddle6": "the same over IPv6",
    "cut": "the same, tx-udp-segmentation off",
    "small": "1000 bytes, one datagram",
    "fragments": "4000 bytes, nothing asked for",
}
SENDS: dict[str, Step] = {
    "riddle": {"do": "udp", "family": "inet", "payload": 4000, "gso_size": 1400},
    "riddle6": {"do": "udp", "family": "inet6", "payload": 4000, "gso_size": 1400},
    "cut": {"do": "udp", "family": "inet", "payload": 4000, "gso_size": 1400},
    "small": {"do": "udp", "family": "inet", "payload": 1000, "gso_size": None},
    "fragments": {"do": "udp", "family": "inet", "payload": 4000, "gso_size": None},
}
UDP_OFF: Step = {"do": "features", "set": {"tx-udp-segmentation": False}}


def steps(c: dict[str, Any]) -> list[Step]:
    """The send of a state, as a scenario."""
    before: list[Step] = [{"do": "link", "up": True}, {"do": "link", "mtu": 1500}]
    return [*before, *([UDP_OFF] if c["packet"] == "cut" else []), SENDS[c["packet"]]]


@cache
def trace_of(packet: str) -> Trace:
    """The watched trace of a packet's whole way."""
    return watched(steps({"packet": packet}))


@cache
def union() -> list[Node]:
    """The figure's functions: those of all packets."""
    return CHAIN.union(freeze(CHAIN.tree(trace_of(name))) for name in PACKETS)


def words(at: Seen) -> dict[str, object]:
    """What stands in the sentences."""
    cut = f"it has been cut into {at.pieces}, and you follow the first"
    lie = "1 packet lies" if at.waiting == 1 else f"{at.waiting or 'no'} packets lie"
    return {
        "whole": cut if at.pieces > 1 else "it is not cut",
        "lie": lie,
        "packets": "1 packet" if len(at.counted) == 1 else f"{len(at.counted)} packets",
        "bytes": sum(at.counted),
    }


def outcome(c: dict[str, Any]) -> Outcome:
    """The packet where it is stopped."""
    stop, names = STOPS[c["step"] - 1], CHAIN.parts(union())
    at = seen(trace_of(c["packet"]), stop)
    where = "After" if stop.returned else "Before" if stop.light else "At the entry of"
    fields = {name: NAMES[name](at.packet) for name in FIELDS if name != "len"}
    return Outcome(
        f"{where} {at.function}: {stop.says.format_map(words(at))}",
        values={"len": at.packet.len, **fields, "waiting": at.waiting, "counted": len(at.counted)},
        parts={names[path]: note for path, note in at.lit.items()},
        strips={"counted": [(1, length) for length in at.counted]},
        met=c["packet"] == "riddle" and c["step"] == TAKEN_OFF,
    )


FIELDS = ("len", "data", "protocol", "pkt_type", "sk", "dst", "gso_size")
TAKEN_OFF = 1 + next(n for n, s in enumerate(STOPS) if "header" in s.says)
BESIDE = "in skb->len; sk: {sk}; in the backlog: {waiting}; counted by lo: {counted}"
PRESETS: dict[str, dict[str, Any]] = {
    "Handed over": {},
    "Let go": {"step": 4},
    "Counted": {"step": 7},
    "Cut: received": {"packet": "cut", "step": 8},
    "In fragments: received": {"packet": "fragments", "step": 8},
}

EXPLORER = Declaration(
    name="walk",
    title="Packet walk",
    intro="Stop a packet anywhere on its way through the turn, and look at it.",
    controls=[
        Choice("packet", "Packet", PACKETS),
        Range("step", "Step", tuple(range(1, len(STOPS) + 1))),
    ],
    outcome=outcome,
    figure=lambda: CHAIN.draw(union()),
    values={name: name for name in FIELDS}
    | {"waiting": "packets in the backlog", "counted": "packets counted by lo"},
    main=Main("len", f"byte {BESIDE}", f"bytes {BESIDE}", "counted"),
    strips={"counted": "counted by lo"},
    presets=PRESETS,
    challenge="Stop where your datagram is 4028 bytes long for the first time.",
    origin=f"model, Linux {RELEASE}",
    steps=steps,
)
