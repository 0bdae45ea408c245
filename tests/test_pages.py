"""Every built page, whatever is on it, in a real browser."""

from __future__ import annotations

from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import pages

PAGES = pages()
every_page = pytest.mark.parametrize("name", PAGES)
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
@every_page
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
@every_page
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
@every_page
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_is_accessible(name: str, theme: str, width: int, html: Path, visit) -> None:
    """axe finds nothing that breaks WCAG 2.2 A or AA, but for the theme's own faults."""
    page = visit(theme=theme, width=width).open(f"{html.as_uri()}/{name}")
    rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
    result = axe.run(page, options={"runOnly": {"type": "tag", "values": rules}})
    assert broken(result.response["violations"]) == []


def broken(violations: list[dict]) -> list[str]:
    """Rule, element and reason of each violation that is not the theme's."""
    return [
        f"{rule['id']}: {' '.join(map(str, node['target']))}: {node['failureSummary']}"
        for rule in violations
        for node in rule["nodes"]
        if not set(node["target"]) & set(THEME_FAULTS.get(rule["id"], ()))
    ]


class References(HTMLParser):
    """Where a page leads to, and where it can be entered."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        values = dict(attributes)
        self.anchors |= {values[key] for key in ("id", "name") if values.get(key)}
        self.links += [values[key] for key in ("href", "src") if values.get(key)]


@every_page
def test_links_lead_somewhere(name: str, html: Path) -> None:
    """Every link to a page, an anchor or a file of the book finds it."""
    page = html / name
    dead = []
    for link in References(page.read_text(encoding="utf-8")).links:
        address, anchor = urldefrag(urljoin(page.as_uri(), link))
        parts = urlsplit(address)
        if parts.scheme != "file":
            continue
        target = Path(unquote(parts.path))
        if target.is_dir() or not target.is_file():
            dead.append(link)
        elif anchor and target.suffix == ".html":
            anchors = References(target.read_text(encoding="utf-8")).anchors
            if unquote(anchor) not in anchors:
                dead.append(link)
    assert dead == []
