"""Play recorded scenarios on the model alone: `python -m tools.recording.replay FILE [--show N]`.

FILE holds JSON Lines with `observed`, gzipped if its name ends in .gz. What differs is printed:
the scenario's id, the step's number, the field, and what the model and the kernel said. The exit
status is 1 when anything differs.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import traceback
from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path
from typing import Any, NamedTuple

from lomodel import scenario as model
from lomodel.contract import Scenario
from lomodel.lab.diff import ABSENT

#: Characters of a value that are printed.
WIDEST = 90


class Place(NamedTuple):
    """Where two runs differ: the step, the way to the value in it, both values."""

    step: int
    field: str
    model: Any
    kernel: Any

    def __str__(self) -> str:
        sides = (_text(self.model), _text(self.kernel))
        return f"step {self.step} {self.field}: model {sides[0]}, kernel {sides[1]}"


def _text(value: Any) -> str:
    text = repr(value) if value is ABSENT else json.dumps(value)
    return text if len(text) <= WIDEST else text[: WIDEST - 3] + "..."


def places(model: list[Any], kernel: list[Any]) -> list[Place]:
    """Where two `observed` lists differ, as deep as both have the same shape."""
    found = []
    for number, (one, other) in enumerate(zip_longest(model, kernel, fillvalue=ABSENT)):
        found += [Place(number, field, *sides) for field, *sides in _deep("", one, other)]
    return found


def _deep(where: str, one: Any, other: Any) -> Iterator[tuple[str, Any, Any]]:
    if one == other:
        return
    if isinstance(one, dict) and isinstance(other, dict):
        for key in one | other:
            name = f"{where}.{key}" if where else key
            yield from _deep(name, one.get(key, ABSENT), other.get(key, ABSENT))
    elif isinstance(one, list) and isinstance(other, list):
        # One too many moves all that follow: only the first difference says anything.
        for index, sides in enumerate(zip_longest(one, other, fillvalue=ABSENT)):
            if sides[0] != sides[1]:
                yield from _deep(f"{where}[{index}]", *sides)
                return
    else:
        yield where, one, other


def fell(error: BaseException) -> str:
    """The last lines of a traceback: what, and where."""
    last = traceback.extract_tb(error.__traceback__)[-3:]
    frames = " < ".join(f"{Path(at.filename).name}:{at.lineno} {at.name}" for at in reversed(last))
    return f"{type(error).__name__}: {error} ({frames})"


def check(scenario: Scenario, release: str) -> list[str]:
    """What differs between the model and the recorded run, a line each."""
    try:
        observed = model.play(scenario["steps"], release)
    except Exception as error:
        return [f"the model fell over: {fell(error)}"]
    return [str(each) for each in places(observed, scenario["observed"])]


def read(path: Path) -> Iterator[Scenario]:
    """The file's scenarios."""
    data = path.read_bytes()
    text = (gzip.decompress(data) if path.suffix == ".gz" else data).decode()
    return (json.loads(line) for line in text.split("\n") if line.strip())


def main() -> int:
    """Replay; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    parser.add_argument("--release", default=model.DEFAULT)
    parser.add_argument("--show", type=int, default=20, help="different ones shown (%(default)s)")
    parser.add_argument("--places", type=int, default=5, help="lines for each (%(default)s)")
    parser.add_argument("--steps", action="store_true", help="show the steps of different ones")
    options = parser.parse_args()
    played = different = 0
    for scenario in (each for path in options.files for each in read(path)):
        played += 1
        lines = check(scenario, options.release)
        different += bool(lines)
        if lines and different <= options.show:
            print(scenario["id"])
            for line in lines[: options.places]:
                print(f"  {line}", flush=True)
            if options.steps:
                print(f"  {json.dumps(scenario['steps'])}")
    print(f"{played - different} of {played} equal")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
