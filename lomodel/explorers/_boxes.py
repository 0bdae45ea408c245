"""A figure of rows of boxes, of which a state lights some: where nothing calls anything."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lomodel.figures.show import escape

WIDTH, HEIGHT, GAP = 340, 26, 8
"""px: of the whole figure, and how high a box is and how far from the next."""
HEADING = 24


@dataclass(frozen=True)
class Row:
    """Boxes by their names, ``columns`` beside each other, in a layer's hue, under a heading."""

    heading: str
    names: Sequence[str]
    columns: int
    layer: str


def draw_rows(rows: Iterable[Row], title: str, description: str) -> str:
    """The figure as SVG; each name is a part, with room for a note at its right."""
    inside, y = "", 0
    for row in rows:
        inside += f'<text x="0" y="{y + 15}" font-size="13">{escape(row.heading)}</text>'
        y += HEADING
        width = (WIDTH - GAP * (row.columns - 1)) / row.columns
        for at, name in enumerate(row.names):
            line, column = divmod(at, row.columns)
            left, top = column * (width + GAP), y + line * (HEIGHT + GAP)
            inside += _box(name, row.layer, left, top, width)
        y += -(-len(row.names) // row.columns) * (HEIGHT + GAP) + GAP
    return (
        f'<svg class="lo-svg" role="img" viewBox="-1 0 {WIDTH + 2} {y}" width="{WIDTH + 2}" '
        f'height="{y}"><title>{escape(title)}</title><desc>{escape(description)}</desc>'
        f"{inside}</svg>"
    )


def _box(name: str, layer: str, x: float, y: float, width: float) -> str:
    right, bottom, text = x + width, y + HEIGHT, y + HEIGHT / 2 + 4.5
    corners = f"{x:g},{y:g} {right:g},{y:g} {right:g},{bottom:g} {x:g},{bottom:g}"
    return (
        f'<g class="node {layer}" data-part="{escape(name)}"><polygon points="{corners}"/>'
        f'<text class="name" x="{x + 8:g}" y="{text:g}" font-size="13">{escape(name)}</text>'
        f'<text x="{right - 8:g}" y="{text:g}" text-anchor="end" font-size="12" class="note">'
        "</text></g>"
    )
