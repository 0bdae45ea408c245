"""Two runs of one scenario against each other, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from lomodel.contract import Scenario
from lomodel.release import RELEASES

Observed = list[dict[str, Any]]


class _Absent:
    """What stands where one side has nothing at all; null is a value."""

    def __repr__(self) -> str:
        return "-"


ABSENT: Any = _Absent()


@dataclass(frozen=True)
class Difference:
    """One place where two runs differ: the step (from 0), the field in it, what each side has."""

    step: int
    field: str
    model: Any
    kernel: Any


def _get(parent: Any, key: Any) -> Any:
    return parent.get(key, ABSENT) if isinstance(parent, dict) else ABSENT


def _objects(step: int, where: str, model: Any, kernel: Any) -> Iterator[Difference]:
    for key in model | kernel:
        one, other = _get(model, key), _get(kernel, key)
        if one != other:
            yield Difference(step, f"{where}{key}", one, other)


def _events(step: int, model: list, kernel: list) -> Iterator[Difference]:
    # One event too many moves all that follow, so only the first difference says anything.
    for index, (one, other) in enumerate(zip_longest(model, kernel, fillvalue=ABSENT)):
        if one != other:
            yield Difference(step, f"events[{index}]", one, other)
            return


def _step(index: int, model: dict, kernel: dict, events: bool) -> Iterator[Difference]:
    for key in model | kernel:
        one, other = _get(model, key), _get(kernel, key)
        if one == other or key == "events" and not events:
            continue
        if isinstance(one, dict) and isinstance(other, dict):
            yield from _objects(index, f"{key}.", one, other)
        elif key == "events" and isinstance(one, list) and isinstance(other, list):
            yield from _events(index, one, other)
        else:
            yield Difference(index, key, one, other)


def differences(model: Observed, kernel: Observed, events: bool = True) -> list[Difference]:
    """Where two `observed` lists differ; of events, the first difference of each step.

    `events` false leaves events out of it, for a kernel whose tracepoints could not be read.
    """
    found: list[Difference] = []
    for index, (one, other) in enumerate(zip_longest(model, kernel, fillvalue=ABSENT)):
        if one is ABSENT or other is ABSENT:
            found.append(Difference(index, "", one, other))
        else:
            found += _step(index, one, other, events)
    return found


def has_events(observed: Observed) -> bool:
    """Whether a run has the tracepoints of its sends (one that sent nothing has all of none)."""
    return all("events" in step for step in observed if "stats" in step)


def _number(release: str) -> tuple[int, ...]:
    numbers = []
    for part in release.split(".")[:2]:
        digits = part[: len(part) - len(part.lstrip("0123456789"))]
        numbers.append(int(digits or 0))
    return tuple(numbers)


def model_release(kernel: str) -> str:
    """The release of the model for a kernel's own (`uname -r`): the newest that is not newer.

    A kernel that is older than all of them gets the oldest.
    """
    not_newer = [name for name in RELEASES if _number(name) <= _number(kernel)]
    return max(not_newer or [min(RELEASES, key=_number)], key=_number)


def remark(kernel: str) -> str | None:
    """What must be said when the model has no table of that very kernel; else None."""
    name = model_release(kernel)
    if _number(name) == _number(kernel):
        return None
    return f"the model has no table for Linux {kernel}; compared with its {name}"


@dataclass(frozen=True)
class Comparison:
    """One scenario on the model and on a kernel. `source` says which kernel, live or recorded."""

    scenario: Scenario
    release: str
    model: Observed
    kernel: Observed
    source: str
    differences: list[Difference] = field(default_factory=list)

    @property
    def equal(self) -> bool:
        """Whether the model said what the kernel did."""
        return not self.differences

    def rows(self) -> list[list[str]]:
        """The differences as rows of text: scenario, step, field, model, kernel."""
        return [self._row(each) for each in self.differences]

    def _row(self, each: Difference) -> list[str]:
        steps = self.scenario["steps"]
        do = steps[each.step]["do"] if each.step < len(steps) else "no such step"
        sides = [_text(side) for side in (each.model, each.kernel)]
        return [self.scenario["id"], f"{each.step} {do}", each.field, *sides]

    def __str__(self) -> str:
        if self.equal:
            return f"{self.scenario['id']}: model {self.release} and {self.source} are equal"
        return table(self.rows())


def _text(side: Any) -> str:
    if side is ABSENT:
        return "-"
    if isinstance(side, list) and len(side) == 2 and isinstance(side[1], dict):
        name, fields = side
        return " ".join([name, *(f"{key}={value}" for key, value in fields.items())])
    text = json.dumps(side)
    return text if len(text) <= 72 else text[:69] + "..."


HEAD = ["scenario", "step", "field", "model", "kernel"]


def table(rows: list[list[str]]) -> str:
    """Rows under the heading, in columns."""
    rows = [HEAD, *rows]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)
