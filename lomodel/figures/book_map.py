"""A map of the book: its pages where the packet is that they are about.

The way is that of the book's datagram (``lomodel.figures.stack``); a page stands at the function
that it is ``at``, or in the device.
"""

from __future__ import annotations

from collections.abc import Iterable

from lomodel.figures.layers import sample
from lomodel.figures.picture import Picture
from lomodel.figures.show import escape
from lomodel.figures.stack import BEND, DOWN, UP, places, station
from lomodel.pages import PAGES, PARTS

BESIDE, AROUND = 4, 5
"""The parts that stand between the legs, and around the way."""


def page_link(name: str, inside: str) -> str:
    """A link to a page, as HTML: a notebook here, its page in the built book."""
    return f'<a href="{name}.ipynb" data-page="">{inside}</a>'


def part_of(name: str) -> int:
    """The number of the part that a page stands in."""
    return int(PAGES[name].number.partition(".")[0])


def stops() -> dict[str, list[str]]:
    """Each function of the drawn way with the pages that are about it, in the order of the book."""
    found: dict[str, list[str]] = {function: [] for function in (*DOWN, BEND, *UP)}
    for name, page in PAGES.items():
        if part_of(name) not in (BESIDE, AROUND):
            found[station(page.at)].append(name)
    return found


def book_map() -> Picture:
    """The map, each page a link."""
    at = stops()
    html = (
        '<figure class="lo-map">'
        f"{_leg('down', 'sending', DOWN, at)}"
        f'<div class="lo-map-part between">{_part(BESIDE, _pages_of(BESIDE))}</div>'
        f"{_leg('up', 'receiving', tuple(reversed(UP)), at)}"
        f"{_device(at[BEND])}"
        f'<div class="lo-map-part around">{_part(AROUND, _pages_of(AROUND))}</div></figure>'
    )
    return Picture("Map of the book", html, _text(at))


def _pages_of(part: int) -> list[str]:
    return [name for name in PAGES if part_of(name) == part]


def _links(names: Iterable[str]) -> str:
    items = (f"<li>{page_link(name, _called(name))}</li>" for name in names)
    return "".join(["<ul>", *items, "</ul>"])


def _called(name: str) -> str:
    page = PAGES[name]
    return f"<b>{page.number}</b> {escape(page.short)}"


def _part(number: int, names: Iterable[str]) -> str:
    return f"<p>{number} {escape(PARTS[number])}</p>{_links(names)}"


def _leg(kind: str, title: str, functions: tuple[str, ...], at: dict[str, list[str]]) -> str:
    layers = places()
    rows = "".join(
        f'<li class="lo-k-{layers[each].layer}"><code>{escape(each)}</code>'
        f"{_links(at[each]) if at[each] else ''}</li>"
        for each in functions
    )
    return f'<div class="lo-map-leg {kind}"><p>{title}</p><ol>{rows}</ol></div>'


def _device(names: list[str]) -> str:
    parts = dict.fromkeys(part_of(name) for name in names)
    blocks = "".join(
        f"<div>{_part(part, [name for name in names if part_of(name) == part])}</div>"
        for part in parts
    )
    return (
        f'<div class="lo-map-device lo-k-device"><p>{sample("device")} the device lo, '
        f"<code>{BEND}</code></p><div>{blocks}</div></div>"
    )


def _text(at: dict[str, list[str]]) -> str:
    def said(names: Iterable[str]) -> str:
        return ", ".join(f"{PAGES[name].number} {PAGES[name].short}" for name in names)

    way = [f"{each}: {said(names)}" for each, names in at.items() if names]
    rest = [f"{PARTS[part]}: {said(_pages_of(part))}" for part in (BESIDE, AROUND)]
    return "Map of the book, along the way of a packet. " + ". ".join([*way, *rest]) + "."
