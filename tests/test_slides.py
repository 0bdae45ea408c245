"""Slides of a page: a slide a section, and nothing that only the book's pages understand.

Seen red: the note in the margin kept; a role's name left in the text; a hidden cell shown; no slide
begun at a heading.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from tools import slides

ROOT = Path(__file__).resolve().parent.parent


def test_text_is_plain() -> None:
    note = "```{margin}\n**No.** Not here.\n```\n"
    box = ":::{div} full-width\nWide.\n:::\n"
    fold = "<details>\n<summary>Solutions</summary>\n\n42\n\n</details>"
    text = f"A {{term}}`neighbour`.\n\n{note}{box}\n{fold}\n\n```sh\nls\n```"
    assert slides.plain(text).split() == ["A", "`neighbour`.", "Wide.", "```sh", "ls", "```"]


def test_what_a_slide_shows() -> None:
    alive = new_output("display_data", {"text/html": "<lo-predict></lo-predict>"})
    cells = [
        new_markdown_cell("# Page"),
        new_code_cell("shown"),
        new_code_cell("hidden", metadata={"tags": ["remove-cell"]}),
        new_code_cell("alive", outputs=[alive]),
        new_markdown_cell("```{margin}\nA note.\n```"),
        new_code_cell("source", metadata={"tags": ["remove-input"]}),
        new_markdown_cell("## Section"),
        new_markdown_cell("Text"),
    ]
    made = slides.slides(new_notebook(cells=cells))
    assert [cell.source for cell in made.cells] == [
        *("# Page", "shown", "source", "## Section", "Text"),
    ]
    begun = [cell.source for cell in made.cells if cell.metadata.get("slideshow", {}) == SLIDE]
    assert begun == ["# Page", "## Section"]


SLIDE = {"slide_type": "slide"}


@pytest.mark.slow
def test_a_page_has_a_slide_a_section() -> None:
    command = [sys.executable, "-m", "tools.slides", "header_ops"]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    page = BeautifulSoup((ROOT / said.strip()).read_text(encoding="utf-8"), "html.parser")
    notebook = nbformat.read(ROOT / "chapters/header_ops.ipynb", as_version=4)
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "markdown"]
    headings = [text for text in texts if text.startswith(("# ", "## "))]
    assert len(page.select(".slides > section")) == len(headings) > 5
    shown = page.select_one(".slides").get_text()
    assert "eth_header_cache" in shown and 'predict("' not in shown and "assert " not in shown


@pytest.mark.parametrize("arguments", [[], ["no_page"], ["a", "b"]])
def test_which_pages_there_are_is_said(arguments: list[str]) -> None:
    with pytest.raises(SystemExit, match="usage: .*header_ops"):
        slides.main(arguments)
