"""The assignments as the book's pages show them, read from `exercises/`.

What a student gets, `exercises/NN_name.ipynb`, has titles and texts. Points and sections are those
of all checks, and hidden ones stand in `exercises/solutions/NN_name.ipynb` alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from lomodel.pages import PAGES

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "exercises"
NAME = re.compile(r"(\d\d)_[a-z0-9_]+")
SECTION = re.compile(r"(chapters/\w+)\.html(?:#([\w-]+))?")
HEADING = re.compile(r"^# (?:Assignment )?(?:\d+\W+)?(.*\S)", re.MULTILINE)
READING = re.compile(r"\]\(\.\./(chapters/\w+)\.ipynb")
TASK = re.compile(r"^## Task (\d+): (.*\S)", re.MULTILINE)


@dataclass(frozen=True)
class Task:
    """One task: its ``name`` in the checks, its place among the tasks, its ``title`` and the
    ``sections`` that explain it, each a document and an anchor ("" for the whole page)."""

    name: str
    number: int
    title: str
    sections: tuple[tuple[str, str], ...]

    @property
    def documents(self) -> tuple[str, ...]:
        """The pages that it rests on, as Sphinx names them."""
        return tuple(dict.fromkeys(document for document, _ in self.sections))


@dataclass(frozen=True)
class Assignment:
    """One assignment: ``path`` is what a student gets, ``reading`` the pages to read first."""

    path: Path
    title: str
    reading: tuple[str, ...]
    tasks: tuple[Task, ...]
    points: int

    @property
    def number(self) -> int:
        return int(self.path.name[:2])

    @property
    def documents(self) -> tuple[str, ...]:
        """The pages to read first, then others that it rests on."""
        rested = [document for task in self.tasks for document in task.documents]
        return tuple(dict.fromkeys([*self.reading, *rested]))

    def resting_on(self, document: str) -> list[int]:
        """The numbers of the tasks that rest on a page."""
        return [task.number for task in self.tasks if document in task.documents]


def assignments(folder: Path = FOLDER) -> list[Assignment]:
    """Every assignment of a course, by number. ValueError, in one line, for one that is none."""
    paths = sorted(path for path in folder.glob("*.ipynb") if NAME.fullmatch(path.stem))
    return [read(path) for path in paths]


def read(path: Path) -> Assignment:
    """One assignment, from the student's notebook. ValueError where it says no title or section."""
    cells = nbformat.read(path, as_version=4).cells
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    title = HEADING.search(text)
    if title is None:
        raise ValueError(f"{path.name}: no heading that says what it is called")
    solution = path.parent / "solutions" / path.name
    whole = nbformat.read(solution, as_version=4).cells if solution.is_file() else cells
    tasks = tuple(_tasks(path.name, whole, [found[2] for found in TASK.finditer(text)]))
    # A page without a number is looked up, not read first.
    linked = dict.fromkeys(READING.findall(TASK.split(text)[0]))
    reading = tuple(each for each in linked if each.rpartition("/")[2] in PAGES)
    points = sum(cell.metadata.lomodel.points for cell in checks(whole))
    return Assignment(path, title[1], reading, tasks, points)


def checks(cells: list[NotebookNode]) -> list[NotebookNode]:
    """The checks among the cells."""
    return [cell for cell in cells if "check" in cell.metadata.get("tags", ())]


def _tasks(file: str, cells: list[NotebookNode], titles: list[str]) -> Iterator[Task]:
    found: dict[str, dict[tuple[str, str], None]] = {}
    for cell in checks(cells):
        place = SECTION.fullmatch(cell.metadata.lomodel.section)
        if place is None:
            said = cell.metadata.lomodel.section
            raise ValueError(
                f"{file}: {cell.id}: {said!r} is no section such as chapters/setup.html#x"
            )
        found.setdefault(cell.metadata.lomodel.task, {})[place[1], place[2] or ""] = None
    if len(titles) != len(found):
        raise ValueError(f"{file}: {len(found)} tasks have checks, {len(titles)} have a heading")
    for number, (name, places) in enumerate(found.items(), 1):
        yield Task(name, number, titles[number - 1], tuple(places))


def spoken(numbers: list[int]) -> str:
    """The numbers of tasks as a sentence begins: "Tasks 1 to 3 and 5 rest"."""
    if len(numbers) == 1:
        return f"Task {numbers[0]} rests"
    *first, last = _runs(numbers)
    return f"Tasks {' and '.join([', '.join(first), last] if first else [last])} rest"


def _runs(numbers: list[int]) -> list[str]:
    """The numbers with three and more in a row as "1 to 3"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    words = [[f"{run[0]} to {run[-1]}"] if len(run) > 2 else map(str, run) for run in runs]
    return [word for run in words for word in run]
