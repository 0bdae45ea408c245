"""Which settings would have changed what happened: found by playing the scenario again with each.

No knowledge of causes is needed: a change counts when the step then goes better. Work is bounded by
a number of plays, not by time, so that the same scenario is always told the same.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lomodel.contract import SENDING, ScenarioError
from lomodel.explain.candidates import Change, Scene, changes, pairs
from lomodel.explain.findings import Finding, Key, delivered, findings, is_drained
from lomodel.explain.played import Played, packets_of, play_step
from lomodel.explain.words import happened
from lomodel.machine import Machine
from lomodel.scenario import Player
from lomodel.trace import Decision

MOST, HALF = 3, 2
"""So many settings are named, and so many of those after which something else goes wrong."""
HARM = (
    "refused",
    "left",
    "dropped",
    "undelivered",
    "unanswered",
    "fragmented",
    "truncated",
    "lost",
)
GONE = ("dropped", "undelivered")
"""What becomes of a packet of which its sender may be told by an error."""
BOOT, PLAYED, TRACED = 300, 1, 5
"""What a replay costs: for its machine, for each record of a step, and of the one that is traced,
in records of a step that is played."""


PAYLOAD = re.compile(r"a payload of at most (\d+) bytes")
WHERE = re.compile(r"(, before step \d+)?( \(then: .*\))?$")
"""What stands behind a change's own words: its place, and what it only leads to."""


class Purse:
    """How much may still be played, in records."""

    def __init__(self, left: int) -> None:
        self.left, self.paid = left, 0

    def pay(self, case: Case, near: bool = False) -> bool:
        """Whether there is enough for one replay, and then it is spent. For the first there always
        is where it is of a change that is ``near``."""
        enough = near and not self.paid
        self.left -= BOOT + PLAYED * sum(case.records[:-1]) + TRACED * case.records[-1]
        self.paid += 1
        return enough or self.left >= 0


@dataclass(frozen=True)
class Outcome:
    """What happened in a step, as numbers; ``addresses``: how many the device has after it."""

    times: Counter[Key]
    delivered: int
    sent: int
    read: int
    addresses: int
    decisions: tuple[Decision, ...]
    wrong: str = ""
    """The first thing that went wrong, in words."""

    @property
    def harm(self) -> int:
        """How much went wrong."""
        return self.of(*HARM)

    def of(self, *kinds: str) -> int:
        """How often something of these kinds was found, whoever decided it."""
        return sum(times for (kind, *_), times in self.times.items() if kind in kinds)

    def better(self, other: Outcome, found: Finding) -> bool:
        """Whether this one has nothing of what was found, also not by somebody else's decision, and
        is else no worse than the other."""
        as_often = self.of(found.kind) >= other.of(found.kind)
        # Whoever cuts later has fewer packets sent.
        later = found.kind == "cut" and self.sent < other.sent
        if self.times[found.key] or (as_often and not later):
            return False
        if self.read < other.read:
            return False
        if found.kind == "left" and other.of(*GONE) and self.of(*GONE) >= other.of(*GONE):
            return False  # as much is lost, and now nobody is told
        if self.sent == 0 < other.sent or self.delivered == 0 < other.delivered:
            return False
        if found.kind == "lost" and self.addresses <= other.addresses:
            return False
        if found.kind == "refused" and self.sent > other.sent:
            return True  # what becomes of the packet then is another question
        return self.harm < other.harm if found.kind in HARM else self.harm <= other.harm

    def beyond(self, other: Outcome, found: Finding) -> bool:
        """Whether this one is past what decided, only to meet something else."""
        decided = found.decided.condition
        if decided is None or self.times[found.key] or self.harm > other.harm or not self.wrong:
            return False
        if found.kind == "refused" and self.wrong == _trouble(found):
            return False  # the same errno, from somebody else
        asked = [d for d in self.decisions if d.function == decided.function]
        answers = {d.answer for d in asked if d.question == decided.question}
        # Where it is not asked any more, a packet that came further has met more conditions.
        further = not answers and len(self.decisions) > len(other.decisions)
        return further or answers == {not decided.answer}


def _trouble(found: Finding) -> str:
    """What went wrong, and who decided it where that is no errno."""
    by = "" if found.kind == "refused" else f" by {found.decided.function}"
    return happened(found) + by


def outcome_of(played: Played) -> Outcome:
    """The numbers of a step that was played."""
    times: Counter[Key] = Counter()
    wrong = ""
    for each in findings(played):
        if is_drained(played, each):
            continue
        times[each.key] += each.times
        wrong = wrong or (_trouble(each) if each.kind in HARM else "")
    sent = packets_of(played)
    read = len(played.observed.get("datagrams", ()))
    asked = tuple(played.calls.decisions())
    return Outcome(times, delivered(played), sent, read, len(played.after.addresses), asked, wrong)


