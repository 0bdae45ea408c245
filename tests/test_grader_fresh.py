"""A fresh kernel ends with its run.

Seen red: without `cleanup_kc` nbclient leaves a kernel running whose manager it was given.
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
