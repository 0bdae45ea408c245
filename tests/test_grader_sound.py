"""``check`` finds what makes an assignment unsound, and nothing in a sound one.

Each was red with one change of exercises/grader/sound.py: one kind of fault left out of
``_faults_of``, ``_faults_of_wrong``, ``_faults_of_the_edition`` or ``_differences``; ``needs`` not
looked at, then not those of the needed; the first answer replaced instead of the one defined;
``warnings`` without each of its lines.

Most ask a judge that runs cells in this process; the last ones ask the real one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import nbformat
import pytest
from nbformat import NotebookNode
from support.course import SUMS, WORDS, _outputs, assignment_path, make_course, submission_of, write

from exercises.grader import assignment, sound
from exercises.grader.assignment import ANSWER, CHECK, Assignment, Cell
from exercises.grader.grade import CheckResult, Grade
from exercises.grader.submission import Submission

COURSE = Path(__file__).resolve().parent.parent / "exercises"


class Judge:
    """What the real one gives for the small course's answers, without isolation."""

    def __init__(self, assignment: Assignment, fresh: bool = False, **_: object) -> None:
        self.assignment, self.fresh = assignment, fresh

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing was started."""

    def grade(self, run: Submission) -> Grade:
        namespace: dict[str, Any] = {}
        checks, notes = [], []
        for cell in self.assignment.cells:
            source = run.answers[cell.id] if cell.kind == ANSWER else cell.source
            message = self.message(cell, source, namespace)
            if cell.kind == ANSWER and message:
                notes.append(f"{cell.id}: {message}")
            if cell.kind == CHECK:
                points = 0 if message else cell.points
                about = (cell.id, cell.task, cell.hidden, points, cell.points)
                checks.append(CheckResult(*about, passed=not message, message=message))
        most = self.assignment.max_points
        return Grade(run.name, "graded", most, 0.0, tuple(notes), tuple(checks))

    def message(self, cell: Cell, source: str, namespace: dict[str, Any]) -> str:
        try:
            outputs = _outputs(source, namespace)
        except Exception as error:
            return f"raised {type(error).__name__}"
        return "wrong" if cell.kind == CHECK and outputs != list(cell.outputs) else ""


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return make_course(tmp_path)


def faults(course: Path, name: str = WORDS, judge: Callable[..., Any] = Judge) -> list[str]:
    return sound.check(assignment.load(course, name), judge=judge)


def change(course: Path, change: Callable[[dict[str, NotebookNode]], object]) -> None:
    """The solution, and the student's notebook with it."""
    notebook = nbformat.read(assignment_path(course), as_version=4)
    change({cell.id: cell for cell in notebook.cells})
    write(assignment_path(course), notebook)
    write(course / f"{WORDS}.ipynb", submission_of(assignment_path(course)))


def wrong(course: Path, file: str, source: str, name: str = WORDS) -> None:
    (course / "wrong" / name / file).write_text(source)


@pytest.mark.parametrize("name", [WORDS, SUMS])
def test_the_small_course_is_sound(course: Path, name: str) -> None:
    assert faults(course, name) == []
    assert sound.warnings(assignment.load(course, name)) == []


def test_a_solution_that_loses_a_point(course: Path) -> None:
    change(course, lambda cells: cells["h-count-1"].outputs[0].update(text="6\n"))
    assert "the solution fails 'h-count-1': wrong" in faults(course)


def test_a_stub_that_gains_one(course: Path) -> None:
    """Of a visible check; and of a hidden one without points, which it should fail too."""

    def stub_that_counts(cells: dict[str, NotebookNode]) -> None:
        cells["a-count"].metadata.lomodel.stub = "def count(text):\n    return len(text.split())"
        cells["h-count-1"].metadata.lomodel.points = 0

    change(course, stub_that_counts)
    assert {fault for fault in faults(course) if "untouched" in fault} == {
        "the untouched notebook passes 'c-count-1' (1 points)",
        "the untouched notebook passes 'h-count-1' (0 points)",
    }


