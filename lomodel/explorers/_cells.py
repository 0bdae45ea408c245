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
    layer: str = "device",
    width: int = 108,
) -> str:
    """The SVG; the part of a box is named "row/column", and its note is what it says when lit.

    ``rows`` and ``columns`` are names, ``width`` is a box's in pixels, ``text`` says it in words.
    """
    across = SIDE + len(columns) * (width + GAP)
    down = HEAD + len(rows) * (HEIGHT + GAP)
    heads = "".join(
        f'<text x="{SIDE + n * (width + GAP)}" y="14" font-size="12.5">{escape(name)}</text>'
        for n, name in enumerate(columns)
    )
    sides = "".join(
        f'<text x="0" y="{_top(n) + 17}" font-size="12.5">{escape(name)}</text>'
        for n, name in enumerate(rows)
    )
    boxes = "".join(
        _box(f"{row}/{column}", SIDE + x * (width + GAP), _top(y), width, layer)
        for y, row in enumerate(rows)
        for x, column in enumerate(columns)
    )
    return (
        f'<svg class="lo-svg" viewBox="0 0 {across} {down}" width="{across}" height="{down}" '
        f'role="img" aria-label="{escape(f"{title}: {text}")}">{heads}{sides}{boxes}</svg>'
    )


def _top(row: int) -> int:
    return HEAD + row * (HEIGHT + GAP)


def _box(part: str, x: int, y: int, width: int, layer: str) -> str:
    right, bottom = x + width, y + HEIGHT
    return (
        f'<g class="node {layer}" data-part="{escape(part)}">'
        f'<polygon points="{x},{y} {right},{y} {right},{bottom} {x},{bottom}"/>'
        f'<text x="{x + 8}" y="{y + 17}" font-size="12" class="note"></text></g>'
    )
