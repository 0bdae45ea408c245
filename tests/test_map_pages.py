"""The first page in a browser: what was read is marked, and what it settles is no longer open.

Seen red: a page marked as soon as it is opened; a settled question still dashed; a reader who
forbids the page to keep anything.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from support.settled import arrived, follow, settled

from lomodel.pages import PAGES, QUESTIONS

pytestmark = pytest.mark.browser

TO_THE_END = "scrollTo(0, document.documentElement.scrollHeight)"
BORDER = "(e) => getComputedStyle(e).borderTopStyle"


def first_page(html: Path, visit) -> Page:
    return visit().open((html / "chapters/index.html").as_uri())


def styles(page: Page) -> list[str]:
    return [each.evaluate(BORDER) for each in page.locator(".lo-riddle-open li").all()]


def test_what_is_read_to_its_end_is_marked(html: Path, visit) -> None:
    name = next(iter(QUESTIONS.values()))
    page = first_page(html, visit)
    mark = page.locator(f'.lo-map a[data-page="{name}"]')
    assert styles(page) == ["dashed"] * len(QUESTIONS)
    follow(page, mark)
    page.go_back()
    arrived(page, "**/index.html")
    expect(mark).not_to_have_class("read")
    follow(page, mark)
    page.evaluate(TO_THE_END)
    page.wait_for_function(f"localStorage.getItem('lo-read:{name}')")
    page.goto((html / "chapters/index.html").as_uri())
    expect(mark).to_have_class("read")
    assert styles(settled(page)) == ["solid"] + ["dashed"] * (len(QUESTIONS) - 1)


def test_every_page_can_be_reached_from_the_map(html: Path, visit) -> None:
    page = first_page(html, visit)
    links = page.locator(".lo-map a").all()
    assert sorted(each.get_attribute("href") for each in links) == sorted(
        f"{name}.html" for name in PAGES
    )
    for each in links:
        box = each.bounding_box()
        assert box["width"] >= 24 and box["height"] >= 24


def test_the_stops_of_the_riddle(html: Path, visit) -> None:
    page = first_page(html, visit)
    said = page.locator("lo-stepper .lo-now")
    found = [said.inner_text()]
    for _ in range(4):
        page.get_by_role("button", name="Next").click()
        found.append(said.inner_text())
    for number, text in zip(("4042", "4028", "1400", "1400", "1200"), found, strict=True):
        assert number in text
