"""An assignment: its solution's notebook, read once and taken apart into cells."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

NAME = re.compile(r"\d\d_[a-z0-9_]+")
GIVEN, ANSWER, CHECK = "given", "answer", "check"


@dataclass(frozen=True)
class Cell:
    """A code cell of the solution's notebook: ``kind`` is GIVEN, ANSWER or CHECK."""

    id: str
    kind: str
    source: str
    outputs: tuple[Any, ...] = ()
    """As the solution gives them (nbformat's nodes)."""
    stub: str = ""
    """Of an answer: what a student's notebook has in its place."""
    hidden: bool = False
    points: int = 0
    task: str = ""
    """Of a check, as it says; of an answer, that of the first check after it."""
    section: str = ""
    needs: tuple[str, ...] = ()
    metadata: Any = None
    """The notebook's own (nbval's markers are in it)."""


@dataclass(frozen=True)
class Assignment:
    """What ``course/solutions/name.ipynb`` says."""

    name: str
    course: Path
    title: str
    cells: tuple[Cell, ...]

    @cached_property
    def answers(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.kind == ANSWER)

    @cached_property
    def checks(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.kind == CHECK)

    @property
    def max_points(self) -> int:
        return sum(check.points for check in self.checks)

    @property
    def tasks(self) -> tuple[str, ...]:
        """In the order of the notebook."""
        return tuple(dict.fromkeys(check.task for check in self.checks))


def names(course: Path) -> list[str]:
    """Of all assignments in a course."""
    return sorted(path.stem for path in (course / "solutions").glob("*.ipynb"))
