"""The commands, from outside: exit status, what is printed, and a run that is stopped or killed.

Seen red, each with one change: a Problem not caught (one line), ``format_message`` replaced by
``show`` (usage), the report begun before the judges are ready (earlier report), a result written
without its line in the journal, keys without the submission's bytes, the limits or the
assignment, a journal that is kept without a look at the keys, a handler that raises at once,
``stopped`` never asked, ``Exception`` not caught in a worker, no second judge, a fault with a key,
the bar left where a line is printed, BrokenPipeError let through, links followed by
``check_report_folder``.
"""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Self

import nbformat
import pytest
from support.course import (
    WORDS,
    assignment_path,
    make_course,
    solved,
    submission_of,
    write,
)

from exercises.grader import cli, grading
from exercises.grader.grade import CheckResult, Grade
from exercises.grader.problem import Problem
from exercises.grader.resume import FILE

ROOT = Path(__file__).resolve().parent.parent
COMMAND = [sys.executable, "-m", "exercises.grader"]
ISOLATED = pytest.mark.skipif(not shutil.which("bwrap"), reason="no bubblewrap")
ENDLESS = "def count(text):\n    while True:\n        pass"


def slow(seconds: float) -> str:
    """A right answer that takes as long each time it is asked."""
    wait = f"import time\n    time.sleep({seconds})"
    return f"def count(text):\n    {wait}\n    return len(text.split())"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_course(tmp_path_factory.mktemp("cli"))


class Class:
    """A folder of submissions, and how it is graded."""

    def __init__(self, folder: Path, course: Path) -> None:
        self.course, self.folder, self.out = course, folder / "class", folder / "report"
        self.folder.mkdir()

    def add(self, name: str, **answers: str) -> Path:
        """A submission with the solution's answers, but for those given (``count=...``)."""
        solution = assignment_path(self.course)
        found = solved(solution) | {f"a-{task}": source for task, source in answers.items()}
        return write(self.folder / f"{name}.ipynb", submission_of(solution, found))

    def words(self, *more: object) -> list[str]:
        found = ["grade", WORDS, self.folder, "--out", self.out, "--course", self.course, *more]
        return list(map(str, found))

    def run(self, *more: object, **how: Any) -> subprocess.CompletedProcess[str]:
        return grader(*self.words(*more), **how)

    def start(self, *more: object) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [*COMMAND, *self.words(*more)],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    @property
    def stored(self) -> dict[str, dict[str, Any]]:
        """``grades.json``, by name."""
        grades = json.loads((self.out / "grades.json").read_text())["grades"]
        assert [grade["submission"] for grade in grades] == sorted(
            grade["submission"] for grade in grades
        )
        return {grade["submission"]: grade for grade in grades}

    def points(self) -> dict[str, int]:
        return {name: grade["points"] for name, grade in self.stored.items()}


def grader(*words: object, **how: Any) -> subprocess.CompletedProcess[str]:
    command = [*COMMAND, *map(str, words)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=100, **how)


@pytest.fixture
def pupils(tmp_path: Path, course: Path) -> Class:
    return Class(tmp_path, course)


class FakeJudge:
    """Gives an answer's points where it is the solution's; counts what is graded.

    ``on`` is called before each submission, and may raise.
    """

    graded: list[str] = []
    started = 0
    on: Callable[[str], object] = staticmethod(lambda name: None)

    def __init__(self, assignment: Any, limits: Any, **_: bool) -> None:
        self.assignment = assignment

    def __enter__(self) -> Self:
        FakeJudge.started += 1
        return self

    def __exit__(self, *_: object) -> None: ...

    def grade(self, submission: Any) -> Grade:
        FakeJudge.on(submission.name)
        FakeJudge.graded.append(submission.name)
        right = {
            cell.task
            for cell in self.assignment.answers
            if submission.answers[cell.id] == cell.source
        }
        checks = [self._check(check, check.task in right) for check in self.assignment.checks]
        return Grade(submission.name, "graded", 12, 0.01, submission.notes, tuple(checks))

    def _check(self, check: Any, passed: bool) -> CheckResult:
        points = check.points if passed else 0
        said = ("", "") if passed else ("wrong", "" if check.hidden else "detail")
        return CheckResult(check.id, check.task, check.hidden, points, check.points, passed, *said)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakeJudge]:
    """The commands' judge in this process."""
    monkeypatch.setattr(grading, "Judge", FakeJudge)
    monkeypatch.setattr(FakeJudge, "graded", [])
    monkeypatch.setattr(FakeJudge, "started", 0)
    monkeypatch.setattr(FakeJudge, "on", staticmethod(lambda name: None))
    return FakeJudge


