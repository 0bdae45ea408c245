"""Where a state's words and marks stand in an explorer's HTML: slots, of four kinds.

Each kind is written by one function here, and by one of the same name in ``core.js``; the tests
compare what the two make of every state.

* ``text``: an element whose text is a slot (``data-slot``), or ``data-absent`` where there is none;
* ``row``: a table row (``data-row``) that is off where its slot is absent;
* ``part``: a part of the figure (``data-part``) that is lit where its slot is there, with its note;
* ``strip``: a row of blocks (``data-strip``), one for each packet, as wide as it is long.
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


def strip(slot: str, slots: Slots) -> str:
    """Blocks as wide as the lengths of a slot, ``3x1442 1x1242``."""
    said = slots.get(slot, "")
    blocks = (block.split("x") for block in said.split())
    inside = "".join(f'<i style="flex-grow: {width};"></i>' * int(count) for count, width in blocks)
    return (
        f'<div class="lo-strip" aria-hidden="true" data-strip="{escape(slot)}" '
        f'data-blocks="{escape(said)}">{inside}</div>'
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
