"""A page's opening and a shell box in a browser, with the book's style sheet around them.

Seen red: the deal without its room at the sides of a phone; the way before the packet; the
room between a prompt and its bar taken by the rule for what cells print.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page

from lomodel.explore import page as explore_page
from lomodel.figures import look, real_lo
from lomodel.figures.opening import opening

pytestmark = pytest.mark.browser

ROOT = Path(__file__).resolve().parent.parent
PHONES = [390, 320]


@pytest.fixture
def opened(visit, tmp_path: Path):
    """opened(width) gives a page with an opening and a box, in the theme's elements."""

    def start(width: int) -> Page:
        cells = "".join(
            '<div class="cell"><div class="cell_output"><div class="output">'
            f"{each.html}</div></div></div>"
            for each in (opening("hw_features"), real_lo("hw_features"))
        )
        book = (ROOT / "assets/book.css").read_text(encoding="utf-8")
        made = tmp_path / "opening.html"
        made.write_text(
            '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
            f"<style>{look.stylesheet()}{book}{explore_page.stylesheet()}</style>"
            '<main class="bd-main"><div class="bd-content"><div class="bd-article-container">'
            '<article class="bd-article" id="lo-page"><section><section>'
            f"{cells}</section></section></article></div></div></main>",
            encoding="utf-8",
        )
        return visit(width=width).open(made.as_uri())

    return start


@pytest.mark.parametrize("width", PHONES)
def test_on_a_phone_the_packet_comes_first_and_nothing_touches_the_edge(width, opened) -> None:
    page = opened(width)
    packet, deal, way = (
        page.locator(where).first.bounding_box()
        for where in (".lo-opening > figure", ".lo-deal", ".lo-opening .lo-stack")
    )
    assert packet["y"] < deal["y"] < way["y"]
    for box in (packet, deal):
        assert box["x"] >= 16 and box["x"] + box["width"] <= width - 16
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_on_a_desk_the_way_stands_beside_the_text(opened) -> None:
    page = opened(1280)
    deal, way = (page.locator(x).bounding_box() for x in (".lo-deal", ".lo-opening-way"))
    assert abs(way["y"] - deal["y"]) < 60


@pytest.mark.parametrize("width", [1280, *PHONES])
def test_a_prompt_keeps_clear_of_its_bar(width, opened) -> None:
    box = opened(width).locator("pre.lo-session")
    style = "(e) => ['borderLeftWidth', 'paddingLeft'].map((x) => getComputedStyle(e)[x])"
    bar, room = box.first.evaluate(style)
    assert (bar, room) == ("4px", "14px")
