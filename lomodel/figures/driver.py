"""The driver's file: its functions as long as they are, and when each of them runs."""

from __future__ import annotations

from lomodel.figures.picture import Picture
from lomodel.figures.plate import plate, sign
from lomodel.figures.show import escape
from lomodel.life import (
    BLOCKS,
    INLINED,
    KERNEL,
    LINES,
    MOMENTS,
    RECORDED,
    TREE,
    Block,
    whole_life,
)
from lomodel.pages import PAGES

ROW = 24
"""Pixels: a name beside the strip."""
STRIP, LEADER = 40, 28
"""Pixels: how wide the strip is, and the lines from it to the names."""
HERE = "whole_driver"


def driver_strip() -> Picture:
    """The file from top to bottom, a block for each function, and the page that it is on."""
    height = ROW * len(BLOCKS)
    scale = height / LINES
    drawn = "".join(_block(block, number, scale) for number, block in enumerate(BLOCKS))
    svg = (
        f'<svg width="{STRIP + LEADER}" height="{height}" viewBox="0 0 {STRIP + LEADER} {height}" '
        f'aria-hidden="true"><rect class="all" x=".5" y=".5" width="{STRIP - 1}" '
        f'height="{height - 1}"/>{drawn}</svg>'
    )
    names = "".join(
        f"<li><code>{block.symbol}</code><span>{block.lines}</span>{_page(block)}</li>"
        for block in BLOCKS
    )
    title = f"The file, {LINES} lines long; its functions, how many lines each has, and its page"
    caption = f"{title}. As in Linux {TREE}."
    html = (
        f'<figure class="lo-picture lo-driver"><div>{svg}<ol>{names}</ol></div>'
        f"<figcaption>{caption}</figcaption></figure>"
    )
    said = [f"{block.symbol}: {block.lines} lines, {_where(block)}" for block in BLOCKS]
    return Picture(title, html, f"{title}:\n" + "\n".join(said))


def _block(block: Block, number: int, scale: float) -> str:
    top, bottom = (block.first - 1) * scale, block.last * scale
    middle, name = (top + bottom) / 2, (number + 0.5) * ROW
    return (
        f'<rect class="one" x="4" y="{top:.1f}" width="{STRIP - 8}" height="{bottom - top:.1f}"/>'
        f'<path d="M{STRIP - 4} {middle:.1f}L{STRIP + LEADER - 2} {name:.1f}"/>'
    )


def _where(block: Block) -> str:
    return f"page {PAGES[block.page].number}, {PAGES[block.page].short}"


def _page(block: Block) -> str:
    page = PAGES[block.page]
    if block.page == HERE:
        return "<em>here</em>"
    return f'<a href="{block.page}.html">{page.number} {escape(page.short)}</a>'


def driver_moments() -> Picture:
    """When each function runs: in the model a ring, on a kernel a disc, with how often."""
    lived = whole_life()
    head = "".join(f'<th scope="col">{escape(text)}</th>' for text in MOMENTS.values())
    rows = "".join(
        f'<tr><th scope="row"><code>{block.symbol}</code></th>'
        + "".join(f"<td>{_cell(block.symbol, moment, lived)}</td>" for moment in MOMENTS)
        + "</tr>"
        for block in BLOCKS
    )
    title = "When each of them runs"
    body = (
        f'<div class="lo-figure lo-moments" role="group" aria-label="{title}" tabindex="0"><table>'
        f"<thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        f"<p>{sign(False)}the model; {sign(True)}Linux {KERNEL}, seen with ftrace. The boot was "
        f"not traced there, and {', '.join(INLINED)} cannot be: the compiler has built it into "
        f"its callers.</p>"
    )
    html = plate("Figure", title, body)
    return Picture(title, html, "\n".join(_said(moment, lived) for moment in MOMENTS))


def counts(symbol: str, moment: str, lived: dict[str, list[str]]) -> tuple[int, int]:
    """How often a function runs at a moment: in the model, and on the recorded kernel."""
    return lived[moment].count(symbol), RECORDED.get(moment, ()).count(symbol)


def _cell(symbol: str, moment: str, lived: dict[str, list[str]]) -> str:
    model, kernel = counts(symbol, moment, lived)
    shown = [(False, model, "model"), (True, kernel, f"Linux {KERNEL}")]
    return "".join(
        f'<span title="{who}">{sign(solid)}<span class="lo-often">{count}</span></span>'
        for solid, count, who in shown
        if count
    )


def _said(moment: str, lived: dict[str, list[str]]) -> str:
    kernel = ", ".join(RECORDED[moment]) if moment in RECORDED else "not traced"
    return f"{MOMENTS[moment]}: model {', '.join(lived[moment]) or 'none'}; {KERNEL} {kernel}."
