"""Search for scenarios on which the model and this machine's kernel differ, for as long as told.

    python -m tools.recording.search --minutes 60
    python -m tools.recording.search --contract 2 --theme errors,gro --minutes 60

Each find is shrunk, printed, and appended to FOUND with what the kernel did, so that it can be
moved into the corpus. Needs root, for the tracepoints. The exit status is 1 when it found any.
Contract 2 is searched by themes (`--theme all`: one after the other), and a find that shows the
same as earlier ones, field for field, is counted only.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

from hypothesis import HealthCheck, given, seed, settings

from lomodel import lab
from lomodel.contract import ScenarioError, check_scenario
from lomodel.lab.diff import ABSENT, table
from tests.support import scenarios_2
from tests.support.scenarios_strategy import steps
from tools.recording.replay import Place, fell, places
from tools.recording.shrink import shrink, without

#: Scenarios that one round draws before the next seed.
ROUND = 500


class Search:
    """Rounds of random scenarios; `played` counts them."""

    def __init__(self) -> None:
        self.played = 0
        self.smallest: lab.Comparison | None = None
        self.failed: str | None = None

    def check(self, played: list[dict[str, Any]]) -> None:
        """Play one scenario on both. Raises AssertionError when they differ."""
        self.played += 1
        scenario = {"id": "found", "steps": played}
        try:
            result = lab.compare(scenario)
        except Exception:
            # The model fell over: what the kernel did is worth as much as a difference.
            self.smallest, self.failed = None, json.dumps(scenario)
            raise
        if not result.equal:
            self.smallest, self.failed = result, None
            raise AssertionError(scenario)

    def round(self, number: int) -> bool:
        """One round with this seed; whether it found something."""
        quiet = list(HealthCheck)
        configured = settings(
            max_examples=ROUND, deadline=None, database=None, suppress_health_check=quiet
        )
        # Hypothesis reports through the exception; what was shrunk last is kept here.
        try:
            seed(number)(configured(given(steps())(self.check)))()
        except Exception:
            return True
        return False


def keep(search: Search, path: Path) -> str:
    """Append the find with what the kernel did; the text to print."""
    if search.smallest is None:
        scenario = json.loads(search.failed)
        kernel, text = lab.capture(scenario), "the model fell over"
    else:
        scenario, kernel = search.smallest.scenario, search.smallest.kernel
        text = table(search.smallest.rows())
    with path.open("a") as out:
        out.write(json.dumps(scenario | {"observed": kernel}) + "\n")
    return f"{json.dumps(scenario)}\n{text}"


#: Times that the kernel plays a find: one that it does not always play alike is no find.
AGAIN = 3


class Drawn:
    """The search over contract 2: scenarios drawn by a seeded generator, shrunk step by step.

    Hypothesis draws some twenty times slower, and shrinks the choices where the steps are wanted.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.played = self.unplayed = 0
        self.seen: Counter[str] = Counter()
        self.dropped = set(filter(None, options.drop.split(",")))

    def themes(self) -> list[str]:
        """Those asked for."""
        known = list(scenarios_2.THEMES)
        return known if self.options.theme == "all" else self.options.theme.split(",")

    def search(self, end: float) -> int:
        """Draw and compare until then; how many finds were kept."""
        kept, number = 0, self.options.seed
        while time.monotonic() < end:
            for theme in self.themes():
                steps = scenarios_2.drawn(theme, Random(f"{theme}-{number}"))
                steps = without(steps, self.dropped)
                self.played += 1
                what = self.shown(steps)
                if what and self.is_news(what):
                    kept += self.keep(f"{theme}-{number}", steps, what)
            number += 1
        return kept

    def is_news(self, what: str) -> bool:
        """Whether so few finds showed this that one more is worth shrinking."""
        self.seen[what] += 1
        return self.seen[what] <= self.options.same

    def shown(self, steps: list[dict[str, Any]]) -> str:
        """What a scenario shows, in short: nothing when model and kernel agree."""
        return next(self.shows(steps), "")

    def shows(self, steps: list[dict[str, Any]]) -> Iterator[str]:
        """The places at which the two differ, without their numbers."""
        try:
            result = lab.compare({"id": "found", "steps": steps})
        except ScenarioError as error:
            yield f"invalid: {error.expected}"
        except lab.NotPlayed:
            self.unplayed += 1
        except lab.LabUnavailable:
            raise
        except Exception as error:
            yield fell(error)
        else:
            for each in places(result.model, result.kernel):
                step = steps[each.step]
                yield f"{step['do']} {step.get('option', '')} {_kind(each)}"

    def still(self, steps: list[dict[str, Any]], what: str) -> bool:
        """Whether these steps, if they are a scenario at all, show that, too."""
        try:
            check_scenario({"id": "found", "steps": steps})
        except ScenarioError:
            return what.startswith("invalid")
        return what in self.shows(steps)

    def keep(self, name: str, steps: list[dict[str, Any]], what: str) -> bool:
        """Shrink and append a find; whether it is one."""
        small = shrink(steps, lambda each: self.still(each, what), self.options.tries)
        scenario = {"id": name, "steps": small}
        print(f"\n{json.dumps(scenario)}\n{what}")
        if what.startswith("invalid"):
            return True
        runs = [lab.capture(scenario) for _ in range(AGAIN)]
        if any(run != runs[0] for run in runs):
            print("unstable: the kernel does not always do the same", flush=True)
            return False
        with self.options.found.open("a") as out:
            out.write(json.dumps(scenario | {"observed": runs[0]}) + "\n")
        self.tell(scenario)
        return True

    def tell(self, scenario: dict[str, Any]) -> None:
        """The differences."""
        try:
            result = lab.compare(scenario)
        except Exception as error:
            print(f"the model fell over: {fell(error)}", flush=True)
        else:
            for each in places(result.model, result.kernel)[: self.options.show]:
                print(f"  {each}", flush=True)

    def summary(self) -> str:
        """What was found how often."""
        lines = [f"{count:6}  {what}" for what, count in self.seen.most_common()]
        return "\n".join([*lines, f"{self.unplayed} not played"])


