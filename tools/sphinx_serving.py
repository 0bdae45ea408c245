"""What serving the book costs: the tables of the page "Serve the book", from measured numbers.

A Sphinx extension (see `_config.yml`). `{serving-ways}` becomes the table of what `tools.serving`
measured, `{serving-sum}` what a number of readers fetch under the shares that its options state,
and ``{serving}`next warm` `` one number in a sentence. Nothing of them is written by hand.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

NUMBERS = Path(__file__).with_name("serving.json")
SAID = {
    "first": "the first page",
    "next": "each next page",
    "run": "the first “Run”",
    "ask": "the first “Ask the kernel”",
    "notebook": "a notebook, opened and run",
}
"""A way's name in the tables."""

Numbers = dict[str, dict[str, Any]]


def measured() -> Numbers:
    return json.loads(NUMBERS.read_text(encoding="utf-8"))


def size(count: float) -> str:
    """Bytes as a reader takes them in; a number stays with its unit."""
    if count >= 1e5:
        number, unit = f"{count / 1e6:.{1 if count >= 1e6 else 2}f}", "MB"
    elif count >= 1e4:
        number, unit = f"{count / 1e3:.0f}", "KB"
    else:
        number, unit = f"{count:,.0f}", "bytes"
    return f"{number}\N{NO-BREAK SPACE}{unit}"


def markdown(heads: list[str], rows: list[list[str]]) -> str:
    """A table whose first column is text and the others numbers."""
    marks = ["---", *["--:"] * (len(heads) - 1)]
    return "\n".join(f"| {' | '.join(row)} |" for row in [heads, marks, *rows])


# --- what was measured ----------------------------------------------------------------------------


def ways(numbers: Numbers) -> str:
    """A row a way, with an empty cache and on another day."""
    heads = ["what a reader does", "requests", "bytes", "another day: requests", "bytes"]
    rows = []
    for name, said in SAID.items():
        cells = [said]
        for day in ("cold", "warm"):
            each = numbers[name][day]
            cells += [f"{each['requests']:g}", size(each["bytes"])]
        rows.append(cells)
    return markdown(heads, rows)


# --- what many readers fetch ----------------------------------------------------------------------


@dataclass(frozen=True)
class Shares:
    """What is assumed of the readers: one in so many does a thing, once."""

    readers: int
    pages: int
    run: int
    ask: int
    notebook: int

    def times(self) -> dict[str, float]:
        """How often each way is gone."""
        others = {name: self.readers / getattr(self, name) for name in ("run", "ask", "notebook")}
        return {"first": self.readers, "next": self.readers * (self.pages - 1)} | others


def total(numbers: Numbers, shares: Shares, day: str = "cold", brotli: bool = False) -> float:
    """The bytes of all readers."""
    return sum(
        times * (numbers[name][day]["bytes"] - brotli * numbers[name]["brotli_saves"])
        for name, times in shares.times().items()
    )


def asked(numbers: Numbers, shares: Shares, day: str = "cold") -> float:
    """The requests of all readers."""
    return sum(times * numbers[n][day]["requests"] for n, times in shares.times().items())


def sums(numbers: Numbers, shares: Shares) -> str:
    """A row a way and one for all."""
    heads = ["what readers do", "times, million", "TB", "requests, million", "another day: GB"]
    rows = []
    for name, times in shares.times().items():
        cold, warm = numbers[name]["cold"], numbers[name]["warm"]
        rows.append(
            [
                SAID[name],
                f"{times / 1e6:g}",
                f"{times * cold['bytes'] / 1e12:.2f}",
                f"{times * cold['requests'] / 1e6:.1f}",
                f"{times * warm['bytes'] / 1e9:.1f}",
            ]
        )
    last = [total(numbers, shares) / 1e12, asked(numbers, shares) / 1e6]
    warm = total(numbers, shares, "warm") / 1e9
    rows.append(["**all**", "", f"**{last[0]:.2f}**", f"**{last[1]:.1f}**", f"**{warm:.1f}**"])
    return markdown(heads, rows)


def costs(numbers: Numbers, shares: Shares, prices: list[float], request: float) -> str:
    """What prices a GB make of the sum, and what a price for a million requests adds."""
    heads = ["at a price of", "over gzip", "over brotli"]
    both = [total(numbers, shares), total(numbers, shares, brotli=True)]
    rows = [
        [f"{price:g} dollars a GB", *(f"{price * each / 1e9:,.0f} dollars" for each in both)]
        for price in prices
    ]
    added = f"{request * asked(numbers, shares) / 1e6:,.0f} dollars"
    rows.append([f"{request:g} dollars a million requests", added, added])
    return markdown(heads, rows)


# --- in the page ----------------------------------------------------------------------------------


class Ways(SphinxDirective):
    """`{serving-ways}`: the table of what was measured."""

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(NUMBERS))
        return self.parse_text_to_nodes(ways(measured()))


def list_of_prices(text: str) -> list[float]:
    return [float(word) for word in text.split()]


class Sum(SphinxDirective):
    """`{serving-sum}`: a table of what readers fetch, and one of what it costs."""

    option_spec = {
        "readers": directives.positive_int,
        "pages": directives.positive_int,
        "run": directives.positive_int,
        "ask": directives.positive_int,
        "notebook": directives.positive_int,
        "prices": list_of_prices,
        "request": float,
    }

    def run(self) -> list[nodes.Node]:
        self.env.note_dependency(str(NUMBERS))
        given, numbers = dict(self.options), measured()
        prices, request = given.pop("prices"), given.pop("request")
        shares = Shares(**given)
        text = f"{sums(numbers, shares)}\n\n{costs(numbers, shares, prices, request)}"
        return self.parse_text_to_nodes(text)


class Number(SphinxRole):
    """``{serving}`next warm` ``: the bytes of a way on a day; with a third word another number."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        name, day, *what = self.text.split()
        each = measured()[name][day]
        return [nodes.Text(f"{each[what[0]]:g}" if what else size(each["bytes"]))], []


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_directive("serving-ways", Ways)
    app.add_directive("serving-sum", Sum)
    app.add_role("serving", Number())
    return {"parallel_read_safe": True, "parallel_write_safe": True}
