"""A ruler of payloads: what becomes of a datagram of each length, played on the model."""

from __future__ import annotations

import errno
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial

from lomodel.desk import RELEASE, counters, lo_up, send
from lomodel.figures.picture import Picture
from lomodel.figures.plate import plate
from lomodel.figures.show import escape

FAMILIES = {"inet": "IPv4", "inet6": "IPv6"}
PAYLOADS = range(65464, 65512)
"""Payloads in bytes around the lengths where something changes."""


@dataclass(frozen=True)
class Stretch:
    """Neighbouring payloads, in bytes, that all end alike: in ``packets``, or refused."""

    first: int
    last: int
    count: int
    packets: int
    error: str = ""

    @property
    def fate(self) -> str:
        """The form that its bar has."""
        return "refused" if self.error else "whole" if self.packets == 1 else "cut"

    @property
    def word(self) -> str:
        """How it ends."""
        if self.error:
            return self.error
        return f"{self.packets} packet{'' if self.packets == 1 else 's'}"


def outcome(payload: int, gso_size: int, family: str, release: str) -> tuple[int, str]:
    """The packets that a new lo has counted after one send, and the errno's name if it failed."""
    lo = lo_up(release)
    try:
        send(lo, payload, gso_size, family)
    except OSError as error:
        return 0, errno.errorcode[error.errno]
    return counters(lo)["tx_packets"], ""


def stretches(points: Iterable[int], play: partial[tuple[int, str]]) -> list[Stretch]:
    """The payloads in order, those that end alike joined."""
    found: list[Stretch] = []
    for payload in sorted(set(points)):
        packets, error = play(payload)
        last = found[-1] if found else None
        if last and (last.packets, last.error) == (packets, error):
            found[-1] = Stretch(last.first, payload, last.count + 1, packets, error)
        else:
            found.append(Stretch(payload, payload, 1, packets, error))
    return found


def ruler(
    points: Iterable[int] | Mapping[str, Iterable[int]] = PAYLOADS,
    gso_size: int = 1400,
    families: Iterable[str] = tuple(FAMILIES),
    release: str = RELEASE,
) -> Picture:
    """What becomes of one UDP send of each payload, by family, with the cliffs named.

    ``points`` are payloads in bytes, ``families`` the rows, of "inet" and "inet6"; where each row
    has payloads of its own, ``points`` maps families to them: ``{"inet6": range(65460, 65490)}``.
    ``gso_size`` asks to be cut (0: not). ValueError without a payload, and for another family.
    """
    asked = _by_family(points, families)
    rows = {
        FAMILIES[family]: stretches(
            numbers, partial(outcome, gso_size=gso_size, family=family, release=release)
        )
        for family, numbers in asked.items()
    }
    every = [number for numbers in asked.values() for number in numbers]
    title = f"Payloads from {min(every)} to {max(every)} bytes"
    said = [describe(name, row) for name, row in rows.items()]
    body = (
        f'<div class="lo-ruler" role="img" aria-label="{escape(" ".join(said))}">'
        + "".join(_row(name, row) for name, row in rows.items())
        + "</div>"
    )
    html = plate("Figure", title, body, origin=f"model, Linux {release}", solid=False)
    return Picture(title, html, "\n".join(said))


def _by_family(
    points: Iterable[int] | Mapping[str, Iterable[int]], families: Iterable[str]
) -> dict[str, list[int]]:
    """The payloads of each row, checked."""
    if isinstance(points, Mapping):
        asked = {family: list(numbers) for family, numbers in points.items()}
    else:
        numbers = list(points)
        asked = dict.fromkeys(families, numbers)
    for family, numbers in asked.items():
        if family not in FAMILIES:
            raise ValueError(f"family {family!r}: expected one of {', '.join(FAMILIES)}")
        if not numbers:
            raise ValueError(f"{family}: no payload; expected some numbers of bytes")
    if not asked:
        raise ValueError(f"no row; expected some of {', '.join(FAMILIES)}")
    return asked


def describe(family: str, row: list[Stretch]) -> str:
    """A family's stretches in words."""
    return f"{family}: " + "; ".join(f"{_span(each)} bytes: {each.word}" for each in row) + "."


NEAR_THE_START = 20
"""Per cent of the ruler: a number that far to the left stands behind its mark, not before it."""

NUMBER = 18
"""Per cent of the narrowest ruler, a phone's, that a number and the space beside it take."""

LEVEL = 16
"""Pixels: the height of a line of numbers above the bar."""


def _row(family: str, row: list[Stretch]) -> str:
    columns = " ".join(f"minmax(0,{each.count}fr)" for each in row)
    bars = "".join(f'<div class="{each.fate}"></div>' for each in row)
    words = "".join(
        f'<li class="{each.fate}"><span class="lo-token"></span>{_span(each)}: <b>{each.word}</b>'
        "</li>"
        for each in row
    )
    marks, levels = _marks(row)
    return (
        f'<div class="lo-ruler-row"><p>{escape(family)}</p>'
        f'<div class="lo-scale" style="grid-template-columns:{columns};'
        f'margin-top:{levels * LEVEL}px">{bars}{marks}</div><ul>{words}</ul></div>'
    )


def _span(stretch: Stretch) -> str:
    if stretch.first == stretch.last:
        return str(stretch.first)
    return f"{stretch.first} to {stretch.last}"


def _marks(row: list[Stretch]) -> tuple[str, int]:
    """A mark at each cliff with the last payload before it, and how many lines the numbers take.

    A number stands above the bar, on the first line where it touches no other one.
    """
    marks, ends = [], []
    for last, at in _cliffs(row):
        after = at < NEAR_THE_START
        left = at if after else at - NUMBER
        level = next((n for n, end in enumerate(ends) if end <= left), len(ends))
        ends[level : level + 1] = [left + NUMBER]
        marks.append(
            f'<span class="lo-mark{" after" if after else ""}" '
            f'style="left:{at:.2f}%;top:-{(level + 1) * LEVEL}px"><span>{last}</span></span>'
        )
    return "".join(marks), len(ends)


def _cliffs(row: list[Stretch]) -> Iterator[tuple[int, float]]:
    """The last payload before each cliff, and where that is, in per cent of the row."""
    total, passed = sum(each.count for each in row), 0
    for each in row[:-1]:
        passed += each.count
        yield each.last, 100 * passed / total
