"""The assignments in the pages: the table of all, and under a page's exercises what rests on it.

A Sphinx extension (see `_config.yml`). `{assignment-table}` becomes a table of every assignment.
At "Exercises" a page names the assignments whose tasks rest on it, by the sections that their
checks name (`tools.assignments`); a section that no page has is a warning. The notebooks go into
the built book beside the pages.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from lomodel.pages import PAGES
from tools import sphinx_lite
from tools.assignments import Assignment, assignments, spoken
from tools.sphinx_symbols import EXERCISES, entry, index_table, link

FOLDER = "exercises"
"""Where the notebooks are in the built book."""
GUIDE = "chapters/for_students"
HEADS = ("assignment", "pages", "tasks", "points", "notebook")
WIDTHS = (36, 26, 10, 10, 18)

log = logging.getLogger(__name__)


class assignment_table(nodes.General, nodes.Element):
    """Where the table goes."""


class AssignmentTable(SphinxDirective):
    """`{assignment-table}`: the place of the table."""

    def run(self) -> list[nodes.Node]:
        return [assignment_table("")]


# --- the table ------------------------------------------------------------------------------------


def table(app: Sphinx, page: str) -> nodes.Node:
    """Every assignment, a row each."""
    rows = [_row(app, page, each) for each in assignments()]
    if not rows:
        return nodes.paragraph("", "There is none yet.")
    made = index_table(HEADS, rows, WIDTHS)
    made["classes"].append("lo-assignments")  # a phone has it in two lines a row: book.css
    return made


def _row(app: Sphinx, page: str, assignment: Assignment) -> nodes.row:
    pages: list[nodes.Node] = []
    order = [f"chapters/{name}" for name in PAGES]
    for doc in sorted(assignment.documents, key=order.index):
        known = PAGES[doc.rpartition("/")[2]]
        pages += [nodes.Text(", ")] if pages else []
        pages.append(link(app.builder.get_relative_uri(page, doc), nodes.Text(known.number)))
    return nodes.row(
        "",
        entry(nodes.Text(f"{assignment.number} {assignment.title}")),
        nodes.entry("", nodes.paragraph("", "", *pages)),
        entry(nodes.Text(str(len(assignment.tasks)))),
        entry(nodes.Text(str(assignment.points))),
        entry(either(page, assignment, "download", "open")),
    )


def either(page: str, assignment: Assignment, save: str, here: str) -> nodes.raw:
    """A link that saves the notebook, and one that opens it where the book has JupyterLite."""
    up = "../" * page.count("/")
    name = assignment.path.name
    label = f'aria-label="{save} {name}"'
    html = f'<a href="{up}{FOLDER}/{name}" download {label}>{save}</a>'
    if sphinx_lite.taken_in():
        # The same words on every page for who hears them; the title says which one.
        said = f'aria-label="{sphinx_lite.SAID}" title="{name}"'
        way = sphinx_lite.link(page, f"{FOLDER}/{name}", said, here)
        html += f'<span class="lo-served">, {way}</span>'
    return nodes.raw("", html, format="html")


# --- a page ---------------------------------------------------------------------------------------


def boxes(app: Sphinx, page: str) -> Iterator[nodes.admonition]:
    """What a page says of the assignments that rest on it."""
    for assignment in assignments():
        if page in assignment.documents:
            title = f"Assignment {assignment.number}, {assignment.title}"
            how = link(app.builder.get_relative_uri(page, GUIDE), nodes.Text("how to work on it"))
            text = nodes.paragraph("", "", nodes.Text(f"{said_of(assignment, page)}: "))
            words = ("download the notebook", "open as notebook")
            text += [either(page, assignment, *words), nodes.Text(", ")]
            text += [nodes.Text("and see "), how, nodes.Text(".")]
            yield nodes.admonition("", nodes.title("", title), text, classes=["lo-assignment"])


def said_of(assignment: Assignment, page: str) -> str:
    """What an assignment has to do with a page."""
    numbers = assignment.resting_on(page)
    return f"{spoken(numbers)} on this page" if numbers else "Its tasks presume this page"


def place(doctree: nodes.document) -> tuple[nodes.Element, int] | None:
    """Where a page's assignments go: behind the solutions of its exercises, else at its end."""
    for section in doctree.findall(nodes.section):
        if EXERCISES in section["ids"]:
            ends = (i for i, each in enumerate(section) if _ends_a_fold(each))
            return section, next(ends, len(section) - 1) + 1
    first = next(doctree.findall(nodes.section), None)
    return first and (first, len(first))


def _ends_a_fold(node: nodes.Node) -> bool:
    return isinstance(node, nodes.raw) and "</details>" in node.astext()


def on_page(app: Sphinx, doctree: nodes.document, name: str) -> None:
    html = app.builder.format == "html"
    for where in list(doctree.findall(assignment_table)):
        where.replace_self(table(app, name) if html else [])
    if html and (at := place(doctree)):
        at[0][at[1] : at[1]] = list(boxes(app, name))


# --- the whole book -------------------------------------------------------------------------------


def check(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of every section that a check names and no page has."""
    for assignment in assignments():
        for task in assignment.tasks:
            for document, anchor in task.sections:
                if not has(env, document, anchor):
                    where = f"{assignment.path.name}: task {task.name}"
                    log.warning("%s: no section %s.html#%s", where, document, anchor)


def has(env: BuildEnvironment, document: str, anchor: str) -> bool:
    """Whether a page and the section in it exist."""
    if document not in env.found_docs:
        return False
    return not anchor or anchor in env.get_doctree(document).ids


def finish(app: Sphinx, error: Exception | None) -> None:
    """The notebooks, beside the pages."""
    if error or app.builder.format != "html":
        return
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(exist_ok=True)
    for assignment in assignments():
        shutil.copy(assignment.path, folder)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(assignment_table)
    app.add_directive("assignment-table", AssignmentTable)
    app.connect("env-check-consistency", check)
    # After names and terms have got their links.
    app.connect("doctree-resolved", on_page, priority=960)
    # Last: what goes over the finished files is not meant for these.
    app.connect("build-finished", finish, priority=990)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
