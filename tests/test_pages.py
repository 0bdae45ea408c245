"""Every built page, whatever is on it, in a real browser."""

from __future__ import annotations

from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from tools import book

PAGES = book.pages()
every_page = pytest.mark.parametrize("name", PAGES)
# The root only leads on to the first page.
every_full_page = pytest.mark.parametrize("name", [name for name in PAGES if name != "index.html"])
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
axe = Axe()

# What the theme itself breaks, by axe's rule and the selector of the element.
THEME_FAULTS: dict[str, tuple[str, ...]] = {}


def test_there_are_pages(html: Path) -> None:
    """Without pages the tests below are none, and none can fail."""
    assert {"index.html", "chapters/index.html"} <= set(PAGES)


@pytest.mark.browser
@every_page
@pytest.mark.parametrize("scheme", ["file", "http"])
def test_opens_quietly(name: str, scheme: str, html: Path, site: str, visit) -> None:
    """It has content, asks no other host for anything, misses nothing and says nothing."""
    root = html.as_uri() if scheme == "file" else site
    seen = visit()
    page = seen.open(f"{root}/{name}")
    assert page.inner_text("body").strip()
    inside = (root + "/", "data:", "blob:")
    assert [url for url in seen.requests if not url.startswith(inside)] == []
    assert seen.failed == []
    assert seen.errors == []
    assert seen.console == []


@pytest.mark.browser
@every_full_page
def test_fits_a_phone(name: str, html: Path, visit) -> None:
    """390 pixels are wide enough: what is wider scrolls inside its own box."""
    page = visit(width=390, height=844).open(f"{html.as_uri()}/{name}")
    too_wide = page.evaluate(
        """() => {
            const width = document.documentElement.clientWidth;
            const page = document.scrollingElement.scrollWidth;
            if (page <= width) return [];
            return [...document.querySelectorAll("body *")]
                .filter((element) => element.getBoundingClientRect().right > width + 1)
                .map((element) => element.tagName + "." + element.className)
                .concat([page + " > " + width]);
        }"""
    )
    assert too_wide == []


@pytest.mark.browser
@every_full_page
def test_code_is_read_without_scrolling(name: str, html: Path, visit) -> None:
    """At 1280 pixels no line of a cell leaves its box."""
    page = visit().open(f"{html.as_uri()}/{name}")
    cut_off = page.evaluate(
        """() => {
            document.querySelectorAll("details").forEach((each) => { each.open = true; });
            return [...document.querySelectorAll(".cell_input pre")]
                .filter((pre) => pre.scrollWidth > pre.clientWidth)
                .map((pre) => pre.innerText);
        }"""
    )
    assert cut_off == []


@pytest.mark.browser
@every_full_page
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_is_in_the_readers_theme(name: str, theme: str, html: Path, visit) -> None:
    """The page follows what the reader's system asks for: dark text on light, or light on dark."""
    page = visit(theme=theme).open(f"{html.as_uri()}/{name}")
    text, ground = page.evaluate(
        """() => {
            const style = getComputedStyle(document.body);
            const light = (colour) => {
                const [r, g, b] = colour.match(/[0-9.]+/g).map(Number);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            return [light(style.color), light(style.backgroundColor)];
        }"""
    )
    assert (text > ground) == (theme == "dark")
    assert abs(text - ground) > 120


@pytest.mark.browser
@every_full_page
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_is_accessible(name: str, theme: str, width: int, html: Path, visit) -> None:
    """axe finds nothing that breaks WCAG 2.2 A or AA, but for the theme's own faults."""
    page = visit(theme=theme, width=width).open(f"{html.as_uri()}/{name}")
    options = {"runOnly": {"type": "tag", "values": WCAG}, "resultTypes": ["violations"]}
    if width == 390:
        # Colours don't depend on the width, and looking at every pair takes most of the time.
        options["rules"] = {"color-contrast": {"enabled": False}}
    result = axe.run(page, options=options)
    assert broken(result.response["violations"]) == []


