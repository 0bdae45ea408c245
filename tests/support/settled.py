"""When a page has come to rest, so that what is read of it does not say how busy the machine is.

A browser does much of what it is asked for later: it runs a page's deferred scripts, follows a
link, and changes a colour bit by bit. Who reads at once reads what was there before, or what is
there for a moment.

Seen red without ``settled``, with Chromium's animations slowed to a fiftieth: a colour half-way
between two themes.
"""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import TypeVar

from playwright.sync_api import Locator, Page

PATIENCE = 30_000
"""Milliseconds that anything may take on a busy machine."""

Read = TypeVar("Read")

# Two frames: in the first one styles are computed and observers told, in the second one what they
# have changed is there. What moves for ever, or stands still in its midst, is not waited for.
# (Not for ``wait_for_function``, which takes a promise for true.)
MOVING = """async () => {
    const drawn = () => new Promise((done) => requestAnimationFrame(() => setTimeout(done)));
    const moves = (each) =>
        each.playState === "running" && each.effect?.getComputedTiming().endTime !== Infinity;
    await document.fonts.ready;
    await drawn();
    await drawn();
    return document.getAnimations().filter(moves).map((each) =>
        `${each.transitionProperty ?? each.animationName} of ${each.effect.target?.className}`);
}"""


def settled(page: Page) -> Page:
    """Wait until the page is loaded, its deferred scripts have run, and nothing on it moves.

    For every page that is opened, and after whatever changes colours or places: a theme, paper, a
    hover, a click on what turns. The page must be allowed to run scripts.
    """
    page.wait_for_function("document.readyState === 'complete'", timeout=PATIENCE)
    becomes(page, lambda: page.evaluate(MOVING), [])
    return page


def emulate(page: Page, **media: str) -> Page:
    """The page as another reader has it: ``media="print"``, ``reduced_motion="reduce"`` ..."""
    page.emulate_media(**media)
    return settled(page)


def follow(page: Page, link: Locator) -> Page:
    """Click a link and wait for where it leads to, another page or a place on this one."""
    target = link.evaluate("(e) => e.href")
    link.click()
    return arrived(page, lambda address: address == target)


def arrived(page: Page, where: str | Callable[[str], bool]) -> Page:
    """Wait until the page has this address (as ``wait_for_url`` takes it) and has come to rest."""
    page.wait_for_url(where, wait_until="load", timeout=PATIENCE)
    return settled(page)


def address_of(page: Page) -> str:
    """The page's address as its scripts have left it: the browser hears of that a little later."""
    address: str = page.evaluate("location.href")
    page.wait_for_url(lambda heard: heard == address, timeout=PATIENCE)
    return address


def becomes(page: Page, read: Callable[[], Read], wanted: Read) -> None:
    """Assert that what is read is, or soon comes to be, what is wanted.

    For what Playwright's own ``expect`` has no words for. Until then every reading is compared
    anew; the last one is in the message.
    """
    end = monotonic() + PATIENCE / 1000
    while (found := read()) != wanted and monotonic() < end:
        page.wait_for_timeout(50)
    assert found == wanted


# Over http each page that is found is read for what the list shows of it, and one that is left
# unread is a failed request. From a file there is the link only.
FOUND = """() => document.querySelector(".search-summary")?.innerText.startsWith("Search finished")
    && [...document.querySelectorAll("#search-results li")].every(
        (each) => location.protocol === "file:" || each.childElementCount > 1)"""


def found(page: Page) -> Locator:
    """The links that a search has led to, all of them, on the page of results."""
    page.wait_for_function(FOUND, timeout=PATIENCE)
    return page.locator("#search-results li a")
