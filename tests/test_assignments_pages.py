"""Assignments on the pages of the book, and the two guides.

Seen red: points of visible checks alone, or other ones stated; a task's number counted from 0; an
anchor that no page has; a hint that leads to no section of its task; the box at the end of the
page, and on every page; a solution beside the pages; a message missing from the students' guide; an
option of `grade` misspelt in the instructors'; the table on a phone as it is on a wide screen.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

import click
import nbformat
import pytest
from bs4 import BeautifulSoup, Tag
from docutils import nodes
from docutils.core import publish_doctree
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from exercises.grader import cli, grade
from lomodel.pages import PAGES
from tools import sphinx_assignments
from tools.assignments import FOLDER, Assignment, Task, assignments, checks, read, spoken

ROOT = Path(__file__).resolve().parent.parent
ALL = assignments()
every = pytest.mark.parametrize("assignment", ALL, ids=[each.path.stem for each in ALL])


# --- what a notebook says -------------------------------------------------------------------------


def notebook(*cells: tuple[str, str, int], headings: tuple[str, ...]) -> nbformat.NotebookNode:
    """An assignment: its headings, and a check for each (task, section, points)."""
    title = "# Assignment 7: Of two\n\nText with # signs. [1.2](../chapters/net_init.ipynb)"
    title += " and [any scenario](../chapters/ask_the_kernel.ipynb), which has no number."
    texts = [new_markdown_cell(f"{title}\n\n{headings[0]}")]
    texts += [new_markdown_cell(heading) for heading in headings[1:]]
    made = [
        new_code_cell("1", metadata={"tags": ["check"], "lomodel": dict(zip(KEYS, cell))})  # noqa: B905
        for cell in cells
    ]
    return new_notebook(cells=texts + made)


KEYS = ("task", "section", "points")
TWO = ("## Task 1: First\n\n*Predict.*", "## Task 2: The `second`")
FIRST = ("first", "chapters/setup.html#the-lengths", 1)
SECOND = ("second", "chapters/ops.html", 2)


def stored(folder: Path, made: nbformat.NotebookNode) -> Path:
    path = folder / "07_of_two.ipynb"
    path.parent.mkdir(exist_ok=True)
    nbformat.write(made, path)
    return path


def test_what_an_assignment_says_of_itself(tmp_path: Path) -> None:
    """Red where a page without a number counts as one to read first."""
    path = stored(tmp_path, notebook(FIRST, SECOND, headings=TWO))
    hidden = ("second", "chapters/ops.html", 4)
    stored(tmp_path / "solutions", notebook(FIRST, SECOND, hidden, headings=TWO))
    first = Task("first", 1, "First", (("chapters/setup", "the-lengths"),))
    second = Task("second", 2, "The `second`", (("chapters/ops", ""),))
    reading = ("chapters/net_init",)
    assert assignments(tmp_path) == [Assignment(path, "Of two", reading, (first, second), points=7)]
    (found,) = assignments(tmp_path)
    assert (found.number, found.documents[1:]) == (7, ("chapters/setup", "chapters/ops"))
    assert found.resting_on("chapters/ops") == [2] and found.resting_on("chapters/xmit") == []


@pytest.mark.parametrize(
    ("cells", "headings", "said"),
    [
        ((FIRST, SECOND), TWO[:1], "07_of_two.ipynb: 2 tasks have checks, 1 have a heading"),
        ((("x", "setup.html", 1),), TWO[:1], "'setup.html' is no section"),
    ],
)
def test_what_is_no_assignment(tmp_path: Path, cells, headings, said: str) -> None:
    with pytest.raises(ValueError, match=re.escape(said)):
        read(stored(tmp_path, notebook(*cells, headings=headings)))


@pytest.mark.parametrize(
    ("numbers", "said"),
    [
        ([4], "Task 4 rests"),
        ([1, 2], "Tasks 1 and 2 rest"),
        ([1, 2, 3, 4], "Tasks 1 to 4 rest"),
        ([1, 3, 4, 5], "Tasks 1 and 3 to 5 rest"),
        ([1, 3, 6, 7], "Tasks 1, 3, 6 and 7 rest"),
    ],
)
def test_numbers_of_tasks_in_words(numbers: list[int], said: str) -> None:
    assert spoken(numbers) == said


# --- where it stands ------------------------------------------------------------------------------

FOLD = ".. raw:: html\n\n   <details><summary>{}</summary>\n\n{}\n\n.. raw:: html\n\n   </details>"


def test_the_box_follows_the_solutions() -> None:
    parts = ["1. A question.", FOLD.format("Solutions", "one"), FOLD.format("Other", "two"), "Next"]
    page = publish_doctree("\n\n".join(parts))
    section = nodes.section("", nodes.title("", "Exercises"), *page.children, ids=["exercises"])
    whole = publish_doctree("")
    whole += section
    parent, index = sphinx_assignments.place(whole)
    assert parent is section
    assert section[index - 1].astext() == "</details>"
    assert [section[index - 2].astext(), section[index + 1].astext()] == ["one", "two"]


def test_without_exercises_it_comes_last() -> None:
    whole = publish_doctree("")
    whole += nodes.section("", nodes.title("", "Page"), nodes.paragraph("", "text"), ids=["page"])
    assert sphinx_assignments.place(whole) == (whole[0], 2)
    assert sphinx_assignments.place(publish_doctree("")) is None


# --- the assignments of this book -----------------------------------------------------------------


@cache
def page(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


def cells_of(path: Path) -> list[nbformat.NotebookNode]:
    return nbformat.read(path, as_version=4).cells


def test_there_are_assignments() -> None:
    """Without them the tests below are none. Every solution has a student's notebook."""
    solutions = sorted(path.name for path in (FOLDER / "solutions").glob("*.ipynb"))
    assert ALL and [each.path.name for each in ALL] == solutions


