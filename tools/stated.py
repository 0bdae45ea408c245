"""Numbers that a page's text states and nothing on the page computes, prints or asserts.

    .venv/bin/python -m tools.stated [NAME ...]

A number is proven when a cell of the page has it, in its source (checks in hidden cells included)
or in what it printed, or when a prediction or the box of the page has it. Small numbers are words;
releases, years and the numbers of pages are names: those are left alone.
"""

from __future__ import annotations

import importlib
import json
import re
import sys
from pathlib import Path

import nbformat

from lomodel import boxes
from lomodel.pages import PAGES

ROOT = Path(__file__).resolve().parent.parent
SMALL = 12
"""Numbers up to this one are words."""

NAMES = re.compile(
    r"\]\([^)]*\)"  # where a link leads
    r"|<[^>]*>"
    r"|\b(?:5|6|7)\.\d+(?:\.\d+)*\b"  # a release of Linux, or a page
    r"|\b[1-6]\.\d\b"
    r"|\b(?:19|20)\d\d\b"
    r"|\bRFC\s\d+"
    r"|\bIPv[46]\b|\b(?:32|64)[- ]bits?\b"
    r"|\b\d+(?:\.\d+){3}(?:/\d+)?\b"  # an address
    r"|(?<![\w.])[\da-f]{0,4}(?:::?[\da-f]{1,4})+(?:/\d+)?"
    r"|^\s*\d+\. ",
    re.MULTILINE,
)
NUMBER = re.compile(r"(?<![\w.,])(0x[\da-fA-F]+|\d+(?:,\d{3})*)(?![\w]|[.,]\d)")
ANY = re.compile(r"0x[\da-fA-F]+|\d+")


def stated(text: str) -> list[str]:
    """The numbers of a text that want a proof, as they are written."""
    return [found for found in NUMBER.findall(NAMES.sub(" ", text)) if _value(found) > SMALL]


def _value(written: str) -> int:
    return int(written.replace(",", ""), 0 if written.startswith("0x") else 10)


def proven(name: str) -> set[int]:
    """Every number that a page's cells, predictions and box have."""
    notebook = nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4)
    texts = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            texts += [str(each) for each in output.get("data", {}).values()]
            texts.append(str(output.get("text", "")))
    module = f"lomodel.predictions.{name}"
    if (path := ROOT / f"{module.replace('.', '/')}.py").exists():
        texts.append(path.read_text(encoding="utf-8"))
        texts += [str(each.expected) for each in importlib.import_module(module).PREDICTIONS]
    for path in Path(boxes.__file__).parent.glob(f"{name}.*"):
        text = path.read_text(encoding="utf-8")
        texts.append(str(json.loads(text)) if path.suffix == ".json" else text)
    return {_value(number) for text in texts for number in ANY.findall(_without_styles(text))}


def _without_styles(text: str) -> str:
    """A text without style sheets and scripts, which are full of numbers."""
    return re.sub(r"<(style|script)\b[^>]*>.*?</\1>", " ", text, flags=re.DOTALL)


def unproven(name: str) -> list[str]:
    """The numbers of a page's text that nothing on it proves, each with the words around it."""
    known = proven(name)
    notebook = nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4)
    text = "\n\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
    found = []
    for number in dict.fromkeys(stated(text)):
        if _value(number) not in known:
            at = re.search(rf"(?<!\w){re.escape(number)}(?!\w)", text)
            around = text[max(0, at.start() - 30) : at.end() + 30] if at else number
            found.append(f"{number}: …{' '.join(around.split())}…")
    return found


def main(names: list[str]) -> int:
    """1 when a page states a number that nothing proves."""
    missing = {name: unproven(name) for name in names or PAGES}
    for name, numbers in missing.items():
        print(*(f"{name}: {each}" for each in numbers), sep="\n", end="\n" if numbers else "")
    return int(any(missing.values()))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
