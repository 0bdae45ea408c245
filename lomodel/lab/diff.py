"""Two runs of one scenario against each other, field by field."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any

from lomodel.contract import Scenario, shown

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


#: Lists in order, of which only the first difference is told: one thing too many moves all that
#: follow.
ORDERED = ("events", "frames", "datagrams", "results")


def _ordered(step: int, where: str, model: list, kernel: list) -> Iterator[Difference]:
    for index, (one, other) in enumerate(zip_longest(model, kernel, fillvalue=ABSENT)):
        if one != other:
            yield from _values(step, f"{where}[{index}]", one, other)
            return


def _values(step: int, where: str, model: Any, kernel: Any) -> Iterator[Difference]:
    """Where two values differ: in objects field by field, of ORDERED lists the first place."""
    if isinstance(model, dict) and isinstance(kernel, dict):
        for key in model | kernel:
            one, other = _get(model, key), _get(kernel, key)
            if one != other:
                yield from _values(step, f"{where}.{key}", one, other)
    elif where in ORDERED and isinstance(model, list) and isinstance(kernel, list):
        yield from _ordered(step, where, model, kernel)
    else:
        yield Difference(step, where, model, kernel)


def _step(index: int, model: dict, kernel: dict, events: bool) -> Iterator[Difference]:
    for key in model | kernel:
        one, other = _get(model, key), _get(kernel, key)
        if one != other and (events or key != "events"):
            yield from _values(index, key, one, other)


def differences(model: Observed, kernel: Observed, events: bool = True) -> list[Difference]:
    """Where two `observed` lists differ; of events, frames, datagrams and results the first place
    of each step.

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


@dataclass(frozen=True)
class Comparison:
    """One scenario on the model and on a kernel. `source` says which kernel, live or recorded.

    `notes` are sentences about what the comparison rests on, and `uncompared` is what could not be
    compared, and why; None when everything was.
    """

    scenario: Scenario
    release: str
    model: Observed
    kernel: Observed
    source: str
    differences: list[Difference] = field(default_factory=list)
    notes: tuple[str, ...] = ()
    uncompared: str | None = None

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
            verdict = f"model {self.release} and {self.source} are equal"
            return shown(f"{self.scenario['id']}: {verdict}")
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
#: The least widths of the columns where rows are printed before the next ones are known.
WIDTHS = (20, 11, 28, 28, 6)
WIDEST = 72  # characters of one cell


def _cells(row: list[str]) -> list[str]:
    """What may be printed of a row: an id or a name can have anything in it."""
    cells = [shown(cell) for cell in row]
    return [cell if len(cell) <= WIDEST else cell[: WIDEST - 3] + "..." for cell in cells]


def table(rows: list[list[str]], least: Sequence[int] = (0,) * 5, heading: bool = True) -> str:
    """Rows, with or without a heading, in columns as wide as they need to be, or as `least`."""
    cells = [_cells(row) for row in ([HEAD] if heading else []) + rows]
    columns = zip_longest(*cells, fillvalue="")
    widths = [max(low, *map(len, column)) for low, column in zip(least, columns, strict=False)]
    if heading:
        cells.insert(1, ["-" * width for width in widths])
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in cells)