@ISOLATED
@pytest.mark.slow
class TestGrade:
    def test_class(self, pupils: Class) -> None:
        """A course that is not ours, in an empty environment; a line a student, no bar."""
        pupils.add("ada")
        pupils.add("ben", count="def count(text):\n    return 8")
        (pupils.folder / "\x1b[31mzip.zip").write_bytes(b"PK\x03\x04")
        run = pupils.run("--jobs", 1, env={"PATH": os.environ["PATH"]})
        assert run.returncode == 0, run.stderr
        lines = [" ".join(line.split()) for line in run.stdout.splitlines()]
        assert [re.sub(r"\d\.\d+ s", "T s", line) for line in lines] == [
            "\\x1b[31mzip.zip 0/12 refused T s an archive; expected a notebook NAME.ipynb, "
            "or a folder NAME/ with one notebook in it",
            "ada 12/12 graded T s 0 notes",
            "ben 10/12 graded T s 0 notes",
        ]
        assert run.stderr == "2 graded, 1 refused; mean 11.0 of 12\n"
        assert pupils.points() == {"\x1b[31mzip.zip": 0, "ada": 12, "ben": 10}
        assert {path.suffix for path in pupils.out.iterdir()} >= {".html", ".md", ".csv", ".xml"}
        assert pupils.out.stat().st_mode & 0o777 == 0o700

    def test_nothing_of_a_hidden_check(self, pupils: Class) -> None:
        """In no file of the report, also of a submission that prints all it is asked."""
        pupils.add("spy", count="def count(text):\n    print(repr(text))\n    return text")
        pupils.add("ben", count="def count(text):\n    return 8")
        assert pupils.run().returncode == 0
        for path in pupils.out.iterdir():
            text = path.read_text()
            assert "two mice" not in text and "an owl" not in text, path.name

    def test_limit(self, pupils: Class) -> None:
        pupils.add("ada", count=ENDLESS)
        assert pupils.run("--cell-seconds", "0.5").returncode == 0
        assert pupils.stored["ada"]["seconds"] < 6
        messages = {check["id"]: check["message"] for check in pupils.stored["ada"]["checks"]}
        assert messages["c-count-1"] == "too long" and messages["h-lines-1"] == ""

    def test_unsafe(self, pupils: Class) -> None:
        pupils.add("ada")
        run = pupils.run("--unsafe", env=os.environ | {"PATH": "/nowhere"})
        assert run.returncode == 0 and pupils.points() == {"ada": 12}
        assert run.stderr.startswith("not isolated: ") and "as you" in run.stderr

    def test_no_isolation(self, pupils: Class) -> None:
        """An earlier report stays as it was."""
        pupils.add("ada")
        assert pupils.run().returncode == 0
        before = {path: path.read_bytes() for path in pupils.out.iterdir()}
        run = pupils.run(env=os.environ | {"PATH": "/nowhere"})
        assert (run.returncode, run.stdout, run.stderr.count("\n")) == (2, "", 1)
        assert "bubblewrap" in run.stderr and "--unsafe" in run.stderr
        assert {path: path.read_bytes() for path in pupils.out.iterdir()} == before

    def test_interrupted(self, pupils: Class) -> None:
        """Ctrl-C in the middle: 130, whole files, and --resume goes on where it was."""
        for number in range(12):
            pupils.add(f"s{number:02}", count=slow(0.01 if number < 3 else 0.3))
        run = pupils.start("--jobs", 1)
        for _ in range(3):
            run.stdout.readline()
        run.send_signal(signal.SIGINT)
        _, said = run.communicate(timeout=60)
        assert run.returncode == 130
        assert re.fullmatch(
            r"stopped: \d of 12 have a grade; the same command with --resume goes on\n", said
        )
        first = pupils.stored
        assert 3 <= len(first) < 12
        assert f"{len(first)} of 12" in (pupils.out / "index.html").read_text()
        again = pupils.run("--resume", "--jobs", 2)
        assert again.returncode == 0
        assert f"kept from the earlier run: {len(first)} of 12" in again.stderr
        assert len(again.stdout.splitlines()) == 12 - len(first)
        assert pupils.points() == {f"s{number:02}": 12 for number in range(12)}
        assert {name: pupils.stored[name] for name in first} == first

    def test_interrupted_in_a_cell(self, pupils: Class) -> None:
        """Soon, whatever a submission does; and its processes are gone."""
        pupils.add("ada", count=ENDLESS)
        run = pupils.start("--cell-seconds", 1000, "--seconds", 1000)
        while not (pupils.out / "grades.json").is_file():
            time.sleep(0.1)
        time.sleep(0.5)
        processes = descendants(run.pid)
        run.send_signal(signal.SIGINT)
        began = time.monotonic()
        run.communicate(timeout=60)
        assert run.returncode == 130 and time.monotonic() - began < 20
        assert pupils.stored == {}
        assert processes and are_gone(processes)

    def test_told_to_end(self, pupils: Class) -> None:
        pupils.add("s0")
        for number in range(1, 6):
            pupils.add(f"s{number}", count=slow(3))
        run = pupils.start("--jobs", 1)
        run.stdout.readline()
        run.terminate()
        run.communicate(timeout=60)
        assert run.returncode == 128 + signal.SIGTERM
        assert 1 <= len(pupils.stored) < 6 and (pupils.out / "index.html").is_file()

    def test_killed(self, pupils: Class) -> None:
        """kill -9 at any moment: whole JSON, and --resume makes it right."""
        for number in range(12):
            wrong = "def count(text):\n    1"
            pupils.add(f"s{number:02}", count=slow(0.3) if number % 2 else wrong)
        for moment in range(3):
            run = pupils.start("--resume", "--jobs", 2)
            run.stdout.readline()
            time.sleep(0.11 * moment)
            processes = descendants(run.pid)
            run.kill()
            run.communicate()
            assert are_gone(processes)
            assert 1 <= len(pupils.stored) <= 12
        assert pupils.run("--resume").returncode == 0
        assert pupils.points() == {f"s{n:02}": 12 if n % 2 else 9 for n in range(12)}


