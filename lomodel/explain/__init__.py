"""Why a scenario went as it did, in words: from the decisions that its trace recorded.

    python -m lomodel explain < scenario

For every step that refused, dropped, cut, lost or joined something: who did it, over which
condition and which numbers, which counter shows it, which setting would change it (each was played)
and which section of the book explains it. Nothing is looked up in a table of known cases.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from lomodel.contract import OPTIONS, SENDING, ScenarioError, Step, check_steps
from lomodel.explain.calls import Decided
from lomodel.explain.candidates import Now, Scene
from lomodel.explain.counted import answered, shown, symbols
from lomodel.explain.findings import (
    Finding,
    delivered,
    findings,
    hears,
    is_drained,
    left_unsummed,
)
from lomodel.explain.played import Played, packets_of, play_step
from lomodel.explain.reach import Place, destination, takes
from lomodel.explain.sections import Section, section
from lomodel.explain.told import Explanation, Told, ToldStep
from lomodel.explain.trial import Case, Help, Purse, help_for, outcome_of, stands
from lomodel.explain.words import about, follows, step_words
from lomodel.linux.include.linux.netdev_features import netdev_features
from lomodel.machine import Machine
from lomodel.release import DEFAULT
from lomodel.scenario import Player
from lomodel.source_lines import permalink

__all__ = ["Explanation", "Told", "ToldStep", "explain"]

WORK, EACH = 500_000, 200_000
"""How many records may be played to find settings: for a scenario, and for one finding."""
ASKING = ("bind", "connect", "recv", "captured")
"""Steps beside those that send of which it is told, too, that no setting helps."""
SETTING = re.compile(r"\b(?:[A-Z]+6?_\w+|[a-z]+_\w+)\b")
"""What options and settings look like in words."""
LOSSES = ("refused", "dropped", "undelivered")


Asked = tuple[Step, Now, dict[str, int]]
"""A step, and how things were set before it: where both are equal, so is what helps."""


@dataclass(frozen=True)
class Lost:
    """A step that lost what was sent: where that was going, and what explains the loss."""

    number: int
    to: Place
    section: Section | None


def explain(steps: Sequence[Step], release: str = DEFAULT) -> Explanation:
    """Play the steps on the model, and say of each that went otherwise than hoped why it did.

    ScenarioError for steps that nobody could play, ValueError for a release that the model has not.
    """
    player = Player(machine=Machine(release))
    check_steps(steps, player.machine.netif_f.by_string)
    teller = _Teller(steps, release)
    told = []
    for number, step in enumerate(steps):
        now = now_of(player)
        played = play_step(player, number, step)
        if parts := teller.tell(played, now):
            told.append(ToldStep(number, step_words(step), parts))
    return Explanation(release, tuple(told))


def now_of(player: Player) -> Now:
    """How things are set."""
    shown = player.step({"do": "show", "more": True})
    options: dict[tuple[str, str], Any] = {}
    for name in player.named:
        for option in OPTIONS.values():
            # Reading SO_ERROR would take the error away.
            if option.value is not None and option.readable and player.named[name].sk.sk_prot:
                asked = {"do": "getsockopt", "socket": name, "option": option.name}
                with suppress(ScenarioError):
                    options[name, option.name] = player.step(asked).get("value")
    return Now(shown["features"], shown, options)


class _Teller:
    """What was told already, so that nothing is tried twice, and which step left or lost what."""

    def __init__(self, steps: Sequence[Step], release: str) -> None:
        self.steps, self.release = steps, release
        self.features = dict(netdev_features(release).by_string)
        self.left_to_play = WORK
        self.known: dict[tuple[Any, ...], list[tuple[Asked, Help]]] = {}
        self.errors: list[str | None] = []
        self.records: list[int] = []
        self.left: dict[str, int] = {}
        self.lost: list[Lost] = []
        self.missed: set[tuple[str, int]] = set()
        self.sent: dict[str, tuple[int, Decided]] = {}

    def tell(self, played: Played, now: Now) -> tuple[Told, ...]:
        """Everything that is told of one step."""
        scene = Scene(self.steps, played.number, now)
        found = findings(played)
        self.records.append(played.records)
        told = tuple(self._one(played, scene, each) for each in found)
        self.left |= dict.fromkeys(played.left_errors, played.number)
        self._remember(played, found)
        self.errors.append(played.observed["error"])
        self._remember_loss(played, told)
        return told

    def _remember_loss(self, played: Played, told: Sequence[Told]) -> None:
        """What a reader may miss later.

        A send that was refused before anything had left has said so itself, and has lost nothing:
        also where it was for the reader. Where some of it had left and has not come, it has.
        """
        losses = [each for each in told if each.found.kind in LOSSES]
        left = packets_of(played) > delivered(played) or any(
            each.found.kind != "refused" for each in losses
        )
        if losses and left and played.step["do"] in SENDING:
            to = destination(played.step, played.before.ends)
            if to is not None:
                pages = [each.section for each in losses if each.section is not None]
                self.lost.append(Lost(played.number, to, pages[0] if pages else None))

    def _remember(self, played: Played, found: Sequence[Finding]) -> None:
        """What a capture shows later was decided now."""
        for each in found:
            if each.kind == "whole":
                self.sent["oversized"] = played.number, each.decided
        if (decided := left_unsummed(played)) is not None:
            self.sent["unsummed"] = played.number, decided

    def _one(self, played: Played, scene: Scene, found: Finding) -> Told:
        helped = self._help(played, scene, found)
        _, decided = self.sent.get(found.kind, (0, found.decided))
        found = replace(found, decided=decided)
        turned = None if helped is None else helped.turned
        missed = self._missed(played, found)
        names = [
            *_first_of_all(found, self._cause(played, found)),
            decided.function,
            *_settings_of(played.step, () if helped is None else helped.words),
            *(found.about.split()[:1] if found.kind == "left" else ()),
            *symbols(played),
            *(() if decided.condition is None else decided.condition.operands),
            *found.about.split()[:1],
        ]
        return Told(
            found,
            permalink(decided.function, file=decided.file or None) if decided.function else None,
            tuple(shown(played)),
            None if helped is None else helped.words,
            None if turned is decided.condition else turned,
            # Of an empty queue no page speaks: what could have been in it is the question.
            missed[0].section if missed else None if is_drained(played, found) else section(names),
            self.features,
            _follows(played, found),
            self._earlier(played, found, missed),
            helped is None or helped.all_tried,
        )

    def _help(self, played: Played, scene: Scene, found: Finding) -> Help | None:
        """What would have helped; None where that is on the screen already."""
        if is_drained(played, found):
            return None
        key = (played.step["do"], played.step.get("socket"), *found.key)
        known = self.known.setdefault(key, [])
        asked = {**played.step, "count": 1}, scene.now, scene.settings
        if any(asked == before for before, _ in known):
            return None
        purse = Purse(min(EACH, self.left_to_play))
        start = purse.left
        condition = found.decided.condition
        near = frozenset() if condition is None else frozenset(about(condition, self.features))
        scene = replace(scene, cause=self._cause(played, found))
        was = outcome_of(played)
        case = Case(scene, found, was, self.errors, self.records, self.release, near)
        like = [each for before, each in known if each.words or _aim(before[0]) == _aim(asked[0])]
        old = next((each for each in like if stands(each, case, purse)), None)
        helped = help_for(case, purse) if old is None else old
        self.left_to_play -= start - purse.left
        known.append((asked, helped))
        if old is not None:
            return None
        # Of what only writes a setting nobody asks which other setting would have helped.
        asks = played.step["do"] in (*SENDING, *ASKING)
        return helped if helped.words or asks else None

    def _cause(self, played: Played, found: Finding) -> int | None:
        """The step that left the error which this one is given."""
        condition = found.decided.condition
        if found.kind == "refused" and condition is not None:
            if condition.answer and "sk_err" in condition.operands:
                return self.left.get(played.step.get("socket", ""))
        return None

    def _earlier(self, played: Played, found: Finding, missed: Sequence[Lost]) -> str:
        """Which step left the error that this one hears of, or lost what this one wants to read."""
        if (cause := self._cause(played, found)) is not None:
            return f"step {cause}, which left the error on {played.step['socket']}"
        if found.kind in self.sent:
            return f"step {self.sent[found.kind][0]}, which sent such a packet"
        if missed:
            numbers = ", ".join(str(each.number) for each in missed)
            return f"step{'s' if len(missed) > 1 else ''} {numbers}, which lost what was sent"
        return ""

    def _missed(self, played: Played, found: Finding) -> list[Lost]:
        """What was lost of that which the socket of a drained read would have got, and has not been
        told at another read of the socket."""
        if not is_drained(played, found):
            return []
        state, name = played.before, played.step["socket"]
        ends = state.ends[name]
        missed = [each for each in self.lost if takes(ends, each.to, state.addresses)]
        new = [each for each in missed if (name, each.number) not in self.missed]
        self.missed |= {(name, each.number) for each in new}
        return new


def _aim(step: Step) -> Step:
    """A step without how much it sends or reads: where nothing helps one, nothing helps another."""
    much = ("payload", "count", "size", "gso_size")
    return {key: value for key, value in step.items() if key not in much}


def _settings_of(step: Step, words: Iterable[str]) -> list[str]:
    """The options and the kernel's settings that a step writes, or that help."""
    written = [*step["set"]] if step["do"] == "sysctl" else []
    return [name for text in (*written, *words) for name in SETTING.findall(text)]


def _first_of_all(found: Finding, cause: int | None) -> list[str]:
    """What a page is to speak of, where that is not who decided: an error that is old news, and
    sums that look bad."""
    if cause is not None:
        return found.about.split()[:1]
    return ["InCsumErrors"] if found.kind == "unsummed" else []


def _follows(played: Played, found: Finding) -> str:
    if played.step["do"] not in SENDING:
        return ""
    return follows(found, packets_of(played), answered(played), hears(played))
