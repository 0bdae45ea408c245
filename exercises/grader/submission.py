"""What was handed in: a folder's entries, and of a notebook the answers, nothing else.

Files are data here: no link is followed, nothing but a regular file is opened, and whatever stands
in it ends as answers or as a refusal with its reason.
"""

from __future__ import annotations

import json
import os
import re
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from exercises.grader.assignment import ANSWER, Assignment, Cell
from exercises.grader.limits import MIB
from exercises.grader.problem import Problem
from exercises.grader.utf8 import encodable

LARGEST_FILE = 16 * MIB
LARGEST_ANSWER = MIB
MOST_ENTRIES = 10_000  # in all folders of a submission
DEEPEST = 16  # folders in folders

EXPECTED = "expected a notebook NAME.ipynb, or a folder NAME/ with one notebook in it"
CHECKPOINTS = ".ipynb_checkpoints"
# What macOS puts beside every file in an archive: no notebooks, though they are called so.
MACOS_FOLDER, MACOS_FILE = "__MACOSX", "._"
# What tools leave beside the submissions, by exact name: folders, and files.
FOLDERS_OF_TOOLS = {CHECKPOINTS, ".pytest_cache", "__pycache__", "__MACOSX"}
FILES_OF_TOOLS = {".DS_Store", "Thumbs.db"}
ARCHIVES = (".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar")
# Archives that are called something else.
MAGIC = {b"PK\x03\x04": "a ZIP archive", b"\x1f\x8b": "a gzip archive"}

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY
_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC


class Refused(Exception):
    """No notebook could be read; its text is one line that says why."""


@dataclass(frozen=True)
class Entry:
    """One thing in the folder of submissions, whatever it is."""

    name: str
    """In every report; another than all others'."""
    path: Path
    refusal: str = ""
    """Why it is not read, where the folder alone says so."""


@dataclass(frozen=True)
class Submission:
    """The answers by the ids of the assignment's cells, one for each."""

    name: str
    answers: dict[str, str]
    notes: tuple[str, ...] = ()
    elsewhere: frozenset[str] = field(default=frozenset(), compare=False)
    """Names that other cells of it bind, which are not run."""


def entries(folder: Path) -> list[Entry]:
    """All that is in the folder, by name, but for ``left_overs``. Problem where it cannot be
    read."""
    files = [each for each in _listed(folder) if not _is_left_over(each)]
    # A notebook keeps its name; what else would have the same gets another.
    files.sort(key=lambda each: not _is_notebook(each))
    taken: set[str] = set()
    return sorted((_entry(each, taken) for each in files), key=lambda entry: entry.name)


def left_overs(folder: Path) -> list[str]:
    """What tools left in the folder, which nobody handed in. Problem where it cannot be read."""
    return [each.name for each in _listed(folder) if _is_left_over(each)]


def _listed(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda each: os.fsencode(each.name))
    except OSError as error:
        raise Problem(f"cannot read the submissions in {folder}: {error.strerror}") from None


def _is_left_over(found: os.DirEntry[str]) -> bool:
    if found.name in FOLDERS_OF_TOOLS:
        return found.is_dir(follow_symlinks=False)
    return found.name in FILES_OF_TOOLS and found.is_file(follow_symlinks=False)


def _is_notebook(found: os.DirEntry[str]) -> bool:
    return found.name.endswith(".ipynb") and found.is_file(follow_symlinks=False)


def _entry(found: os.DirEntry[str], taken: set[str]) -> Entry:
    """Takes a name that nobody has yet."""
    try:
        what, refusal = _what(found.stat(follow_symlinks=False)), ""
    except OSError as error:
        what, refusal = "not a file", f"cannot be read: {error.strerror}"
    name = wanted = _name(found.name, what)
    if name in taken and what == "a folder":
        name = f"{wanted}/"
        refusal = f"a folder beside a notebook of the same name; {EXPECTED}"
    number = 2
    while name in taken:
        name, number = f"{wanted}~{number}", number + 1
    taken.add(name)
    return Entry(name, Path(found.path), refusal or _refusal(found.name, what))


