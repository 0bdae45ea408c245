"""Boxes as an explorer's drawing: each is a part with a name, and room for what is said of it."""

from __future__ import annotations

from collections.abc import Sequence

from lomodel.figures.show import escape

WIDTH, HEIGHT, GAP, COLUMNS = 330, 24, 5, 2
CALLER, WIRE = 210, 70
"""Widths of a box that calls, and of the arrow to what it calls."""


def drawing(width: int, height: int, title: str, description: str, inside: str) -> str:
    """A picture of that size, in px."""
    return (
        f'<svg class="lo-svg" role="img" aria-label="{escape(title)}" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">'
        f"<desc>{escape(description)}</desc>{inside}</svg>"
    )


def box(name: str, left: int, top: int, width: int = WIDTH, layer: str = "device") -> str:
    """One box, in the hue of a layer."""
    right, bottom = left + width, top + HEIGHT
    return (
        f'<g class="node side {layer}" data-part="{escape(name)}">'
        f'<polygon points="{left},{top} {right},{top} {right},{bottom} {left},{bottom}"/>'
        f'<text x="{left + 8}" y="{bottom - 8}" class="name" font-size="12">{escape(name)}</text>'
        f'<text x="{right - 8}" y="{bottom - 8}" text-anchor="end" class="note" '
        'font-size="11.5"></text></g>'
    )


def wire(caller: str, called: str, left: int, top: int) -> str:
    """The arrow from one box to the next on its line; lit where both its ends are."""
    y, tip = top + HEIGHT // 2, left + WIRE
    return (
        f'<g class="edge side" data-part="{escape(f"{caller}->{called}")}">'
        f'<path d="M{left} {y}H{tip - 7}"/>'
        f'<polygon points="{tip - 7},{y - 3} {tip},{y} {tip - 7},{y + 3}"/></g>'
    )


def columns(names: Sequence[str], title: str, description: str) -> str:
    """Boxes in two columns, read downwards."""
    rows = -(-len(names) // COLUMNS)
    places = (divmod(at, rows) for at in range(len(names)))
    boxes = "".join(
        box(name, GAP + column * (WIDTH + GAP), GAP + row * (HEIGHT + GAP))
        for name, (column, row) in zip(names, places, strict=True)
    )
    size = COLUMNS * (WIDTH + GAP) + GAP, rows * (HEIGHT + GAP) + GAP
    return drawing(*size, title, description, boxes)


def calls(pairs: Sequence[tuple[str, str]], title: str, description: str) -> str:
    """Lines of two boxes, from who calls to what is called."""
    inside = "".join(
        box(caller, GAP, top, CALLER, "core")
        + wire(caller, called, GAP + CALLER, top)
        + box(called, GAP + CALLER + WIRE, top)
        for top, (caller, called) in zip(range(GAP, 10**6, HEIGHT + GAP), pairs, strict=False)
    )
    size = CALLER + WIRE + WIDTH + 2 * GAP, len(pairs) * (HEIGHT + GAP) + GAP
    return drawing(*size, title, description, inside)
