"""Write the table of `lomodel/explain/pages.txt` anew: which section explains which name.

    python -m tools.explained

A name is a function of the model, an errno, a counter, an option of a socket or a setting. It is
given the section that shows it (a source panel) or speaks of it the most. Of several that do so
alike it is the first, those of the part about surprises before all others: who asks has met one. A
function that two pages show, one of that part, is not in the table: it does not tell which of them
is meant. What cells import or print, and where links lead, does not count.
"""

from __future__ import annotations

import errno
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from docutils.nodes import make_id

from lomodel import trace
from lomodel.contract import OPTIONS, SYSCTLS
from lomodel.explain.sections import TABLE
from lomodel.pages import PAGES
from lomodel.steps.counters import NAMES
from tools import modules

CHAPTERS = Path(__file__).resolve().parents[1] / "chapters"
WORD = re.compile(r"\b[A-Za-z_]\w+")
HEADING = re.compile(r"^(#{1,3}) +(.*)$", re.MULTILINE)
LINK = re.compile(r"\]\([^)]*\)")
IMPORT = re.compile(r"^(from|import) .*$", re.MULTILINE)
PANEL = re.compile(r"""\bsource\(\s*["'](\w+)["']""")
SHOWN, HEADED = 8, 5
"""A panel that shows a function, and a heading that names it, count as so many mentions."""
OPENING = "opening"
"""What is above the first section of a page has the page's own anchor."""
SKIPPED = {"Exercises", "What to remember"}
SURPRISES = "6."
"""The numbers of the pages about surprises begin so."""

Place = tuple[str, str, str]
"""Page, anchor and heading of a section."""


def names() -> set[str]:
    """Every name that something can be explained by."""
    modules.import_all("lomodel.linux")
    functions = {symbol.name for symbol in trace.symbols()}
    counters = {name for group in NAMES.values() for name in group}
    settings = {name.rpartition(".")[2] for name in SYSCTLS}
    return functions | counters | settings | set(OPTIONS) | set(errno.errorcode.values())


def sections(page: str) -> Iterator[tuple[Place, str, bool]]:
    """The texts of a page, part by part: the section that each is in, and whether it is code."""
    notebook = json.loads((CHAPTERS / f"{page}.ipynb").read_text(encoding="utf-8"))
    place: Place = (page, "", OPENING)
    for cell in notebook["cells"]:
        text = "".join(cell["source"])
        if cell["cell_type"] == "code":
            yield place, IMPORT.sub("", text), True
            continue
        text, start = LINK.sub("]", text), 0
        for heading in HEADING.finditer(text):
            yield place, text[start : heading.start()], False
            plain = heading[2].replace("`", "").strip()
            place, start = (page, make_id(plain), plain), heading.end()
            yield place, heading[2] * HEADED, False
        yield place, text[start:], False


def table() -> dict[str, Place]:
    """Every name that a page speaks of, and the section that explains it."""
    known = names()
    found: dict[str, Counter[Place]] = {}
    for page in sorted(PAGES, key=lambda name: not surprises(name)):
        for place, text, code in sections(page):
            if place[2] in SKIPPED:
                continue
            counted = Counter(word for word in WORD.findall(text) if word in known)
            if code:
                counted.update({name: SHOWN for name in PANEL.findall(text) if name in known})
            for name, times in counted.items():
                found.setdefault(name, Counter())[place] += times
    best = {name: places.most_common(1)[0][0] for name, places in found.items()}
    return {name: place for name, place in best.items() if not shown_twice(found[name])}


def shown_twice(places: Counter[Place]) -> bool:
    """Whether two pages show a function, one of them about surprises."""
    pages = {page for (page, _, _), times in places.items() if times >= SHOWN}
    return len(pages) > 1 and any(surprises(page) for page in pages)


def surprises(page: str) -> bool:
    """Whether a page is of the part about surprises."""
    return PAGES[page].number.startswith(SURPRISES)


def lines() -> str:
    """The file's text."""
    rows = (" ".join((name, *place)) for name, place in sorted(table().items()) if place[1])
    return "".join(f"{row}\n" for row in rows)


def main() -> int:
    """0."""
    TABLE.write_text(lines(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