def _name(file: str, what: str) -> str:
    """``NAME`` of ``NAME.ipynb``; what else it is called, where that would leave nothing too."""
    stem = file.removesuffix(".ipynb") if what != "a folder" else file
    return encodable(stem if stem.strip(".") else file)


def _refusal(name: str, what: str) -> str:
    if what == "a folder" or (what == "a file" and name.endswith(".ipynb")):
        return ""
    if what == "a file" and name.lower().endswith(ARCHIVES):
        what = "an archive"
    return f"{what}; {EXPECTED}"


def _what(status: os.stat_result) -> str:
    kinds = {
        stat.S_IFREG: "a file",
        stat.S_IFDIR: "a folder",
        stat.S_IFLNK: "a link, which is not followed",
        stat.S_IFIFO: "a pipe",
        stat.S_IFSOCK: "a socket",
        stat.S_IFCHR: "a device",
        stat.S_IFBLK: "a device",
    }
    return kinds.get(stat.S_IFMT(status.st_mode), "not a file")


def _shown(text: str) -> str:
    """A name of a submission's in a sentence of ours: one short line of plain characters."""
    return ascii(text if len(text) <= 60 else text[:57] + "...")


def read(entry: Entry, assignment: Assignment) -> Submission:
    """The answers of one entry. Refused says why there are none."""
    if entry.refusal:
        raise Refused(entry.refusal)
    notes: list[str] = []
    try:
        content = _content(entry.path, notes)
    except OSError as error:
        raise Refused(f"cannot be read: {error.strerror}") from None
    cells = list(_code_cells(_cells(content)))
    answers = _Choice(assignment, cells, notes).answers()
    run = {cell.source.strip() for cell in assignment.cells if cell.kind != ANSWER}
    run.update(source.strip() for source in answers.values())
    others = (cell.source for cell in cells if cell.source.strip() not in run)
    return Submission(entry.name, answers, tuple(notes), _bound(others))


# -- From the folder to the notebook's bytes


@contextmanager
def _folder(name: str | Path, inside: int | None = None, flags: int = 0) -> Iterator[int]:
    opened = os.open(name, _FOLDER | flags, dir_fd=inside)
    try:
        yield opened
    finally:
        os.close(opened)


def _content(path: Path, notes: list[str]) -> bytes:
    """Of the notebook, or of the only one in the folder."""
    with _folder(path.parent) as parent:
        status = os.stat(path.name, dir_fd=parent, follow_symlinks=False)
        if not stat.S_ISDIR(status.st_mode):
            return _file(path.name, parent)
        search = _Search()
        with _folder(path.name, parent, os.O_NOFOLLOW) as folder:
            search.look(folder, 0)
    if search.passed_by:
        notes.append(f"links and special files in it were not followed: {search.passed_by}")
    if len(search.found) != 1:
        names = ", ".join(_shown(name) for name in sorted(search.found)[:3])
        told = f"{len(search.found)} notebooks ({names})" if names else "no notebook"
        raise Refused(f"a folder with {told} in it; {EXPECTED}")
    return search.content


class _Search:
    """Through a folder and those in it. Each is opened, so that none can turn into a link."""

    def __init__(self) -> None:
        self.found: list[str] = []
        self.content = b""
        """Of the first notebook."""
        self.passed_by = 0
        self.seen = 0

    def look(self, folder: int, depth: int) -> None:
        if depth > DEEPEST:
            raise Refused(f"folders in folders, more than {DEEPEST} deep; {EXPECTED}")
        with os.scandir(folder) as listed:
            for each in listed:
                self.seen += 1
                if self.seen > MOST_ENTRIES:
                    raise Refused(f"a folder with more than {MOST_ENTRIES} entries; {EXPECTED}")
                self._look_at(each, folder, depth)

    def _look_at(self, each: os.DirEntry[str], folder: int, depth: int) -> None:
        if each.is_dir(follow_symlinks=False):
            if each.name not in (CHECKPOINTS, MACOS_FOLDER):
                with _folder(each.name, folder, os.O_NOFOLLOW) as inner:
                    self.look(inner, depth + 1)
        elif each.name.endswith(".ipynb") and not each.name.startswith(MACOS_FILE):
            self.found.append(each.name)
            if len(self.found) == 1:
                self.content = _file(each.name, folder)
        elif not each.is_file(follow_symlinks=False):
            self.passed_by += 1


