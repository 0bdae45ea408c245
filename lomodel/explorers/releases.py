"""The explorer ``releases``: which releases answer a scenario alike?"""

from __future__ import annotations

from typing import Any

from lomodel.contract import Step
from lomodel.desk import DRIVER, RELEASE
from lomodel.explore.controls import Choice
from lomodel.explore.declaration import Declaration, Main, Outcome
from lomodel.figures.chain import draw, lay_out
from lomodel.figures.tree import Node
from lomodel.probes import ASKED, said
from lomodel.release import RELEASES

OPTIONS = {name: f"Linux {release.version}" for name, release in RELEASES.items()}
BASIS = {name: f"It rests on {release.basis}." for name, release in RELEASES.items()}


def steps(c: dict[str, Any]) -> list[Step]:
    """The state as a scenario."""
    return list(ASKED[c["asked"]].steps)


def outcome(c: dict[str, Any]) -> Outcome:
    """What the release says, and who says the same."""
    answers = {release: said(c["asked"], release) for release in RELEASES}
    own = answers[c["release"]]
    agree = [release for release, answer in answers.items() if answer == own]
    return Outcome(
        summary=_summary(c["release"], own, agree),
        values={"agree": len(agree), **{f"Linux {r}": answer for r, answer in answers.items()}},
        parts={f"Linux {release}": "" for release in agree},
        helps={"release": BASIS[c["release"]]},
        met=len(set(answers.values())) == 3,
    )


def _summary(release: str, own: str, agree: list[str]) -> str:
    others = [each for each in agree if each != release]
    if not others:
        return f"Linux {release}: {own}. No other release says so."
    if len(agree) == len(RELEASES):
        return f"Linux {release}: {own}. All six say so."
    return f"Linux {release}: {own}. So {'say' if len(others) > 1 else 'says'} {_and(others)}."


def _and(names: list[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last


def figure() -> str:
    """The releases, the oldest first."""
    rows = lay_out([Node(f"Linux {name}", DRIVER) for name in RELEASES], frozenset())
    return draw(rows, "Releases", "Those that say the same as the chosen one are lit.")


EXPLORER = Declaration(
    name="releases",
    title="Six years in one scenario",
    intro="Put one scenario to six releases. Those that answer as yours does light up.",
    controls=[
        Choice("asked", "Scenario", {name: asked.label for name, asked in ASKED.items()}),
        Choice("release", "Release", OPTIONS, initial=RELEASE),
    ],
    outcome=outcome,
    figure=figure,
    values={
        "agree": "releases that agree",
        **{f"Linux {name}": f"Linux {name}" for name in RELEASES},
    },
    main=Main("agree", "release says so", "releases say so"),
    presets={
        "The riddle": {},
        "Longest": {"asked": "longest"},
        "On 5.14": {"asked": "longest", "release": "5.14"},
        "Many small ones": {"asked": "many", "release": "5.14"},
        "Down": {"asked": "down", "release": "6.1"},
        "A MAC of zeros": {"asked": "address", "release": "6.1"},
    },
    challenge="A scenario with three different answers.",
    steps=steps,
)
