"""What grading costs beside other graders, on equal submissions: a part of ``make bench``.

    .venv/bin/python -m tools.bench_grader [quick]

Every grader gets the reference assignment with its solution filled in, and must give all points:
one that gives fewer has not graded. nbgrader and otter-grader live in an environment of their own
below `_build`, made when it is first needed (requirements-graders.txt).
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import nbformat
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
COURSE = ROOT / "exercises"
ASSIGNMENT = "02_fourteen_bytes"
PINS = ROOT / "requirements-graders.txt"
VENV = ROOT / "_build/graders"
WARM = 20
"""Submissions after which a run counts as warm."""
OTHERS = 8
"""Submissions that the slow ones get."""
MIB = 1 << 20

# A check for graders that know no stored outputs: what it prints is compared where it runs.
PRINTS = """import contextlib, io
with contextlib.redirect_stdout(io.StringIO()) as _printed:
    exec({source!r}, {names})
assert _printed.getvalue() == {wanted!r}, _printed.getvalue()
"""
OTTER_TEST = """OK_FORMAT = False
from otter.test_files import test_case

name = "{name}"
points = {points}


@test_case(points={points}, hidden=False)
def check(env):
    {body}
"""


class Unmeasured(Exception):
    """One grader cannot be measured here; its text is one line."""


# --- equal submissions ----------------------------------------------------------------------------


def is_tagged(cell: NotebookNode, tag: str) -> bool:
    return tag in cell.metadata.get("tags", ())


def solution(course: Path, name: str) -> NotebookNode:
    """The reference assignment: every answer right, every check with its output."""
    notebook = nbformat.read(course / "solutions" / f"{name}.ipynb", as_version=4)
    for number, cell in enumerate((c for c in notebook.cells if c.cell_type == "code"), 1):
        # nbval takes a cell without a count for one that was never run.
        cell.execution_count = number
    return notebook


def students(count: int) -> list[str]:
    return [f"student{number:04}" for number in range(count)]


def handed_in(notebook: NotebookNode, student: str, *, hidden: bool) -> NotebookNode:
    """A student's notebook: answers with a line that only this student has."""
    copy = nbformat.from_dict(notebook)
    copy.cells = [c for c in copy.cells if hidden or not is_tagged(c, "hidden")]
    for cell in copy.cells:
        if is_tagged(cell, "answer"):
            cell.source += f"\n# {student}"
    return copy


def printed(cell: NotebookNode) -> str:
    """What a check's stored output says on standard output."""
    return "".join(out.text for out in cell.outputs if out.get("name") == "stdout")


def asserting(cell: NotebookNode, names: str) -> str:
    """A check's source that fails where it does not print what is stored."""
    return PRINTS.format(source=cell.source, wanted=printed(cell), names=names)


def points(notebook: NotebookNode) -> int:
    return sum(c.metadata.lomodel.points for c in notebook.cells if is_tagged(c, "check"))


def write(notebook: NotebookNode, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)


# --- ours -----------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Run:
    """One run of ours: seconds a submission with and without the start, bytes at three times."""

    count: int
    whole: float
    warm: float
    start: float
    memory: tuple[float, ...]

    def in_words(self) -> str:
        return f"{self.whole:.3f} with a start of {self.start:.1f} s, {self.count} in one run"

    def memory_in_words(self) -> str:
        start, middle, end = (used / MIB for used in self.memory)
        three = f"{start:.0f} MiB at the start, {middle:.0f} in the middle, {end:.0f} at the end"
        return f"memory of {self.count} submissions in one run of ours: {three}"


def ours(course: Path, name: str, folder: Path, count: int, jobs: int) -> Run:
    """Grade ``count`` submissions in one run, and watch it."""
    notebook = solution(course, name)
    for student in students(count):
        write(handed_in(notebook, student, hidden=False), folder / "in" / f"{student}.ipynb")
    words = ["grade", name, folder / "in", "--out", folder / "out", "--jobs", jobs]
    command = [sys.executable, "-m", "exercises.grader", *map(str, words), "--course", str(course)]
    began = time.perf_counter()
    with (folder / "said").open("w") as said:
        process = subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)
        seen = list(watched(process, folder / "out/grades.json", began))
    ended = time.perf_counter() - began
    if process.returncode:
        raise Unmeasured(last_line((folder / "said").read_text(errors="replace")))
    grades = json.loads((folder / "out/grades.json").read_text())
    demand_all(points(notebook), [grade["points"] for grade in grades["grades"]], count)
    return summed_up(seen, count, ended)


