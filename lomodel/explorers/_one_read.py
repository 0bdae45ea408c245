"""What the explorer ``one_read`` plays, and how it says what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

from lomodel.contract import Step
from lomodel.desk import RELEASE
from lomodel.explore.chain import Chain, Path, freeze
from lomodel.explore.declaration import Outcome
from lomodel.explore.traced import WatchedMachine
from lomodel.figures.tree import Node, lengths, runs
from lomodel.scenario import Player
from lomodel.trace import Trace

FEATURE = "tx-udp-segmentation"
PORT, MOST = 7000, 100
"""Where the reader waits, and more reads than any state has."""
ON, OFF, TURNED_OFF, TURNED_ON = "on", "off", "turned off", "turned on"
ASKED = {
    ON: "on",
    OFF: "off",
    TURNED_OFF: "on, and off again before the read",
    TURNED_ON: "off, and on before the read",
}
PAYLOADS = (900, 1000, 1001, 1400, 1401, 2800, 4000, 30000, 60000)
SEGMENTS = {None: "none asked for", 1000: "1000 bytes", 1400: "1400 bytes"}
SIZES = {65536: "65536 bytes", 1500: "1500 bytes", 1000: "1000 bytes"}
MANY, FEW = 65535, 2
LIMITS = {MANY: f"{MANY}, as born", FEW: str(FEW)}
LOSSES = ("Udp.InErrors", "Udp.RcvbufErrors", "Ip.InDiscards", "Ip.OutDiscards")

CHAIN = Chain(
    roots=("__dev_queue_xmit", "udp_recvmsg"),
    shows={
        *("validate_xmit_skb", "netif_needs_gso", "__skb_gso_segment", "loopback_xmit"),
        *("__netif_rx", "__netif_receive_skb", "udp_queue_rcv_skb", "udp_queue_rcv_one_skb"),
    },
    answers=("netif_needs_gso",),
    notes={("__netif_receive_skb", "__skb_gso_segment"): "for the socket"},
    title="A send and its reads",
    description="From the device's queue to the reader, with the two places where a packet is cut.",
)


def steps(c: dict[str, Any]) -> list[Step]:
    """A state as a scenario."""
    address = ["127.0.0.1", PORT]
    sent: Step = {"do": "send", "socket": "sender", "payload": c["payload"], "to": address}
    return [
        {"do": "link", "up": True},
        {"do": "features", "set": {FEATURE: c[FEATURE]}},
        {"do": "link", "gso_max_segs": c["gso_max_segs"]},
        {"do": "socket", "name": "reader", "family": "inet", "type": "dgram"},
        {"do": "bind", "socket": "reader", "address": address[0], "port": PORT},
        _asks(c["gro"] in (ON, TURNED_OFF)),
        {"do": "socket", "name": "sender", "family": "inet", "type": "dgram"},
        sent | ({"gso_size": c["gso_size"]} if c["gso_size"] else {}),
        _asks(c["gro"] in (ON, TURNED_ON)),
        {"do": "recv", "socket": "reader", "size": c["size"], "count": MOST},
        {"do": "counters"},
    ]


def _asks(wanted: bool) -> Step:
    return {"do": "setsockopt", "socket": "reader", "option": "UDP_GRO", "value": int(wanted)}


@dataclass(frozen=True)
class Seen:
    """What a state has shown: the traces of send and reads, and what was observed of them."""

    trace: Trace
    sent: list[int]
    reads: list[dict[str, Any]]
    drops: int


def play(c: dict[str, Any]) -> Seen:
    """Play a state; its send and its reads are watched."""
    player = Player(machine=WatchedMachine(RELEASE))
    observed: dict[str, dict[str, Any]] = {}
    records: list[Any] = []
    for step in steps(c):
        with player.machine.trace() as trace:
            observed[step["do"]] = player.step(step)
        # who sends opens a trace of its own
        records += (player.machine.last if step["do"] == "send" else trace).records
    stats, counted = observed["send"]["stats"], observed["counters"]["counters"]
    drops = stats["tx_dropped"] + stats["rx_dropped"] + sum(counted.get(n, 0) for n in LOSSES)
    whole = Trace(records=records)
    sent = [fields["len"] for name, fields in whole.events() if name == "netif_rx"]
    return Seen(whole, sent, observed["recv"]["datagrams"], drops)


@cache
def union() -> tuple[list[Node], dict[Path, str]]:
    """What the states call, as one tree, and the figure's name for each part of it."""
    few = {"payload": 4000, "size": 65536}
    names = ("gso_size", "gro", FEATURE, "gso_max_segs")
    states = product((None, 1400), (ON, OFF), (True, False), (MANY,))
    kinds = (few | dict(zip(names, each, strict=True)) for each in states)
    tree = CHAIN.union(freeze(CHAIN.tree(play(each).trace)) for each in kinds)
    return tree, CHAIN.parts(tree)


def outcome(c: dict[str, Any]) -> Outcome:
    """Plays a state and looks."""
    seen, parts = play(c), union()[1]
    reads = [read["length"] for read in seen.reads]
    lost = c["payload"] - sum(reads)
    messages = {str(read["gso_size"]) for read in seen.reads if "gso_size" in read}
    return Outcome(
        summary=summary(c, seen, lost),
        values={
            "reads": len(reads),
            "lengths": lengths(reads),
            "message": ", ".join(messages) or "none",
            "truncated": sum("truncated" in read for read in seen.reads),
            "lost": lost,
            "carried": len(seen.sent),
            "dropped": seen.drops,
        },
        parts={parts[path]: note for path, note in CHAIN.lit(seen.trace).items()},
        strips={"carried": runs(seen.sent), "read": runs(reads)},
        fate=fate(len(reads), lost),
        met=lost > 0 and not seen.drops,
    )


def fate(reads: int, lost: int) -> tuple[str, str]:
    """What becomes of the bytes, and the word for it."""
    if lost:
        return "dropped", f"{lost} bytes are lost"
    return ("whole", "read as one") if reads == 1 else ("cut", f"read in {reads}")


def summary(c: dict[str, Any], seen: Seen, lost: int) -> str:
    """The outcome in a sentence, and what the buffer takes away."""
    if not lost:
        return _read(c, seen)
    return (
        f"{_read(c, seen)} What does not fit into the buffer is gone: the read says MSG_TRUNC, and "
        "no counter moves."
    )


def _read(c: dict[str, Any], seen: Seen) -> str:
    reads, packets = len(seen.reads), len(seen.sent)
    if packets > 1:
        return f"{packets} packets on lo, {reads} reads: what was cut is never joined again."
    if not c["gso_size"] or c["payload"] <= c["gso_size"]:
        return "A plain packet: one read, and no control message."
    if reads > 1:
        return f"One packet on lo, {reads} reads: the socket cut it when it came."
    if c["gro"] == ON:
        return f"One packet on lo, one read: its message says {c['gso_size']}."
    return "One packet on lo, one read: whole it came, and nothing says where to cut it."


GRO = "The reader's socket option. Another option on the sender, UDP_SEGMENT, is the segment size."
PRESETS: dict[str, dict[str, Any]] = {
    "UDP_GRO": {},
    "Not asked for": {"gro": OFF},
    "Cut on the way": {FEATURE: False},
    "One segment": {"payload": 1400},
    "Turned off too late": {"gro": TURNED_OFF},
}
