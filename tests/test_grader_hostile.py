"""What a hostile submission gets, leaks and leaves: nothing.

Each file of ``hostile/`` is the first answer of a submission whose other answers are empty; it
defines whatever it likes. Mutations that turned this red: see ``test_grader_judge.py`` for those of
single rules; here, one run instead of two (``recorder`` was shown what a hidden check asks), the
exception's own name in a message (``recorder_in_names``), no cage (``daemon``, ``links``,
``recorder_in_a_file``), no limit of the message's size (``output_in_one``).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.course import WORDS, make_course
from support.processes import below

from exercises.grader import assignment
from exercises.grader.grade import Grade
from exercises.grader.judge import Judge
from exercises.grader.limits import Limits
from exercises.grader.submission import Submission

pytestmark = pytest.mark.slow

HOSTILE = sorted((Path(__file__).parent / "hostile").glob("*.py"))
LIMITS = Limits(cell_seconds=1.0, seconds=8.0)
# Words of the hidden checks and of what they expect.
SECRETS = ("an owl", "mice", "hedgehog", "thicket", "three", "four", "fox", "'z'")
ESCAPED = "escaped"
"""What an answer prints where it came out, or where something of an earlier run (``kept_``) is."""
MARK = "lomodel-was-here"
FORGEABLE = 1
"""Points of each visible check: what it expects stands in the student's own notebook."""


@pytest.fixture(scope="module")
def judge(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Judge]:
    course = make_course(tmp_path_factory.mktemp("course"))
    with Judge(assignment.load(course, WORDS), LIMITS) as judge:
        yield judge


@pytest.fixture(scope="module")
def warm(judge: Judge) -> set[str]:
    """The processes of a sandbox at rest, by their names."""
    return below(os.getpid())


def graded(judge: Judge, name: str, first: str) -> Grade:
    answers = {cell.id: "" for cell in judge.assignment.answers}
    answers[judge.assignment.answers[0].id] = first
    return judge.grade(Submission(name, answers, ()))


def honest(judge: Judge) -> Grade:
    answers = {cell.id: cell.source for cell in judge.assignment.answers}
    return judge.grade(Submission("honest", answers, ()))


def everything(grade: Grade) -> str:
    details = [check.detail for check in grade.checks]
    return json.dumps([grade.as_json(), details], ensure_ascii=False)


@pytest.mark.parametrize("path", HOSTILE, ids=lambda path: path.stem)
def test_a_hostile_submission(path: Path, judge: Judge, warm: set[str]) -> None:
    for _ in range(1 + path.stem.startswith("kept")):
        grade = graded(judge, path.stem, path.read_text())
    assert grade.status == "graded" and len(grade.checks) == len(judge.assignment.checks)
    assert grade.seconds < LIMITS.seconds + 2, "what is compared takes time, too"
    passed = [check for check in grade.checks if check.passed]
    assert not [check.id for check in passed if check.hidden], "an undeserved point"
    assert all(check.max_points <= FORGEABLE for check in passed)
    told = everything(grade)
    assert not [word for word in (*SECRETS, ESCAPED) if word in told], told
    assert below(os.getpid()) == warm, "something is left"
    assert not [place for place in ("/tmp", "/dev/shm", "/var/tmp") if marks(place)]
    after = honest(judge)
    assert after.points == after.max_points, "the honest one after it"


def marks(folder: str) -> list[str]:
    return [name for name in os.listdir(folder) if name.startswith(MARK)]


def test_there_are_enough() -> None:
    assert len(HOSTILE) >= 60