def watched(process: subprocess.Popen, grades: Path, began: float) -> Iterator[tuple]:
    """(seconds, submissions graded, bytes of all its processes) every tenth of a second."""
    while process.poll() is None:
        done = len(json.loads(grades.read_text())["grades"]) if grades.is_file() else 0
        yield time.perf_counter() - began, done, memory_of(process.pid)
        time.sleep(0.1)


def summed_up(seen: list[tuple], count: int, ended: float) -> Run:
    """A run's numbers from what was seen of it."""
    at, done = next(((at, done) for at, done, _ in seen if done >= WARM), (0.0, 0))
    warm = (ended - at) / (count - done) if done < count else ended / count
    third = [
        [used for _, done, used in seen if low * count <= done <= high * count and done >= WARM]
        for low, high in ((0, 0.2), (0.4, 0.6), (0.8, 1))
    ]
    memory = tuple(median(part) if part else float("nan") for part in third)
    return Run(count, ended / count, warm, at - warm * done, memory)


def memory_of(pid: int) -> int:
    """Bytes that a process and all below it take, what they share counted once."""
    children: dict[int, list[int]] = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        children.setdefault(parent, []).append(int(path.parent.name))
    todo, total = [pid], 0
    while todo:
        each = todo.pop()
        todo += children.get(each, [])
        total += _bytes_of(each)
    return total


def _bytes_of(pid: int) -> int:
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return 1024 * next(int(w.split()[1]) for w in rollup.splitlines() if w.startswith("Pss:"))
    except (OSError, StopIteration):
        return 0


# --- the others -----------------------------------------------------------------------------------


def nbgrader(notebook: NotebookNode, name: str, folder: Path, count: int) -> float:
    """``nbgrader autograde``, one command for all."""
    source = nbformat.from_dict(notebook)
    for cell in source.cells:
        if cell.cell_type != "code":
            continue
        marks = {"schema_version": 3, "grade_id": cell.id, "locked": True}
        marks |= {"grade": is_tagged(cell, "check"), "solution": is_tagged(cell, "answer")}
        marks |= {"task": False, "cell_type": "code"}
        if marks["grade"]:
            cell.source = asserting(cell, "globals()")
            marks["points"] = cell.metadata.lomodel.points
        if marks["solution"]:
            marks["locked"] = False
        cell.metadata.nbgrader = marks
        cell.outputs = []
    write(source, folder / "source" / name / f"{name}.ipynb")
    program = [graders_python(), "-m", "nbgrader"]
    run([*program, "generate_assignment", name, "--log-level=ERROR"], folder)
    for student in students(count):
        there = folder / "submitted" / student / name / f"{name}.ipynb"
        write(handed_in(source, student, hidden=True), there)
    spent = run([*program, "autograde", name, "--log-level=ERROR"], folder)
    with sqlite3.connect(folder / "gradebook.db") as book:
        query = (
            "select sum(grade.auto_score) from grade"
            " join submitted_notebook on grade.notebook_id = submitted_notebook.id"
            " group by submitted_notebook.id"
        )
        demand_all(points(notebook), [row[0] for row in book.execute(query)], count)
    return spent / count


def otter(notebook: NotebookNode, name: str, folder: Path, count: int) -> float:
    """``otter run``, which takes one submission a command."""
    for cell in (c for c in notebook.cells if is_tagged(c, "check")):
        body = asserting(cell, "env").replace("\n", "\n    ")
        test = cell.id.replace("-", "_")
        path = folder / "tests" / f"{test}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = OTTER_TEST.format(name=test, points=cell.metadata.lomodel.points, body=body)
        path.write_text(text, encoding="utf-8")
    program = [graders_python(), "-c", "from otter.cli import cli; cli()"]
    run([*program, "generate", "-t", "tests", "-o", "all.zip", "--no-requirements"], folder)
    spent, given = 0.0, []
    for student in students(count):
        plain = nbformat.from_dict(notebook)
        plain.cells = [c for c in plain.cells if not is_tagged(c, "check")]
        write(handed_in(plain, student, hidden=True), folder / student / f"{name}.ipynb")
        words = ["run", f"{student}/{name}.ipynb", "-a", "all.zip", "-o", student, "--no-logo"]
        spent += run([*program, *words], folder)
        results = json.loads((folder / student / "results.json").read_text())
        given.append(sum(test.get("score", 0) for test in results["tests"]))
    demand_all(points(notebook), given, count)
    return spent / count


def nbval_each(notebook: NotebookNode, name: str, folder: Path, count: int) -> float:
    """``pytest --nbval``, a command for each submission."""
    return sum(_nbval(notebook, [student], folder) for student in students(count)) / count


def nbval_all(notebook: NotebookNode, name: str, folder: Path, count: int) -> float:
    """``pytest --nbval``, one command for all."""
    return _nbval(notebook, students(count), folder) / count


