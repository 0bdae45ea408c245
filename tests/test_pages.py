"""Every built page, whatever is on it, in a real browser."""

from __future__ import annotations

from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page
from support.looking import DESK, PHONE, looking_at, views
from support.settled import follow, found, settled

from conftest import Visit
from tools import book

PAGES = book.pages()
every_page = pytest.mark.parametrize("name", PAGES)
# The root only leads on to the first page.
FULL = [name for name in PAGES if name != "index.html"]
on_a_desk = looking_at(views(FULL, DESK))
on_a_phone = looking_at(views(FULL, PHONE, themes=["light"]))
HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# axe calls this rule an experiment: who says what a button shows must reach that button (2.5.3).
EXPERIMENTS = ["label-content-name-mismatch"]
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


# What stands out on the right, unless the page is as wide as the window.
TOO_WIDE = """() => {
    const width = document.documentElement.clientWidth;
    const page = document.scrollingElement.scrollWidth;
    if (page <= width) return [];
    return [...document.querySelectorAll("body *")]
        .filter((element) => element.getBoundingClientRect().right > width + 1)
        .map((element) => element.tagName + "." + element.className)
        .concat([page + " > " + width]);
}"""

# One word that is wider than a phone, in everything that a page may be made of.
LONG_WORD = "__netdev_update_features_of_a_name_that_is_much_too_long_for_a_phone"
LONG_WORDS = """(word) => {
    const code = `<code class="docutils literal notranslate"><span class="pre">${word}</span>`
        + "</code>";
    const both = [word, code, `<a href="#">${word}</a>`, `<a href="#">${code}</a>`];
    const tags = ["h1", "h2", "h3", "h4", "p", "li", "dt", "dd", "blockquote", "figcaption"];
    const box = (name, inner) => `<div class="${name} docutils container">${inner}</div>`;
    const parts = both.flatMap((text) => [
        ...tags.map((tag) => `<${tag}>${text}</${tag}>`),
        `<ul><li><ol><li>${text}</li></ol></li></ul>`,
        `<details><summary>${text}</summary>${text}</details>`,
        `<div class="admonition"><p class="admonition-title">${text}</p><p>${text}</p></div>`,
        `<div class="pst-scrollable-table-container"><table class="table">
            <tr><th>${text}</th><td>${text}</td></tr></table></div>`,
        box("cell", box("cell_input", `<div class="highlight"><pre>${word}</pre></div>`)
            + box("cell_output", `<div class="output">${text}</div>`)),
    ]);
    document.querySelector("article").innerHTML = parts.join("");
    document.querySelectorAll("details").forEach((each) => { each.open = true; });
}"""


@pytest.mark.browser
@on_a_phone
def test_fits_a_phone(opened: Visit) -> None:
    """320 pixels are wide enough (WCAG 1.4.10): what is wider scrolls inside its own box."""
    page = opened.page
    assert page.evaluate(TOO_WIDE) == []
    before = page.viewport_size
    page.set_viewport_size({"width": 320, "height": 844})
    assert settled(page).evaluate(TOO_WIDE) == []
    page.set_viewport_size(before)
    settled(page)


@pytest.mark.browser
def test_a_phone_breaks_long_words(html: Path, visit) -> None:
    """The same for pages that are not written yet: a kernel name may stand anywhere."""
    page = visit(width=320, height=844).open(f"{html.as_uri()}/chapters/index.html")
    page.evaluate(LONG_WORDS, LONG_WORD)
    assert page.locator("article h1 code").count() == 2
    assert page.evaluate(TOO_WIDE) == []


@pytest.mark.browser
@on_a_desk
def test_code_is_read_without_scrolling(opened: Visit) -> None:
    """At 1280 pixels no line of a cell leaves its box, folded ones too."""
    cut_off = opened.page.evaluate(
        """() => {
            const folded = [...document.querySelectorAll("details:not([open])")];
            folded.forEach((each) => { each.open = true; });
            const found = [...document.querySelectorAll(".cell_input pre")]
                .filter((pre) => pre.scrollWidth > pre.clientWidth)
                .map((pre) => pre.innerText);
            folded.forEach((each) => { each.open = false; });
            return found;
        }"""
    )
    assert cut_off == []


@pytest.mark.browser
@on_a_desk
def test_is_in_the_readers_theme(opened: Visit) -> None:
    """The page follows what the reader's system asks for: dark text on light, or light on dark."""
    text, ground = opened.page.evaluate(
        """() => {
            const style = getComputedStyle(document.body);
            const light = (colour) => {
                const [r, g, b] = colour.match(/[0-9.]+/g).map(Number);
                return 0.2126 * r + 0.7152 * g + 0.0722 * b;
            };
            return [light(style.color), light(style.backgroundColor)];
        }"""
    )
    assert (text > ground) == (opened.theme == "dark")
    assert abs(text - ground) > 120


RULES = {rule: {"enabled": True} for rule in EXPERIMENTS}
# Colours don't depend on the width, and looking at every pair takes most of the time; all else does
# not depend on the theme.
RULES_OF_A_PHONE = RULES | {"color-contrast": {"enabled": False}}
OF_COLOURS = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}


@pytest.mark.browser
@on_a_desk
def test_is_accessible(opened: Visit) -> None:
    """axe finds nothing that breaks WCAG 2.2 A or AA, but for the theme's own faults."""
    if opened.theme == "dark":
        assert faults(opened.page, OF_COLOURS) == []
    else:
        assert faults(opened.page, {"type": "tag", "values": WCAG}, RULES) == []


@pytest.mark.browser
@on_a_phone
def test_is_accessible_on_a_phone(opened: Visit) -> None:
    assert faults(opened.page, {"type": "tag", "values": WCAG}, RULES_OF_A_PHONE) == []


