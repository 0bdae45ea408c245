"""The look of built pages, in a real browser.

Seen red: tables in the theme's own ink; the question hidden on paper, as the theme hides it; a page
without a number; every variable counted as a difference of the cut.
"""

from __future__ import annotations

import gzip
import re
from functools import partial
from importlib.resources import files
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect
from support.looking import DESK, PHONE, looking_at, views
from support.settled import emulate, follow, settled

from conftest import Visit
from lomodel.figures import look
from tools import book

pytestmark = pytest.mark.browser

CHAPTERS = [name for name in book.pages() if name.startswith("chapters/")]
ONE = "chapters/hw_features.html"
every_chapter = pytest.mark.parametrize("name", CHAPTERS)
on_a_desk = looking_at(views(CHAPTERS, DESK))
every_theme = pytest.mark.parametrize("theme", look.THEMES)

WEIGHT_LIMIT = 150 * 1024
"""Bytes of a page over gzip, with all that it loads; seven of these KB are what "Run" takes."""

SELECTED = "() => [...document.querySelectorAll('.lo-contents [aria-current]')].map(e => e.hash)"

# Texts of prose, cells and lists with less contrast than AAA, whatever they stand on.
FAINT = """() => {
    const part = (c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    const numbers = (colour) => colour.match(/[0-9.]+/g).map(Number);
    const light = ([r, g, b]) => 0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b);
    const ground = (e) => {
        for (; e; e = e.parentElement) {
            const colour = numbers(getComputedStyle(e).backgroundColor);
            if (colour.length < 4 || colour[3] > 0) return colour;
        }
    };
    const texts = document.querySelectorAll(
        "article :is(p, li, pre, pre span, code, h1, h2, h3, td, th, summary), nav a");
    return [...texts]
        .filter((e) => !e.closest("lo-explorer, .lo-plate, .lo-figure") && e.checkVisibility())
        .flatMap((e) => {
            const [a, b] = [light(numbers(getComputedStyle(e).color)), light(ground(e))];
            const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
            return ratio < 6.95 ? [[e.tagName, e.textContent.slice(0, 30), ratio]] : [];
        });
}"""

# Controls that a finger misses. A link in a sentence is as high as its line.
SMALL = """() => [...document.querySelectorAll("button, input, select, summary, nav a, .lo-icon")]
    .filter((e) => e.checkVisibility({ visibilityProperty: true })
        && !e.closest("lo-explorer, .lo-plate, .visually-hidden-focusable")
        && e.type !== "hidden" && !e.matches(".visually-hidden-focusable"))
    .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect()])
    .filter(([, box]) => box.width < 24 || box.height < 24)
    .map(([html, box]) => `${html} ${box.width} x ${box.height}`)
"""


@on_a_desk
def test_text_is_aaa(opened: Visit) -> None:
    assert opened.page.evaluate(FAINT) == []


@on_a_desk
def test_controls_can_be_hit(opened: Visit) -> None:
    assert opened.page.evaluate(SMALL) == []


@looking_at(views(CHAPTERS, PHONE, themes=["light"]))
def test_controls_can_be_hit_on_a_phone(opened: Visit) -> None:
    assert opened.page.evaluate(SMALL) == []


@every_theme
def test_the_page_wears_the_tokens(theme: str, html: Path, visit) -> None:
    """And nothing else: no text of prose and cells has a colour but ink and quiet ink."""
    page = visit(theme=theme).open(f"{html.as_uri()}/{ONE}")
    seen = page.evaluate(
        """() => {
            const hex = (colour) => "#" + colour.match(/[0-9]+/g).slice(0, 3)
                .map((n) => (+n).toString(16).padStart(2, "0")).join("");
            const parts = document.querySelectorAll("article :is(p, a, code, pre span, h1, h2)");
            const own = [...parts].filter((e) => !e.closest("lo-explorer, .lo-plate, .lo-figure"));
            return [hex(getComputedStyle(document.body).backgroundColor),
                [...new Set(own.map((e) => hex(getComputedStyle(e).color)))].sort()];
        }"""
    )
    values = look.tokens(theme)
    inks = sorted([values["ink"], values["quiet"], values["paper"]])
    assert seen[0] == values["paper"]
    assert {values["ink"], values["quiet"]} <= set(seen[1]) <= set(inks)


@pytest.mark.parametrize(("width", "size"), [(1280, "40px"), (390, "30px")])
def test_the_question_and_the_text_have_their_measure(
    width: int, size: str, html: Path, visit
) -> None:
    page = visit(width=width).open(f"{html.as_uri()}/{ONE}")
    title, text = page.locator("article h1").first, page.locator("article section > p").first
    assert title.evaluate("(e) => getComputedStyle(e).fontSize") == size
    box = text.bounding_box()
    assert box["width"] == (640 if width == 1280 else 358)
    assert box["x"] == (272 if width == 1280 else 16)
    assert page.locator(".bd-header-article").bounding_box()["height"] == 44


# --- keys -----------------------------------------------------------------------------------------

RING = """() => {
    const style = getComputedStyle(document.activeElement);
    return [style.outlineStyle, style.outlineWidth, style.outlineColor, style.boxShadow !== "none"];
}"""


