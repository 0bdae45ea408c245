"""What ``--resume`` goes on from: one line in a file of the report for each grade.

A line is added before the grade's files are written, so a run that was killed at any moment leaves
lines for all it wrote; a last line that is not whole is left out.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterable
from dataclasses import asdict, astuple, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from exercises.grader.assignment import Assignment
from exercises.grader.grade import CheckResult, Grade
from exercises.grader.limits import Limits
from exercises.grader.report import files

FILE = ".resume.jsonl"
_MOST_BYTES, _MOST_FILES = 64 << 20, 1000


@dataclass(frozen=True)
class Line:
    """One grade, what it is a grade of (``key``; empty: of nothing that could be known again), and
    the files that were written for it."""

    grade: Grade
    key: str
    files: tuple[str, ...]

    def dumps(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":")) + "\n"

    @classmethod
    def loads(cls, text: str) -> Line:
        """ValueError, KeyError or TypeError where it is none."""
        row = json.loads(text)
        return cls(_grade(row["grade"]), str(row["key"]), tuple(map(str, row["files"])))


def _grade(row: dict[str, Any]) -> Grade:
    checks = tuple(CheckResult(**check) for check in row.pop("checks"))
    return Grade(notes=tuple(row.pop("notes")), checks=checks, **row)


class Journal:
    """The file, as an earlier run left it and as this one goes on."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._lines = self._read()

    def _read(self) -> dict[str, Line]:
        found = {}
        for text in _text(self._path).splitlines():
            try:
                line = Line.loads(text)
            except (ValueError, KeyError, TypeError):
                continue
            found[line.grade.submission] = line
        return found

    @property
    def files(self) -> set[str]:
        """All that earlier runs wrote for students; names only, whatever the file says."""
        names = {name for line in self._lines.values() for name in line.files}
        return {name for name in names if name == os.path.basename(name) and name.strip(".")}

    def line(self, submission: str, key: str) -> Line | None:
        """What it was given, if that was of the same."""
        line = self._lines.get(submission)
        return line if line and key and line.key == key else None

    def begin(self, kept: Iterable[Line]) -> None:
        """From here on it is this run's, which keeps these."""
        files.write(self._path.parent, FILE, "".join(line.dumps() for line in kept))

    def add(self, line: Line) -> None:
        """At once in the file, as a whole."""
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW
        with open(os.open(self._path, flags, 0o666), "ab") as file:
            file.write(line.dumps().encode())


def _text(path: Path) -> str:
    try:
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return ""
    with open(file, encoding="utf-8", errors="replace") as text:
        return text.read()


class Keys:
    """Tells whether a submission would be graded as before."""

    def __init__(self, assignment: Assignment, limits: Limits, *how: bool) -> None:
        source = assignment.course / "solutions" / f"{assignment.name}.ipynb"
        same = [assignment.name, astuple(limits), how, _digest(source.read_bytes())]
        grader = sorted(Path(__file__).parent.rglob("*.py"))
        same.append([_digest(path.read_bytes()) for path in grader])
        self._same = _digest(json.dumps(same).encode())

    def of(self, path: Path) -> str:
        """The same for the same bytes, assignment, limits and grader; empty where it cannot be told
        (too large, unreadable): such an entry is graded anew."""
        digest = hashlib.sha256(self._same.encode())
        try:
            for name, known in _facts(path):
                digest.update(f"{name}\0{known}\0".encode("utf-8", "surrogatepass"))
        except (OSError, _TooMuch):
            return ""
        return digest.hexdigest()


class _TooMuch(Exception):
    pass


def _facts(path: Path) -> list[tuple[str, str]]:
    """Each thing in an entry with what it is; nothing is followed, no pipe is opened."""
    todo, facts = [path], []
    while todo:
        thing = todo.pop()
        mode = os.lstat(thing).st_mode
        if stat.S_ISDIR(mode):
            todo += sorted(Path(item) for item in islice(os.scandir(thing), _MOST_FILES + 1))
        facts.append((os.path.relpath(thing, path), _fact(thing, mode)))
        if len(facts) + len(todo) > _MOST_FILES:
            raise _TooMuch
    return facts


def _fact(path: Path, mode: int) -> str:
    if stat.S_ISLNK(mode):
        return f"link {os.readlink(path)}"
    if not stat.S_ISREG(mode):
        return f"{stat.S_IFMT(mode):o}"
    with open(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise _TooMuch
    return f"file {_digest(content)}"


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
