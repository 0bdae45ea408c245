"""Where the C is: symbol, file and line in three releases, for links to the kernel's source.

5.14 is v5.14-rc5, 6.1 is v6.1.192 and 6.12 is v6.12.117; no source of 6.18 was read. The lines of
6.1 and 6.12 are checked against unpacked trees where a machine has them
(``tests/test_source_lines.py``), and ``python -m tools.source_lines`` adds rows for new functions
of the model. "-" means that the line is not known, or that this file of that release does not have
the symbol.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

TAGS = {"5.14": "v5.14-rc5", "6.1": "v6.1.192", "6.12": "v6.12.117"}
"""The version that a release's lines were read from."""

QUOTED = list(TAGS)[-1]
"""The release whose source the book quotes and links to."""

VIEWER = "https://elixir.bootlin.com/linux"


@dataclass(frozen=True, slots=True)
class SourceLine:
    """One symbol in one file; ``lines`` maps a release to the line, counted from 1."""

    symbol: str
    file: str
    lines: dict[str, int]


def parse_row(row: str) -> SourceLine:
    """A line of the table: symbol, file, and the lines in the order of ``TAGS``."""
    symbol, file, *numbers = row.split()
    lines = {
        release: int(number) for release, number in zip(TAGS, numbers, strict=True) if number != "-"
    }
    return SourceLine(symbol, file, lines)


def format_row(row: SourceLine) -> str:
    """The inverse of ``parse_row``."""
    return " ".join([row.symbol, row.file, *(str(row.lines.get(r, "-")) for r in TAGS)])


TABLE = Path(__file__).with_suffix(".txt")
"""One row a line: symbol, file, and the line in each release of ``TAGS``."""


TABLE_ROWS = tuple(map(parse_row, TABLE.read_text(encoding="ascii").splitlines()))


@cache
def _by_symbol() -> dict[str, list[SourceLine]]:
    found: dict[str, list[SourceLine]] = {}
    for row in TABLE_ROWS:
        found.setdefault(row.symbol, []).append(row)
    return found


def source_line(symbol: str, release: str, file: str | None = None) -> tuple[str, int] | None:
    """(file, line) of a symbol in a release; None when the table does not know.

    A symbol that moved stands in several files; ``file`` picks one, else the first that the release
    has counts.
    """
    for row in _by_symbol().get(symbol, ()):
        if release in row.lines and file in (None, row.file):
            return row.file, row.lines[release]
    return None


def permalink(symbol: str, release: str = QUOTED, file: str | None = None) -> str | None:
    """The address of a symbol's line in a pinned version; None when the table does not know it."""
    place = source_line(symbol, release, file)
    if place is None:
        return None
    return f"{VIEWER}/{TAGS[release]}/source/{place[0]}#L{place[1]}"
