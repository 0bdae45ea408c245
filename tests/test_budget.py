"""A page answers one question within its budget.

Mutations that turned these red: each limit halved; a visible cell with two imports; hidden cells
counted; a page without the part "What to remember"; a margin note on the page that is to have none.
"""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from lomodel.pages import PAGES
from tools.budget import HEIGHT, Budget, imports, spent

ROOT = Path(__file__).resolve().parent.parent
PARTS = ("On a real `lo`", "What to remember", "Exercises", "**Next:**")
"""What every page has, in this order."""


WITHOUT = {
    "elsewhere": {
        "On a real `lo`": "other systems were read, not run: there is nothing to type on Linux",
        "```{margin}": "the annotation says nothing about other systems",
    },
}
"""What a page does not have, and why; it says so itself."""


def chapter(name: str) -> Path:
    return ROOT / "chapters" / f"{name}.ipynb"


@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_within_its_budget(name: str) -> None:
    assert spent(chapter(name)).over() == []


def test_what_is_too_much_is_said() -> None:
    assert Budget(2000, 25, 3, 1).over() == []
    assert Budget(2001, 26, 4, 2).over() == [
        "2001 words, at most 2000",
        "26 cells, at most 25",
        "4 lines, at most 3",
        "2 imports, at most 1",
    ]
    assert imports("import a\nfrom b import c\nd()") == 2


def test_hidden_cells_cost_nothing(tmp_path: Path) -> None:
    seen = nbformat.v4.new_code_cell("1")
    hidden = nbformat.v4.new_code_cell("import a\nimport b", metadata={"tags": ["remove-cell"]})
    text = nbformat.v4.new_markdown_cell("# Two `words` | - <b>")
    notebook = nbformat.v4.new_notebook(cells=[text, seen, hidden])
    nbformat.write(notebook, tmp_path / "a.ipynb")
    assert spent(tmp_path / "a.ipynb") == Budget(words=2, cells=1, lines=1, imports=0)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_has_its_parts_in_order(name: str) -> None:
    cells = nbformat.read(chapter(name), as_version=4).cells
    text = "\n".join(cell.source for cell in cells)
    without = WITHOUT.get(name, {})
    places = [text.find(part) for part in PARTS if part not in without]
    assert -1 not in places and places == sorted(places)
    assert text.startswith("# ") and re.search(rf'opening\(\s*"{name}"', cells[1].source)
    assert text.count("```{margin}") == (0 if "```{margin}" in without else 1)
    assert text.count("predict(") >= 2


@pytest.mark.parametrize("name", WITHOUT)
def test_a_page_lacks_only_what_it_says_that_it_lacks(name: str) -> None:
    text = chapter(name).read_text(encoding="utf-8")
    assert not [part for part in WITHOUT[name] if part in text]
    assert "no note in the margin" in text and "no box" in text


@pytest.mark.browser
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_no_longer_than_it_may_be(site: str, visit, name: str) -> None:
    page = visit(width=1280, height=900).open(f"{site}/chapters/{name}.html")
    assert page.evaluate("document.documentElement.scrollHeight") <= HEIGHT
    picture = page.locator("article svg, article .lo-packet").first
    assert picture.bounding_box()["y"] < 900
