"""What playing one state of an explorer has shown."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from lomodel.explore.chain import Record
from lomodel.figures.chain import operand
from lomodel.trace import Decision, Trace

SOFTIRQ = "do_softirq"
"""What runs inside it was asked for by what had been queued, not by who sends."""


CUTTERS = ("__udp_gso_segment", "tcp_gso_segment")
"""The functions that make segments of a packet."""

FRAGMENTERS = ("ip_do_fragment", "ip6_fragment")
"""The functions that make fragments of one."""

TOO_LONG = "the frame is longer than the MTU allows"
REASONS = {
    "is the frame too long even with a VLAN tag?": TOO_LONG,
    "is the frame longer than the MTU and the Ethernet header?": TOO_LONG,
    "is a segment longer than the MTU?": "a segment with its headers is longer than the MTU",
}
"""Why a send fails, by the question that was answered with yes."""


@dataclass
class Run:
    """One state, played: what an explorer's functions read its values and its sentence off.

    * ``observed``: what the contract observes of the watched step;
    * ``device``: lo, afterwards;
    * ``trace``: the watched step's trace; ``way``: its records without what the softirq did;
    * ``asked``: the decisions on the way that have a row.
    """

    observed: dict[str, Any]
    device: Any
    trace: Trace
    way: list[Record]
    asked: list[Decision]

    @cached_property
    def called(self) -> set[str]:
        """The functions called on the way."""
        return {record.name for record in self.way if record.kind == "call"}

    @property
    def cutter(self) -> str:
        """The function that cut the packet on its way out; "" if nobody did."""
        cutters = CUTTERS if "skb_segment" in self.called else FRAGMENTERS
        return next((name for name in cutters if name in self.called), "")

    @property
    def reason(self) -> str:
        """Why the send failed: the last question that has a row was answered with yes."""
        return REASONS[self.asked[-1].question]

    def lengths(self, tracepoint: str) -> list[int]:
        """The packets' lengths, in bytes, each time that a tracepoint named lo."""
        return [fields["len"] for name, fields in self.trace.events() if name == tracepoint]

    def operand(self, function: str, name: str) -> str:
        """What the first decision of a function that has this operand saw of it; "–" if none."""
        asked = (d.operands for d in self.trace.decisions(function))
        return next((operand(name, seen[name]) for seen in asked if name in seen), "–")


def fate(run: Run) -> tuple[str, str]:
    """What becomes of the packet (one of ``FATES``), and the word for it."""
    stats = run.observed["stats"]
    if run.observed["error"]:
        return "refused", f"refused: {run.observed['error']}"
    if stats["rx_dropped"] or stats["tx_dropped"] or not stats["tx_packets"]:
        return "dropped", "dropped"
    if run.cutter:
        return "cut", f"cut into {stats['tx_packets']}"
    return "whole", "passes whole"


COUNTERS = ("tx_packets", "tx_bytes", "rx_packets", "rx_bytes", "tx_dropped", "rx_dropped")
"""lo's counters (the contract's ``STATS``) in the order in which a page has them."""


def outbound(trace: Iterable[Record]) -> list[Record]:
    """The records of the way out: what receiving (the softirq) does is left out."""
    kept, softirq = [], None
    for record in trace:
        if softirq is not None and record.depth > softirq:
            continue
        if record.kind == "call" and record.name == SOFTIRQ:
            softirq = record.depth
        else:
            softirq = None
            kept.append(record)
    return kept
