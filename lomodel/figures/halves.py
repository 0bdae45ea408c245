"""A number of 64 bits on a machine of 32: two halves that change one after the other.

What memory holds before, between and after the writer's two stores is played by
``lomodel.interleave``.
"""

from __future__ import annotations

from dataclasses import dataclass

from lomodel.figures.picture import Picture
from lomodel.figures.show import escape
from lomodel.interleave import WORD, Experiment, Run

MOMENTS = ("before", "between", "after")
DIGITS = 8
"""Hexadecimal digits of a half."""


@dataclass(frozen=True)
class Moment:
    """Both halves of the bytes at one moment, and which of them the last store has written."""

    name: str
    high: int
    low: int
    stored: str = ""

    @property
    def value(self) -> int:
        """The number that they make."""
        return self.high * WORD + self.low


def moments(bytes: int, length: int) -> list[Moment]:
    """The halves of ``bytes`` before, between and after the writer adds ``length``."""
    experiment = Experiment(sync=False, lengths=(length,), packets=0, bytes=bytes)
    run = Run(experiment.programs(), experiment.memory())
    found = [_moment(run, "before")]
    while len(found) < len(MOMENTS):
        run.step("writer")
        _, (kind, word, _), _ = run.log[-1]
        if kind == "store":
            found.append(_moment(run, MOMENTS[len(found)], word.split(".")[1]))
    return found


def _moment(run: Run, name: str, stored: str = "") -> Moment:
    return Moment(name, run.memory["bytes.high"], run.memory["bytes.low"], stored)


def halves(bytes: int, length: int, hide: bool = False) -> Picture:
    """The two halves as wheels, at three moments; ``hide`` leaves the one between open."""
    rows = moments(bytes, length)
    said = [_said(row, hide and row.name == "between") for row in rows]
    text = f"bytes + {length} on 32 bits. {' '.join(said)}"
    drawn = "".join(_row(row, hide and row.name == "between") for row in rows)
    html = (
        f'<figure class="lo-picture lo-wheels"><div role="img" aria-label="{escape(text)}">'
        '<div class="lo-wheels-row head"><b></b><span>high half</span><span>low half</span>'
        f"<b>bytes</b></div>{drawn}</div><figcaption>The bytes of one CPU on a 32-bit machine, in "
        f"hexadecimal halves, while the writer adds {length}: low half first.</figcaption></figure>"
    )
    return Picture(f"Two halves, {length} added", html, text)


def _said(row: Moment, hidden: bool) -> str:
    stored = f", {row.stored} half stored" if row.stored else ""
    if hidden:
        return f"{row.name.capitalize()}{stored}: open."
    halves = f"high {row.high:0{DIGITS}x}, low {row.low:0{DIGITS}x}"
    return f"{row.name.capitalize()}{stored}: {halves}, {row.value}."


def _row(row: Moment, hidden: bool) -> str:
    wheels = "".join(
        f'<span class="lo-wheel{" stored" if row.stored == half else ""}">'
        f"{_digits(getattr(row, half), hidden)}</span>"
        for half in ("high", "low")
    )
    value = "?" if hidden else row.value
    return (
        f'<div class="lo-wheels-row{" open" if hidden else ""}"><b>{row.name}</b>{wheels}'
        f"<b>{value}</b></div>"
    )


def _digits(half: int, hidden: bool) -> str:
    digits = "?" * DIGITS if hidden else f"{half:0{DIGITS}x}"
    return "".join(f"<i>{digit}</i>" for digit in digits)
