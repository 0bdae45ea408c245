"""The form as an explorer's drawing: a box a field, which is lit where a stage has written it."""

from __future__ import annotations

from collections.abc import Sequence

from lomodel.figures.show import escape

WIDTH, HEIGHT, GAP, COLUMNS = 330, 24, 5, 2


def draw_form(fields: Sequence[str], title: str, description: str) -> str:
    """The fields in two columns, each a part of its own with room for what stands in it."""
    rows = -(-len(fields) // COLUMNS)
    boxes = "".join(_box(name, *divmod(at, rows)) for at, name in enumerate(fields))
    width, height = COLUMNS * (WIDTH + GAP) + GAP, rows * (HEIGHT + GAP) + GAP
    return (
        f'<svg class="lo-svg" role="img" aria-label="{escape(title)}" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">'
        f"<desc>{escape(description)}</desc>{boxes}</svg>"
    )


def _box(name: str, column: int, row: int) -> str:
    left, top = GAP + column * (WIDTH + GAP), GAP + row * (HEIGHT + GAP)
    right, bottom = left + WIDTH, top + HEIGHT
    return (
        f'<g class="node side device" data-part="{escape(name)}">'
        f'<polygon points="{left},{top} {right},{top} {right},{bottom} {left},{bottom}"/>'
        f'<text x="{left + 8}" y="{bottom - 8}" class="name" font-size="12">{escape(name)}</text>'
        f'<text x="{right - 8}" y="{bottom - 8}" text-anchor="end" class="note" '
        'font-size="11.5"></text></g>'
    )
