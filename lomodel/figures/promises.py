"""The book of promises: what a kernel has promised to do for every network namespace.

In the order in which the promises are written down at boot, or beside it in the order in which they
are kept. Both orders are a booting machine's own.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from lomodel.desk import RELEASE
from lomodel.figures.layers import layer_of, sample
from lomodel.figures.picture import Picture, legend
from lomodel.figures.plate import plate
from lomodel.figures.show import escape
from lomodel.linux.net.core.net_namespace import PernetOperations
from lomodel.machine import Machine

LO = "loopback_net_ops"
"""The promise that the figure marks."""
ROW = 21
"""Pixels: the height of a promise's line."""
SLOPES = 90
"""Pixels: the width of the drawing between the two orders."""
BAR = "from here on: devices"


class _Pages(list[PernetOperations]):
    """pernet_list, which also remembers in which order it was written."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[PernetOperations] = []

    def insert(self, place: Any, ops: PernetOperations) -> None:
        self.written.append(ops)
        super().insert(place, ops)


class _Watched(Machine):
    """A machine whose pernet_list is such a list from the start."""

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, _Pages() if name == "pernet_list" else value)


@cache
def orders(
    release: str = RELEASE,
) -> tuple[tuple[PernetOperations, ...], tuple[PernetOperations, ...]]:
    """The promises of a machine that has booted, as they were written and as they are kept."""
    pages = _Watched(release).pernet_list
    assert isinstance(pages, _Pages)
    return tuple(pages.written), tuple(pages)


def promises(kept: bool = False, release: str = RELEASE) -> Picture:
    """The promises as they are written at boot; ``kept``: and beside it, as they are kept.

    ``release`` names a kernel; ValueError for one that the model has not.
    """
    written, order = orders(release)
    return (
        _framed(written, order, release) if kept else _first_screen(written, _text_written(written))
    )


def _first_screen(shown: tuple[PernetOperations, ...], text: str) -> Picture:
    caption = (
        "What a booting kernel promises to do for every namespace, in the order of writing. The "
        f"model has {len(shown)} of these promises; a real kernel has more."
    )
    html = (
        '<figure class="lo-picture lo-promises written">'
        f'<div role="img" aria-label="{escape(text)}">{_written(shown)}</div>'
        f"<figcaption>{caption} {legend(map(layer, shown))}</figcaption></figure>"
    )
    return Picture("Promises, as they are written", html, text)


def _framed(
    written: tuple[PernetOperations, ...], order: tuple[PernetOperations, ...], release: str
) -> Picture:
    text = _text_kept(written, order)
    body = (
        f'<div class="lo-promises" role="img" aria-label="{escape(text)}">{_kept(written, order)}'
        "</div>"
    )
    title = "Written, and kept"
    html = plate("Figure", title, body, origin=f"model, Linux {release}", solid=False)
    return Picture(title, html, text)


def layer(ops: PernetOperations) -> str:
    """The layer that a promise's functions belong to, by their file."""
    function = ops.init or ops.exit_batch
    assert function is not None
    return layer_of(function.__module__.removeprefix("lomodel.linux.").replace(".", "/") + "/")


def _called(ops: PernetOperations) -> str:
    return ops.init.__name__ if ops.init else "nothing"


def _row(number: int, ops: PernetOperations, beside: str) -> str:
    mark = " lo" if ops.name == LO else ""
    return (
        f'<div class="lo-promise lo-k-{layer(ops)}{mark}"><span class="n">{number}</span>'
        f"{sample(layer(ops))}<code>{escape(ops.name)}</code>{beside}</div>"
    )


def _written(written: tuple[PernetOperations, ...]) -> str:
    head = (
        '<div class="lo-promise head"><span class="n"></span><span></span>'
        "<span>the promise</span><span>what it calls when a namespace begins</span></div>"
    )
    rows = (
        _row(n, ops, f'<code class="called">{escape(_called(ops))}</code>')
        for n, ops in enumerate(written, 1)
    )
    return f'<div class="lo-pages">{head}{"".join(rows)}</div>'


def _kept(written: tuple[PernetOperations, ...], order: tuple[PernetOperations, ...]) -> str:
    first = [ops.name for ops in order].index(LO)
    rows = [_row(n, ops, "") for n, ops in enumerate(order, 1)]
    rows.insert(first, f'<div class="lo-promise bar">{BAR}</div>')
    numbers = "".join(
        f'<div class="lo-promise{" lo" if ops.name == LO else ""}"><span class="n">{n}</span></div>'
        for n, ops in enumerate(written, 1)
    )
    return (
        '<div class="lo-orders"><div class="cap">written as</div>'
        '<div class="cap">kept in a new namespace as</div>'
        f'<div class="numbers">{numbers}</div>'
        f'{_slopes(written, order, first)}<div class="lo-pages">{"".join(rows)}</div></div>'
    )


def _slopes(
    written: tuple[PernetOperations, ...], order: tuple[PernetOperations, ...], first: int
) -> str:
    """A line from each promise's place in the one order to its place in the other."""
    height = ROW * (len(order) + 1)
    lines = ""
    for number, ops in enumerate(written):
        place = order.index(ops)
        end = place + (place >= first)
        mark = ' class="lo"' if ops.name == LO else ""
        left, right = ROW * number + ROW / 2, ROW * end + ROW / 2
        lines += f'<path{mark} d="M0 {left:g}C40 {left:g} 50 {right:g} {SLOPES} {right:g}"/>'
    return (
        f'<svg class="slopes" width="{SLOPES}" height="{height}" '
        f'viewBox="0 0 {SLOPES} {height}" aria-hidden="true">{lines}</svg>'
    )


def _text_written(written: tuple[PernetOperations, ...]) -> str:
    said = "; ".join(f"{n} {ops.name}: {_called(ops)}" for n, ops in enumerate(written, 1))
    return f"Promises in the order of writing, and what each calls at birth. {said}."


def _text_kept(written: tuple[PernetOperations, ...], order: tuple[PernetOperations, ...]) -> str:
    said = "; ".join(
        f"{n} {ops.name} (written as number {written.index(ops) + 1})"
        for n, ops in enumerate(order, 1)
    )
    return f"Promises in the order in which a new namespace gets them. {said}."
