"""An assignment: its solution's notebook, read once and taken apart into cells."""

from __future__ import annotations

import ast
import copy
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
from markdown_it import MarkdownIt
from markdown_it.token import Token
from nbformat import NotebookNode

from exercises.grader.problem import Problem

NAME = re.compile(r"\d\d_[a-z0-9_]+")
GIVEN, ANSWER, CHECK = "given", "answer", "check"


@dataclass(frozen=True)
class Cell:
    """A code cell of the solution's notebook: ``kind`` is GIVEN, ANSWER or CHECK."""

    id: str
    kind: str
    source: str
    outputs: tuple[Any, ...] = ()
    """As the solution gives them (nbformat's nodes)."""
    stub: str = ""
    """Of an answer: what a student's notebook has in its place."""
    hidden: bool = False
    points: int = 0
    task: str = ""
    """Of a check, as it says; of an answer, that of the first check after it."""
    section: str = ""
    needs: tuple[str, ...] = ()
    metadata: Any = None
    """The notebook's own (nbval's markers are in it)."""


@dataclass(frozen=True)
class Assignment:
    """What ``course/solutions/name.ipynb`` says."""

    name: str
    course: Path
    title: str
    cells: tuple[Cell, ...]
    notebook: NotebookNode = field(default_factory=NotebookNode, repr=False, compare=False)
    """The whole solution, its text cells too."""

    @cached_property
    def answers(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.kind == ANSWER)

    @cached_property
    def checks(self) -> tuple[Cell, ...]:
        return tuple(cell for cell in self.cells if cell.kind == CHECK)

    @property
    def max_points(self) -> int:
        return sum(check.points for check in self.checks)

    @property
    def tasks(self) -> tuple[str, ...]:
        """In the order of the notebook."""
        return tuple(dict.fromkeys(check.task for check in self.checks))

    @cached_property
    def titles(self) -> dict[str, str]:
        """The heading of each task that has one, as plain text: the last of the highest rank that
        stands between the task before and its first answer or check."""
        tasks = {cell.id: cell.task for cell in self.cells if cell.kind != GIVEN}
        found: dict[str, str] = {}
        waiting: list[tuple[int, str]] = []
        titled = False
        for cell in self.notebook.cells:
            if cell.cell_type == "markdown":
                new = _headings(cell.source)
                # The first of all is the notebook's own.
                waiting += new if titled else new[1:]
                titled = titled or bool(new)
            elif cell.id in tasks:
                highest = min(waiting, default=(0, ""))[0]
                own = [text for rank, text in waiting if rank == highest]
                found.setdefault(tasks[cell.id], own[-1] if own else "")
                waiting.clear()
        return {task: title for task, title in found.items() if title}


def names(course: Path) -> list[str]:
    """Of all assignments in a course."""
    return sorted(path.stem for path in (course / "solutions").glob("*.ipynb"))


def load(course: Path, name: str) -> Assignment:
    """Reads ``course/solutions/name.ipynb`` and holds it to the form of an assignment.

    Problem where there is none, or where a cell is not what its tag says. What that form says
    nothing about (other tags, other metadata) is left alone.
    """
    path = course / "solutions" / f"{name}.ipynb"
    if name not in names(course):
        there = ", ".join(names(course)) or "none"
        raise Problem(f"no assignment {name!r} in {course / 'solutions'} (there are: {there})")
    try:
        notebook = _notebook(path)
        cells = tuple(_cell(cell) for cell in notebook.cells if cell.cell_type == "code")
        return Assignment(name, course, _title(notebook, name), _with_tasks(cells), notebook)
    except Problem as problem:
        raise Problem(f"{path}: {problem}") from None


def _notebook(path: Path) -> NotebookNode:
    try:
        text = path.read_text(encoding="utf-8")
        raw = json.loads(text)
    except (OSError, ValueError, RecursionError) as error:
        raise Problem(f"not a notebook: {error}") from None
    version = (raw.get("nbformat"), raw.get("nbformat_minor")) if isinstance(raw, dict) else None
    if not version or version[0] != 4 or not isinstance(version[1], int) or version[1] < 5:
        raise Problem(f"expected nbformat 4.5, found {version}: open it in JupyterLab and save it")
    # Before nbformat sees them: it mends ids that stand twice.
    _check_ids(raw.get("cells"))
    return parsed(text)


def parsed(text: str) -> NotebookNode:
    """A notebook of nbformat 4, as it stands there, ids that stand twice too. Problem if none."""
    try:
        notebook = nbformat.v4.reads_json(text)
        nbformat.validate(copy.deepcopy(notebook), relax_add_props=True)
    except (nbformat.ValidationError, AttributeError, KeyError, TypeError, ValueError) as error:
        raise Problem(f"not a valid notebook: {str(error).partition(chr(10))[0]}") from None
    return notebook