@pytest.mark.browser
@pytest.mark.parametrize("name", FULL)
def test_prints_dark_on_white(name: str, html: Path, visit) -> None:
    """Paper is white, whatever the screen was; after printing the screen is as it was."""
    page = visit(theme="dark").open(f"{html.as_uri()}/{name}")
    ground = "() => getComputedStyle(document.body).backgroundColor"
    dark = page.evaluate(ground)
    page.emulate_media(media="print")
    page.evaluate("() => dispatchEvent(new Event('beforeprint'))")
    assert settled(page).evaluate(ground) == "rgb(255, 255, 255)"
    assert faults(page, {"type": "rule", "values": ["color-contrast"]}) == []
    page.emulate_media(media="screen")
    page.evaluate("() => dispatchEvent(new Event('afterprint'))")
    assert settled(page).evaluate(ground) == dark


@pytest.mark.browser
def test_printing_says_so_in_time(html: Path, visit) -> None:
    """A real print run, not one played: its headings are dark on the paper."""
    page = visit(theme="dark").open(f"{html.as_uri()}/chapters/index.html")
    page.evaluate(
        """() => addEventListener("beforeprint", () => {
            window.printed = getComputedStyle(document.querySelector("h1")).color;
        })"""
    )
    page.pdf()
    assert max(map(int, page.evaluate("() => printed.match(/[0-9]+/g)"))) < 100
    page.wait_for_function("document.documentElement.dataset.theme === 'dark'")


def faults(page: Page, run_only: dict, rules: dict | None = None) -> list[str]:
    """What axe finds with these rules, but for what the theme itself breaks."""
    options = {"runOnly": run_only, "resultTypes": ["violations"], "rules": rules or {}}
    return broken(axe.run(page, options=options).response["violations"])


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
    assert found(page).count() > 0
    assert seen.errors + seen.console + seen.failed == []


# Every word of a page that no search finds. A word is what the search itself takes for one; those
# that it leaves out in every text ("the", "of") are left out here, too.
NOT_FOUND = """async ([name, html]) => {
    const page = new DOMParser().parseFromString(html, "text/html");
    const article = page.querySelector("article");
    article.querySelectorAll("script, style, .headerlink").forEach((each) => each.remove());
    const texts = document.createNodeIterator(article, NodeFilter.SHOW_TEXT);
    const words = new Set();
    for (let text; (text = texts.nextNode()); )
        splitQuery(text.data.trim()).forEach((word) => words.add(word));
    const asked = [...words].filter((word) => !stopwords.includes(word.toLowerCase()));
    const finds = (word) =>
        Search._performSearch(...Search._parseQuery(word)).some((found) => found[0] === name);
    return [asked.length, asked.filter((word) => !finds(word))];
}"""


@pytest.mark.browser
@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("chapters/")])
def test_every_word_is_found(name: str, html: Path, visit) -> None:
    """Numbers and kernel names too, in the text, in code, in outputs and in figures."""
    page = visit().open(f"{html.as_uri()}/search.html")
    text = (html / name).read_text(encoding="utf-8")
    asked, missed = page.evaluate(NOT_FOUND, [name.removesuffix(".html"), text])
    assert asked > 50
    assert missed == []


@pytest.mark.browser
@pytest.mark.parametrize(
    ("query", "place"),
    [
        ("65507", "gso_limits"),
        ("UDP_SEGMENT 4084", "whole_or_cut"),
        ("NETIF_F_GSO_SOFTWARE", "hw_features"),
    ],
)
def test_search_leads_to_the_place(query: str, place: str, html: Path, visit) -> None:
    """From the form to the page, where the words are marked."""
    seen = visit()
    page = seen.open(f"{html.as_uri()}/search.html?q={query}")
    found(page)
    follow(page, page.locator(f"#search-results li a[href*={place}]").first)
    # The first may stand in what is folded.
    page.wait_for_selector("article span.highlighted", state="attached")
    marked = {text.lower() for text in page.locator("article span.highlighted").all_text_contents()}
    assert marked == set(query.lower().split())
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


# What a browser does whose reader has forbidden sites to store data.
NO_STORAGE = """for (const name of ["localStorage", "sessionStorage"])
    Object.defineProperty(window, name, {
        configurable: true,
        get: () => { throw new DOMException("Access is denied.", "SecurityError"); },
    });
"""


@pytest.fixture
def forgetful(visit):
    """A Visit without site data."""
    seen = visit()
    seen.page.add_init_script(NO_STORAGE)
    return seen


@pytest.mark.browser
@every_page
def test_works_without_site_data(name: str, html: Path, forgetful) -> None:
    """No script of a page dies of it."""
    page = forgetful.open(f"{html.as_uri()}/{name}")
    assert page.inner_text("body").strip()
    assert forgetful.errors + forgetful.console == []


@pytest.mark.browser
def test_search_and_theme_without_site_data(html: Path, forgetful) -> None:
    """What was chosen holds for this page; what was looked for is found."""
    page = forgetful.open(f"{html.as_uri()}/chapters/index.html")
    button = page.locator("button.theme-switch-button:visible")
    ground = "() => getComputedStyle(document.body).backgroundColor"
    grounds = set()
    for _ in range(3):
        button.click()
        grounds.add(settled(page).evaluate(ground))
    assert len(grounds) == 2
    page.locator("button.search-button__button:visible").first.click()
    page.locator("dialog[open] input[name=q]").fill("loopback")
    page.keyboard.press("Enter")
    page.wait_for_selector("#search-results li a")
    assert forgetful.errors + forgetful.console == []
