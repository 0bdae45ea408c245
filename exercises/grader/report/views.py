"""What the pages of a report show, as plain data: the templates only lay it out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from statistics import mean, median

from exercises.grader.assignment import Assignment, Cell
from exercises.grader.grade import (
    ENDED,
    NOT_REACHED,
    RAISED,
    TOO_LONG,
    WRONG,
    CheckResult,
    Grade,
)

_MOST_BARS, _SLOWEST, _FAILING = 16, 5, 3
_RAISED = re.compile(rf"{RAISED} [A-Z][A-Za-z]{{1,60}}")
_OF_HIDDEN = re.compile(rf"{WRONG}|{TOO_LONG}|{ENDED}|{NOT_REACHED}|{_RAISED.pattern}")

_DEFINED = {TOO_LONG: "did not end in time", ENDED: "ended the program"}

MEANINGS = (
    ("hidden check", "It asks your answer for other inputs than your notebook does."),
    (WRONG, "The answer gave something else than was asked for."),
    (f"{RAISED} NAME", "It ended in that exception."),
    (TOO_LONG, "It did not end in the time that a cell or a submission has."),
    (ENDED, "It ended the whole program."),
    (
        NOT_REACHED,
        "A cell before it in the same task was too long or ended the program, or the time of the "
        "submission was over.",
    ),
)
ADVICE = (
    "Read the docstring again, and try what it allows: nothing, the smallest, the largest, "
    "one more."
)


def publishable(grade: Grade) -> Grade:
    """The same, where a hidden check says no more than it may."""
    return replace(grade, checks=tuple(map(_publishable, grade.checks)))


def _publishable(check: CheckResult) -> CheckResult:
    if not check.hidden:
        return check
    known = check.passed or _OF_HIDDEN.fullmatch(check.message)
    return replace(check, message=check.message if known else WRONG, detail="")


def labels(assignment: Assignment) -> dict[str, str]:
    """For each check's id what a report calls it: a hidden one by its number in the task only."""
    seen: Counter[str] = Counter()
    found = {}
    for check in assignment.checks:
        seen[check.task] += check.hidden
        found[check.id] = f"hidden check {seen[check.task]}" if check.hidden else check.id
    return found


@dataclass(frozen=True)
class CheckView:
    label: str
    hidden: bool
    points: int
    max_points: int
    passed: bool
    message: str
    section: str
    detail: str


@dataclass(frozen=True)
class TaskView:
    name: str
    title: str
    """Its heading in the notebook; empty where it has none."""
    points: int
    max_points: int
    undefined: tuple[tuple[str, str], ...]
    """Answer cells that failed when they were defined, and how."""
    checks: tuple[CheckView, ...]

    @property
    def lost_hidden(self) -> bool:
        """A point of a hidden check."""
        return any(check.hidden and check.points < check.max_points for check in self.checks)

    @property
    def written(self) -> bool:
        """Whether there is an answer that advice could help."""
        return not self.undefined and not all(
            check.message == "raised NotImplementedError" for check in self.checks
        )

    @property
    def sections(self) -> tuple[str, ...]:
        """Where the book explains what failed."""
        found = (check.section for check in self.checks if not check.passed and check.section)
        return tuple(dict.fromkeys(found))


def tasks(grade: Grade, assignment: Assignment) -> tuple[TaskView, ...]:
    """A student's checks, by task, in the order of the notebook."""
    called, cells = labels(assignment), {check.id: check for check in assignment.checks}
    rows = [(check.task, _check(check, cells, called)) for check in grade.checks]
    found = []
    for name in dict.fromkeys(task for task, _ in rows):
        checks = tuple(check for task, check in rows if task == name)
        most = sum(check.max_points for check in checks)
        points = sum(check.points for check in checks)
        title, undefined = assignment.titles.get(name, ""), _undefined(grade, assignment, name)
        found.append(TaskView(name, title, points, most, undefined, checks))
    return tuple(found)