def test_a_wrong_answer_that_loses_nothing(course: Path) -> None:
    """Also one that loses a visible point only."""
    wrong(course, "count--right.py", "def count(text):\n    return len(text.split(None))")
    wrong(
        course,
        "count--of-the-text-only.py",
        'def count(text):\n    return len(text.split()) + ("bird" in text)',
    )
    assert faults(course) == [
        "count--of-the-text-only.py loses no hidden point of 'count'",
        "count--right.py loses no hidden point of 'count'",
    ]


def test_a_wrong_answer_that_is_no_python(course: Path) -> None:
    """It would fail every check, and prove nothing."""
    wrong(course, "count--typo.py", "def count(text:")
    (course / "wrong" / WORDS / "count--binary.py").write_bytes(b"\xff\xfe")
    binary, typo = faults(course)
    assert binary.startswith("count--binary.py: expected Python: ")
    assert typo.startswith("count--typo.py: expected Python: ")


def test_an_answer_that_raises_before_it_is_called(course: Path) -> None:
    def early(cells: dict[str, NotebookNode]) -> None:
        cells["a-count"].source += "\n1 / 0"
        cells["a-count"].metadata.lomodel.stub = "raise NotImplementedError"

    change(course, early)
    assert {fault for fault in faults(course) if "a-count" in fault} == {
        "the solution: a-count: raised ZeroDivisionError",
        "the untouched notebook: a-count: raised NotImplementedError, before anything called it",
    }


def test_a_wrong_answer_that_costs_another_task(course: Path) -> None:
    wrong(course, "count--spoils.py", "def count(text):\n    return 8\nTEXT = 'bird'")
    assert faults(course) == [
        "count--spoils.py loses a point of 'tally' too: 'c-tally-1' wrong",
    ]


def test_a_task_that_needs_it_may_fall_with_it(course: Path) -> None:
    """And what needs that."""
    assert faults(course, SUMS) == []
    solution = nbformat.read(assignment_path(course, SUMS), as_version=4)
    for cell in solution.cells:
        if cell.id.endswith("total-1"):
            del cell.metadata.lomodel["needs"]
    write(assignment_path(course, SUMS), solution)
    write(course / f"{SUMS}.ipynb", submission_of(assignment_path(course, SUMS)))
    assert "double--square.py loses a point of 'total' too: 'h-total-1' wrong" in (
        faults(course, SUMS)
    )

    def chain(cells: dict[str, NotebookNode]) -> None:
        cells["c-tally-1"].metadata.lomodel.needs = ["lines"]
        cells["c-lines-1"].metadata.lomodel.needs = ["count"]

    change(course, chain)
    assert sound._resting_on(assignment.load(course, WORDS), "count") == {"count", "lines", "tally"}


def test_a_wrong_answer_takes_the_place_of_what_it_defines(course: Path) -> None:
    """Where its task has several answers, or is none."""
    both = "def tally(text):\n    return {}\ndef commonest(counted):\n    return ''"
    wrong(course, "tally--both.py", both)
    wrong(course, "helper--empty.py", "import re\ndef join(lines):\n    return ''")
    loaded = assignment.load(course, WORDS)
    runs, faults_of_names = sound.wrong_answers(loaded)
    right = {answer.id: answer.source for answer in loaded.answers}
    replaced = {
        run.name: [id for id, source in run.answers.items() if source != right[id]] for run in runs
    }
    assert replaced["helper--empty.py"] == ["a-join"]
    assert replaced["tally--last-of-equals.py"] == ["a-commonest"]
    assert replaced["tally--set.py"] == ["a-tally"]
    assert replaced["tally--both.py"] == ["a-commonest"], "or the solution's would stand after it"
    assert faults_of_names == []
    assert faults(course) == []


def test_a_wrong_answer_for_nothing_is_named(course: Path) -> None:
    wrong(course, "fly--away.py", "def fly(): ...")
    assert faults(course) == [
        "fly--away.py: expected TASK--why.py, or a definition of an answer's name"
    ]


def test_both_ways_must_agree(course: Path) -> None:
    """In what a check says of a failure too."""

    class Other(Judge):
        def message(self, cell: Cell, source: str, namespace: dict[str, Any]) -> str:
            said = super().message(cell, source, namespace)
            return "ended" if self.fresh and said == "raised NotImplementedError" else said

    found = faults(course, SUMS, Other)
    assert found[0] == (
        "the untouched notebook: 'c-double-1' raised NotImplementedError in the fast run, "
        "ended in a fresh kernel"
    )
    assert len(found) == 4
    assert sound.check(assignment.load(course, SUMS), judge=Other, fresh=False) == []


