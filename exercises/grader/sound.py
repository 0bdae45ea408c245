"""Is an assignment sound? Proved by running it: the solution, the stubs, every wrong answer."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from IPython.core.inputtransformer2 import TransformerManager

from exercises.grader import edition, submission
from exercises.grader.assignment import Assignment, Cell, parsed
from exercises.grader.grade import Grade
from exercises.grader.judge import Judge
from exercises.grader.limits import Limits
from exercises.grader.problem import Problem
from exercises.grader.submission import Entry, Refused, Submission

SOLUTION, UNTOUCHED = "the solution", "the untouched notebook"
JOINT = " + "
WRONG_ANSWERS = 3
"""Of a task, at least: fewer prove little."""
# What a cell defines: of an answer's stub, and of a wrong answer that takes its place.
DEFINED = re.compile(r"^(?:async\s+)?(?:def|class)\s+(\w+)|^(\w+)\s*=", re.M)


def check(
    assignment: Assignment,
    *,
    jobs: int = 2,
    fresh: bool = True,
    unsafe: bool = False,
    limits: Limits | None = None,
    judge: Callable[..., Any] = Judge,
) -> list[str]:
    """Its faults, a line each; none where it is sound.

    ``fresh``: everything is run in fresh kernels too, ``jobs`` at a time, and both must agree.
    That takes some seconds a run, so wrong answers of different tasks share one. Problem where the
    runs cannot be isolated.
    """
    wrong, faults = wrong_answers(assignment)
    faults = [*_faults_of_the_edition(assignment), *faults]
    alone = [_solution(assignment), _untouched(assignment), *wrong]
    shared = together(assignment, wrong) if fresh else []
    options = {"limits": limits or Limits(), "unsafe": unsafe}
    with judge(assignment, **options) as fast:
        grades = [fast.grade(run) for run in alone]
        of_shared = [fast.grade(run) for run in shared]
    faults += _faults_of(assignment, grades)
    if fresh:
        faults += _changed(assignment, grades[2:], of_shared)
        slow = _fresh(assignment, [*alone[:2], *shared], judge, options, jobs)
        faults += _differences([*grades[:2], *of_shared], slow)
    return faults


def warnings(assignment: Assignment) -> list[str]:
    """What an author should look at though it is allowed, a line each."""
    found = []
    for one in assignment.checks:
        if one.hidden and not one.outputs:
            found.append(f"cell {one.id!r} expects no output, which is easily forged: print values")
        if not one.section:
            found.append(f"cell {one.id!r} names no section of the book")
    for task in assignment.tasks:
        if not sum(one.points for one in assignment.checks if one.task == task and one.hidden):
            found.append(f"no hidden check has a point of the task {task!r}")
    for task in assignment.tasks:
        number = sum(_task(assignment, path.name) == task for path in wrong_files(assignment))
        if number < WRONG_ANSWERS:
            found.append(f"task {task!r} has {number} wrong answers, expected {WRONG_ANSWERS}")
    if not _committed(assignment).is_file():
        found.append(f"no student's notebook {_committed(assignment)}")
    return found


# -- What is run


def _solution(assignment: Assignment) -> Submission:
    return Submission(SOLUTION, {answer.id: answer.source for answer in assignment.answers})


def _untouched(assignment: Assignment) -> Submission:
    return Submission(UNTOUCHED, {answer.id: answer.stub for answer in assignment.answers})


def wrong_files(assignment: Assignment) -> list[Path]:
    """``wrong/NN_name/TASK--why.py``."""
    return sorted((assignment.course / "wrong" / assignment.name).glob("*.py"))


def wrong_answers(assignment: Assignment) -> tuple[list[Submission], list[str]]:
    """Each in place of one answer of the solution; and a line for each that is for no task."""
    found, faults = [], []
    for path in wrong_files(assignment):
        try:
            source = path.read_text(encoding="utf-8")
            ast.parse(TransformerManager().transform_cell(source))
        except (OSError, SyntaxError, ValueError) as error:
            # It would lose its points for that, whatever the checks are.
            faults.append(f"{path.name}: expected Python: {' '.join(str(error).split())}")
            continue
        cell = _replaced(assignment, path.stem.partition("--")[0], source)
        if cell is None:
            faults.append(
                f"{path.name}: expected TASK--why.py, or a definition of an answer's name"
            )
            continue
        answers = _solution(assignment).answers | {cell.id: source}
        found.append(Submission(path.name, answers))
    return found, faults


def _replaced(assignment: Assignment, task: str, source: str) -> Cell | None:
    """The task's answer; of several, or where no task is called so, the last that it defines."""
    cells = [answer for answer in assignment.answers if answer.task == task]
    if len(cells) == 1:
        return cells[0]
    names = _defined(source)
    cells = [cell for cell in cells or assignment.answers if names & _defined(cell.stub)]
    return cells[-1] if cells else None


def _defined(source: str) -> set[str]:
    return {a or b for a, b in DEFINED.findall(source)}


def _task(assignment: Assignment, run: str) -> str:
    """Of a wrong answer."""
    stem = run.removesuffix(".py").partition("--")[0]
    if stem in assignment.tasks:
        return stem
    source = (assignment.course / "wrong" / assignment.name / run).read_text(encoding="utf-8")
    cell = _replaced(assignment, stem, source)
    return cell.task if cell else stem


