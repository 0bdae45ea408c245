"""The explorer ``life``: which functions of the driver run in the life of a lo, and which never do?

A scenario observes counters and tracepoints, not which functions ran, so that every state is an
outcome of the model alone. What ftrace saw on a kernel is in ``lomodel.life``.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from lomodel.desk import DRIVER, RELEASE
from lomodel.explore.controls import Choice, Switch
from lomodel.explore.declaration import Declaration, Main, Outcome
from lomodel.figures.chain import draw, lay_out
from lomodel.figures.tree import Node
from lomodel.life import BLOCKS, MOMENTS, Life

PACKETS = {"": "nothing is sent", "whole": "it passes whole", "cut": "tx-udp-segmentation is off"}
ANNOUNCED = "A kernel's netlink announces it, and reads the two counters for that."
NOT_EVERY = "What you do not watch happens all the same: without it there would be no lo."
NEVER = tuple(block.symbol for block in BLOCKS if block.symbol.startswith("blackhole_"))
"""The functions of the second device: no life of a lo after boot runs them."""


def lived(c: dict[str, Any]) -> tuple[Life, Counter[str]]:
    """A state's life, and how often each function ran in what is watched of it."""
    life = Life()
    if c["up"]:
        life.live("up")
    if c["packet"]:
        life.live("packet", ("tx-udp-segmentation",) if c["packet"] == "cut" else ())
    for moment in ("counters", "link", "gone"):
        if c[moment]:
            life.live(moment)
    watched = [name for moment, names in life.ran.items() if c[moment] for name in names]
    return life, Counter(watched)


def outcome(c: dict[str, Any]) -> Outcome:
    """The blocks that light up."""
    life, found = lived(c)
    calls = sum(found.values())
    never = [block.symbol for block in BLOCKS if block.symbol not in found]
    return Outcome(
        summary=f"{_ran(found)}{_failed(life)}",
        values={
            "functions": len(found),
            "calls": calls,
            "lines": sum(block.lines for block in BLOCKS if block.symbol in found),
            "never": len(never),
        },
        parts={name: f"×{count}" if count > 1 else "" for name, count in found.items()},
        helps={"link": "It is asked." if life.ran.get("link") else _unasked(c)},
        met=not c["boot"] and set(never) == set(NEVER),
    )


def _ran(found: Counter[str]) -> str:
    if not found:
        return "No function of the driver runs."
    ran = [block.symbol for block in BLOCKS if block.symbol in found]
    rest = [block.symbol for block in BLOCKS if block.symbol not in found]
    if len(ran) > len(rest):
        return f"All but {len(rest)} of the fourteen functions run. Not: {', '.join(rest)}."
    return f"{len(ran)} of the fourteen functions: {', '.join(ran)}."


def _failed(life: Life) -> str:
    if "packet" in life.errors:
        return " The send fails with ENETUNREACH: a lo that was never up has no route."
    return ""


def _unasked(c: dict[str, Any]) -> str:
    if not c["link"]:
        return "Nobody asks."
    return "lo is down, so the core says no by itself and does not ask the driver."


def figure() -> str:
    """The fourteen functions in the file's order."""
    rows = lay_out([Node(block.symbol, DRIVER) for block in BLOCKS], frozenset())
    return draw(rows, "The driver's functions", "From the file's first function to its last one")


EXPLORER = Declaration(
    name="life",
    title="A life of lo",
    intro="Choose what happens and what you watch of it. The functions of the driver's file that "
    "run light up, from the first to the last of the file.",
    controls=[
        Switch("boot", "a machine boots", NOT_EVERY, initial=False),
        Switch("namespace", "a namespace is made", ANNOUNCED, initial=False),
        Switch("up", "lo is brought up", ANNOUNCED),
        Choice("packet", "4000 bytes every 1400", PACKETS, initial="whole"),
        Switch("counters", MOMENTS["counters"], initial=False),
        Switch("link", MOMENTS["link"], initial=False),
        Switch("gone", MOMENTS["gone"], ANNOUNCED, initial=False),
    ],
    outcome=outcome,
    figure=figure,
    values={
        "functions": "functions",
        "calls": "calls",
        "lines": "lines of C that they have",
        "never": "functions that do not run",
    },
    main=Main("functions", "function runs; calls: {calls}", "functions run; calls: {calls}"),
    groups={
        "Watch": ("boot", "namespace"),
        "Do, and watch": ("up", "packet", "counters", "link", "gone"),
    },
    presets={
        "A datagram": {},
        "Birth": {"namespace": True, "up": False, "packet": ""},
        "Boot": {"boot": True, "up": False, "packet": ""},
        "Three packets": {"packet": "cut"},
        "The link of a lo that is down": {"up": False, "packet": "", "link": True},
    },
    challenge="Light as many as a namespace can, on a machine that runs already.",
    origin=f"model, Linux {RELEASE}",
)