STALE: dict[str, tuple[Callable[[NotebookNode], object], str]] = {
    "a word": (
        lambda notebook: notebook.cells[2].update(source="## Task 1: How much"),
        "cell 'm-count' is not what the solution makes: make it anew",
    ),
    "an output": (
        lambda notebook: notebook.cells[4].outputs[0].update(text="9\n"),
        "cell 'c-count-1' is not what the solution makes: make it anew",
    ),
    "a cell less": (
        lambda notebook: notebook.cells.pop(),
        "the number of cells (15) is not what the solution makes: make it anew",
    ),
    "an id": (
        lambda notebook: notebook.cells[3].update(id="other"),
        "a-count: id missing, found by the order of answer tags",
    ),
    "an answer": (
        lambda notebook: notebook.metadata.update(title="pieces_of_text = text.split()"),
        "the notebook's metadata gives away the answer 'a-count': 'pieces_of_text = text.split()'",
    ),
}


@pytest.mark.parametrize("what", STALE)
def test_a_students_notebook_that_the_solution_does_not_make(course: Path, what: str) -> None:
    make_stale, told = STALE[what]
    notebook = nbformat.read(course / f"{WORDS}.ipynb", as_version=4)
    make_stale(notebook)
    write(course / f"{WORDS}.ipynb", notebook)
    assert f"{WORDS}.ipynb: {told}" in faults(course)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"nbformat": 4}', '{"cells": [3]}'])
def test_a_students_notebook_that_is_none(course: Path, text: str) -> None:
    (course / f"{WORDS}.ipynb").write_text(text)
    (fault,) = faults(course)
    assert fault.startswith(f"{WORDS}.ipynb: cannot be read: ")


def test_a_solution_that_is_given_away(course: Path) -> None:
    change(course, lambda cells: cells["m-count"].update(source="pieces_of_text = text.split()"))
    assert faults(course)[0] == (
        "cell 'm-count' gives away the answer 'a-count': 'pieces_of_text = text.split()'"
    )


def test_what_is_allowed_and_should_be_looked_at(course: Path) -> None:
    def careless(cells: dict[str, NotebookNode]) -> None:
        cells["h-count-1"].update(source="assert count('a b') == 2", outputs=[])
        cells["h-longest-1"].metadata.lomodel.points = 0
        del cells["c-lines-1"].metadata.lomodel["section"]

    change(course, careless)
    (course / f"{WORDS}.ipynb").unlink()
    found = sound.warnings(assignment.load(course, WORDS))
    assert found == [
        "cell 'h-count-1' expects no output, which is easily forged: print values",
        "cell 'c-lines-1' names no section of the book",
        "no hidden check has a point of the task 'longest'",
        f"no student's notebook {course / WORDS}.ipynb",
    ]
    assert "the solution" not in str(faults(course))


# -- The real judge


@pytest.mark.slow
@pytest.mark.parametrize("name", [WORDS, SUMS])
def test_both_ways_agree_on_the_small_course(course: Path, name: str) -> None:
    """Isolated, and in fresh kernels. Red with a cell run twice in either."""
    assert sound.check(assignment.load(course, name)) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", assignment.names(COURSE))
def test_each_assignment_is_sound(name: str) -> None:
    """Red with a wrong answer that is right."""
    loaded = assignment.load(COURSE, name)
    assert sound.check(loaded) == []
    assert sound.warnings(loaded) == []


@pytest.mark.parametrize("name", assignment.names(COURSE))
def test_each_task_has_wrong_answers(name: str) -> None:
    """Three and more, each with its reason in its name. Red with one taken away."""
    loaded = assignment.load(COURSE, name)
    files = [
        re.fullmatch(r"([a-z0-9-]+?)--[a-z0-9-]+\.py", p.name) for p in sound.wrong_files(loaded)
    ]
    assert all(files)
    tasks = [file[1] for file in files if file]
    assert {task: tasks.count(task) for task in loaded.tasks if tasks.count(task) < 3} == {}
    assert set(tasks) <= set(loaded.tasks)