def together(assignment: Assignment, wrong: list[Submission]) -> list[Submission]:
    """Submissions with several of these wrong answers, each of a task that no other rests on."""
    groups: list[tuple[set[str], dict[str, Submission]]] = []
    for one in wrong:
        task = _task(assignment, one.name)
        reach = {task} | _resting_on(assignment, task)
        for taken, members in groups:
            if not taken & reach:
                taken |= reach
                members[one.name] = one
                break
        else:
            groups.append((reach, {one.name: one}))
    return [_joined(assignment, members) for _, members in groups]


def _joined(assignment: Assignment, members: dict[str, Submission]) -> Submission:
    solved = _solution(assignment).answers
    answers = dict(solved)
    for one in members.values():
        answers |= {cell: text for cell, text in one.answers.items() if text != solved[cell]}
    return Submission(JOINT.join(members), answers)


def _fresh(
    assignment: Assignment,
    runs: list[Submission],
    judge: Callable[..., Any],
    options: dict[str, Any],
    jobs: int,
) -> list[Grade]:
    def grade(run: Submission) -> Grade:
        with judge(assignment, fresh=True, **options) as slow:
            graded: Grade = slow.grade(run)
            return graded

    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(grade, runs))


# -- What must hold


def _faults_of(assignment: Assignment, grades: list[Grade]) -> Iterator[str]:
    solution, untouched, *wrong = grades
    for one in solution.checks:
        if not one.passed:
            yield f"{SOLUTION} fails {one.id!r}: {one.message}"
    yield from (f"{SOLUTION}: {note}" for note in solution.notes)
    yield from (f"{UNTOUCHED}: {note}, before anything called it" for note in untouched.notes)
    for one in untouched.checks:
        if one.passed and one.points:
            yield f"{UNTOUCHED} passes {one.id!r} ({one.points} points)"
    for grade in wrong:
        yield from _faults_of_wrong(assignment, grade)


def _faults_of_wrong(assignment: Assignment, grade: Grade) -> Iterator[str]:
    task = _task(assignment, grade.submission)
    lost = {one.id: one for one in grade.checks if one.points < one.max_points}
    if not any(one.hidden and one.task == task for one in lost.values()):
        yield f"{grade.submission} loses no hidden point of {task!r}"
    may_fall = {task} | _resting_on(assignment, task)
    for one in lost.values():
        if one.task not in may_fall:
            yield (
                f"{grade.submission} loses a point of {one.task!r} too: {one.id!r} {one.message} "
                f"(does that check need {task!r}?)"
            )


def _changed(assignment: Assignment, alone: list[Grade], shared: list[Grade]) -> Iterator[str]:
    """What a wrong answer's own checks say otherwise where it is beside others."""
    for grade in alone:
        (joint,) = (one for one in shared if grade.submission in one.submission.split(JOINT))
        own = {_task(assignment, grade.submission)}
        for one, other in zip(grade.checks, joint.checks, strict=True):
            if one.task in own and one.message != other.message:
                yield (
                    f"{grade.submission}: {one.id!r} {one.message or 'passed'} alone, "
                    f"{other.message or 'passed'} beside {joint.submission}"
                )


def _resting_on(assignment: Assignment, task: str) -> set[str]:
    """Tasks with a check that needs this one, or one that does."""
    found: set[str] = set()
    more = {task}
    while more:
        found |= more
        more = {one.task for one in assignment.checks if found & set(one.needs)} - found
    return found


def _differences(fast: list[Grade], fresh: list[Grade]) -> Iterator[str]:
    for one, other in zip(fast, fresh, strict=True):
        for quick, slow in zip(one.checks, other.checks, strict=True):
            said = quick.message or "passed", slow.message or "passed"
            if said[0] != said[1]:
                yield (
                    f"{one.submission}: {quick.id!r} {said[0]} in the fast run, "
                    f"{said[1]} in a fresh kernel"
                )


# -- The student's notebook


def _committed(assignment: Assignment) -> Path:
    return assignment.course / f"{assignment.name}.ipynb"


def _faults_of_the_edition(assignment: Assignment) -> Iterator[str]:
    try:
        made = edition.student(assignment)
    except Problem as problem:
        yield str(problem).removeprefix(f"{assignment.name}: ")
        return
    path = _committed(assignment)
    if not path.exists():
        return
    try:
        read = submission.read(Entry(assignment.name, path), assignment)
        notebook = parsed(path.read_text(encoding="utf-8"))
    except (OSError, Refused, Problem) as error:
        yield f"{path.name}: cannot be read: {error}"
        return
    yield from (f"{path.name}: {leak}" for leak in edition.leaks(assignment, notebook))
    yield from (f"{path.name}: {note}" for note in read.notes)
    if what := _first_difference(made.cells, notebook.cells):
        yield f"{path.name}: {what} is not what the solution makes: make it anew"


def _first_difference(made: list[Any], stored: list[Any]) -> str:
    for one, other in zip(made, stored, strict=False):
        if one != other:
            return f"cell {one.id!r}"
    return "" if len(made) == len(stored) else f"the number of cells ({len(stored)})"
