"""What a figure is: HTML for a page, text for a terminal, both fixed."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from lomodel.figures import look

STYLES = [
    "figures.css",
    "plate.css",
    "ask.css",
    "compare.css",
    "chain.css",
    "picture.css",
    "stack.css",
    "packet.css",
    "ethernet.css",
    "lifeline.css",
    "bits.css",
    "shift.css",
    "ruler.css",
    "lockers.css",
    "masks.css",
    "pair.css",
    "send_ladder.css",
    "lstats.css",
    "halves.css",
    "opening.css",
    "promises.css",
    "birth.css",
    "real_lo.css",
    "driver.css",
    "doors.css",
    "releases.css",
    "witnesses.css",
    "turn.css",
    "tray.css",
    "form.css",
    "plugs.css",
    "asked.css",
    "two_questions.css",
    "three_ends.css",
    "two_readers.css",
    "fresh.css",
    "leaks.css",
    "elsewhere.css",
    "ears.css",
    "book_map.css",
]
"""The style sheets beside this file, in the order in which they are joined."""


@cache
def stylesheet() -> str:
    """The look and every figure's style sheet, for a built page and for JupyterLab."""
    own = (files(__package__).joinpath(name).read_text(encoding="utf-8") for name in STYLES)
    return look.stylesheet() + "".join(own)


def style_tag() -> str:
    """The style sheet for one output. A page that links it once (``page_assets``) drops this."""
    return f'<style data-lo="figures">{stylesheet()}</style>'


def escape(value: object) -> str:
    """A value as HTML text."""
    return html.escape(str(value), quote=True)


@dataclass(frozen=True)
class Figure:
    """A picture or table: ``html`` (without its style sheet), ``text``, and a one-line ``name``."""

    name: str
    html: str
    text: str

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return {"text/html": style_tag() + self.html, "text/plain": f"<{self.name}>"}

    def __str__(self) -> str:
        return self.text

    def __repr__(self) -> str:
        return f"<{self.name}>"
