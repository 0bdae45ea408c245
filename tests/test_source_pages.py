"""Panels of source in a browser: a page of their own, built with a tree of our own C.

What these are meant to catch (not replayed as a whole): the container query taken out (beside each
other at 1280 px), and without its width (below each other at 320); ``overflow: visible`` taken out;
a fold that prints closed; quiet text as pale as ``edge``; a link that opens nothing. Seen red:
``overflow-wrap: anywhere``, ``BREAKS`` not applied, and no ``tabIndex`` for a listing that scrolls.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from support import kernel_tree_demo, source_build
from support.settled import settled

from lomodel.explore import page as explore_page
from lomodel.explore import source, source_panel
from lomodel.explore.c_source import CSource

pytestmark = pytest.mark.browser

WIDTHS = (1280, 1000, 390, 320)
TOO_WIDE = """() => [...document.querySelectorAll("lo-source *")]
    .filter((e) => !e.closest("pre > *")
        && e.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
    .map((e) => e.className)"""
CUT_OFF = """() => [...document.querySelectorAll("lo-source *")]
    .filter((e) => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display != "inline"
        && getComputedStyle(e).overflowX != "auto")
    .map((e) => [e.className, e.scrollWidth, e.clientWidth])"""
OPEN = "document.querySelectorAll('lo-source details').forEach((each) => { each.open = true; })"


def opened(seen, address: str):
    """The page, once its scripts have run. A busy machine is never quite idle."""
    seen.page.goto(address, wait_until="load")
    seen.page.wait_for_selector("lo-source")
    return settled(seen.page)


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    folder: Path = tmp_path_factory.mktemp("source")
    tree = kernel_tree_demo.make(folder / "tree")
    done = source_build.build(folder, tree)
    assert done.returncode == 0, done.stderr
    return (folder / "html/chapters/page.html").as_uri()


@pytest.fixture(scope="module")
def stored(tmp_path_factory) -> str:
    """What a notebook stores, by itself on a page."""
    html = source("net_gso_ok", "loopback_xmit")._repr_mimebundle_()["text/html"]
    made: Path = tmp_path_factory.mktemp("stored") / "stored.html"
    made.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>stored</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f"<main><h1>Stored</h1>{html}</main>",
        encoding="utf-8",
    )
    return made.as_uri()


@pytest.mark.parametrize("width", WIDTHS)
def test_it_fits(address: str, visit, width: int) -> None:
    """No line is cut off, nothing leaves the window; beside each other where there is room."""
    seen = visit(width=width)
    page = opened(seen, address)
    page.evaluate(OPEN)
    assert settled(page).evaluate(TOO_WIDE) == []
    assert page.evaluate(CUT_OFF) == []
    panel = page.locator("#source-net_gso_ok")
    left, right = panel.locator(".lo-py").bounding_box(), panel.locator(".lo-c").bounding_box()
    if width >= 900:
        assert right["x"] >= left["x"] + left["width"] - 1 and right["y"] == left["y"]
        assert left["width"] > right["width"] > 300
    else:
        assert right["y"] >= left["y"] + left["height"] - 1 and right["x"] == left["x"]
    # The theme has its say about a book without a sidebar.
    assert [error for error in seen.errors if "sphinx-book-theme.js" not in error] == []
    assert [said for said in seen.console if "[PST]" not in said] == [] and seen.failed == []
    assert [url for url in seen.requests if not url.startswith("file:")] == []


# Neighbours without a blank between them that stand on two lines.
BROKEN = """() => [...document.querySelectorAll(".lo-line")].flatMap((line) => {
    const walk = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    const found = [], range = document.createRange();
    let before = null;
    for (let node = walk.nextNode(); node; node = walk.nextNode())
        [...node.data].forEach((letter, at) => {
            range.setStart(node, at);
            range.setEnd(node, at + 1);
            const { top } = range.getBoundingClientRect();
            if (/\\s/.test(letter)) before = null;
            else if (before && top > before.top + 5) found.push(before.letter + letter);
            if (!/\\s/.test(letter)) before = { letter, top };
        });
    return found;
})"""
LONG = (
    "static bool net_gso_ok(netdev_features_t features)",
    "{",
    "\tif (dev->netdev_ops && !(features & (some->other_features|NETIF_F_OF_A_LONG_NAME_INDEED)))",
    "\t\t\t\treturn dev->gso_partial_features[some_index_of_the_features];",
    "}",
)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_word_is_broken_and_what_is_longer_scrolls(width: int, visit, tmp_path: Path) -> None:
    """``netdev_fea/tures_t``: a name is one line's. A listing that scrolls is a stop of the tab
    key, another is none."""
    request = source_panel.ask("net_gso_ok")
    c = CSource("net_gso_ok", request.file, 1, LONG, "6.12", "GPL-2.0")
    body = source_panel.element([request], source_panel.panel(request, c, when="now"))
    made = tmp_path / "long.html"
    made.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,">'
        '<meta name="viewport" content="width=device-width"><style>main { max-width: 960px; '
        f"overflow-wrap: anywhere }} {explore_page.stylesheet()}</style><main>{body}</main>"
        f"<script>{explore_page.classic_script()}</script>",
        encoding="utf-8",
    )
    page = visit(width=width).open(made.as_uri())
    page.evaluate(OPEN)
    assert settled(page).evaluate(BROKEN) == []
    scrolls = "(all) => all.map((e) => [e.scrollWidth > e.clientWidth, e.tabIndex === 0])"
    listings = page.locator("pre")
    page.wait_for_function("document.querySelector('.lo-c pre').tabIndex === 0 || innerWidth > 390")
    found = listings.evaluate_all(scrolls)
    assert len(found) == 2 and all(long == stop for long, stop in found)
    assert found[1][0] or width > 390
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_fold_by_keyboard(address: str, visit) -> None:
    page = opened(visit(), address)
    fold = page.locator("#source-loopback_xmit details")
    code = fold.locator("pre").first
    assert not code.is_visible()
    summary = fold.locator("summary")
    summary.focus()
    assert summary.bounding_box()["height"] >= 24
    page.keyboard.press("Enter")
    code.wait_for(state="visible")
    settled(page).keyboard.press("Tab")  # whether a listing is a stop shows when it is laid out
    assert page.evaluate("document.activeElement.textContent").startswith("lomodel/linux/drivers")
    page.keyboard.press("Tab")
    if page.evaluate("document.activeElement.tagName") == "PRE":  # it scrolls
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "drivers/net/loopback.c"
    summary.focus()
    page.keyboard.press("Space")
    code.wait_for(state="hidden")


def test_a_link_leads_to_the_panel_and_opens_it(address: str, visit) -> None:
    page = opened(visit(height=400), address)
    page.evaluate(
        """() => document.querySelector("article").insertAdjacentHTML("beforeend",
            '<p><a id="far" data-source="loopback_xmit" href="#source-loopback_xmit">x</a></p>')"""
    )
    page.locator("#far").click()
    page.locator("#source-loopback_xmit pre").first.wait_for(state="visible")
    expect(page).to_have_url(f"{address}#source-loopback_xmit")
    page.goto("about:blank")
    page.goto(f"{address}#source-loopback_xmit")
    page.locator("#source-loopback_xmit pre").first.wait_for(state="visible")


def test_a_permalink_leads_to_the_panel_in_jupyter(stored: str, visit) -> None:
    """Where no build has put the panel's address into a link, the script leads there."""
    page = opened(visit(), stored)
    page.evaluate(
        """() => document.body.insertAdjacentHTML("beforeend",
            '<a id="far" data-source="loopback_xmit" href="about:blank">x</a>')"""
    )
    page.locator("#far").click()
    page.locator("#source-loopback_xmit pre").first.wait_for(state="visible")
    assert settled(page).url == stored
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
def test_it_is_accessible(address: str, visit, theme: str, width: int) -> None:
    page = opened(visit(theme=theme, width=width), address)
    page.evaluate(OPEN)
    found = Axe().run(settled(page), context="lo-source").response["violations"]
    assert [(rule["id"], rule["nodes"][0]["html"]) for rule in found] == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_marks_stand_out(address: str, visit, theme: str) -> None:
    page = opened(visit(theme=theme), address)
    page.evaluate(OPEN)
    lines = settled(page).locator("#source-net_gso_ok .lo-c .lo-line")
    look = "(e) => [getComputedStyle(e).backgroundColor, getComputedStyle(e).boxShadow != 'none']"
    marks = page.locator("#source-net_gso_ok .lo-c .lo-hit")
    assert marks.count() == 2
    plain, marked = lines.first.evaluate(look), marks.first.evaluate(look)
    assert plain[0] != marked[0] and (plain[1], marked[1]) == (False, True)


def test_indentation_is_kept(address: str, visit) -> None:
    """A line of two tabs begins 16 characters in, and goes on below its first letter."""
    page = opened(visit(), address)
    page.evaluate(OPEN)
    start = """(e) => {
        const range = document.createRange();
        const walk = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
        while (walk.nextNode()) {
            const at = walk.currentNode.data.search(/\\S/);
            if (at < 0) continue;
            range.setStart(walk.currentNode, at);
            range.setEnd(walk.currentNode, at + 1);
            return [range.getBoundingClientRect().left, range.getBoundingClientRect().width];
        }
    }"""
    lines = page.locator("#source-net_gso_ok .lo-c .lo-line")
    (outer, letter), (inner, _) = lines.nth(1).evaluate(start), lines.nth(0).evaluate(start)
    two_tabs = lines.filter(has_text="int asked").first.evaluate(start)[0]
    assert outer == inner
    assert round((two_tabs - outer) / letter) == 16
    assert page.locator("#source-net_gso_ok .lo-c pre").inner_text().count("\n\t\toffered") == 1


def test_paper_has_what_is_folded(address: str, visit) -> None:
    page = opened(visit(theme="dark"), address)
    page.emulate_media(media="print")
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    code = settled(page).locator("#source-loopback_xmit pre").first
    assert code.evaluate("(e) => e.checkVisibility({ contentVisibilityAuto: true })")
    assert code.bounding_box()["height"] > 100
    assert not page.locator("#source-loopback_xmit summary").is_visible()


def test_without_javascript(address: str, chromium) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("#source-net_gso_ok .lo-c pre").is_visible()
    fold = page.locator("#source-loopback_xmit details")
    fold.locator("summary").click()
    assert fold.locator("pre").first.is_visible()
    assert page.locator('a[data-source="net_gso_ok"]').get_attribute("href")[0] == "#"
    context.close()
