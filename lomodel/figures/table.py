"""Tables: a head, rows of texts and a caption, the same on a page and in a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lomodel.figures.events import align, numeric
from lomodel.figures.show import Figure, escape


def table(
    name: str, head: Sequence[str], rows: Iterable[Sequence[object]], caption: str = ""
) -> Figure:
    """A figure of rows under a head. ``name`` says in a few words what the table is of.

    The first column is the rows' own heading; a number stands at the right of its column.
    """
    texts = [[str(cell) for cell in row] for row in rows]
    lines = align([list(head), *texts])
    return Figure(
        name, _html(name, head, texts, caption), "\n".join(filter(None, [lines, caption]))
    )


def _html(name: str, head: Sequence[str], rows: list[list[str]], caption: str) -> str:
    kinds = ["num" if number else "word" for number in numeric([list(head), *rows])]
    top = "".join(_heading(cell, kind) for cell, kind in zip(head, kinds, strict=True))
    body = "".join(f"<tr>{_row(row, kinds)}</tr>" for row in rows)
    below = f"<caption>{escape(caption)}</caption>" if caption else ""
    return (
        f'<div class="lo-figure" role="group" aria-label="{escape(name)}" tabindex="0">'
        f'<table class="lo-table">{below}<thead><tr>{top}</tr></thead>'
        f"<tbody>{body}</tbody></table></div>"
    )


def _heading(cell: str, kind: str) -> str:
    # A heading without words would be read out as one all the same.
    return f'<th scope="col" class="{kind}">{escape(cell)}</th>' if cell else "<td></td>"


def _row(row: list[str], kinds: list[str]) -> str:
    first, *rest = row
    cells = "".join(
        f'<td class="{kind}">{escape(cell)}</td>'
        for cell, kind in zip(rest, kinds[1:], strict=True)
    )
    return f'<th scope="row">{escape(first)}</th>{cells}'
