"""Which settings would have changed what happened: found by playing the scenario again with each.

No knowledge of causes is needed: a change counts when the step then goes better. Work is bounded by
a number of plays, not by time, so that the same scenario is always told the same.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lomodel.contract import SENDING, ScenarioError, Step
from lomodel.explain.candidates import Change, Scene, changes, pairs
from lomodel.explain.findings import Finding, delivered, findings
from lomodel.explain.played import Played, play_step
from lomodel.machine import Machine
from lomodel.scenario import Player

MOST = 3
"""So many settings are named."""
HARM = ("refused", "dropped", "undelivered", "fragmented", "truncated", "lost")
BOOT, TRACED = 14, 8
"""What a machine, and a traced step, cost: as much as so many steps."""


class Purse:
    """How much may still be played, counted in sends and other steps."""

    def __init__(self, left: int) -> None:
        self.left = left

    def pay(self, steps: Sequence[Step]) -> bool:
        """Whether there is enough for these steps, and then it is spent."""
        self.left -= BOOT + sum(map(_cost, steps)) + (TRACED - 1) * _cost(steps[-1])
        return self.left >= 0


def _cost(step: Step) -> int:
    count: int = step.get("count", 1)
    return count


@dataclass(frozen=True)
class Outcome:
    """What happened in a step, as numbers; ``addresses``: how many the device has after it."""

    times: Counter[str]
    delivered: int
    sent: int
    read: int
    addresses: int

    def better(self, other: Outcome, kind: str) -> bool:
        """Whether this one has less of a kind of finding than the other, and is else no worse."""
        if self.times[kind] >= other.times[kind] or self.read < other.read:
            return False
        if self.sent == 0 < other.sent or self.delivered < other.delivered:
            return False
        if kind == "lost" and self.addresses <= other.addresses:
            return False
        mine, before = (sum(o.times[h] for h in HARM) for o in (self, other))
        return mine < before if kind in HARM else mine <= before


def outcome_of(played: Played) -> Outcome:
    """The numbers of a step that was played."""
    times: Counter[str] = Counter()
    for each in findings(played):
        times[each.kind] += each.times
    sent = sum(1 for _ in played.calls.events("net_dev_start_xmit"))
    read = len(played.observed.get("datagrams", ()))
    return Outcome(times, delivered(played), sent, read, len(played.after.addresses))


@dataclass(frozen=True)
class Case:
    """A finding in its scenario, and how everything went without a change."""

    scene: Scene
    found: Finding
    was: Outcome
    errors: Sequence[str | None]
    """The errors of the steps before."""
    release: str


def replay(case: Case, change: Change) -> Outcome | None:
    """The step's outcome with the change; None where that is refused, or spoils a step before."""
    changed, last = change.apply(case.scene.steps, case.scene.number)
    added = {id(step) for _, step in change.added}
    player = Player(machine=Machine(case.release))
    old = iter(case.errors)
    try:
        for step in changed[:last]:
            error = player.step(step)["error"]
            allowed = None if id(step) in added else next(old)
            if error is not None and error != allowed:
                return None
        return outcome_of(play_step(player, last, changed[last]))
    except ScenarioError:
        return None


def settings(case: Case, purse: Purse) -> list[str]:
    """The changes, in words, after which the step has less of what was found; at most MOST."""
    helped = _tried(case, changes(case.scene), purse)
    if not helped and case.scene.step["do"] in SENDING and case.found.kind in HARM:
        helped = _tried(case, pairs(case.scene), purse)[:1]
    return helped


def _tried(case: Case, tried: Iterable[Change], purse: Purse) -> list[str]:
    helped: list[str] = []
    for change in tried:
        if change.words in helped or (change.listens and case.was.delivered):
            continue
        if not purse.pay(change.apply(case.scene.steps, case.scene.number)[0]):
            break
        outcome = replay(case, change)
        if outcome is not None and outcome.better(case.was, case.found.kind):
            helped.append(change.words)
            if len(helped) == MOST:
                break
    return helped
