"""Slides of a page, a slide a section: `_build/slides/NAME.slides.html`.

    .venv/bin/python -m tools.slides header_ops

Text, cells with what they print, and pictures, by nbconvert. What is alive on a page (an explorer,
a prediction) is left out, and so is what the page folds away. The slides load reveal.js from the
network.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

import nbformat
from nbconvert import SlidesExporter
from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parent.parent
OUT = ROOT / "_build/slides"
# What Sphinx understands and nbconvert does not.
BLOCK = re.compile(r"^(`{3,}|:{3,})\{(?!div\})\w+\}.*?^\1\n?", re.MULTILINE | re.DOTALL)
FENCE = re.compile(r"^:{3,}.*\n?", re.MULTILINE)
FOLD = re.compile(r"<details>.*?</details>", re.DOTALL)
ROLE = re.compile(r"\{\w+\}(?=`)")
ALIVE = re.compile(r"<lo-[a-z]+")
HEADING = re.compile(r"#{1,2} ")


def slides(notebook: NotebookNode) -> NotebookNode:
    """In place: the notebook as nbconvert makes slides of it, each heading a new one."""
    kept = [cell for cell in notebook.cells if not is_left_out(cell)]
    for cell in kept:
        if cell.cell_type == "markdown":
            cell.source = plain(cell.source)
            kind = "slide" if HEADING.match(cell.source) else "-"
            cell.metadata.slideshow = NotebookNode(slide_type=kind)
        elif "remove-input" in cell.metadata.get("tags", ()):
            cell.transient = NotebookNode(remove_source=True)
    notebook.cells = [cell for cell in kept if cell.source.strip()]
    return notebook


def is_left_out(cell: NotebookNode) -> bool:
    """Whether a cell is for nobody to read, or alive."""
    shown = str(cell.get("outputs", ""))
    return "remove-cell" in cell.metadata.get("tags", ()) or bool(ALIVE.search(shown))


def plain(text: str) -> str:
    """Text without what only the book's pages have."""
    for pattern in (BLOCK, FENCE, FOLD, ROLE):
        text = pattern.sub("", text)
    return text.strip()


def main(arguments: list[str]) -> None:
    pages = {path.stem: path for path in sorted((ROOT / "chapters").glob("*.ipynb"))}
    if len(arguments) != 1 or arguments[0] not in pages:
        sys.exit(f"usage: python -m tools.slides PAGE, with a page of: {', '.join(pages)}")
    name = arguments[0]
    notebook = slides(nbformat.read(pages[name], as_version=4))
    exporter = SlidesExporter(reveal_scroll=True, exclude_input_prompt=True)
    exporter.exclude_output_prompt = True
    body, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": name}})
    OUT.mkdir(parents=True, exist_ok=True)
    path = OUT / f"{name}.slides.html"
    path.write_text(body, encoding="utf-8")
    print(path.relative_to(ROOT))


if __name__ == "__main__":
    main(sys.argv[1:])
