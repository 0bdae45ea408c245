"""The explorer ``allocation``: what becomes of a birth of lo in which one allocation fails?

No scenario can say that memory runs out at a given place: every state is the model's alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from lomodel.desk import RELEASE
from lomodel.explore.chain import Chain, freeze
from lomodel.explore.controls import Choice, Range
from lomodel.explore.declaration import Declaration, Main, Outcome, State
from lomodel.explore.table import states
from lomodel.explorers._failures import LATER, THINGS, Played, play
from lomodel.figures.birth import SHOWN
from lomodel.figures.tree import Node
from lomodel.linux.mm.slab import Allocation

UNDO = {
    "unregister_netdevice_many",
    "netdev_do_free_pcpu_stats",
    "loopback_dev_free",
    "free_netdev",
}
CHAIN = Chain(
    roots=("net_alloc", "loopback_net_init", "ops_undo_list"),
    shows=UNDO.union(SHOWN) - {"copy_net_ns"},
    goals=(),
    title="A birth, and what undoes it",
    description="The functions of a birth, and those that run when an allocation fails.",
)
DESTRUCTOR = "loopback_dev_free"


def outcome(c: State) -> Outcome:
    """What a state leads to."""
    played = _play(c)
    sizes = [each.size for each in played.given]
    failed = played.failed
    return Outcome(
        summary(played, c),
        values={
            "given": len(sizes),
            "bytes": f"{sum(sizes)}, {_after(played)}",
            "failed": f"{failed.what}, {failed.size} bytes" if failed else "none",
            "asked": failed.function if failed else "–",
            "left": played.left,
            "destructor": "yes" if played.ran(DESTRUCTOR) else "no",
        },
        parts=parts(played),
        strips={"given": [(1, size) for size in sizes]},
        fate=_fate(played),
        points={"nth": dict(zip(NAMED, _places(played.asked), strict=True))},
        met=played.failed is None and c["nth"] in {each.number for each in played.asked},
    )


def _play(c: State) -> Played:
    return play(c["nth"], c["release"], c["where"] == "boot")


def _after(played: Played) -> str:
    if played.panic:
        return "and the machine stands still"
    return "all of it given back" if played.error else "in use"


def _fate(played: Played) -> tuple[str, str]:
    if played.panic:
        return "dropped", "the machine panics"
    return ("refused", played.error) if played.error else ("whole", "lo is there")


def _places(asked: Sequence[Allocation]) -> list[int]:
    """The numbers of the allocations that have a button."""
    numbers = {each.what: each.number for each in asked}
    return [numbers[what] for what in ("net_device", "pcpu_lstats", "inet6_dev")]


def summary(played: Played, c: State) -> str:
    """The outcome in a sentence or two."""
    asked = {each.number: each for each in played.asked}
    if played.failed is None:
        return _nothing_failed(played, asked.get(c["nth"]), c)
    failed = played.failed
    said = f"No {failed.size} bytes for {failed.what}, {THINGS[failed.what]}:"
    if played.panic:
        return f"{said} without a lo in init_net nothing can go on. {played.panic}."
    left = f"{played.left} bytes" if played.left else "Not a byte"
    freed = f"{DESTRUCTOR} runs" if played.ran(DESTRUCTOR) else f"{DESTRUCTOR} does not run"
    return (
        f"{said} {played.error} for whoever wanted the namespace. {left} is left behind; {freed}."
    )


def _nothing_failed(played: Played, meant: Allocation | None, c: State) -> str:
    if meant is not None:
        return LATER[meant.what]
    count, given = len(played.asked), len(played.given)
    if c["nth"]:
        return f"Linux {c['release']} makes {count} allocations, so none has number {c['nth']}."
    at_boot = f" At boot {given} of them are enough." if given < count else ""
    return f"No allocation fails. Linux {c['release']} makes {count} for a new namespace.{at_boot}"


def parts(played: Played) -> dict[str, str]:
    """The functions that ran; the one in which the allocation failed says so."""
    _, names = union()
    lit = {names[path]: note for path, note in CHAIN.lit(played.records).items()}
    return lit | ({played.owner: "fails"} if played.failed else {})


@cache
def union() -> tuple[list[Node], dict[Any, str]]:
    """The functions of all states as one figure, and the name of each part."""
    # The last failures first: what undoes a birth shall stand below all of it.
    late = sorted(states(CONTROLS), key=lambda state: -state["nth"])
    forests = (freeze(CHAIN.tree(_play(state).records)) for state in late)
    nodes = CHAIN.union(dict.fromkeys(forests))
    return nodes, CHAIN.parts(nodes)


def figure() -> str:
    """The functions of a birth and of its undoing, as SVG with a legend."""
    return CHAIN.draw(union()[0])


NAMED = ("the device", "the counters", "the last")
CONTROLS = [
    Range(
        "nth",
        "Failing allocation",
        range(14),
        help="Counted from 1; 0: none fails.",
        named=NAMED,
    ),
    Choice(
        "where",
        "Whose lo",
        {"new": "of a new namespace", "boot": "of init_net, at boot"},
        help="At boot the same function runs, for the namespace that the kernel brings along.",
    ),
    Choice(
        "release",
        "Release",
        {name: f"Linux {name}" for name in ("6.1", RELEASE, "6.18")},
        help="Sizes are those of 6.18 everywhere.",
        initial=RELEASE,
    ),
]
EXPLORER = Declaration(
    name="allocation",
    title="Let the n-th allocation fail",
    intro="A birth asks for memory several times. Let one of these fail, and see what is undone.",
    controls=CONTROLS,
    outcome=outcome,
    figure=figure,
    values={
        "given": "allocations given",
        "bytes": "bytes",
        "failed": "failed",
        "asked": "asked for by",
        "left": "bytes more than before",
        "destructor": f"{DESTRUCTOR} runs",
    },
    strips={"given": "by their bytes"},
    main=Main("given", "allocation given", "allocations given", "given", "bytes"),
    presets={
        "Nothing fails": {},
        "The first": {"nth": 1},
        "The name": {"nth": 8},
        "The name, at boot": {"nth": 8, "where": "boot"},
        "Linux 6.1: the counters": {"nth": 8, "release": "6.1"},
    },
    challenge="An allocation that a new namespace needs, and the first lo at boot does not.",
    origin=f"model, Linux {RELEASE} and others",
)
