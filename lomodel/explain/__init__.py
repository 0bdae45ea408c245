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
from dataclasses import replace
from typing import Any

from lomodel.contract import OPTIONS, SENDING, ScenarioError, Step, check_steps
from lomodel.explain.calls import Decided
from lomodel.explain.candidates import Now, Scene
from lomodel.explain.counted import answered, shown, symbols
from lomodel.explain.findings import Finding, findings, left_unsummed
from lomodel.explain.played import Played, play_step
from lomodel.explain.sections import section
from lomodel.explain.told import Explanation, Told, ToldStep
from lomodel.explain.trial import Case, Help, Purse, help_for, outcome_of
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
LOSSES = ("refused", "dropped", "undelivered", "unanswered")


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
        self.known: set[tuple[Any, ...]] = set()
        self.errors: list[str | None] = []
        self.records: list[int] = []
        self.left: dict[str, int] = {}
        self.lost: list[int] = []
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
        if played.step["do"] in SENDING and any(each.kind in LOSSES for each in found):
            self.lost.append(played.number)
        return told

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
        names = [
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
            section(names),
            self.features,
            _follows(played, found),
            self._earlier(played, found),
            helped is None or helped.all_tried,
        )

    def _help(self, played: Played, scene: Scene, found: Finding) -> Help | None:
        key = (played.step["do"], played.step.get("socket"), *found.key)
        if key in self.known or (_is_drained(played, found) and not played.step.get("errqueue")):
            return None
        self.known.add(key)
        purse = Purse(min(EACH, self.left_to_play))
        start = purse.left
        condition = found.decided.condition
        near = frozenset() if condition is None else frozenset(about(condition, self.features))
        scene = replace(scene, cause=self._cause(played, found))
        was = outcome_of(played)
        case = Case(scene, found, was, self.errors, self.records, self.release, near)
        helped = help_for(case, purse)
        self.left_to_play -= start - purse.left
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

    def _earlier(self, played: Played, found: Finding) -> str:
        """Which step left the error that this one hears of, or lost what this one wants to read."""
        if (cause := self._cause(played, found)) is not None:
            return f"step {cause}, which left the error on {played.step['socket']}"
        if found.kind in self.sent:
            return f"step {self.sent[found.kind][0]}, which sent such a packet"
        if _is_drained(played, found) and self.lost:
            plural = "s" if len(self.lost) > 1 else ""
            return f"step{plural} {', '.join(map(str, self.lost))}, which lost what was sent"
        return ""


def _settings_of(step: Step, words: Iterable[str]) -> list[str]:
    """The options and the kernel's settings that a step writes, or that help."""
    written = [*step["set"]] if step["do"] == "sysctl" else []
    return [name for text in (*written, *words) for name in SETTING.findall(text)]


def _follows(played: Played, found: Finding) -> str:
    if played.step["do"] not in SENDING:
        return ""
    packets = sum(1 for _ in played.calls.events("net_dev_start_xmit"))
    return follows(found, packets, answered(played))


def _is_drained(played: Played, found: Finding) -> bool:
    """Whether a read came to the end of what was there."""
    return played.step["do"] in ("recv", "captured") and found.about == "EAGAIN"
