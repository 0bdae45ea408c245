"""How a state of an explorer of traces is played, and what is read off it.

The steps are played on a fresh namespace of the model; the last step that sends something
(or, where nothing is sent, the last step) is watched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from lomodel.contract import SENDING, ScenarioError, Step, check_steps
from lomodel.explore.asked import Asks, Key, asked_on, decisions
from lomodel.explore.chain import Chain, Forest, Path, freeze
from lomodel.explore.declaration import Outcome, State, Value
from lomodel.explore.lamps import feature_words
from lomodel.explore.run import Run, outbound
from lomodel.figures.tree import runs, unite
from lomodel.machine import Machine
from lomodel.scenario import Player
from lomodel.trace import Trace

UNDONE = {"off [requested on]": "requested, but off"}
"""What stands beside a switch, where ethtool's words are longer than a row has room for."""

NOT_BUILT = ("refused", "not built")

Labelled = tuple[str, Callable[[Run], Value]]
"""A value's label, and how it is read off."""

Deed = Callable[[Any], None]
"""What is done to a device."""


@dataclass
class Play:
    """What one state has shown, before all of them are known: parts by path, questions by text."""

    outcome: Outcome
    parts: dict[Path, str] = field(default_factory=dict)
    decisions: dict[Key, tuple[str, str]] = field(default_factory=dict)
    tree: Forest = ()


class WatchedMachine(Machine):
    """A machine that keeps the last trace, with its calls, whoever opened it."""

    last = Trace()

    @contextmanager
    def trace(self, calls: bool = True) -> Iterator[Trace]:
        """As ``Machine.trace``; calls are recorded in any case."""
        with super().trace() as self.last:
            yield self.last


@dataclass(frozen=True, eq=False, kw_only=True)
class Traced:
    """How the states of an explorer are played; see ``from_trace`` for the fields."""

    steps: Callable[[State], list[Step]]
    summary: Callable[[Run, State], str]
    chain: Chain
    asks: Asks
    values: dict[str, Labelled]
    counters: Sequence[str]
    strips: dict[str, tuple[str, str]]
    features: Sequence[str]
    helps: Callable[[Any, State], dict[str, str]]
    release: str
    points: Callable[[Any, State], dict[str, dict[str, int]]] = lambda lo, controls: {}
    fate: Callable[[Run], tuple[str, str]] | None = None
    met: Callable[[Run, State], bool] = lambda run, controls: False
    beyond: Callable[[State], Deed | None] = lambda controls: None

    def scenario(self, controls: State) -> list[Step] | None:
        """The steps of a state, if they are all of it; None where it goes beyond them."""
        return None if self.beyond(controls) else self.steps(controls)

    def play(self, controls: State) -> Play:
        """Play one state; it can be done in any process."""
        release = controls.get("release", self.release)
        player = Player(machine=WatchedMachine(release))
        if deed := self.beyond(controls):
            deed(player.lo)
        steps, helps = self.steps(controls), self.helps(player.lo, controls)
        points = self.points(player.lo, controls)
        try:
            check_steps(steps, player.machine.netif_f.by_string)
        except ScenarioError as error:
            said = f"The model does not build this: {error.reason}."
            return Play(Outcome(said, helps=helps, points=points, fate=self.fate and NOT_BUILT))
        run = self.run(player, steps)
        states = player.step({"do": "show"})["features"]
        return Play(
            outcome=Outcome(
                self.summary(run, controls),
                helps=helps,
                values=self._values(run),
                notes=self._overruled(states, controls),
                strips={name: runs(run.lengths(at)) for name, (_, at) in self.strips.items()},
                fate=self.fate and self.fate(run),
                words=feature_words(player.lo) if self.features else {},
                points=points,
                met=self.met(run, controls),
            ),
            parts=self.chain.lit(run.trace),
            decisions=decisions(run.asked, self.asks),
            tree=freeze(unite([self.chain.tree(run.trace)])),
        )

    def run(self, player: Player, steps: list[Step]) -> Run:
        """Play the steps and watch one."""
        sending = [n for n, step in enumerate(steps) if step["do"] in SENDING]
        watched = sending[-1] if sending else len(steps) - 1
        for number, step in enumerate(steps):
            if number == watched:
                observed, trace = _watch(player, step)
            else:
                player.step(step)
        way = outbound(trace)
        return Run(observed, player.lo, trace, way, asked_on(way, self.asks))

    def _values(self, run: Run) -> dict[str, Value]:
        counted = {name: run.observed["stats"][name] for name in self.counters}
        return counted | {name: read(run) for name, (_, read) in self.values.items()}

    def _overruled(self, states: dict[str, str], controls: State) -> dict[str, str]:
        """The features whose state is not the switch's, and what it is."""
        wished = {name: "on" if controls[name] else "off" for name in self.features}
        differ = {name: states[name] for name, wish in wished.items() if states[name] != wish}
        return {name: UNDONE.get(state, state) for name, state in differ.items()}


def _watch(player: Player, step: Step) -> tuple[dict[str, Any], Trace]:
    """What is observed of a step, and its trace; who sends opens one of its own."""
    if step["do"] in SENDING:
        return player.step(step), player.machine.last
    with player.machine.trace() as trace:
        return player.step(step), trace
