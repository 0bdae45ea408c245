"""Which section of the book explains a function, a counter or an errno.

The table is made from the pages themselves (``python -m tools.explained``): one line a name, with
the page and the section that show it or speak of it the most.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lomodel.pages import PAGES

TABLE = Path(__file__).with_name("pages.txt")


@dataclass(frozen=True)
class Section:
    """A section of a page."""

    page: str
    anchor: str
    heading: str

    def __str__(self) -> str:
        known = PAGES[self.page]
        return (
            f'page {known.number}, "{known.short}", section "{self.heading}" '
            f"(chapters/{self.page}.html#{self.anchor})"
        )


@cache
def table() -> dict[str, Section]:
    """Every name that a page speaks of, and where."""
    found = {}
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        name, page, anchor, heading = line.split(maxsplit=3)
        found[name] = Section(page, anchor, heading)
    return found


def section(names: Iterable[str]) -> Section | None:
    """The section of the first of the names that has one."""
    return next((table()[name] for name in names if name in table()), None)
