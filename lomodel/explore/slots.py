"""Where a state's words and marks stand in an explorer's HTML: slots, of seven kinds.

Each kind is written by one function here, and by one of the same name in ``core.js``; the tests
compare what the two make of every state.

* ``text``: an element whose text is a slot (``data-slot``), or ``data-absent`` where there is none;
* ``row``: a table row (``data-row``) that is off where its slot is absent;
* ``part``: a part of the figure (``data-part``) that is lit where its slot is there, with its note;
* ``strip``: a row of blocks (``data-strip``), one for each packet, as wide as it is long, with a
  break in what is much longer than the others ever are;
* ``sign``: a shape (``data-sign``): the slot (``data-is``) says which, the style sheet draws it;
* ``lamps``: a row of lamps (``data-lamps``), one for each letter of the slot;
* ``point``: a button (``data-point``) for the number that a name stands for, pressed where the
  control stands there, and disabled (but still to be reached) where the name stands for none.
"""

from __future__ import annotations

import re

from lomodel.explore.declaration import Value
from lomodel.figures.show import escape

Slots = dict[str, Value]


def text(tag: str, attributes: str, slot: str, slots: Slots, absent: str = "") -> str:
    """An element that says a slot."""
    otherwise = f' data-absent="{escape(absent)}"' if absent else ""
    said = escape(slots.get(slot, absent))
    return f'<{tag} {attributes} data-slot="{escape(slot)}"{otherwise}>{said}</{tag}>'


def row(slot: str, slots: Slots, cells: str) -> str:
    """A table row of ``cells`` (HTML) that is off where ``slot`` is absent."""
    off = "" if slot in slots else ' class="off"'
    return f'<tr data-row="{escape(slot)}"{off}>{cells}</tr>'


LONG = 10000
"""Bytes; a longer block has a break in it: a row is full, whatever its blocks are together."""


def strip(slot: str, slots: Slots) -> str:
    """Blocks as wide as the lengths of a slot, ``3x1442 1x1242``."""
    said = slots.get(slot, "")
    blocks = (block.split("x") for block in said.split())
    inside = "".join(_block(int(width)) * int(count) for count, width in blocks)
    return (
        f'<div class="lo-strip" aria-hidden="true" data-strip="{escape(slot)}" '
        f'data-blocks="{escape(said)}">{inside}</div>'
    )


def _block(width: int) -> str:
    name = ' class="long"' if width > LONG else ""
    return f'<i{name} style="flex-grow: {width};"></i>'


def sign(slot: str, slots: Slots, classes: str) -> str:
    """A shape that says a slot without words."""
    return (
        f'<span class="{escape(classes)}" aria-hidden="true" data-sign="{escape(slot)}" '
        f'data-is="{escape(slots.get(slot, ""))}"></span>'
    )


def lamps(slot: str, slots: Slots) -> str:
    """Lamps, one for each letter of a slot; "." is a place without one."""
    signs = str(slots.get(slot, ""))
    inside = "".join("<i></i>" if each == "." else f'<i class="{each}"></i>' for each in signs)
    return (
        f'<div class="lo-lamps" aria-hidden="true" data-lamps="{escape(slot)}" '
        f'data-signs="{escape(signs)}">{inside}</div>'
    )


def point(control: str, name: str, slots: Slots, at: Value) -> str:
    """A button that takes the control, which stands ``at`` a number, to a named one."""
    slot = f"point:{control}:{name}"
    number = slots.get(slot, "")
    return (
        f'<button type="button" data-point="{escape(slot)}" data-for="{escape(control)}" '
        f'data-number="{number}" aria-pressed="{str(number == at).lower()}" '
        f'aria-disabled="{str(number == "").lower()}">'
        f"{escape(name)}</button>"
    )


PART = re.compile(r'<g class="([^"]*)" data-part="([^"]*)">(.*?)</g>', re.S)
NOTE = re.compile(r'(<text[^>]* class="note"[^>]*>)[^<]*')


def part(svg: str, slots: Slots) -> str:
    """A figure with the state's parts lit and their notes written."""

    def light(match: re.Match) -> str:
        classes, name, inside = match.groups()
        # An arrow is lit when both its ends are.
        notes = [slots.get(f"part:{end}") for end in name.split("-&gt;")]
        classes += "" if None in notes else " lit"
        inside = NOTE.sub(lambda m: m.group(1) + escape(notes[0] or ""), inside)
        return f'<g class="{classes}" data-part="{name}">{inside}</g>'

    return PART.sub(light, svg)
