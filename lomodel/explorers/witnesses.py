"""The explorer ``witnesses``: where do a model and a recorded kernel differ?"""

from __future__ import annotations

from typing import Any

from lomodel.contract import Step
from lomodel.desk import DRIVER, RELEASE
from lomodel.explore.controls import Choice
from lomodel.explore.declaration import Declaration, Main, Outcome
from lomodel.figures.chain import draw, lay_out
from lomodel.figures.tree import Node
from lomodel.lab.diff import Difference
from lomodel.probes import ASKED, SHOWN
from lomodel.witnesses import CHANGES, between, recordings, values

KINDS = ("error", "received", "stats", "events", "features")
"""What may be observed of a step, as far as the scenarios here have it."""
KERNELS = {line["release"]: line["kernel"] for line in recordings().values()}
MOST = 3
ASK = (
    "This is a recording. The button asks a kernel anew, and compares it with the model of its own "
    "release, unchanged."
)
NO_SCENARIO = "A changed model is no scenario: no kernel can be asked for it."


def steps(c: dict[str, Any]) -> list[Step] | None:
    """The scenario; None where the model is changed, which no scenario can say."""
    return None if c["change"] else list(ASKED[c["asked"]].steps)


def outcome(c: dict[str, Any]) -> Outcome:
    """The comparison."""
    found = between(c["asked"], c["release"], c["model"], c["change"])
    kinds = [kind for kind in KINDS if any(_kind(each) == kind for each in found)]
    return Outcome(
        summary=_summary(found, c),
        values={
            "different": len(found),
            "compared": values(recordings()[c["asked"], c["release"]]["observed"]),
            "first": _said(found[0]) if found else "none",
        },
        parts={kind: "" for kind in kinds},
        helps={
            "release": ASK,
            "change": NO_SCENARIO if c["change"] else "It is as the book has it.",
        },
        met=len(found) == 1,
    )


def _kind(difference: Difference) -> str:
    """The field of a step that a difference is in."""
    return difference.field.partition(".")[0].partition("[")[0]


def _summary(found: list[Difference], c: dict[str, Any]) -> str:
    kernel = f"Linux {KERNELS[c['release']]}"
    if not found:
        return f"Equal: all that was observed of {kernel} the model says, too."
    shown = "; ".join(map(_said, found[:MOST]))
    more = f"; and {len(found) - MOST} more" if len(found) > MOST else ""
    return f"Different, model first, {kernel} second: {shown}{more}."


def _said(difference: Difference) -> str:
    return f"{difference.field} {_value(difference.model)} and {_value(difference.kernel)}"


def _value(value: object) -> str:
    """A value in a few words: of an event its name and length."""
    if isinstance(value, list) and value and isinstance(value[0], str):
        name, fields = value
        return f"{name} {' '.join(f'{k} {v}' for k, v in fields.items() if k in ('len', 'rc'))}"
    if isinstance(value, list) and len(value) > MOST:
        return f"{len(value)} datagrams"
    return "nothing" if value is None else str(value)


def figure() -> str:
    """What is compared."""
    rows = lay_out([Node(kind, DRIVER) for kind in KINDS], frozenset())
    return draw(rows, "What is compared", "What of a step is different is lit.")


EXPLORER = Declaration(
    name="witnesses",
    title="Two witnesses",
    intro="Put a scenario to a model, and hold its answer against a kernel that was recorded. The "
    "model is that of any release, or a wrong one: a line of its loopback_xmit is changed.",
    controls=[
        Choice("asked", "Scenario", {name: asked.label for name, asked in ASKED.items()}),
        Choice("model", "The model is that of", {r: f"Linux {r}" for r in SHOWN}, initial=RELEASE),
        Choice(
            "change",
            "Its loopback_xmit",
            {name: change.label for name, change in CHANGES.items()} | {"": "is as it should be"},
            initial="",
        ),
        Choice(
            "release",
            "The kernel",
            {r: f"Linux {KERNELS[r]}, recorded" for r in KERNELS},
            initial=RELEASE,
        ),
    ],
    outcome=outcome,
    figure=figure,
    values={
        "different": "places that differ",
        "compared": "values of the kernel that were compared",
        "first": "the first difference",
    },
    main=Main(
        "different", "place differs, of {compared} values", "places differ, of {compared} values"
    ),
    groups={"Asked": ("asked",), "Witnesses": ("model", "change", "release")},
    presets={
        "The riddle": {},
        "A model of 6.18": {"model": "6.18"},
        "Fragments": {"asked": "fragments"},
        "Two recordings": {"asked": "down", "model": "6.18", "release": "6.18"},
    },
    challenge="Make model and kernel differ, in one place only.",
    steps=steps,
)