def broken(violations: list[dict]) -> list[str]:
    """Rule, element and reason of each violation that is not the theme's."""
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in violations
        for node in rule["nodes"]
        if not set(node["target"]) & set(THEME_FAULTS.get(rule["id"], ()))
    ]


class Markup(HTMLParser):
    """What a page is made of, as far as the tests below ask."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.names: list[str] = []
        self.ids: list[str] = []
        self.empty_headings: list[str] = []
        self.forms_without_button: list[str] = []
        self._heading: list[str] | None = None
        self._form: tuple[str, bool] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        self.ids += [values["id"]] if values.get("id") else []
        self.names += [values["name"]] if tag == "a" and values.get("name") else []
        self.links += [values[key] for key in ("href", "src") if values.get(key)]
        if tag in HEADINGS:
            self._heading = []
        elif tag == "form":
            self._form = (values.get("action", ""), False)
        elif tag in ("button", "input") and self._form and values.get("type") == "submit":
            self._form = (self._form[0], True)

    def handle_data(self, data: str) -> None:
        if self._heading is not None:
            self._heading.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag in HEADINGS and self._heading is not None:
            text = "".join(self._heading).strip()
            self.empty_headings += [tag] if text in ("", "#") else []
            self._heading = None
        elif tag == "form" and self._form:
            self.forms_without_button += [] if self._form[1] else [self._form[0]]
            self._form = None


@cache
def markup(page: Path) -> Markup:
    return Markup(page.read_text(encoding="utf-8"))


@every_page
def test_markup_is_sound(name: str, html: Path) -> None:
    """What a browser forgives and a screen reader does not."""
    page = markup(html / name)
    assert [each for each, count in Counter(page.ids).items() if count > 1] == []
    assert page.empty_headings == []
    assert page.forms_without_button == []


@every_page
def test_links_lead_somewhere(name: str, html: Path) -> None:
    """Every link to a page, an anchor or a file of the book finds it."""
    page = html / name
    assert [link for link in markup(page).links if is_dead(page, link)] == []


def is_dead(page: Path, link: str) -> bool:
    """Whether a link from the page leads nowhere; what lies on other hosts is not asked."""
    address, anchor = urldefrag(urljoin(page.as_uri(), link))
    parts = urlsplit(address)
    if parts.scheme != "file":
        return False
    target = Path(unquote(parts.path))
    if not target.is_file():
        return True
    if not anchor or target.suffix != ".html":
        return False
    there = markup(target)
    return unquote(anchor) not in {*there.ids, *there.names}


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["file", "http"])
def test_search_finds(scheme: str, html: Path, site: str, visit) -> None:
    """The search works without a server, and as quietly as the pages."""
    root = html.as_uri() if scheme == "file" else site
    seen = visit()
    page = seen.open(f"{root}/search.html?q=loopback")
    page.wait_for_selector("#search-results li a")
    assert seen.errors + seen.console + seen.failed == []


@pytest.mark.browser
def test_search_from_a_page(html: Path, visit) -> None:
    """The search button opens a form, and Enter leads to the results."""
    page = visit().open(f"{html.as_uri()}/chapters/index.html")
    page.locator("button.search-button__button:visible").first.click()
    page.locator("dialog[open] input[name=q]").fill("loopback")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")


@pytest.mark.browser
def test_the_theme_can_be_switched(html: Path, visit) -> None:
    """One button goes from the system's theme through light to dark, with an icon for each."""
    page = visit().open(f"{html.as_uri()}/chapters/index.html")
    button = page.locator("button.theme-switch-button:visible")
    seen = set()
    for _ in range(3):
        button.click()
        icon = button.locator("svg:visible")
        assert icon.count() == 1 and icon.bounding_box()["width"] > 10
        seen.add(icon.get_attribute("data-mode"))
    assert seen == {"auto", "light", "dark"}
