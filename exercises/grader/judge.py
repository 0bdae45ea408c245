"""Runs a submission's answers in the solution's notebook, and says what each check gives.

Two runs: the first without hidden checks, whose visible outputs may be shown; the second with them,
of which nothing is shown. So what an answer learns from a hidden check has no way out.
"""

from __future__ import annotations

import builtins
import json
import re
import time
from collections.abc import Collection, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from textwrap import indent
from typing import Any, Protocol, Self

from IPython.core.inputtransformer2 import TransformerManager

from exercises.grader.assignment import ANSWER, CHECK, GIVEN, Assignment, Cell
from exercises.grader.compare import compare, options
from exercises.grader.fresh import FreshKernels
from exercises.grader.grade import (
    ENDED,
    NOT_REACHED,
    RAISED,
    TOO_LONG,
    WRONG,
    CheckResult,
    Grade,
)
from exercises.grader.limits import Limits
from exercises.grader.names import names_of_answers
from exercises.grader.problem import Problem
from exercises.grader.sandbox import DONE, FLOODED, Result, Sandbox, check_unseen
from exercises.grader.utf8 import encodable

BUILT_IN = {
    name
    for name, value in vars(builtins).items()
    if isinstance(value, type) and issubclass(value, BaseException)
}
MODULES = "import json, sys\nprint(json.dumps(sorted(sys.modules)))"
DETAIL = 100_000  # characters of a visible check's failure that are kept at most
LACKING = re.compile(r"NameError: name '(\w+)' is not defined")


Kinds = tuple[bool, ...]
"""Whose results a run is for: those of hidden checks (True), of visible ones (False)."""


class Answers(Protocol):
    """What is graded: a name, the sources of its answer cells by their ids, notes, and the names
    that its other cells bind."""

    @property
    def name(self) -> str: ...
    @property
    def answers(self) -> Mapping[str, str]: ...
    @property
    def notes(self) -> tuple[str, ...]: ...
    @property
    def elsewhere(self) -> frozenset[str]: ...


