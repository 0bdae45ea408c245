"""Figures and tables of the book as a browser lays them out."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.looking import DESK, PHONE, looking_at, views
from support.settled import settled

from conftest import Visit
from tools import book

pytestmark = pytest.mark.browser

CHAPTERS = [name for name in book.pages() if name.startswith("chapters/")]
on_a_desk = looking_at(views(CHAPTERS, DESK))
on_a_phone = looking_at(views(CHAPTERS, PHONE, themes=["light"]))

SCROLLING = """() => [...document.querySelectorAll(".cell_output .output, .lo-figure")]
    .filter((box) => box.scrollWidth > box.clientWidth)
    .map((box) => [box.className, box.scrollWidth, box.clientWidth, box.textContent.slice(0, 40)])
"""

SMALL = """() => [...document.querySelectorAll(".lo-svg text")]
    .map((text) => [
        parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a, text.textContent])
    .filter(([size, text]) => text && size < 11.49)
"""

# Texts of one line that touch each other, and texts that leave their box.
CROWDED = """() => [...document.querySelectorAll(".lo-svg .node")].flatMap((node) => {
    const [name, ...rest] = [...node.querySelectorAll("text")].filter((text) => text.textContent);
    const box = node.querySelector("polygon").getBBox();
    const right = (text) => text.getBBox().x + text.getBBox().width;
    const note = rest.find((text) => text.classList.contains("note"));
    const out = [name, ...rest].filter((text) =>
        right(text) > box.x + box.width || text.getBBox().x < box.x);
    if (note && right(name) + 4 > note.getBBox().x) out.push(note);
    return out.map((text) => [node.dataset.part, text.textContent]);
})
"""

FAINT = """() => {
    const numbers = (colour) => colour.match(/[0-9.]+/g).map(Number);
    const light = (colour) => {
        const [r, g, b] = numbers(colour).map((c) => {
            const part = c / 255;
            return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const seen = (colour) => numbers(colour)[3] !== 0;
    const page = getComputedStyle(document.body).backgroundColor;
    const texts = [...document.querySelectorAll(".lo-svg text")];
    return texts.filter((text) => text.textContent).flatMap((text) => {
        const box = text.parentNode.querySelector("polygon");
        const fill = box && text.closest(".node") ? getComputedStyle(box).fill : page;
        const [a, b] = [light(getComputedStyle(text).fill), light(seen(fill) ? fill : page)];
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        return ratio < 4.5 ? [[text.textContent, ratio]] : [];
    });
}
"""


@pytest.mark.parametrize("name", CHAPTERS)
def test_nothing_is_cut_off_on_a_desk(name: str, html: Path, visit) -> None:
    page = visit(width=1280).open(f"{html.as_uri()}/{name}")
    page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
    assert settled(page).evaluate(SCROLLING) == []


@on_a_desk
def test_texts_are_large_enough_and_apart(opened: Visit) -> None:
    assert opened.page.evaluate(SMALL) == []
    assert opened.page.evaluate(CROWDED) == []


@on_a_phone
def test_texts_are_large_enough_and_apart_on_a_phone(opened: Visit) -> None:
    assert opened.page.evaluate(SMALL) == []
    assert opened.page.evaluate(CROWDED) == []


@on_a_desk
def test_texts_stand_out(opened: Visit) -> None:
    """WCAG AA; axe does not look into drawings."""
    assert opened.page.evaluate(FAINT) == []


def test_what_scrolls_has_a_shadow(html: Path, visit) -> None:
    page = visit(width=390).open(f"{html.as_uri()}/chapters/gso_limits.html")
    scrolling = page.locator(".lo-figure:has(> .lo-table):visible").first
    width, room = scrolling.evaluate("(e) => [e.scrollWidth, e.clientWidth]")
    assert width > room
    ground = scrolling.evaluate("(e) => getComputedStyle(e).backgroundAttachment")
    assert ground == "local, local, scroll, scroll"


@pytest.mark.parametrize("name", CHAPTERS)
def test_paper_has_what_is_folded(name: str, html: Path, visit) -> None:
    page = visit().open(f"{html.as_uri()}/{name}")
    page.emulate_media(media="print")
    folded = """() => [...document.querySelectorAll("article details:not([open])")]
        .filter((each) => [...each.children].some((child) =>
            child.tagName !== "SUMMARY" && !child.checkVisibility({ contentVisibilityAuto: true })))
        .map((each) => each.textContent.slice(0, 40))"""
    # A busy machine draws later.
    page.wait_for_function(f"() => !({folded})().length")
    assert page.evaluate(folded) == []


def test_boxes_lead_to_the_source_on_their_page(html: Path, visit) -> None:
    """Call chains, drawn and in the explorer; red with a box that has no ``data-source``."""
    page = visit(width=1280).open(f"{html.as_uri()}/chapters/whole_or_cut.html")
    page.evaluate("document.querySelectorAll('details').forEach((each) => each.open = true)")
    boxes = page.locator('.lo-svg a[data-source="netif_needs_gso"]')
    assert boxes.count() >= 2
    assert {each.get_attribute("href") for each in boxes.all()} == {"#source-netif_needs_gso"}
    other = page.locator('.lo-svg a[data-source="xmit_one"]').first.get_attribute("href")
    assert other.startswith("https://")