def descendants(pid: int) -> set[int]:
    """The processes that one has started, and theirs."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents[int(folder.name)] = int(fields[1])
    found = {pid}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {pid}


def are_gone(processes: set[int]) -> bool:
    """Soon: the kernel ends what stood in a container."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        if not any(Path(f"/proc/{pid}").exists() for pid in processes):
            return True
        time.sleep(0.1)
    return False


class TestProblems:
    """One line that says why and what to do; status 2."""

    def said(self, capsys: pytest.CaptureFixture[str], *words: object) -> str:
        assert cli.main(list(map(str, words))) == 2
        out, err = capsys.readouterr()
        assert out == "" and err.count("\n") == 1 and "Traceback" not in err
        return err

    @pytest.mark.parametrize(
        ("words", "part"),
        [
            ([], "Missing command"),
            (["grad"], "'grad'"),
            (["grade"], "NN_name"),
            (["grade", WORDS, "x"], "--out"),
            (["grade", WORDS, "x", "--out", "y", "--jobs", "0"], "--jobs"),
            (["grade", WORDS, "x", "--out", "y", "--jobs", "two"], "--jobs"),
            (["grade", WORDS, "x", "--out", "y", "--seconds", "nan"], "--seconds"),
            (["grade", WORDS, "x", "--out", "y", "--cell-seconds", "-1"], "--cell-seconds"),
            (["grade", WORDS, "x", "--out", "y", "--memory", "lots"], "--memory"),
            # What overflowed: a traceback, and no points for a whole class.
            (["grade", WORDS, "x", "--out", "y", "--cell-seconds", "1e300"], "--cell-seconds"),
            (["grade", WORDS, "x", "--out", "y", "--memory", "9999999999G"], "--memory"),
            (["grade", WORDS, "x", "--out", "y", "--processes", "9" * 20], "--processes"),
            (["grade", WORDS, "", "--out", "y"], "SUBMISSIONS"),
            (["grade", WORDS, "x", "--out", ""], "--out"),
            (["student", ""], "OUT"),
            (["grade", WORDS, "x", "--out", "y", "--files", "0"], "--files"),
            (["grade", WORDS, "x", "--out", "y", "--processes", "0"], "--processes"),
            (["grade", WORDS, "x", "--out", "y", "--book", "javascript:alert(1)"], "--book"),
            (["grade", WORDS, "x", "--out", "y", "--bok", "z"], "--bok"),
            (["check", "--course"], "--course"),
        ],
    )
    def test_usage(self, capsys: pytest.CaptureFixture[str], words: list[str], part: str) -> None:
        assert part in self.said(capsys, *words)

    def test_no_assignment(self, pupils: Class, capsys: pytest.CaptureFixture[str]) -> None:
        words = ["grade", "99_none", pupils.folder, "--out", pupils.out, "--course", pupils.course]
        assert "99_none" in self.said(capsys, *words)
        assert not pupils.out.exists()
        assert "99_none" in self.said(capsys, "check", "99_none", "--course", pupils.course)
        words = ["student", pupils.out, "99_none", "--course", pupils.course]
        assert "99_none" in self.said(capsys, *words)

    def test_empty_course(self, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        assert "no assignment" in self.said(capsys, "check", "--course", tmp_path)

    def test_left_overs(
        self, pupils: Class, fake: type[FakeJudge], capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Named in one line, and in no report."""
        pupils.add("ada")
        (pupils.folder / "__pycache__").mkdir()
        (pupils.folder / ".DS_Store").write_text("")
        assert cli.main(pupils.words()) == 0
        said = capsys.readouterr().err.splitlines()
        assert said[0] == "left out, made by tools: .DS_Store, __pycache__"
        assert len(said) == 2 and list(pupils.stored) == ["ada"]

    def test_no_folder(self, pupils: Class, capsys: pytest.CaptureFixture[str]) -> None:
        shutil.rmtree(pupils.folder)
        assert str(pupils.folder) in self.said(capsys, *pupils.words())
        pupils.folder.write_text("a file")
        assert str(pupils.folder) in self.said(capsys, *pupils.words())
        assert not pupils.out.exists()

    @pytest.mark.parametrize("kind", ["link", "file", "inside", "equal", "below a file"])
    def test_report(self, pupils: Class, kind: str, capsys: pytest.CaptureFixture[str]) -> None:
        pupils.add("ada")
        if kind == "link":
            (pupils.out.parent / "elsewhere").mkdir()
            pupils.out.symlink_to("elsewhere")
        elif kind == "file":
            pupils.out.write_text("mine")
        elif kind == "below a file":
            pupils.out.write_text("mine")
            pupils.out = pupils.out / "report"
        else:
            pupils.out = pupils.folder / "report" if kind == "inside" else pupils.folder
        assert "--out" in self.said(capsys, *pupils.words())
        assert [path.name for path in pupils.folder.iterdir()] == ["ada.ipynb"]

    @pytest.mark.usefixtures("fake")
    def test_a_folder_in_a_files_place(
        self, pupils: Class, capsys: pytest.CaptureFixture[str]
    ) -> None:
        """Somebody's folder is left alone, and named."""
        pupils.add("ada")
        (pupils.out / "ada.html").mkdir(parents=True)
        assert "ada.html" in self.said(capsys, *pupils.words())

    @pytest.mark.usefixtures("fake")
    def test_a_full_disk(
        self,
        pupils: Class,
        capsys: pytest.CaptureFixture[str],
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        def full(*_: object) -> None:
            raise OSError(28, "No space left on device")

        pupils.add("ada")
        monkeypatch.setattr("exercises.grader.report.files.write", full)
        said = self.said(capsys, *pupils.words())
        assert str(pupils.out) in said and "No space left" in said and "--resume" in said

    @pytest.mark.parametrize(
        ("option", "part"),
        [("--memory", "is ended"), ("--files", "is ended"), ("--output", "prints too much")],
    )
    def test_limits_too_small_for_the_solution(
        self, pupils: Class, capsys: pytest.CaptureFixture[str], option: str, part: str
    ) -> None:
        """Not a class without points."""
        pupils.add("ada")
        assert part in self.said(capsys, *pupils.words(option, "1"))
        assert not (pupils.out / "grades.json").exists()

    @pytest.mark.usefixtures("fake")
    def test_no_judge(self, pupils: Class, capsys: pytest.CaptureFixture[str], fake: Any) -> None:
        def none(_: object) -> None:
            raise Problem("no judge today")

        pupils.add("ada")
        fake.__enter__, kept = none, fake.__enter__
        try:
            assert self.said(capsys, *pupils.words()) == "no judge today\n"
        finally:
            fake.__enter__ = kept
        assert not list(pupils.out.iterdir())


class TestFaults:
    """What the grader itself fails on is one student's matter."""

    def test_always(
        self, pupils: Class, fake: type[FakeJudge], capsys: pytest.CaptureFixture[str]
    ) -> None:
        def on(name: str) -> None:
            if name == "ben":
                raise RuntimeError("an own \x1b bug")

        for name in ("ada", "ben", "cid"):
            pupils.add(name)
        fake.on = on
        assert cli.main(pupils.words("--jobs", "1")) == 0
        assert pupils.points() == {"ada": 12, "ben": 0, "cid": 12}
        ben = pupils.stored["ben"]
        assert ben["status"] == "refused" and ben["notes"][0].startswith("the grader failed on it")
        assert "own" not in ben["notes"][0]
        said = capsys.readouterr().err
        assert "the grader itself failed on ben: RuntimeError: an own \\x1b bug" in said
        # Another judge tried it once more; --resume tries it again, and nobody else.
        assert fake.started in (2, 3)
        fake.graded, fake.on = [], staticmethod(lambda name: None)
        assert cli.main(pupils.words("--resume")) == 0
        assert FakeJudge.graded == ["ben"] and pupils.points()["ben"] == 12

    def test_once(self, pupils: Class, fake: type[FakeJudge]) -> None:
        """A judge that broke is replaced, and the student keeps the points."""
        broken = iter([True])

        def on(name: str) -> None:
            if name == "ben" and next(broken, False):
                raise Problem("the container ended")

        for name in ("ada", "ben", "cid"):
            pupils.add(name)
        fake.on = on
        assert cli.main(pupils.words("--jobs", "1")) == 0
        assert pupils.points() == {"ada": 12, "ben": 12, "cid": 12}
        assert FakeJudge.started == 2

    def test_printed_and_stored(
        self, pupils: Class, fake: type[FakeJudge], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """What is printed stands in grades.json soon, and not when the next student is done."""
        monkeypatch.setattr("exercises.grader.report._SHARE", 1000)
        seen = []

        def on(name: str) -> None:
            until = time.monotonic() + 30
            while name == "cid" and time.monotonic() < until and len(pupils.stored) < 2:
                time.sleep(0.05)
            seen.append(list(pupils.stored))

        for name in ("ada", "ben", "cid"):
            pupils.add(name)
        fake.on = on
        assert cli.main(pupils.words("--jobs", "1")) == 0
        assert seen[-1] == ["ada", "ben"]

    def test_jobs(self, pupils: Class, fake: type[FakeJudge]) -> None:
        for name in ("ada", "ben", "cid"):
            pupils.add(name)
        assert cli.main(pupils.words("--jobs", "2")) == 0
        assert FakeJudge.started == 2
        assert sorted(FakeJudge.graded) == ["ada", "ben", "cid"]


class TestResume:
    @pytest.fixture
    def again(self, pupils: Class, fake: type[FakeJudge]) -> Iterator[Callable[..., list[str]]]:
        """Grades with --resume; the names that were graded in this run."""
        for name in ("ada", "ben", "cid"):
            pupils.add(name)
        folder = pupils.folder / "dot"
        folder.mkdir()
        shutil.copy(pupils.folder / "ada.ipynb", folder / "x.ipynb")
        (pupils.folder / "zip.zip").write_bytes(b"PK\x03\x04")
        assert cli.main(pupils.words()) == 0

        def run(*more: object) -> list[str]:
            FakeJudge.graded = []
            assert cli.main(pupils.words("--resume", *more)) == 0
            return sorted(FakeJudge.graded)

        yield run

    def test_same(self, pupils: Class, again: Callable[..., list[str]]) -> None:
        def content() -> dict[str, bytes]:
            return {path.name: path.read_bytes() for path in pupils.out.iterdir()}

        before = content()
        assert again() == []
        # The journal is in the order in which submissions were graded.
        assert content() | {FILE: b""} == before | {FILE: b""}

    def test_changed(self, pupils: Class, again: Callable[..., list[str]]) -> None:
        pupils.add("ben", count="def count(text):\n    return 8")
        assert again() == ["ben"] and pupils.points()["ben"] == 9
        shutil.copy(pupils.folder / "ben.ipynb", pupils.folder / "dot/x.ipynb")
        assert again() == ["dot"] and pupils.points()["dot"] == 9

    def test_added_and_removed(self, pupils: Class, again: Callable[..., list[str]]) -> None:
        pupils.add("eve")
        (pupils.folder / "ada.ipynb").unlink()
        (pupils.folder / "zip.zip").unlink()
        (pupils.out / "mine.html").write_text("foreign")
        assert again() == ["eve"]
        assert sorted(pupils.points()) == ["ben", "cid", "dot", "eve"]
        names = {path.name for path in pupils.out.iterdir()}
        assert not names & {"ada.html", "ada.md", "zip.zip.html"}
        assert "ada" not in (pupils.out / "index.html").read_text()
        assert (pupils.out / "mine.html").read_text() == "foreign"

    def test_limits(self, again: Callable[..., list[str]]) -> None:
        everyone = ["ada", "ben", "cid", "dot"]
        assert again("--cell-seconds", 5) == everyone
        assert again("--cell-seconds", 5, "--jobs", 1) == []
        assert again("--cell-seconds", 5, "--memory", "512M") == everyone
        assert again("--fresh") == everyone and again() == everyone

    def test_assignment(self, pupils: Class, again: Callable[..., list[str]]) -> None:
        path = assignment_path(pupils.course)
        before = path.read_bytes()
        book = nbformat.read(path, as_version=4)
        book.cells[1].source += "\n# another"
        try:
            nbformat.write(book, path)
            assert again() == ["ada", "ben", "cid", "dot"]
        finally:
            path.write_bytes(before)

    def test_without(self, pupils: Class, again: Callable[..., list[str]]) -> None:
        """Everything anew; what an earlier run wrote goes, what is foreign stays."""
        (pupils.folder / "ada.ipynb").unlink()
        (pupils.out / "mine.md").write_text("foreign")
        FakeJudge.graded = []
        assert cli.main(pupils.words()) == 0
        assert sorted(FakeJudge.graded) == ["ben", "cid", "dot"]
        names = {path.name for path in pupils.out.iterdir()}
        assert "ada.html" not in names and "mine.md" in names
        assert again() == []

    @pytest.mark.parametrize("size", [0, 1, 300, -1, -40])
    def test_half_a_line(self, pupils: Class, again: Callable[..., list[str]], size: int) -> None:
        """The journal as a killed run, or anybody, may leave it."""
        journal = pupils.out / FILE
        content = journal.read_bytes()
        journal.write_bytes(content[:size] + b"\xff{]\n[1]\n" * (size == 0))
        before = pupils.points()
        again()
        assert pupils.points() == before
        assert again() == []

    def test_files_out_of_the_report(
        self, pupils: Class, again: Callable[..., list[str]], tmp_path: Path
    ) -> None:
        """No line in the journal makes us remove what is elsewhere."""
        mine = tmp_path / "mine.html"
        mine.write_text("mine")
        journal = pupils.out / FILE
        journal.write_text(journal.read_text().replace("ada.html", "../mine.html"))
        again()
        assert mine.read_text() == "mine"

    def test_same_feedback(self, pupils: Class, again: Callable[..., list[str]]) -> None:
        """What is kept has all its feedback, with another book's address too."""
        pupils.add("ben", count="def count(text):\n    return 8")
        again()
        assert again("--book", "https://book.example") == []
        page = (pupils.out / "ben.html").read_text()
        assert "detail" in page and "https://book.example/chapters/count.html#top" in page


@ISOLATED
@pytest.mark.slow
class TestTerminal:
    def talk(self, pupils: Class, out: bool) -> tuple[str, str]:
        """What a terminal shows on which stderr is, and stdout too where ``out``; else stdout."""
        ours, theirs = pty.openpty()
        run = subprocess.Popen(
            [*COMMAND, *pupils.words("--jobs", 1)],
            cwd=ROOT,
            stderr=theirs,
            stdout=theirs if out else subprocess.PIPE,
            env=os.environ | {"TERM": "xterm", "COLUMNS": "100"},
        )
        os.close(theirs)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # the terminal's other end is closed
            pass
        os.close(ours)
        printed, _ = run.communicate(timeout=60)
        assert run.returncode == 0
        return shown.decode(), (printed or b"").decode()

    def test_bar(self, pupils: Class) -> None:
        """With time left, and never in the same row as a student's line."""
        for name in ("ada", "ben", "cid"):
            pupils.add(name)
        shown, _ = self.talk(pupils, out=True)
        assert "1/3" in shown and "2/3" in shown and re.search(r"\d:\d\d:\d\d|-:--:--", shown)
        for row in screen(shown):
            assert not ("━" in row and "graded" in row), row
        assert [row.split()[0] for row in screen(shown) if "12/12" in row] == ["ada", "ben", "cid"]

    def test_lines_elsewhere(self, pupils: Class) -> None:
        pupils.add("ada")
        shown, printed = self.talk(pupils, out=False)
        assert printed.startswith("ada") and printed.count("\n") == 1 and "\x1b" not in printed
        assert "━" in shown and "12/12" not in shown

    def test_nobody_listens(self, pupils: Class) -> None:
        """``grade ... | head -0`` grades on."""
        for name in ("ada", "ben", "cid"):
            pupils.add(name)
        reading, writing = os.pipe()
        os.close(reading)
        command = [*COMMAND, *pupils.words()]
        run = subprocess.run(
            command, cwd=ROOT, stdout=writing, stderr=subprocess.PIPE, text=True, timeout=60
        )
        os.close(writing)
        assert run.returncode == 0 and "3 graded" in run.stderr and "Traceback" not in run.stderr
        assert len(pupils.stored) == 3


def screen(shown: str) -> list[str]:
    """The rows of a terminal after that: returns, moves up, and erased rows."""
    rows, row, column = [""], 0, 0
    for part in re.findall(r"\x1b\[[0-9;?]*[A-Za-z]|\r|\n|[^\x1b\r\n]+", shown):
        if part == "\r":
            column = 0
        elif part == "\n":
            row, column = row + 1, 0
            rows += [""] * (row + 1 - len(rows))
        elif part.startswith("\x1b["):
            if part.endswith("K"):
                rows[row] = ""
            elif part.endswith("A"):
                row -= int(part[2:-1] or 1)
        else:
            rows[row] = rows[row][:column].ljust(column) + part + rows[row][column + len(part) :]
            column += len(part)
    return rows


class TestStudent:
    def test_all(self, pupils: Class, capsys: pytest.CaptureFixture[str]) -> None:
        assert cli.main(["student", str(pupils.out), "--course", str(pupils.course)]) == 0
        assert sorted(path.name for path in pupils.out.iterdir()) == [
            "01_words.ipynb",
            "02_sums.ipynb",
        ]
        assert capsys.readouterr().out.count("\n") == 2

    def test_named(self, pupils: Class) -> None:
        words = ["student", str(pupils.out), WORDS, "--course", str(pupils.course)]
        assert cli.main(words) == 0
        (path,) = pupils.out.iterdir()
        assert path.read_bytes() == (pupils.course / f"{WORDS}.ipynb").read_bytes()


class TestCheck:
    def test_status(self, pupils: Class, capsys, monkeypatch: pytest.MonkeyPatch) -> None:
        """0 where all are sound; 1, and a line a fault, where one is not."""
        faults = {WORDS: ["wrong answer \x1b passes"], "02_sums": []}
        monkeypatch.setattr(cli.sound, "check", lambda one, **_: faults[one.name])
        few = {WORDS: ["few \x1b"], "02_sums": []}
        monkeypatch.setattr(cli.sound, "warnings", lambda one: few[one.name])
        assert cli.main(["check", "--course", str(pupils.course)]) == 1
        said = capsys.readouterr().out
        wrong, warning = "wrong answer \\x1b passes", "warning: few \\x1b"
        assert said == f"01_words: {wrong}\n01_words: {warning}\n02_sums: sound\n"
        assert cli.main(["check", "02_sums", "--course", str(pupils.course)]) == 0