@dataclass
class Progress:
    """What is known of a submission while it is run."""

    sources: Mapping[str, str]
    deadline: float
    results: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Of a check: its message ("" where it passed) and its detail."""
    lost: dict[str, int] = field(default_factory=dict)
    """Tasks of which nothing more is run, and the number of the cell that was the reason."""
    without: set[str] = field(default_factory=set)
    """Tasks that are run on with their stubs: their answer never came to an end."""
    raised: dict[str, str] = field(default_factory=dict)
    """Answer cells that raised something, or never ended, when they were defined."""

    def left(self) -> float:
        """Seconds."""
        return self.deadline - time.monotonic()


class Cellwise(Protocol):
    """A run: of the sandbox, or of a fresh kernel."""

    def cell(self, source: str, *, answer: bool, seconds: float) -> Result: ...


class Judge:
    """Grades submissions of one assignment, one after another, from one warm interpreter."""

    def __init__(
        self,
        assignment: Assignment,
        limits: Limits,
        *,
        fresh: bool = False,
        unsafe: bool = False,
        proven: bool = False,
    ) -> None:
        """``fresh``: each run in a new kernel (nbclient's), which is slow and the reference.
        ``proven``: Problem where the limits are too small for the solution's own cells."""
        self.assignment, self.limits = assignment, limits
        self._proven = proven
        # A fresh kernel is dear: one run for all, of which nothing may be shown.
        self._passes = [(True, False)] if fresh else [(False,), (True,)]
        self._shows = not fresh
        given = _given_at_the_top(assignment)
        self._cells = list(enumerate(assignment.cells))[0 if fresh else len(given) :]
        make = FreshKernels if fresh else Sandbox
        # IPython's own syntax becomes Python here, where no answer can change how.
        python = TransformerManager().transform_cell
        self._sources = {
            cell.id: python(cell.source) for cell in assignment.cells if cell.kind != ANSWER
        }
        sources = [self._sources[cell.id] for cell in given]
        own = names_of_answers(assignment)
        self._sandbox = make(sources, own, limits, unsafe=unsafe)
        self._unsafe, self._stack = unsafe, ExitStack()

    def __enter__(self) -> Self:
        if not self._unsafe:
            check_unseen(self.assignment.course)
        self._stack.enter_context(self._sandbox)
        try:
            if isinstance(self._sandbox, Sandbox):
                self._warm(self._sandbox)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _warm(self, sandbox: Sandbox) -> None:
        """Runs the solution once, and imports for every run what it imported."""
        with sandbox.run() as run:
            for _, cell in self._cells:
                source = self._sources.get(cell.id, cell.source)
                result = run.cell(source, answer=cell.kind == ANSWER, seconds=self.limits.seconds)
                if self._proven and result.status != DONE:
                    raise _too_small(cell, result)
            told = run.cell(MODULES, answer=False, seconds=self.limits.cell_seconds)
        text = "".join(output.get("text", "") for output in told.outputs)
        if told.status == DONE and told.raised is None:
            sandbox.warm(json.loads(text))

    def grade(self, submission: Answers) -> Grade:
        """Never raises for what a submission does; Problem where the isolation itself fails."""
        progress = Progress(submission.answers, time.monotonic() + self.limits.seconds)
        taken = 0.0
        for kinds in self._passes:
            at = time.monotonic()
            self._pass(progress, kinds)
            seconds = time.monotonic() - at
            # How long hidden checks take must not tell what they ask.
            taken += round(seconds) if kinds == (True,) else seconds
        notes = [f"{cell}: {what}" for cell, what in progress.raised.items()]
        checks = tuple(self._result(check, progress) for check in self.assignment.checks)
        return Grade(
            submission=submission.name,
            status="graded",
            max_points=self.assignment.max_points,
            seconds=taken,
            notes=(*submission.notes, *notes, *lacking(checks, submission.elsewhere)),
            checks=checks,
        )

    def _result(self, check: Cell, progress: Progress) -> CheckResult:
        message, detail = progress.results.get(check.id, (NOT_REACHED, ""))
        return CheckResult(
            id=check.id,
            task=check.task,
            hidden=check.hidden,
            points=check.points if not message else 0,
            max_points=check.points,
            passed=not message,
            message=message,
            detail=detail if self._shows and not check.hidden else "",
        )

    def _pass(self, progress: Progress, kinds: Kinds) -> None:
        """Runs on until each check has a result; begins anew after a run that ended early."""
        while progress.left() > 0:
            with self._sandbox.run() as run:
                if self._run_on(run, progress, kinds):
                    return

    def _run_on(self, run: Cellwise, progress: Progress, kinds: Kinds) -> bool:
        """One run; whether it came to the end of the notebook."""
        for number, cell in self._cells:
            if cell.hidden and True not in kinds:
                continue
            if cell.kind == CHECK and number >= progress.lost.get(cell.task, number + 1):
                continue
            seconds = min(self.limits.cell_seconds, progress.left())
            if seconds <= 0:
                return True
            source = self._source(cell, progress)
            result = run.cell(source, answer=cell.kind == ANSWER, seconds=seconds)
            self._note(cell, result, progress, kinds)
            if result.status in (TOO_LONG, ENDED):
                return not self._lose(number, cell, progress)
        return True

    def _source(self, cell: Cell, progress: Progress) -> str:
        if cell.kind != ANSWER:
            return self._sources[cell.id]
        if cell.task in progress.without:
            return cell.stub
        return progress.sources.get(cell.id, cell.stub)

    def _note(self, cell: Cell, result: Result, progress: Progress, kinds: Kinds) -> None:
        """A check's result, once, from the run that is for its kind."""
        if cell.kind == CHECK and cell.hidden in kinds:
            progress.results.setdefault(cell.id, verdict(cell, result))
        if cell.kind == ANSWER and False in kinds:
            if result.status in (TOO_LONG, ENDED):
                progress.raised.setdefault(cell.id, result.status)
            elif result.raised and cell.task not in progress.without:
                progress.raised.setdefault(cell.id, f"{RAISED} {known_name(result.raised[0])}")

    def _lose(self, number: int, cell: Cell, progress: Progress) -> bool:
        """After a run that ended early: gives up the task that was the reason. False where that is
        no help: it was given up already."""
        task = cell.task if cell.kind != GIVEN else self._task_before(number)
        if task in progress.without:
            return False
        progress.without.add(task)
        progress.lost[task] = min(number, progress.lost.get(task, number))
        # Those after it fail, even where the run without hidden checks had passed them.
        for check in self.assignment.cells[number + 1 :]:
            if check.kind == CHECK and check.task == task:
                progress.results[check.id] = (NOT_REACHED, "")
        return True

    def _task_before(self, number: int) -> str:
        """Of the answer before a given cell."""
        before = [cell.task for cell in self.assignment.cells[:number] if cell.kind == ANSWER]
        return before[-1] if before else ""


def _too_small(cell: Cell, result: Result) -> Problem:
    """What no submission could do within these limits would cost a whole class its points."""
    happened = {FLOODED: "prints too much", TOO_LONG: "is too long", ENDED: "is ended"}
    return Problem(
        f"the solution's own cell {cell.id!r} {happened[result.status]} within these limits: "
        "allow more (memory, files, output, seconds)"
    )


def verdict(check: Cell, result: Result) -> tuple[str, str]:
    """A check's message, empty where it passed, and what the feedback of a visible one shows."""
    asked = options(check.source, check.metadata)
    if result.status == FLOODED:
        return WRONG, "It printed more than it may."
    if result.status != DONE:
        return result.status, ""
    if result.raised and not asked["check_exception"]:
        return _raised(check, *result.raised)
    if not asked["check"]:
        return "", ""
    got = list(result.outputs)
    if result.raised:
        name, text = result.raised
        got.append({"output_type": "error", "ename": name, "evalue": text, "traceback": []})
    try:
        differs = compare(got, check.outputs)
    except Exception:  # whatever form somebody gave an output
        differs = "What it showed has no output's form."
    return (WRONG, printable(both(got, check.outputs) or differs)) if differs else ("", "")


def _raised(check: Cell, name: str, text: str) -> tuple[str, str]:
    """A visible check asserts, and says what it expected: its own words are enough."""
    if name == "AssertionError" and not check.hidden:
        return WRONG, printable(text or "It asserted something that does not hold.")
    if name == "NotImplementedError" and not text:
        text = "this answer is not written yet"
    return f"{RAISED} {known_name(name)}", printable(f"{name}: {text}")


def both(got: Iterable[Any], wanted: Iterable[Any]) -> str:
    """What should have been shown and what was, as text; empty where no text differs."""
    texts = [_text(outputs) for outputs in (wanted, got)]
    if texts[0] == texts[1]:
        return ""
    shown = [indent(text.rstrip("\n"), "  ") or "  (nothing)" for text in texts]
    return f"expected:\n{shown[0]}\nyour answer gives:\n{shown[1]}"


def _text(outputs: Iterable[Any]) -> str:
    """What outputs show as text: printed, or the value of the last line."""
    parts = (one.get("text") or one.get("data", {}).get("text/plain", "") for one in outputs)
    return "".join(part if part.endswith("\n") else f"{part}\n" for part in parts if part)


def lacking(checks: Iterable[CheckResult], elsewhere: Collection[str]) -> list[str]:
    """A note for each name that a check did not find, though a cell that is not run binds it. By
    the details, which no hidden check has."""
    found = (LACKING.match(check.detail) for check in checks if not check.hidden)
    names = dict.fromkeys(one[1] for one in found if one and one[1] in elsewhere)
    why = "is defined in a cell that is not an answer; only answer cells are graded"
    return [f"'{name}' {why}" for name in names]


def printable(text: str) -> str:
    """Text that can be written as UTF-8, and is not too long for a page."""
    return encodable(text[:DETAIL])


def known_name(name: str) -> str:
    """An exception's name where it is a built-in one: what somebody made up may say anything."""
    return name if name in BUILT_IN else "Exception"


def _given_at_the_top(assignment: Assignment) -> list[Cell]:
    """The given cells before the first answer or check: run once, for all. One that is to raise
    is run each time."""
    given: list[Cell] = []
    for cell in assignment.cells:
        if cell.kind != GIVEN or options(cell.source, cell.metadata)["check_exception"]:
            break
        given.append(cell)
    return given
