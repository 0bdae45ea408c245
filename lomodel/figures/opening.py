"""How a page opens: its picture, what you need, what you will be able to do, how long it takes, and
where it plays.

The data stand in ``lomodel.pages``; way and packet are the book's datagram's. The packet is the
picture of a page that has none of its own.
"""

from __future__ import annotations

import re

from lomodel.figures.packet import packet_bar, udp_packet
from lomodel.figures.picture import Picture
from lomodel.figures.show import Figure, escape
from lomodel.figures.stack import FEATURE_WORDS, GSO_SIZE, PAYLOAD, here
from lomodel.pages import Page, page_named

CAPTION = (
    f"One sendto of {PAYLOAD} bytes, to be cut every {GSO_SIZE}: where, the marks say. "
    "Headers are drawn larger than they are."
)


def opening(name: str, picture: Figure | Picture | None = None) -> Figure:
    """The first screen of a page, under its answer; ValueError for a page that there is none of.

    ``picture`` is the page's own, in place of the packet.
    """
    page = page_named(name)
    way = here(page.at, opened={each: FEATURE_WORDS.get(each, "") for each in page.inside})
    packet = picture or packet_bar(udp_packet(PAYLOAD, GSO_SIZE), caption=CAPTION)
    html = (
        f'<div class="lo-opening"><div class="lo-opening-way margin">{way.html}</div>'
        f"{_deal(page)}{packet.html}</div>"
    )
    text = "\n".join([*_lines(page), way.text, packet.text])
    return Figure(f"Page {page.number}: {page.short}", html, text)


def _deal(page: Page) -> str:
    need, able = (
        "".join(f"<li>{_code(each)}</li>" for each in items) for items in (page.need, page.able)
    )
    return (
        f'<dl class="lo-deal"><div><dt>You need</dt><dd><ul>{need}</ul></dd></div>'
        f"<div><dt>You will be able to</dt><dd><ul>{able}</ul></dd></div>"
        f'<div><dt>Minutes</dt><dd class="lo-minutes">{page.minutes}</dd></div></dl>'
    )


def _code(text: str) -> str:
    """Text with `names` as code."""
    return re.sub(r"`([^`]*)`", r"<code>\1</code>", escape(text))


def _lines(page: Page) -> list[str]:
    need, able = ("; ".join(each).replace("`", "") for each in (page.need, page.able))
    return [f"You need: {need}.", f"You will be able to: {able}.", f"Minutes: {page.minutes}."]