@every_theme
def test_focus_is_seen_at_every_stop(theme: str, html: Path, visit) -> None:
    page = visit(theme=theme).open(f"{html.as_uri()}/{ONE}")
    ink = page.evaluate("() => getComputedStyle(document.body).color")
    stops = []
    for _ in range(40):
        page.keyboard.press("Tab")
        stops.append(page.evaluate("() => document.activeElement.tagName"))
        if page.evaluate("() => document.activeElement.closest('lo-explorer, .lo-plate')"):
            continue
        assert settled(page).evaluate(RING) == ["solid", "2px", ink, True], stops
    assert {"A", "BUTTON"} <= set(stops)


def test_the_first_stop_leads_to_the_page(html: Path, visit) -> None:
    """Past the sidebar and the bar: the next stop is in the article."""
    page = visit().open(f"{html.as_uri()}/{ONE}")
    page.keyboard.press("Tab")
    skip = settled(page).locator(":focus")
    assert skip.inner_text() == "Skip to the page" and skip.bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    settled(page).keyboard.press("Tab")
    assert page.evaluate("() => Boolean(document.activeElement.closest('article'))")


def test_the_contents_and_the_bar_follow_the_reader(html: Path, visit) -> None:
    page = visit().open(f"{html.as_uri()}/{ONE}")
    assert page.evaluate(SELECTED) == []
    heads = page.locator("article section[id] > h2")
    assert heads.count() > 3
    for at in (2, 1):
        heads.nth(at).evaluate("(e) => e.scrollIntoView({ block: 'start' })")
        wanted = heads.nth(at).evaluate("(e) => '#' + e.parentElement.id")
        page.wait_for_function(f"() => ({SELECTED})().join() === '{wanted}'")
        link = settled(page).locator(f".lo-contents a[href='{wanted}']")
        # The list may have faded for a wide plate; the bar says the same then.
        assert page.locator(".lo-at span").inner_text() == link.text_content()
        assert link.evaluate("(e) => getComputedStyle(e).borderLeftWidth") == "3px"


def test_the_contents_make_room(html: Path, visit) -> None:
    # A page that has nothing in its margin at the top.
    page = visit().open(f"{html.as_uri()}/chapters/answers.html")
    away = "() => document.querySelector('.lo-contents').classList.contains('away')"
    assert not page.evaluate(away)
    page.evaluate(
        """() => {
            const note = document.createElement("aside");
            note.className = "margin";
            note.textContent = "A note.";
            document.querySelector("article section > p").before(note);
            dispatchEvent(new Event("resize"));
        }"""
    )
    page.wait_for_function(away)
    note, text = page.locator("aside.margin"), page.locator("article section > p").first
    assert note.bounding_box()["width"] == 272
    assert note.bounding_box()["x"] > text.bounding_box()["x"] + 640