def _check_ids(cells: Any) -> None:
    taken: set[str] = set()
    for number, cell in enumerate(cells if isinstance(cells, list) else [], 1):
        own = cell.get("id") if isinstance(cell, dict) else None
        if not isinstance(own, str) or not own:
            raise Problem(f"cell {number}: expected an id that says what the cell is")
        if own in taken:
            raise Problem(f"cell {own!r}: expected ids that stand once, this one stands twice")
        taken.add(own)


def _title(notebook: NotebookNode, name: str) -> str:
    for cell in notebook.cells:
        found = re.search(r"^#{1,6}[ \t]+(\S.*)$", cell.source, re.M)
        if cell.cell_type == "markdown" and found:
            return found[1].strip()
    return name


def _headings(source: str) -> list[tuple[int, str]]:
    """Rank (1 is the highest) and plain text of each heading in a Markdown cell."""
    tokens = MarkdownIt().parse(source)
    return [
        (int(token.tag[1]), _plain(inline.children or []))
        for token, inline in pairwise(tokens)
        if token.type == "heading_open" and token.level == 0
    ]


def _plain(inline: list[Token]) -> str:
    """What is read of it; marks and HTML are not."""
    shown = {"text", "code_inline", "image"}
    return "".join(each.content for each in inline if each.type in shown).strip()


def _cell(cell: NotebookNode) -> Cell:
    """Its kind by its tags, and what its metadata says of that kind."""
    tags = set(cell.metadata.get("tags", []))
    about = cell.metadata.get("lomodel", {})
    common = Cell(cell.id, GIVEN, cell.source, metadata=cell.metadata)
    if not isinstance(about, dict):
        raise _unfit(cell, f"expected lomodel metadata with keys and values, found {about!r}")
    if ANSWER in tags and tags & {CHECK, "hidden"}:
        raise _unfit(cell, f"expected one of the tags 'answer' and 'check', found {sorted(tags)}")
    if "hidden" in tags and CHECK not in tags:
        raise _unfit(cell, "expected the tag 'check' beside 'hidden'")
    if ANSWER in tags:
        return _answer(cell, about, common)
    if CHECK in tags:
        return _check(cell, about, replace(common, hidden="hidden" in tags))
    for key, tag in (("points", CHECK), ("stub", ANSWER)):
        if key in about:
            raise _unfit(cell, f"expected the tag {tag!r} where the metadata has {key!r}")
    return common


def _unfit(cell: NotebookNode, what: str) -> Problem:
    return Problem(f"cell {cell.id!r}: {what}")


def _answer(cell: NotebookNode, about: dict[str, Any], common: Cell) -> Cell:
    stub, task = about.get("stub"), about.get("task", "")
    if not isinstance(stub, str) or not stub.strip():
        raise _unfit(cell, "expected its stub's source in metadata lomodel.stub")
    try:
        ast.parse(stub)
    except (SyntaxError, ValueError) as error:
        raise _unfit(cell, f"expected a stub that is Python: {error}") from None
    if stub.strip() == cell.source.strip():
        raise _unfit(cell, "expected a solution in the cell, found its stub")
    if not isinstance(task, str):
        raise _unfit(cell, f"expected a task's name, found {task!r}")
    return replace(common, kind=ANSWER, stub=stub, task=task)


def _check(cell: NotebookNode, about: dict[str, Any], common: Cell) -> Cell:
    points, task, needs = about.get("points"), about.get("task"), about.get("needs", [])
    section = about.get("section", "")
    if not isinstance(points, int) or isinstance(points, bool) or points < 0:
        raise _unfit(cell, f"expected lomodel.points, a whole number from 0 on, found {points!r}")
    if not isinstance(task, str) or not task.strip():
        raise _unfit(cell, f"expected lomodel.task, the name of its task, found {task!r}")
    if not isinstance(section, str):
        raise _unfit(cell, f"expected lomodel.section, a place in the book, found {section!r}")
    if not isinstance(needs, list) or not all(isinstance(need, str) for need in needs):
        raise _unfit(cell, f"expected lomodel.needs, a list of tasks, found {needs!r}")
    return replace(
        common,
        kind=CHECK,
        outputs=tuple(cell.outputs),
        points=points,
        task=task,
        section=section,
        needs=tuple(needs),
    )


def _with_tasks(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """What only the cells together say: the answers' tasks; that there is something to grade."""
    checks = [cell for cell in cells if cell.kind == CHECK]
    if not any(cell.kind == ANSWER for cell in cells):
        raise Problem("expected a code cell with the tag 'answer', found none")
    if not any(check.hidden for check in checks):
        raise Problem("expected a check with the tag 'hidden', found none")
    for check in checks:
        for need in set(check.needs) - {each.task for each in checks}:
            raise Problem(f"cell {check.id!r}: expected a task of this notebook, found {need!r}")
    return tuple(_in_their_tasks(cells, checks[-1].task))


def _in_their_tasks(cells: tuple[Cell, ...], last: str) -> Iterator[Cell]:
    for place, cell in enumerate(cells):
        if cell.kind == ANSWER and not cell.task:
            after = (each.task for each in cells[place:] if each.kind == CHECK)
            cell = replace(cell, task=next(after, last))
        yield cell
