"""An explorer of traces: every state is a scenario, and all that is shown comes from playing it.

``from_trace`` makes a :class:`~lomodel.explore.declaration.Declaration` of the controls, a function
from them to the contract's steps, and names: which functions the figure has, whose questions are
shown, which values and lengths are read off (``traced.py`` plays a state).

What the figure and the table of questions consist of is known when every state has been played:
that is the :class:`Atlas`. It is kept beside the table, so that it is made only once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from lomodel.contract import Step
from lomodel.desk import RELEASE
from lomodel.explore.asked import Asks, Key, in_order, name_rows
from lomodel.explore.chain import Chain, Forest, freeze
from lomodel.explore.controls import Control
from lomodel.explore.declaration import Declaration, Outcome, Question, State
from lomodel.explore.lamps import FEATURE_WORDS
from lomodel.explore.run import Run
from lomodel.explore.store import atlas_of
from lomodel.explore.traced import Deed, Labelled, Play, Traced


class Atlas:
    """What all states together consist of, made from what ``gather`` found."""

    def __init__(self, chain: Chain, asks: Asks, data: dict[str, Any]) -> None:
        self.tree = chain.union([data["tree"]])
        self.parts = chain.parts(self.tree)
        self.rows = name_rows([(row, text) for row, text in data["asked"]], asks)

    def outcome(self, play: Play) -> Outcome:
        """A state's outcome, in the names of the figure and the rows.

        A number between the points may lead where no state of the table goes: that has no place.
        """
        parts, rows = self.parts, self.rows
        return replace(
            play.outcome,
            parts={parts[path]: note for path, note in play.parts.items() if path in parts},
            decisions={rows[k].name: said for k, said in play.decisions.items() if k in rows},
        )


class TraceSurvey:
    """The states of an explorer of traces, and what all of them consist of."""

    def __init__(self, traced: Traced) -> None:
        self.traced = traced
        self.play = traced.play

    def gather(self, plays: Iterable[Play]) -> dict[str, Any]:
        """What all states consist of, as plain data for an :class:`Atlas`."""
        trees: dict[Forest, None] = {}
        asked: dict[tuple[Key, ...], None] = {}
        for play in plays:
            trees[play.tree] = asked[tuple(play.decisions)] = None
        return {"tree": freeze(self.traced.chain.union(trees)), "asked": in_order(asked)}

    def atlas(self, data: dict[str, Any]) -> Atlas:
        """The atlas that ``gather``'s data describe."""
        return Atlas(self.traced.chain, self.traced.asks, data)


class _View:
    """The side of an explorer that needs its atlas."""

    declaration: Declaration

    def __init__(self, traced: Traced) -> None:
        self.traced = traced
        self.survey = TraceSurvey(traced)

    @cached_property
    def atlas(self) -> Atlas:
        return self.survey.atlas(atlas_of(self.declaration))

    def outcome(self, controls: State) -> Outcome:
        return self.atlas.outcome(self.traced.play(controls))

    def figure(self) -> str:
        return self.traced.chain.draw(self.atlas.tree)

    def questions(self) -> Sequence[Question]:
        return tuple(self.atlas.rows.values())


def from_trace(
    *,
    steps: Callable[[State], list[Step]],
    summary: Callable[[Run, State], str],
    chain: Chain,
    controls: Sequence[Control],
    asks: Asks | None = None,
    values: dict[str, Labelled] | None = None,
    counters: Sequence[str] = (),
    strips: dict[str, tuple[str, str]] | None = None,
    features: Sequence[str] = (),
    helps: Callable[[Any, State], dict[str, str]] = lambda lo, controls: {},
    points: Callable[[Any, State], dict[str, dict[str, int]]] = lambda lo, controls: {},
    fate: Callable[[Run], tuple[str, str]] | None = None,
    met: Callable[[Run, State], bool] = lambda run, controls: False,
    beyond: Callable[[State], Deed | None] = lambda controls: None,
    release: str = RELEASE,
    **shown: Any,
) -> Declaration:
    """The declaration of an explorer whose states are scenarios.

    * ``steps``: the contract's steps for a state; ``summary``: the outcome in a sentence.
    * ``chain``: what the figure shows; ``asks``: whose questions, by the names of their rows.
    * ``values``: label and function of each named value; ``counters``: those of lo's counters that
      are shown after them; ``strips``: label and tracepoint of each row of lengths.
    * ``features``: the switches that are ``ethtool -K`` features; one that the kernel overrules
      says so, and lo's three feature words are shown.
    * ``helps``: what is said of a control, for lo and a state; ``points``: what a range's names
      stand for there.
    * ``fate``: what becomes of the packet, and the word for it; ``met``: whether a state is what
      the ``challenge`` asks for.
    * ``beyond``: what a state does to the new lo, before the steps, that no step can say; None
      where it does nothing of the kind. Then, and only then, the state is a scenario.
    * ``release``: the kernel, the book's own unless there is a control of that name.

    The other fields are those of :class:`~lomodel.explore.declaration.Declaration`.
    """
    values, strips = values or {}, strips or {}
    traced = Traced(
        steps=steps,
        summary=summary,
        chain=chain,
        asks=asks or {},
        values=values,
        counters=counters,
        strips=strips,
        features=features,
        helps=helps,
        points=points,
        fate=fate,
        met=met,
        beyond=beyond,
        release=release,
    )
    view = _View(traced)
    view.declaration = Declaration(
        controls=controls,
        outcome=view.outcome,
        figure=view.figure,
        questions=view.questions,
        values={name: label for name, (label, _) in values.items()}
        | {name: name for name in counters},
        strips={name: label for name, (label, _) in strips.items()},
        words=FEATURE_WORDS if features else (),
        origin="model" if any(c.name == "release" for c in controls) else f"model, Linux {release}",
        steps=traced.scenario,
        survey=view.survey,
        **shown,
    )
    return view.declaration
