"""What a student gets: the solution's notebook without its answers and its hidden checks.

Nothing of either may be left in it, in outputs, metadata and attachments neither.
"""

from __future__ import annotations

import base64
import binascii
import copy
import html
import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
from nbformat import NotebookNode

from exercises.grader.assignment import ANSWER, Assignment, Cell
from exercises.grader.problem import Problem

SHORTEST = 12
"""Characters of a line that gives something away. Shorter ones stand anywhere by chance."""

_NOT_SEEN = re.compile("\x1b\\[[0-9;]*m|[\\s\xad\u200b-\u200f\u2060\ufeff]+")

# What a notebook says of itself; other keys are an editor's, or hold the state of widgets.
METADATA = ("authors", "kernelspec", "language_info", "title")
PARTS = ("cells", "metadata", "nbformat", "nbformat_minor")


def student(assignment: Assignment) -> NotebookNode:
    """The student's notebook. Problem names the cell that would give something away."""
    copied = copy.deepcopy(assignment.notebook)
    notebook = NotebookNode({part: copied[part] for part in PARTS})
    hidden = {check.id for check in assignment.checks if check.hidden}
    stubs = {answer.id: answer.stub for answer in assignment.answers}
    notebook.cells = [cell for cell in notebook.cells if cell.id not in hidden]
    for cell in notebook.cells:
        if cell.id in stubs:
            # Never run: nbval compares no output of it.
            cell.source, cell.outputs, cell.execution_count = stubs[cell.id], [], None
            cell.metadata.pop("lomodel", None)
    notebook.metadata = NotebookNode({k: v for k, v in notebook.metadata.items() if k in METADATA})
    if found := leaks(assignment, notebook):
        more = f" (and {len(found) - 1} more)" if len(found) > 1 else ""
        raise Problem(f"{assignment.name}: {found[0]}{more}")
    return notebook


def text(notebook: NotebookNode) -> str:
    """As it is stored."""
    return nbformat.writes(notebook) + "\n"


def write_student(assignment: Assignment, out: Path) -> Path:
    """Stores the student's notebook in the folder ``out``, which is made; never half of it."""
    content = text(student(assignment))
    target = out / f"{assignment.name}.ipynb"
    solutions = assignment.course / "solutions"
    try:
        out.mkdir(parents=True, exist_ok=True)
        if solutions.exists() and out.samefile(solutions):
            raise Problem(f"{out} holds the solutions: expected another folder for students")
        beside = out / f".{assignment.name}.{os.getpid()}.new"
        beside.write_text(content, encoding="utf-8")
        beside.replace(target)
    except OSError as error:
        raise Problem(f"cannot write {target}: {error.strerror}") from None
    return target


# -- What would give something away


@dataclass(frozen=True)
class _Secret:
    """A line that must not be left, and where it comes from."""

    line: str
    source: str


def leaks(assignment: Assignment, notebook: NotebookNode) -> list[str]:
    """One sentence each: the cell that holds a line of an answer or of a hidden check."""
    secrets = list(_secrets(assignment))
    places = [(f"cell {cell.id!r}", cell) for cell in notebook.cells]
    places.append(("the notebook's metadata", notebook.metadata))
    return [
        f"{where} gives away {secret.source}: {secret.line!r}"
        for where, place in places
        for secret in _found(secrets, _bare("\0".join(_texts(place))))
    ]


def _found(secrets: Iterable[_Secret], bare: str) -> list[_Secret]:
    return [secret for secret in secrets if _bare(secret.line) in bare]


def _bare(text: str) -> str:
    """Without blanks and ends of lines, colours of a terminal, and what has no width: how a line is
    set does not hide it."""
    return _NOT_SEEN.sub("", text)


def _secrets(assignment: Assignment) -> Iterator[_Secret]:
    """Lines of answers, of hidden checks and of what these print, but those that are shown."""
    given = [cell for cell in assignment.cells if cell.kind != ANSWER and not cell.hidden]
    shown = _bare("\0".join([c.source for c in given] + [c.stub for c in assignment.answers]))
    seen = _bare("\0".join(line for cell in given for line in printed(cell)))
    for cell in assignment.cells:
        if cell.kind == ANSWER or cell.hidden:
            kind = "a hidden check" if cell.hidden else "the answer"
            for line in _lines(cell.source):
                if _bare(line) not in shown:
                    yield _Secret(line, f"{kind} {cell.id!r}")
        if cell.hidden:
            for line in _telling(cell):
                if _bare(line) not in shown and _bare(line) not in seen:
                    yield _Secret(line, f"what the hidden check {cell.id!r} prints")


def _lines(source: str) -> list[str]:
    stripped = (line.strip() for line in source.splitlines())
    return list(dict.fromkeys(line for line in stripped if len(line) >= SHORTEST))


def _telling(check: Cell) -> Iterator[str]:
    """Lines that it prints; a single word, an exception's name say, is the text's too."""
    for output in printed(check):
        yield from (line for line in _lines(output) if not line.strip("'\"").isidentifier())


def printed(cell: Cell) -> Iterator[str]:
    """What a cell shows, as the solution gives it: every text of it."""
    for output in cell.outputs:
        for value in (output.get("text"), *output.get("data", {}).values()):
            if isinstance(value, str):
                yield value


def _texts(place: Any) -> Iterator[str]:
    """All that can be read in a cell, in every form that we know, as one text each."""
    named: dict[str, list[str]] = {}
    for key, value in _strings(place):
        named.setdefault(key, []).append(value)
    for values in named.values():
        # Side by side: a line may be spread over strings of a list, or over outputs.
        whole = "".join(values)
        yield whole
        yield html.unescape(re.sub(r"<[^<>]*>", "", whole))
        yield _unescaped(whole)
        yield _unescaped(_unescaped(whole))
        yield unquote(whole)
        yield from filter(None, map(_decoded, values))


def _strings(value: Any, key: str = "") -> Iterator[tuple[str, str]]:
    """Every string, with the key that it stands under; the keys too."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield "keys", f"{name}\0"
            yield from _strings(inner, str(name))
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner, key)


def _unescaped(text: str) -> str:
    r"""Of JSON or a repr in a string: ``\n``, ``\"`` and ``\u0028`` for what they stand for."""

    def plain(found: re.Match[str]) -> str:
        escape = found[1]
        return (
            chr(int(escape[1:], 16)) if escape[1:] else {"n": "\n", "t": "\t"}.get(escape, escape)
        )

    return re.sub(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|[nt\"'\\/])", plain, text)


def _decoded(value: str) -> str:
    """Of attachments and pictures, which may hold text."""
    bare = _bare(value)
    if len(bare) < SHORTEST or not re.fullmatch(r"[A-Za-z0-9+/]+={0,2}", bare):
        return ""
    try:
        return base64.b64decode(bare, validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return ""
