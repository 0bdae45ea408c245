"""The explorer ``counted``: what is counted of a packet, by whom, on which CPU?

A fresh lo of a machine with three CPUs comes up with an MTU of 1500, and the same thing is sent up
to three times. Then a line of /proc/net/dev is read.
"""

from __future__ import annotations

from typing import Any

from lomodel.desk import RELEASE
from lomodel.explore.controls import Choice, Switch
from lomodel.explore.declaration import Declaration, Main, Outcome
from lomodel.explorers._counting import CHAIN, UNKNOWN, Played, steps, union
from lomodel.linux.include.linux.cpumask import for_each_possible_cpu

PACKETS = {
    "riddle": "UDP: 4000 bytes every 1400",
    "inet6": "The same over IPv6",
    "fragments": "4000 bytes in one UDP datagram",
    "closed": "The first, to a closed port",
    "ping": "A ping of 56 bytes",
    "unknown": f"A frame of type {UNKNOWN:#06x}",
    "other": "An IPv4 frame to another MAC",
}
TIMES = {1: "once", 2: "twice", 3: "three times"}
WHERE = {
    "0": "CPU 0 sends",
    "2": "CPU 2 sends",
    "turns": "each CPU in turn",
    "off": "in turn; then CPU 1 goes off",
}
READ = {
    "receive_packets": "rx_packets",
    "receive_bytes": "rx_bytes",
    "receive_drop": "rx_dropped",
    "transmit_drop": "tx_dropped",
    "otherhost": "rx_otherhost_dropped",
}
"""Values of all sends together, and the counter that each is."""


def outcome(c: dict[str, Any]) -> Outcome:
    """Plays the state, and reads the line."""
    play = Played(c)
    stats, lo = play.stats, play.lo
    counts = [f"CPU {n}: {lo.lstats[n].packets}" for n in for_each_possible_cpu(lo.machine)]
    values = {"packets": stats.tx_packets, "bytes": stats.tx_bytes, "copies": ", ".join(counts)}
    return Outcome(
        summary=summary(play, c),
        values=values | {name: getattr(stats, field) for name, field in READ.items()},
        parts=play.parts(),
        met=c["packet"] == "unknown" and bool(stats.rx_packets) and not stats.rx_dropped,
    )


def summary(play: Played, c: dict[str, Any]) -> str:
    """The outcome in a sentence or two."""
    stats = play.stats
    if play.observed["error"]:
        return f"The send fails with {play.observed['error']}, and nobody counts anything."
    if stats.tx_dropped:
        return f"The sender gets no error. The core counts tx_dropped {stats.tx_dropped}."
    what = f"The driver counts {stats.tx_packets}, and both halves of the line show it."
    if stats.rx_dropped:
        return f"{what} Then the core finds nobody for the type: rx_dropped {stats.rx_dropped}."
    if n := stats.rx_otherhost_dropped:
        return f"{what} IPv4 drops it: rx_otherhost_dropped {n}, which the file does not show."
    if c["packet"] == "unknown":
        return f"{what} No protocol wants it, but the capture has a copy, and nobody counts a drop."
    return f"{what} {AFTERWARDS[c['packet']]}"


AFTERWARDS = {
    "riddle": "The receiver reads three datagrams of each send.",
    "inet6": "The receiver reads three datagrams of each send.",
    "fragments": "IP cuts each send into fragments; the receiver reads one datagram of each send.",
    "closed": "For each send an ICMP error comes back over lo.",
    "ping": "Each request is answered over lo.",
}
WORDS = "{bytes} bytes each way; drop: {receive_drop} in, {transmit_drop} out"

EXPLORER = Declaration(
    name="counted",
    title="Counters",
    intro="Send something over a new lo of a machine with three CPUs, then read the line.",
    controls=[
        Choice("packet", "What is sent", PACKETS),
        Choice("times", "How often", TIMES),
        Choice("cpu", "Which CPU", WHERE, help="A scenario cannot say which CPU sends."),
        Switch("up", "lo is up", help="Off: it was up, and went down again."),
        Switch("tap", "somebody captures", help="As tcpdump: a tap, every type.", initial=False),
    ],
    outcome=outcome,
    figure=lambda: CHAIN.draw(union()),
    values={"packets": "tx_packets", "bytes": "tx_bytes", "copies": "packets by CPU"} | READ,
    main=Main("packets", f"packet, {WORDS}", f"packets, {WORDS}", "", "copies"),
    presets={
        "The riddle": {},
        "A closed port": {"packet": "closed"},
        "A type that nobody knows": {"packet": "unknown"},
        "lo is down": {"up": False},
        "One CPU goes off": {"times": 3, "cpu": "off"},
    },
    challenge=f"A frame of type {UNKNOWN:#06x} is received, and rx_dropped stays 0.",
    origin=f"model, Linux {RELEASE}",
    steps=steps,
)