@every
def test_every_check_names_a_section_that_there_is(assignment: Assignment, html: Path) -> None:
    solution = FOLDER / "solutions" / assignment.path.name
    for cell in checks(cells_of(assignment.path)) + checks(cells_of(solution)):
        name, _, anchor = cell.metadata.lomodel.section.partition("#")
        assert (html / name).is_file(), cell.id
        assert anchor and page(html / name).find(id=anchor), (cell.id, anchor)


@every
def test_tasks_are_numbered_as_they_come(assignment: Assignment) -> None:
    cells = cells_of(assignment.path)
    texts = [cell.source for cell in cells if cell.cell_type == "markdown"]
    numbers = [int(n) for text in texts for n in re.findall(r"^## Task (\d+):", text, re.MULTILINE)]
    assert numbers == [task.number for task in assignment.tasks]
    tasks = [cell.id.removeprefix("m-") for cell in cells if "## Task" in cell.source]
    assert tasks == [task.name for task in assignment.tasks]


@every
def test_an_assignment_states_its_points(assignment: Assignment) -> None:
    title = cells_of(assignment.path)[0].source
    stated = re.search(r"Points\W+(\d+)|(\d+) points", title)
    assert str(assignment.points) in stated.groups()


@every
def test_hints_lead_to_the_sections_of_their_checks(assignment: Assignment, html: Path) -> None:
    for task, text in zip(assignment.tasks, texts_of_tasks(assignment), strict=True):
        hints = " ".join(re.findall(r"<details>.*?</details>", text, re.DOTALL))
        links = re.findall(r"\]\(\.\./(chapters/\w+)\.(?:ipynb|md)#([\w-]+)\)", hints)
        assert set(links) & set(task.sections), (task.name, links)
        for document, anchor in links:
            assert page(html / f"{document}.html").find(id=anchor), (task.name, anchor)


def texts_of_tasks(assignment: Assignment) -> list[str]:
    """All text of each task."""
    cells = cells_of(assignment.path)
    text = "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    return re.split(r"^## Task \d+:", text, flags=re.MULTILINE)[1:]


@every
def test_a_failed_check_names_a_section_of_its_page(assignment: Assignment, html: Path) -> None:
    for cell in checks(cells_of(assignment.path)):
        named = re.findall(r'"(\w+\.html)#([\w-]+)"', cell.source)
        section = cell.metadata.lomodel.section.partition("#")[0]
        assert section in {f"chapters/{name}" for name, _ in named}, cell.id
        for name, anchor in named:
            assert page(html / "chapters" / name).find(id=anchor), (cell.id, anchor)


# --- the built pages ------------------------------------------------------------------------------


def boxes(html: Path, name: str) -> list[Tag]:
    return page(html / f"chapters/{name}.html").select(".lo-assignment")


def opens_here(link: Any) -> bool:
    """Whether it leads to JupyterLite, which not every copy of the book has."""
    return link.find_parent(class_="lo-served") is not None


@pytest.mark.parametrize("name", PAGES)
def test_a_page_shows_its_assignments(name: str, html: Path) -> None:
    """Those whose tasks rest on it, and no other; the notebook can be saved from there."""
    wanted = []
    for each in ALL:
        if f"chapters/{name}" in each.documents:
            title = f"Assignment {each.number}, {each.title}"
            numbers = each.resting_on(f"chapters/{name}")
            said = spoken(numbers) if numbers else "Its tasks presume this page: download"
            wanted.append((title, said, f"../exercises/{each.path.name}"))
    found = []
    for box in boxes(html, name):
        title, said = (part.get_text() for part in box.select("p"))
        links = [link["href"] for link in box.select("a") if not opens_here(link)]
        assert links[1:] == ["for_students.html"] and (html / "chapters" / links[0]).is_file()
        found.append((title, said.split(" on this page")[0].split(" the notebook")[0], links[0]))
    assert found == wanted


def test_every_task_rests_on_a_page_of_the_book() -> None:
    rested = {document for each in ALL for document in each.documents}
    assert rested <= {f"chapters/{name}" for name in PAGES}
    without = {name for name in PAGES if f"chapters/{name}" not in rested}
    # Parts 5 and 6 are for who has a question of their own; they have no assignments yet.
    assert all(PAGES[name].number[0] in "56" for name in without)