def _file(name: str, folder: int) -> bytes:
    """Of a regular file, whatever stands there by now. What is none is not even opened."""
    _expect_file(os.stat(name, dir_fd=folder, follow_symlinks=False))
    with os.fdopen(os.open(name, _FILE, dir_fd=folder), "rb") as file:
        _expect_file(os.fstat(file.fileno()))
        content = file.read(LARGEST_FILE + 1)
    if len(content) > LARGEST_FILE:
        raise Refused(f"larger than {LARGEST_FILE // MIB} MiB: clear the outputs and save it anew")
    return content


def _expect_file(status: os.stat_result) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise Refused(f"the notebook is {_what(status)}, expected a file")


# -- From bytes to code cells


@dataclass(frozen=True)
class _Code:
    """A code cell of a submission."""

    id: str
    source: str
    tagged: bool
    """As an answer."""


def _cells(content: bytes) -> list[Any]:
    """Of nbformat 4, or of 3, which nbformat brings there."""
    notebook = _json(content)
    version = notebook.get("nbformat") if isinstance(notebook, dict) else None
    if version not in (3, 4):
        raise Refused("JSON, but no notebook: expected nbformat 4")
    if version == 3:
        notebook = _upgraded(notebook)
    cells = notebook.get("cells")
    if not isinstance(cells, list):
        raise Refused("a notebook without a list of cells: open it in Jupyter and save it anew")
    return cells


def _json(content: bytes) -> Any:
    for magic, what in MAGIC.items():
        if content.startswith(magic):
            raise Refused(f"{what}, expected a notebook")
    if not content.strip():
        raise Refused("an empty file, expected a notebook")
    try:
        return json.loads(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise Refused("not text in UTF-8, expected a notebook") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}"
        raise Refused(f"not JSON from {where} on, expected a whole notebook") from None
    except ValueError:
        raise Refused("a number in it is too long, expected a notebook") from None
    except (RecursionError, MemoryError):
        raise Refused("lists in lists, too deep to read, expected a notebook") from None


def _upgraded(notebook: Any) -> Any:
    try:
        return nbformat.v4.upgrade(nbformat.v3.nbjson.JSONReader().to_notebook(notebook))
    except Exception:  # whatever nbformat makes of whatever stands in it
        raise Refused("a notebook of nbformat 3 that cannot be brought to 4") from None


def _code_cells(cells: Iterable[Any]) -> Iterator[_Code]:
    """Those that can be read as such; what is none is passed by."""
    for cell in cells:
        if not isinstance(cell, dict) or cell.get("cell_type") != "code":
            continue
        source, metadata = cell.get("source"), cell.get("metadata")
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if isinstance(source, str):
            tags = metadata.get("tags") if isinstance(metadata, dict) else None
            tagged = isinstance(tags, list) and ANSWER in tags
            own = cell.get("id")
            yield _Code(own if isinstance(own, str) else "", encodable(source), tagged)


# -- From code cells to answers


NOT_FOUND = "not found, the stub was run"


