"""Search for scenarios on which the model and this machine's kernel differ, for as long as told.

    python -m tools.recording.search --minutes 60

Each find is shrunk, printed, and appended to FOUND with what the kernel did, so that it can be
moved into the corpus. Needs root, for the tracepoints. The exit status is 1 when it found any.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import time
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, seed, settings

from lomodel import lab
from lomodel.lab.diff import table
from tests.support.scenarios_strategy import steps

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


def main() -> int:
    """Search; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--seed", type=int, default=random.randrange(10**9))
    parser.add_argument("--found", type=Path, default=Path("found.jsonl"))
    options = parser.parse_args()
    search, finds, number = Search(), 0, options.seed
    end = time.monotonic() + options.minutes * 60
    while time.monotonic() < end:
        if search.round(number):
            finds += 1
            print(keep(search, options.found), flush=True)
        number += 1
    print(f"{search.played} scenarios played from seed {options.seed} on, {finds} finds")
    return 1 if finds else 0


if __name__ == "__main__":
    sys.exit(main())