def test_the_table_has_every_assignment(html: Path) -> None:
    rows = page(html / "chapters/for_students.html").select("table.lo-symbols tbody tr")
    assert len(rows) == len(ALL)
    for row, each in zip(rows, ALL, strict=True):
        title, pages, tasks, points, notebook = (cell.get_text() for cell in row.select("td"))
        assert title == f"{each.number} {each.title}"
        numbers = [PAGES[document.rpartition("/")[2]].number for document in each.documents]
        assert pages == ", ".join(sorted(numbers))
        assert (int(tasks), int(points)) == (len(each.tasks), each.points)
        assert notebook in ("download", "download, open")
        saved = [link["href"] for link in row.select("td:last-child a") if not opens_here(link)]
        assert saved == [f"../exercises/{each.path.name}"]


@every
def test_what_is_downloaded_is_the_students(assignment: Assignment, html: Path) -> None:
    copied = html / "exercises" / assignment.path.name
    assert copied.read_bytes() == assignment.path.read_bytes()
    assert not any("hidden" in cell.metadata.get("tags", ()) for cell in cells_of(copied))


def test_nothing_else_of_the_exercises_is_in_the_built_book(html: Path) -> None:
    found = sorted(path.name for path in (html / "exercises").iterdir())
    assert found == [each.path.name for each in ALL]
    assert not (html / "_sources/exercises").exists()


CUT_OFF = """() => {
    const table = document.querySelector(".lo-assignments"), box = table.parentElement;
    const right = box.getBoundingClientRect().left + box.clientWidth;
    const cells = [...table.querySelectorAll("th p, td p, a")];
    return cells.filter((e) => {
        const seen = e.getBoundingClientRect();
        const cut = e.clientWidth && e.scrollWidth > e.clientWidth + 1;
        return !seen.width || seen.right > right + 1 || cut;
    }).map((e) => e.textContent);
}"""


@pytest.mark.browser
@pytest.mark.parametrize("width", [1280, 390, 320])
def test_the_table_is_seen_without_scrolling(site: str, visit, width: int) -> None:
    """And each notebook's links in one line, the one that only a served page has included. Red
    with `nowrap` on the cell, whose paragraph wraps."""
    page = visit(width=width).open(f"{site}/chapters/for_students.html")
    table = page.locator(".lo-assignments")
    links = table.locator("td:last-child p").all()
    assert len(links) == len(ALL) and {link.bounding_box()["height"] for link in links} == {22}
    assert table.evaluate("(e) => e.parentElement.scrollWidth <= e.parentElement.clientWidth")
    assert page.evaluate(CUT_OFF) == []
    assert table.get_by_text("download").count() == len(ALL)


# --- the guides -----------------------------------------------------------------------------------


def guide(name: str) -> str:
    return (ROOT / f"chapters/for_{name}.md").read_text(encoding="utf-8")


WRITTEN = (
    "README.md",
    "CONTRIBUTING.md",
    "chapters/for_students.md",
    "chapters/for_instructors.md",
)


@pytest.mark.parametrize("name", WRITTEN)
def test_the_commands_are_the_graders(name: str) -> None:
    """Each with its options is one that there is; the notebooks and pages named are there."""
    text = (ROOT / name).read_text(encoding="utf-8").replace(" \\\n  ", " ")
    commands = re.findall(r"python -m exercises\.grader (\w+)((?: [\w./-]+)*)", text)
    for command, words in commands:
        made = cli.commands.commands[command]
        made.parse_args(click.Context(made), words.split())
    for named in re.findall(r"exercises/(?:solutions/)?\d\w+\.ipynb", text):
        assert (ROOT / named).is_file(), named
    for named in re.findall(r"python -m tools\.slides (\w+)", text):
        assert (ROOT / f"chapters/{named}.ipynb").is_file()
    assert commands or name.endswith("students.md")


def test_every_option_that_the_guide_names_is_one() -> None:
    options = {
        option for each in cli.commands.commands.values() for p in each.params for option in p.opts
    }
    named = set(re.findall(r"`(--[a-z-]+)`", guide("instructors"))) - {"--help"}
    assert named <= options and "--unsafe" in named


def test_every_message_is_explained() -> None:
    rows = re.findall(r"^\| `([a-z ]+)`", guide("students").partition("| Message")[2], re.MULTILINE)
    messages = [grade.WRONG, grade.RAISED, grade.TOO_LONG, grade.ENDED, grade.NOT_REACHED]
    assert rows == messages


def test_the_limits_are_the_graders() -> None:
    limits = cli.DEFAULTS
    said = (
        f"{limits.cell_seconds:g} seconds a cell and {limits.seconds:g} in all, "
        f"{limits.memory >> 30} GiB of memory, {limits.processes} processes, "
        f"{limits.files >> 20} MiB of files and {limits.output >> 20} MiB of output a cell"
    )
    assert said in guide("instructors")
    cell, all_ = f"{limits.cell_seconds:g}", f"{limits.seconds:g}"
    assert f"A cell may take {cell} seconds, and all of a notebook {all_}." in guide("students")
