"""Links to the kernel's source in the chapters, against the table of symbols."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest

from lomodel.source_lines import TABLE_ROWS, VIEWER, permalink

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[`?(\w+)`?\]\((" + re.escape(VIEWER) + r"[^)]*)\)")
NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))


def links(path: Path) -> list[tuple[str, str]]:
    """(name, address) of every link to the kernel's source in a notebook's text."""
    cells = nbformat.read(path, as_version=4).cells
    return [pair for c in cells if c.cell_type == "markdown" for pair in LINK.findall(c.source)]


def known(name: str) -> set[str | None]:
    """Where a name may lead: its own line, or the line of its place in an enumeration."""
    releases = {release for row in TABLE_ROWS for release in row.lines}
    names = (name, f"{name}_BIT")
    return {permalink(each, release) for each in names for release in releases} - {None}


def addresses(path: Path) -> set[str]:
    """Every address of the viewer in a notebook, its outputs included."""
    return set(re.findall(re.escape(VIEWER) + r"[\w./#-]*", path.read_text(encoding="utf-8")))


def test_chapters_have_links() -> None:
    """In figures and panels; names in the text become links when the book is built."""
    assert sum(len(addresses(path)) for path in NOTEBOOKS) > 20


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_links_lead_to_the_symbols_line(path: Path) -> None:
    wrong = [(name, address) for name, address in links(path) if address not in known(name)]
    assert wrong == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_link_leads_elsewhere(path: Path) -> None:
    """Every address is the line of some symbol in a pinned version."""
    lines = {permalink(row.symbol, r, row.file) for row in TABLE_ROWS for r in row.lines}
    assert addresses(path) - lines == set()
