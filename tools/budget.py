"""What a page may cost its reader: words, cells, lines and imports, as `make lint` reports it.

    .venv/bin/python -m tools.budget [NAME ...]

Only pages of `lomodel.pages` have a budget; the index and generated pages have another form. Height
and the first picture are measured in a browser by `tests/test_budget.py`.
"""

from __future__ import annotations

import ast
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import nbformat

from lomodel.pages import PAGES

ROOT = Path(__file__).resolve().parent.parent
WORDS, CELLS, LINES, IMPORTS = 2000, 25, 3, 1
HEIGHT = 12_000
"""Pixels of a page that is 1280 pixels wide."""
HIDDEN = {"remove-cell", "remove-input", "hide-cell"}


@dataclass(frozen=True)
class Budget:
    """What one page costs."""

    words: int
    cells: int
    lines: float
    imports: int

    def over(self) -> list[str]:
        """What is too much, each in a few words."""
        limits = {"words": WORDS, "cells": CELLS, "lines": LINES, "imports": IMPORTS}
        spent = {name: getattr(self, name) for name in limits}
        return [f"{spent[n]} {n}, at most {most}" for n, most in limits.items() if spent[n] > most]


def spent(path: Path) -> Budget:
    """What a notebook costs: words of its text, cells whose source is seen, their median of lines,
    and the most import lines in one of them."""
    notebook = nbformat.read(path, as_version=4)
    text = " ".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    visible = [
        cell.source
        for cell in notebook.cells
        if cell.cell_type == "code" and not HIDDEN & set(cell.metadata.get("tags", ()))
    ]
    lines = [len([line for line in source.splitlines() if line.strip()]) for source in visible]
    return Budget(
        words=len(re.findall(r"[^\s|:`<>#-]\S*", re.sub(r"</?[a-z][^>]*>", " ", text))),
        cells=len(visible),
        lines=median(lines or [0]),
        imports=max(map(imports, visible), default=0),
    )


def imports(source: str) -> int:
    """How many import statements a cell has."""
    nodes = ast.parse(source).body
    return sum(isinstance(node, ast.Import | ast.ImportFrom) for node in nodes)


def main(names: list[str]) -> int:
    """1 when a page is over its budget."""
    worst = 0
    for name in names or PAGES:
        cost = spent(ROOT / "chapters" / f"{name}.ipynb")
        over = cost.over()
        verdict = "over: " + "; ".join(over) if over else "within its budget"
        print(
            f"{name}: {cost.words} words, {cost.cells} cells of {cost.lines:g} lines, "
            f"{cost.imports} import a cell: {verdict}"
        )
        worst |= bool(over)
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