def _kind(each: Place) -> str:
    """Where they differ, without the numbers; errors, and what is not there, with their names."""
    field = re.sub(r"\[\d+\]", "[N]", each.field)
    sides = (each.model, each.kernel)
    if field in ("error", "value") or ABSENT in sides:
        names = [side if isinstance(side, str | None) else "..." for side in sides]
        return f"{field}: {names[0]}, {names[1]}"
    return field


def main() -> int:
    """Search; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(10**9))
    parser.add_argument("--found", type=Path, default=Path("found.jsonl"))
    parser.add_argument("--contract", type=int, choices=(1, 2), default=1)
    parser.add_argument(
        "--theme", default="all", help=f"one or several of {', '.join(scenarios_2.THEMES)}"
    )
    parser.add_argument("--same", type=int, default=2, help="finds alike that are kept")
    parser.add_argument("--tries", type=int, default=400, help="plays to shrink one find")
    parser.add_argument(
        "--drop", default="", help="steps and options to leave out: tap,counters,SO_MEMINFO"
    )
    parser.add_argument("--show", type=int, default=8, help="places printed for each find")
    options = parser.parse_args()
    end = time.monotonic() + options.minutes * 60
    return themed(options, end) if options.contract == 2 else first(options, end)


def themed(options: argparse.Namespace, end: float) -> int:
    """The search over contract 2; the exit status."""
    search = Drawn(options)
    kept = search.search(end)
    print(search.summary())
    print(f"{search.played} scenarios played from seed {options.seed} on, {kept} finds kept")
    return 1 if search.seen else 0


def first(options: argparse.Namespace, end: float) -> int:
    """The search over contract 1; the exit status."""
    search, finds, number = Search(), 0, options.seed
    while time.monotonic() < end:
        if search.round(number):
            finds += 1
            print(keep(search, options.found), flush=True)
        number += 1
    print(f"{search.played} scenarios played from seed {options.seed} on, {finds} finds")
    return 1 if finds else 0


if __name__ == "__main__":
    sys.exit(main())