def _nbval(notebook: NotebookNode, who: list[str], folder: Path) -> float:
    for student in who:
        write(handed_in(notebook, student, hidden=True), folder / f"{student}.ipynb")
    # An empty configuration of its own: this project's is not a class's.
    (folder / "pytest.ini").write_text("[pytest]\n")
    words = ["--nbval", "--nbval-current-env", "-q", "-p", "no:cacheprovider", "-c", "pytest.ini"]
    files = [f"{student}.ipynb" for student in who]
    return run([sys.executable, "-m", "pytest", *words, *files], folder)


def run(command: list[object], folder: Path) -> float:
    """Seconds that a command takes; Unmeasured with its last line where it fails."""
    # nbgrader calls programs of its environment by name.
    path = os.pathsep.join([str(Path(str(command[0])).parent), os.environ["PATH"]])
    ours_ = {"PYTHONPATH": str(ROOT), "JUPYTER_PREFER_ENV_PATH": "1", "PATH": path}
    environment = os.environ | ours_
    began = time.perf_counter()
    words = [str(word) for word in command]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, text=True)
    spent = time.perf_counter() - began
    if done.returncode:
        raise Unmeasured(last_line(done.stdout + done.stderr))
    return spent


def demand_all(most: int, given: list[float], count: int) -> None:
    """Unmeasured where a grader did not give every point to every submission."""
    if given != [most] * count:
        raise Unmeasured(f"it gave {given[:3]} to {len(given)} of {count}, not {most} to each")


def last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else "it said nothing"


# --- their environment ----------------------------------------------------------------------------


def graders_python() -> Path:
    """The Python of nbgrader and otter; made on demand. Unmeasured where it cannot be made."""
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp, wanted = VENV / "made", hashlib.sha256(PINS.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return python
    shutil.rmtree(VENV, ignore_errors=True)
    print(f"  making an environment of {PINS.name} in {VENV.relative_to(ROOT)} ...", flush=True)
    pip = [python, "-m", "pip", "install", "--quiet", "--no-input", "--retries=2", "-r", PINS]
    for command in ([sys.executable, "-m", "venv", VENV], pip):
        done = subprocess.run([str(w) for w in command], capture_output=True, text=True)
        if done.returncode:
            raise Unmeasured(f"no environment: {last_line(done.stdout + done.stderr)}")
    stamp.write_text(wanted)
    return python


# --- the table ------------------------------------------------------------------------------------

OTHER_GRADERS: dict[str, Callable[[NotebookNode, str, Path, int], float]] = {
    "nbgrader autograde, one command for all": nbgrader,
    "otter run": otter,
    "pytest --nbval, a command each": nbval_each,
    "pytest --nbval, one command for all": nbval_all,
}


def measured(work: Callable[[Path], object]) -> object:
    """What the work gives in a folder of its own; the reason, as a string, where it cannot."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            return work(Path(folder))
        except (Unmeasured, OSError) as error:
            return last_line(str(error))


def main(arguments: list[str], course: Path = COURSE, name: str = ASSIGNMENT) -> None:
    """Print the table. ``quick``: 200 submissions instead of 500, 2 for the slow ones."""
    quick = "quick" in arguments
    notebook = solution(course, name)
    counts = [sum(is_tagged(c, tag) for c in notebook.cells) for tag in ("answer", "check")]
    print(f"grading {name}, {counts[0]} answers and {counts[1]} checks: seconds a submission")
    warm: dict[int, float] = {}
    for jobs, count in ((1, 100), (2, 200 if quick else 500)):
        found = measured(lambda at, j=jobs, n=count: ours(course, name, at, n, j))
        if isinstance(found, Run):
            warm[jobs] = found.warm
            line(f"ours, --jobs {jobs}", found.warm, f"warm; {found.in_words()}")
        else:
            line(f"ours, --jobs {jobs}", None, found)
    if isinstance(found, Run):
        print(f"  {found.memory_in_words()}")
    for what, grader in OTHER_GRADERS.items():
        few = 2 if quick else OTHERS
        found = measured(lambda at, g=grader, n=few: g(notebook, name, at, n))
        if isinstance(found, float):
            ratios = [f"{found / cost:.0f} x ours, --jobs {jobs}" for jobs, cost in warm.items()]
            line(what, found, "; ".join(ratios))
        else:
            line(what, None, found)


def line(what: str, seconds: float | None, said: object) -> None:
    cost = "" if seconds is None else f"{seconds:.3f}"
    print(f"  {what:<40}{cost:>8}  {'not measured: ' if seconds is None else ''}{said}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
