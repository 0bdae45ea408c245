"""The comparison of graders: equal submissions, honest numbers, and a line where one is missing.

Seen red: hidden checks left in what is handed in; a check that passes whatever is printed; the
start counted as warm; a child's memory forgotten; a grader counted that gives no points.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from support.course import WORDS, make_course

from tools import bench_grader as bench

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def course(tmp_path: Path) -> Path:
    return make_course(tmp_path / "course")


def test_what_is_handed_in_is_equal_but_for_a_line(course: Path) -> None:
    solution = bench.solution(course, WORDS)
    ada, grace = (bench.handed_in(solution, who, hidden=False) for who in ("ada", "grace"))
    assert not any(bench.is_tagged(cell, "hidden") for cell in ada.cells)
    assert len(bench.handed_in(solution, "ada", hidden=True).cells) == len(solution.cells)
    differing = [a for a, b in zip(ada.cells, grace.cells, strict=True) if a.source != b.source]
    assert differing == [cell for cell in ada.cells if bench.is_tagged(cell, "answer")]
    assert bench.points(solution) == 12


def test_a_check_for_others_compares_what_is_printed(course: Path) -> None:
    check = next(c for c in bench.solution(course, WORDS).cells if bench.is_tagged(c, "check"))
    check.source, check.outputs = "print(answer)", [{"name": "stdout", "text": "8\n"}]
    check.outputs = [bench.nbformat.from_dict(each) for each in check.outputs]
    exec(bench.asserting(check, "globals()"), {"answer": 8})
    with pytest.raises(AssertionError, match="9"):
        exec(bench.asserting(check, "globals()"), {"answer": 9})


def test_a_run_is_warm_after_its_start() -> None:
    """Ten seconds until 20 are graded, then ten a second; memory in three places."""
    seen = [(2.0, 0, 5.0), (10.0, 20, 100.0), (20.0, 120, 101.0), (29.0, 210, 103.0)]
    run = bench.summed_up(seen, 220, 30.0)
    assert run.warm == pytest.approx(0.1) and run.start == pytest.approx(8.0)
    assert run.whole == pytest.approx(30 / 220)
    assert run.memory == (100.0, 101.0, 103.0)


def test_a_grader_that_gives_too_little_is_not_measured() -> None:
    bench.demand_all(12, [12, 12.0], 2)
    for given in ([12], [12, 11], []):
        with pytest.raises(bench.Unmeasured):
            bench.demand_all(12, given, 2)


def test_memory_counts_what_a_process_has_started() -> None:
    program = (
        "import subprocess, sys\n"
        "child = 'kept = bytearray(64 << 20); print(1, flush=True); input()'\n"
        "subprocess.run([sys.executable, '-c', child])"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdin=-1, stdout=-1) as process:
        process.stdout.readline()
        assert 64 * bench.MIB < bench.memory_of(process.pid) < 192 * bench.MIB
        process.stdin.close()


def test_what_cannot_be_measured_is_said_in_a_line(course: Path, monkeypatch, capsys) -> None:
    def none(*_: object) -> float:
        raise bench.Unmeasured("there is none")

    monkeypatch.setattr(bench, "ours", none)
    monkeypatch.setattr(bench, "OTHER_GRADERS", {"one": none, "two": lambda *_: 2.5})
    bench.main([], course, WORDS)
    _, *lines = capsys.readouterr().out.splitlines()
    assert [" ".join(line.split()) for line in lines] == [
        "ours, --jobs 1 not measured: there is none",
        "ours, --jobs 2 not measured: there is none",
        "one not measured: there is none",
        "two 2.500",
    ]


@pytest.mark.slow
def test_without_packages_there_is_no_environment(tmp_path: Path, monkeypatch) -> None:
    pins = tmp_path / "requirements-graders.txt"
    pins.write_text(f"nbgrader @ {(tmp_path / 'none.whl').as_uri()}\n")
    monkeypatch.setattr(bench, "PINS", pins)
    monkeypatch.setattr(bench, "ROOT", tmp_path)
    monkeypatch.setattr(bench, "VENV", tmp_path / "graders")
    with pytest.raises(bench.Unmeasured, match="no environment: .*"):
        bench.graders_python()
    assert not (tmp_path / "graders/made").exists()


@pytest.mark.slow
def test_nbval_is_measured_by_what_it_passes(course: Path, tmp_path: Path) -> None:
    solution = bench.solution(course, WORDS)
    assert 0 < bench.nbval_all(solution, WORDS, tmp_path, 1) < 60
    wrong = next(cell for cell in solution.cells if bench.is_tagged(cell, "answer"))
    wrong.source = "1 / 0"
    with pytest.raises(bench.Unmeasured, match="failed"):
        bench.nbval_all(solution, WORDS, tmp_path, 1)


def test_the_others_are_pinned_and_not_in_this_environment() -> None:
    pins = bench.PINS.read_text(encoding="utf-8")
    ours = "".join((ROOT / f"requirements{each}.txt").read_text() for each in ("", "-test"))
    for name in ("nbgrader", "otter-grader"):
        assert f"\n{name}==" in pins and f"\n{name}==" not in ours