def _undefined(grade: Grade, assignment: Assignment, task: str) -> tuple[tuple[str, str], ...]:
    """As the judge's notes say."""
    answers = {answer.id for answer in assignment.answers if answer.task == task}
    notes = (note.rpartition(": ") for note in grade.notes)
    return tuple(
        (cell, _DEFINED.get(what, what))
        for cell, _, what in notes
        if cell in answers and (what in _DEFINED or _RAISED.fullmatch(what))
    )


def all_passed(grade: Grade) -> bool:
    return bool(grade.checks) and all(check.passed for check in grade.checks)


def _check(check: CheckResult, cells: dict[str, Cell], called: dict[str, str]) -> CheckView:
    section = cells[check.id].section if check.id in cells else ""
    label = called.get(check.id, "hidden check" if check.hidden else check.id)
    facts = (check.points, check.max_points, check.passed, check.message)
    return CheckView(label, check.hidden, *facts, section, "" if check.hidden else check.detail)


@dataclass(frozen=True)
class Bar:
    """How many submissions have ``low`` to ``high`` points."""

    low: int
    high: int
    count: int
    percent: float
    """Of the longest bar."""


def bars(grades: Sequence[Grade], most: int) -> list[Bar]:
    """From no point to all, at most so many bars that a screen holds them."""
    width = -(-(most + 1) // _MOST_BARS)
    counts = Counter(grade.points // width for grade in grades)
    longest = max(counts.values(), default=1)
    found = []
    for number in range(most // width + 1):
        high = min(most, (number + 1) * width - 1)
        count = counts[number]
        found.append(Bar(number * width, high, count, round(100 * count / longest, 1)))
    return found


@dataclass(frozen=True)
class TaskStatistics:
    name: str
    title: str
    max_points: int
    mean: float
    full: float
    """Percent of the submissions with every point."""
    failing: tuple[tuple[str, int], ...]
    """The checks that fail most, each with how many submissions fail it."""


def statistics(grades: Sequence[Grade], assignment: Assignment) -> list[TaskStatistics]:
    """Of each task, over the submissions that were graded."""
    return [_task(name, grades, assignment) for name in assignment.tasks]


def _task(name: str, grades: Sequence[Grade], assignment: Assignment) -> TaskStatistics:
    most = sum(check.points for check in assignment.checks if check.task == name)
    got = [points_of(grade, name) for grade in grades]
    called = labels(assignment)
    failed = Counter(
        called.get(check.id, check.task)
        for grade in grades
        for check in grade.checks
        if check.task == name and not check.passed
    )
    full = 100 * sum(points == most for points in got) / len(got) if got else 0.0
    return TaskStatistics(
        name,
        assignment.titles.get(name, ""),
        most,
        mean(got) if got else 0.0,
        full,
        tuple(failed.most_common(_FAILING)),
    )


def points_of(grade: Grade, task: str) -> int:
    """A submission's in one task."""
    return sum(check.points for check in grade.checks if check.task == task)


@dataclass(frozen=True)
class ClassView:
    """Means are over what was graded: a refused submission says nothing about a task."""

    grades: Sequence[Grade]
    total: int
    """Submissions there are; more than grades where the run was stopped."""
    max_points: int
    tasks: Sequence[TaskStatistics]
    bars: Sequence[Bar]

    @property
    def graded(self) -> list[Grade]:
        return [grade for grade in self.grades if grade.status == "graded"]

    @property
    def refused(self) -> list[Grade]:
        return [grade for grade in self.grades if grade.status != "graded"]

    @property
    def mean(self) -> float:
        return mean(grade.points for grade in self.graded) if self.graded else 0.0

    @property
    def median(self) -> float:
        return median(grade.points for grade in self.graded) if self.graded else 0.0

    @property
    def slowest(self) -> list[Grade]:
        return sorted(self.graded, key=lambda grade: -grade.seconds)[:_SLOWEST]

    @property
    def noted(self) -> list[Grade]:
        return [grade for grade in self.graded if grade.notes]


def overview(grades: Iterable[Grade], total: int, assignment: Assignment) -> ClassView:
    """A class, from the grades that there are."""
    found = list(grades)
    graded = [grade for grade in found if grade.status == "graded"]
    most = assignment.max_points
    return ClassView(found, total, most, statistics(graded, assignment), bars(graded, most))