class _Choice:
    """Which cell is which answer: by its id, else by its tag's place, else by its first line."""

    def __init__(self, assignment: Assignment, cells: list[_Code], notes: list[str]) -> None:
        self.wanted = assignment.answers
        self.ids = {answer.id for answer in self.wanted}
        self.claimed = [cell for cell in cells if cell.id in self.ids]
        self.free = [cell for cell in cells if cell.id not in self.ids]
        self.tagged = [cell for cell in cells if cell.tagged]
        self.notes = notes

    def answers(self) -> dict[str, str]:
        """By the assignment's ids; the stub where none is found."""
        found = self._by_id()
        missing = [answer for answer in self.wanted if answer.id not in found]
        by_order = self._by_order(missing)
        for answer in missing:
            cell, how = by_order.get(answer.id), "the order of answer tags"
            if cell is None:
                cell, how = self._by_first_line(answer), "its first line"
            if cell is None:
                self._note(answer, NOT_FOUND)
                found[answer.id] = answer.stub
                continue
            self._note(answer, f"id missing, found by {how}")
            self.free = [each for each in self.free if each is not cell]
            found[answer.id] = cell.source
        if all(f"{answer.id}: {NOT_FOUND}" in self.notes for answer in self.wanted):
            self.notes.insert(0, "no answer is in it: is it the notebook of another assignment?")
        return {answer.id: self._bounded(answer, found[answer.id]) for answer in self.wanted}

    def _by_id(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for answer in self.wanted:
            sources = [cell.source for cell in self.claimed if cell.id == answer.id]
            if sources:
                found[answer.id] = self._last_of(answer, sources)
        return found

    def _last_of(self, answer: Cell, sources: list[str]) -> str:
        if len(sources) > 1:
            times = "twice" if len(sources) == 2 else f"{len(sources)} times"
            self._note(answer, f"stands {times}, the last that differs from the stub counts")
        changed = [source for source in sources if source.strip() != answer.stub.strip()]
        return (changed or sources)[-1]

    def _by_order(self, missing: list[Cell]) -> dict[str, _Code]:
        """The tags left over, where they are as many; else all, each at its place."""
        lines = {_first_line(answer.stub) for answer in self.wanted if answer not in missing}
        # What begins as an answer that was found is a copy of that.
        left = [c for c in self.free if c.tagged and _first_line(c.source) not in lines]
        if len(left) == len(missing):
            return dict(zip((answer.id for answer in missing), left, strict=True))
        if len(self.tagged) == len(self.wanted):
            pairs = zip(self.wanted, self.tagged, strict=True)
            return {answer.id: cell for answer, cell in pairs if cell.id not in self.ids}
        return {}

    def _by_first_line(self, answer: Cell) -> _Code | None:
        """That begins as the stub does, where no other stub begins so."""
        line = _first_line(answer.stub)
        if [_first_line(each.stub) for each in self.wanted].count(line) > 1:
            return None
        alike = [cell for cell in self.free if _first_line(cell.source) == line]
        changed = [cell for cell in alike if cell.source.strip() != answer.stub.strip()]
        found = changed or alike
        return found[-1] if found else None

    def _bounded(self, answer: Cell, source: str) -> str:
        if len(source.encode()) <= LARGEST_ANSWER:
            return source
        self._note(answer, f"longer than {LARGEST_ANSWER // MIB} MiB, the stub was run")
        return answer.stub

    def _note(self, answer: Cell, what: str) -> None:
        self.notes.append(f"{answer.id}: {what}")


def _first_line(source: str) -> str:
    return next((line.rstrip() for line in source.splitlines() if line.strip()), "")


# -- What other cells bind: for a hint only, so it is looked for, not parsed. Python's parser can be
# -- led to use up the stack, and magics are none of its language.

_LOOKED_THROUGH, _MOST_NAMES, _LONGEST_NAME = MIB, 1000, 60
_BINDS = re.compile(
    r"^(?:(?:async[ ]++)?+(?:def|class)[ ]++(?P<one>\w++)"
    r"|(?:from[ ]++[\w.]++[ ]++)?+import[ ]++(?P<imported>\([^()]*+\)|[^\n(]++)"
    r"|(?P<several>\w++(?:[ ]*+,[ ]*+\w++)*+)[ ]*+(?::[^=\n]*+)?+=(?!=))",
    re.MULTILINE,
)


def _bound(sources: Iterable[str]) -> frozenset[str]:
    """Names that these cells define, import or assign in lines that are not indented."""
    names: set[str] = set()
    left = _LOOKED_THROUGH
    for source in sources:
        for found in _BINDS.finditer(source, 0, left):
            names.update(filter(_is_name, _names(found)))
            if len(names) >= _MOST_NAMES:
                return frozenset(sorted(names)[:_MOST_NAMES])
        left = max(0, left - len(source))
    return frozenset(names)


def _names(found: re.Match[str]) -> Iterator[str]:
    if found["imported"] is None:
        yield from re.split(r"[ ,]+", found["one"] or found["several"])
        return
    for part in found["imported"].partition("#")[0].strip("()").split(","):
        words = part.split()
        if len(words) == 3 and words[1] == "as":
            yield words[2]
        elif len(words) == 1:
            yield words[0].partition(".")[0]


def _is_name(text: str) -> bool:
    return text.isidentifier() and len(text) <= _LONGEST_NAME
