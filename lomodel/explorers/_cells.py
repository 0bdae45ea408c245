"""A table of boxes as an explorer's figure: a row and a column for each thing, lit where it is."""

from __future__ import annotations

from collections.abc import Sequence

from lomodel.figures.show import escape

HEIGHT, GAP, HEAD = 26, 6, 22  # px: a box, what is between two, the line of the columns' names
SIDE = 76  # px: the names of the rows


def cells(
    rows: Sequence[str],
    columns: Sequence[str],
    title: str,
    text: str,
    *,
    inside: str,
    layer: str = "device",
    width: int = 108,
) -> str:
    """The SVG; the part of a box is named "row/column", and its note is what it says when lit.

    ``rows`` and ``columns`` are names: those of one, ``inside``, stand in the boxes, the others
    beside or above them. ``width`` is a box's in pixels, ``text`` says it in words.
    """
    by_row = inside == "rows"
    left = 0 if by_row else SIDE
    top = HEAD if by_row else 0
    outside = [
        _name(left + n * (width + GAP), 14, name) for n, name in enumerate(columns) if by_row
    ] + [_name(0, top + n * (HEIGHT + GAP) + 17, name) for n, name in enumerate(rows) if not by_row]
    boxes = [
        _box(
            f"{row}/{column}",
            row if by_row else column,
            left + x * (width + GAP),
            top + y * (HEIGHT + GAP),
            width,
            layer,
        )
        for y, row in enumerate(rows)
        for x, column in enumerate(columns)
    ]
    across, down = left + len(columns) * (width + GAP), top + len(rows) * (HEIGHT + GAP)
    return (
        f'<svg class="lo-svg" viewBox="0 0 {across} {down}" width="{across}" height="{down}" '
        f'role="img" aria-label="{escape(f"{title}: {text}")}">{"".join(outside + boxes)}</svg>'
    )


def _name(x: int, y: int, name: str) -> str:
    return f'<text x="{x}" y="{y}" font-size="12.5">{escape(name)}</text>'


def _box(part: str, name: str, x: int, y: int, width: int, layer: str) -> str:
    right, bottom, line = x + width, y + HEIGHT, y + 17
    return (
        f'<g class="node {layer}" data-part="{escape(part)}">'
        f'<polygon points="{x},{y} {right},{y} {right},{bottom} {x},{bottom}"/>'
        f'<text x="{x + 8}" y="{line}" font-size="12">{escape(name)}</text>'
        f'<text x="{right - 8}" y="{line}" font-size="12" text-anchor="end" class="note"></text>'
        "</g>"
    )
