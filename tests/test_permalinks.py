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


def test_a_chapter_has_links() -> None:
    assert any(links(path) for path in NOTEBOOKS)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_links_lead_to_the_symbols_line(path: Path) -> None:
    wrong = [(name, address) for name, address in links(path) if address not in known(name)]
    assert wrong == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_link_to_the_source_escapes(path: Path) -> None:
    """Every address of the viewer is in the form that the test above reads."""
    text = path.read_text(encoding="utf-8")
    assert text.count(VIEWER + "/") == len(links(path))
