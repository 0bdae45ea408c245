"""The explorer ``sharing``: what does counting cost, with one pair, an array, a pair for each CPU?

The cost is messages between caches, as ``lomodel.cachelines`` counts them. No scenario can say it:
a kernel has one layout, and tells nobody of its caches.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from lomodel.cachelines import CACHE_LINE, LAYOUTS, Caches, caches_after
from lomodel.desk import RELEASE
from lomodel.explore.controls import Choice, Range
from lomodel.explore.declaration import Declaration, Main, Outcome
from lomodel.explorers._cells import cells
from lomodel.machine import Machine

MOST = 64
"""CPUs; a row of lamps has as many places."""
SHOWN, LINES = 8, 4
"""The CPUs and the cache lines that are drawn."""
SIGNS = {"M": "c", "E": "x", "S": "o", "I": "."}
"""How each state of a line looks."""
SUMS = {"never": (0, False), "once": (1, False), "each": (0, True)}
"""What is asked of ``caches_after``, by who reads when."""

OWN = {
    "never": "Each CPU fetches its own line once, and has it from then on.",
    "once": "Each CPU fetches its own line once, and the reader those of the others.",
    "each": "The reader fetches every line, and every other CPU has to get its own back.",
}
"""What the messages of a pair for each CPU are for, by who reads when."""


@cache
def addresses(layout: str, cpus: int) -> tuple[int, ...]:
    """Where each CPU counts."""
    return tuple(LAYOUTS[layout](Machine(RELEASE, possible_cpus=cpus)))


@cache
def after(layout: str, cpus: int, packets: int, sums: str) -> Caches:
    """The caches when all has been counted and read."""
    return caches_after(list(addresses(layout, cpus)), packets, *SUMS[sums])


def lines(layout: str, cpus: int) -> list[int]:
    """The first byte of each cache line that is counted in, in order."""
    found = {each // CACHE_LINE * CACHE_LINE for each in addresses(layout, cpus)}
    return sorted(found)


def outcome(c: dict[str, Any]) -> Outcome:
    """What a layout costs."""
    played = (c["cpus"], c["packets"], c["sums"])
    caches, cpus = after(c["layout"], *played), c["cpus"]
    traffic, at = caches.traffic, lines(c["layout"], cpus)
    counted = cpus * c["packets"]
    states = {n: [caches.state(cpu, line) for cpu in range(cpus)] for n, line in enumerate(at)}
    return Outcome(
        summary(c, traffic.total, len(at)),
        values={
            "total": traffic.total,
            "each": f"{traffic.total / counted:.2f}",
            "packets counted": counted,
            "fills": traffic.fills,
            "transfers": traffic.transfers,
            "upgrades": traffic.upgrades,
            "lines": len(at),
        },
        parts={
            f"CPU {cpu}/line {n}": states[n][cpu]
            for n in range(min(LINES, len(at)))
            for cpu in range(min(SHOWN, cpus))
            if states[n][cpu] != "I"
        },
        words={f"line {n}": held(states[n]) for n in range(min(LINES, len(at)))},
        met=len({after(layout, *played).traffic.total for layout in LAYOUTS}) == 1,
    )


def held(states: list[str]) -> tuple[str, str]:
    """Who has a line, in words, and a sign for each CPU."""
    holders = [cpu for cpu, state in enumerate(states) if state != "I"]
    said = f"{states[holders[0]]}: CPU {holders[0]}"
    if len(holders) > 1:
        said = f"S: {len(holders)} CPUs"
    return said, "".join(SIGNS[state] for state in states).ljust(MOST, ".")


def summary(c: dict[str, Any], total: int, used: int) -> str:
    """The outcome in a sentence or two."""
    counted = c["cpus"] * c["packets"]
    where = "one cache line" if used == 1 else f"{used} cache lines"
    said = f"{counted} packets are counted in {where}, for {total} "
    said += "message." if total == 1 else "messages."
    if c["cpus"] == 1:
        return f"{said} With one CPU nothing is shared, and nothing travels."
    if c["layout"] == "per CPU":
        return f"{said} {OWN[c['sums']]}"
    more = total - counted
    reading = f", and {more} more for the reading" if more else ""
    return f"{said} One for each packet{reading}: who counts finds the line elsewhere."


def figure() -> str:
    """One box for each of the first CPUs and lines: the state of the line in that CPU's cache."""
    return cells(
        [f"CPU {cpu}" for cpu in range(SHOWN)],
        [f"line {n}" for n in range(LINES)],
        "Caches",
        "the state of each cache line in each CPU's cache: M modified, E exclusive, S shared",
        inside="rows",
        layer="core",
    )


EXPLORER = Declaration(
    name="sharing",
    title="What sharing costs",
    intro="Every CPU counts packets, the CPUs taking strict turns; CPU 0 may read the sum. A row "
    "is a cache line, a place in it a CPU that has the line at the end: filled modified, hollow "
    "shared with others.",
    controls=[
        Choice(
            "layout",
            "Where is counted",
            {
                "one pair": "one pair for all CPUs",
                "array": "an array, 16 bytes for each CPU",
                "per CPU": "a per-CPU pair, as lo does",
            },
        ),
        Range("cpus", "CPUs", (1, 2, 3, 4, 8, 16, 32, MOST), initial=4),
        Choice("packets", "Packets for each", {2: "2", 10: "10", 100: "100"}, initial=100),
        Choice(
            "sums",
            "Sum is read",
            {"never": "never", "once": "once, at the end", "each": "after each round"},
            help="By CPU 0. A round is one packet on each CPU.",
        ),
    ],
    outcome=outcome,
    figure=figure,
    values={
        "total": "messages",
        "each": "messages for each packet",
        "packets counted": "packets counted",
        "fills": "lines fetched from memory",
        "transfers": "lines fetched from another cache",
        "upgrades": "told others to drop a line",
        "lines": "cache lines",
    },
    main=Main("total", "message between caches", "messages between caches, {each} for each packet"),
    words=tuple(f"line {n}" for n in range(LINES)),
    presets={
        "One pair": {},
        "lo": {"layout": "per CPU"},
        "lo, read at the end": {"layout": "per CPU", "sums": "once"},
        "lo, read all the time": {"layout": "per CPU", "sums": "each"},
        "64 CPUs, an array": {"layout": "array", "cpus": MOST},
        "64 CPUs, lo": {"layout": "per CPU", "cpus": MOST},
    },
    challenge="A machine on which all three layouts cost the same.",
    origin="model of cache lines",
)