@pytest.mark.parametrize("drawer", ["primary", "secondary"])
def test_drawers_on_a_phone(drawer: str, html: Path, visit) -> None:
    page = visit(width=390, height=844).open(f"{html.as_uri()}/{ONE}")
    button = page.locator(f".{drawer}-toggle")
    button.click()
    links = page.locator(f"#pst-{drawer}-sidebar-modal[open] nav a")
    expect(links.first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    button.click()
    expect(links.first).to_be_visible()
    follow(page, links.last)
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_numbers_and_short_names(html: Path, visit) -> None:
    page = visit().open(f"{html.as_uri()}/{ONE}")
    number, name = page.locator(".lo-book [aria-current] span").all_inner_texts()
    assert re.fullmatch(r"\d+\.\d+", number) and name
    assert page.locator(".lo-at").inner_text() == f"{number} {name}"
    assert page.locator(".lo-crumb [aria-current]").inner_text() == number
    assert len(name) < 40 < len(page.locator("h1").inner_text())


@on_a_desk
def test_a_name_is_boxed_once(opened: Visit) -> None:
    page = opened.page
    chips = page.locator("a.name")
    names = [text.removesuffix("()") for text in chips.all_text_contents()]  # folded ones, too
    assert sorted(set(names)) == sorted(names)
    assert page.locator(":is(h1, h2, h3, h4) a.name, nav a.name").count() == 0
    boxes = {
        chip.evaluate("(e) => getComputedStyle(e).border + e.title.includes('Linux')")
        for chip in chips.all()[:5]
    }
    assert all(box.startswith("1px solid") and box.endswith("true") for box in boxes)
    plain = page.locator("article p > code.literal").first
    assert plain.evaluate("(e) => getComputedStyle(e).borderStyle") == "none"


# --- paper, and the reader's wishes ---------------------------------------------------------------


@every_chapter
def test_paper_has_the_text_alone(name: str, html: Path, visit) -> None:
    page = visit(theme="dark").open(f"{html.as_uri()}/{name}")
    emulate(page, media="print")
    assert page.evaluate("() => getComputedStyle(document.body).color") == "rgb(21, 32, 43)"
    gone = ".bd-sidebar-primary, .bd-header-article, .lo-contents, .copybtn, .prev-next-footer"
    assert [e for e in page.locator(gone).all() if e.is_visible()] == []
    assert page.locator("article h1").first.is_visible()


def test_nothing_moves_for_who_does_not_want_it(html: Path, visit) -> None:
    page = visit().open(f"{html.as_uri()}/{ONE}")
    page.emulate_media(reduced_motion="reduce")
    moving = """() => [...document.querySelectorAll("*")].filter((e) =>
        getComputedStyle(e).transitionDuration.split(", ").some((each) => each !== "0s"
            && getComputedStyle(e).transitionProperty !== "none")).length"""
    assert page.evaluate(moving) == 0


def test_the_logo_keeps_its_colours_in_high_contrast(html: Path, visit) -> None:
    page = visit().open(f"{html.as_uri()}/{ONE}")
    emulate(page, forced_colors="active")
    packet = page.locator(".lo-brand .packet")
    assert packet.evaluate("(e) => getComputedStyle(e).fill") == "rgb(21, 32, 43)"


# --- what the build cut ---------------------------------------------------------------------------

WHOLE = {
    "styles/pydata-sphinx-theme.css": ("pydata_sphinx_theme", "theme/pydata_sphinx_theme/static"),
    "styles/sphinx-book-theme.css": ("sphinx_book_theme", "theme/sphinx_book_theme/static"),
    "sphinx-design.min.css": ("sphinx_design", "static"),
    "togglebutton.css": ("sphinx_togglebutton", "_static"),
    "mystnb.css": ("myst_nb", "static"),
}
"""Where the uncut style sheets are: name, package and folder in it."""

# The style of every kind of element, and of what stands before and after it. A kind is an element
# with its classes, and its parent with its own.
STYLES = """() => {
    const kind = (e) => e ? `${e.tagName}.${e.className?.baseVal ?? e.className}#${e.id}` : "";
    const first = new Map();
    for (const e of document.querySelectorAll("*")) {
        const name = `${kind(e.parentElement)} > ${kind(e)}`;
        if (!first.has(name)) first.set(name, e);
    }
    const all = (style) => [...style].filter((n) => !n.startsWith("--"))
        .map((n) => `${n}:${style.getPropertyValue(n)}`).join(";");
    const styled = (e) => [undefined, "::before", "::after"]
        .map((pseudo) => getComputedStyle(e, pseudo))
        .map((style, at) => at && style.content === "none" ? "" : all(style)).join("|");
    return Object.fromEntries([...first].map(([name, e]) => [name, styled(e)]));
}"""


def whole(name: str) -> str:
    """A style sheet as its package has it."""
    package, folder = WHOLE[name]
    return files(package).joinpath(folder, name).read_text(encoding="utf-8")


def serve_whole(name: str, route: Route) -> None:
    route.fulfill(body=whole(name), content_type="text/css")


def uncut(page) -> None:
    """Let the page load the whole style sheets."""
    for name in WHOLE:
        stem = name.removesuffix(".css")
        page.route(
            re.compile(rf"/_static/{re.escape(stem)}(\.[0-9a-f]+)?\.css"),
            partial(serve_whole, name),
        )


STATES = ["plain", "print", "search", "drawer"]


def styles(seen, address: str, state: str) -> dict[str, str]:
    page = seen.open(address)
    if state == "print":
        page.emulate_media(media="print")
    elif state == "search":
        page.keyboard.press("Control+k")
        # The search page has the field on the page itself, and no dialog.
        page.wait_for_selector("dialog[open], input[type=search]:focus")
    elif state == "drawer":
        page.locator(".primary-toggle").click()
        page.wait_for_selector("dialog[open]")
    page.mouse.move(0, 0)
    return settled(page).evaluate(STYLES)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("name", [ONE, "search.html"])
def test_nothing_used_was_cut(name: str, state: str, site: str, visit) -> None:
    """Every element's computed style is what the whole style sheets give it, in both themes."""
    for theme in look.THEMES if state == "plain" else look.THEMES[:1]:
        width = 390 if state == "drawer" else 1280
        cut, full = visit(theme=theme, width=width), visit(theme=theme, width=width)
        uncut(full.page)
        wanted = styles(full, f"{site}/{name}", state)
        got = styles(cut, f"{site}/{name}", state)
        assert len(wanted) > 80 and got.keys() == wanted.keys()
        assert [kind for kind, style in wanted.items() if got[kind] != style] == []


def test_the_theme_is_cut_to_a_third_and_less(html: Path) -> None:
    (sheet,) = html.glob("_static/styles/pydata-sphinx-theme.*.css")
    assert sheet.stat().st_size < len(whole("styles/pydata-sphinx-theme.css")) / 3


@every_chapter
def test_a_page_is_light(name: str, html: Path, site: str, visit) -> None:
    """With all that it loads, each file by itself over gzip."""
    seen = visit()
    seen.open(f"{site}/{name}")
    paths = {request.removeprefix(site).partition("?")[0] for request in seen.requests}
    weights = {path: len(gzip.compress((html / path[1:]).read_bytes())) for path in paths}
    assert sum(weights.values()) < WEIGHT_LIMIT, weights