@dataclass(frozen=True)
class Case:
    """A finding in its scenario, and how everything went without a change."""

    scene: Scene
    found: Finding
    was: Outcome
    errors: Sequence[str | None]
    """The errors of the steps before."""
    records: Sequence[int]
    """How much was recorded of the steps up to this one."""
    release: str
    near: frozenset[str] = frozenset()
    """What the condition is about, by name: what has one of them in its words is tried first."""


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


@dataclass(frozen=True)
class Help:
    """What would have helped, in words, and the condition that comes out otherwise then."""

    words: tuple[str, ...] = ()
    turned: Decision | None = None
    all_tried: bool = True
    """Whether there was enough to try everything, if nothing has helped."""


def help_for(case: Case, purse: Purse) -> Help:
    """The changes after which the step has nothing of what was found; at most MOST. Where there is
    none, those that only lead to the next trouble, which is told with them."""
    tried = sorted(changes(case.scene), key=lambda change: not _is_near(change, case.near))
    half: dict[str, Outcome] = {}
    helped = _tried(case, tried, purse, half)
    if not helped and case.scene.step["do"] in SENDING and case.found.kind in HARM:
        helped = dict([*_tried(case, pairs(case.scene), purse, half).items()][:1])
    if not helped:
        helped = dict([*half.items()][:HALF])
    if case.found.kind == "refused" and case.scene.step.get("payload"):
        shorter = _shorter(case, purse)
        helped = dict([*helped.items()][: MOST - len(shorter)]) | shorter
    if not helped:
        return Help(all_tried=purse.left >= 0)
    return Help(tuple(helped), _turned(case.was, next(iter(helped.values()))))


def stands(told: Help, case: Case, purse: Purse) -> bool:
    """Whether all that was told of an equal finding would help here, too: then it is not told once
    more. Where nothing had helped, nothing is looked for again, and where there is not enough to
    try, it is taken for granted."""
    offered = (*changes(case.scene), *pairs(case.scene))
    return all(_helps(_again(words, offered, case), case, purse) for words in told.words)


def _again(words: str, offered: Iterable[Change], case: Case) -> list[Change]:
    """What was told once in these words, as it would be done here."""
    if payload := PAYLOAD.fullmatch(words):
        return [Change(words, instead=case.scene.step | {"payload": int(payload[1])})]
    plain = WHERE.sub("", words)
    return [change for change in offered if change.words == plain]


def _helps(same: Sequence[Change], case: Case, purse: Purse) -> bool:
    for change in same:
        if not purse.pay(case):
            return True
        outcome = replay(case, change)
        if outcome is not None and (
            outcome.better(case.was, case.found) or outcome.beyond(case.was, case.found)
        ):
            return True
    return False


def _is_near(change: Change, names: frozenset[str]) -> bool:
    return not names.isdisjoint(re.findall(r"[\w-]+", change.words))


def _shorter(case: Case, purse: Purse) -> dict[str, Outcome]:
    """The longest payload that is taken, if a shorter one is."""
    low, high = -1, case.scene.step["payload"]
    found: Outcome | None = None
    while high - low > 1:
        middle = 0 if low < 0 else (low + high) // 2
        change = Change("", instead=case.scene.step | {"payload": middle})
        if not purse.pay(case):
            return {}
        outcome = replay(case, change)
        if outcome is not None and outcome.better(case.was, case.found):
            low, found = middle, outcome
        elif low < 0:
            return {}
        else:
            high = middle
    return {} if found is None else {f"a payload of at most {low} bytes": found}


def _turned(was: Outcome, now: Outcome) -> Decision | None:
    """The first condition that comes out otherwise, where both had come the same way."""
    for old, new in zip(was.decisions, now.decisions, strict=False):
        if (old.function, old.question) != (new.function, new.question):
            return None
        if old.answer != new.answer:
            return old
    return None


def _tried(
    case: Case, tried: Iterable[Change], purse: Purse, half: dict[str, Outcome]
) -> dict[str, Outcome]:
    """What helps; ``half`` is given what only leads further."""
    helped: dict[str, Outcome] = {}
    known: set[str] = set()
    for change in tried:
        if not known.isdisjoint((change.words, change.unless)):
            continue
        if change.listens and case.was.delivered:
            continue
        if not purse.pay(case, _is_near(change, case.near)):
            break
        outcome = replay(case, change)
        if outcome is not None and outcome.better(case.was, case.found):
            known.add(change.words)
            helped[change.named(case.scene.number)] = outcome
            if len(helped) == MOST:
                break
        elif outcome is not None and outcome.beyond(case.was, case.found):
            half[f"{change.named(case.scene.number)} (then: {outcome.wrong})"] = outcome
    return helped
