"""A fresh kernel ends with its run, and has its limits.

Seen red: without `cleanup_kc` nbclient leaves a kernel running whose manager it was given; without
the kernel's own limits an answer had 3 GiB.
"""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from exercises.grader import assignment
from exercises.grader.judge import Judge
from exercises.grader.limits import Limits
from exercises.grader.submission import Submission

COURSE = Path(__file__).resolve().parent.parent / "exercises"


@pytest.mark.slow
def test_no_kernel_is_left() -> None:
    loaded = assignment.load(COURSE, assignment.names(COURSE)[0])
    solution = Submission("ada", {each.id: each.source for each in loaded.answers}, ())
    before = psutil.Process().children(recursive=True)
    with Judge(loaded, Limits(), fresh=True) as judge:
        assert judge.grade(solution).points == loaded.max_points
        left = [each.name() for each in psutil.Process().children() if each not in before]
    assert left == []


@pytest.mark.slow
def test_a_kernel_has_limits() -> None:
    loaded = assignment.load(COURSE, assignment.names(COURSE)[0])
    stubs = {each.id: each.stub for each in loaded.answers}
    greedy = "memory = bytes(3 << 30)"
    with Judge(loaded, Limits(), fresh=True) as judge:
        grade = judge.grade(Submission("ada", stubs | {loaded.answers[0].id: greedy}, ()))
    assert grade.notes == (f"{loaded.answers[0].id}: raised MemoryError",)
