"""The glossary and its mentions: what is marked, and what a mention shows.

Mutations that turned these red: every mention marked instead of the first; the shorter of two names
that begin alike; a term marked in a heading, in a link, in a cell; no plural; an entry of 31 words;
the box without Escape; a first tap that follows the link; the definition of the term before;
a pointer that leaves and takes what the focus shows.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from docutils import nodes
from docutils.core import publish_doctree
from playwright.sync_api import Page, expect
from sphinx.errors import ExtensionError
from support.settled import follow, settled

from tools import sphinx_terms
from tools.sphinx_terms import Mentions, Term

ROOT = Path(__file__).resolve().parent.parent
GLOSSARY = (ROOT / "chapters/glossary.md").read_text(encoding="utf-8")

WANTED = [
    # Issue 7, point 1.
    "ethtool",
    "MTU",
    "namespace",
    "ECN",
    "SCTP",
    "pseudo-header",
    "packet socket",
    "netlink",
    "qdisc",
    "softirq",
    # The outline.
    "skb",
    "struct sk_buff",
    "datagram",
    "network namespace",
    "loopback device",
    "network device",
    "struct net_device",
    "pernet operation",
    "initcall",
    "rtnl",
    "notifier chain",
    "ifindex",
    "errno",
    "ARPHRD type",
    "IFF flag",
    "operations table",
    "MAC address",
    "Ethernet header",
    "neighbour",
    "AF_PACKET",
    "reference count",
    "destructor",
    "per-CPU variable",
    "possible CPU",
    "cache line",
    "alignment",
    "MESI",
    "nr_cpu_ids",
    "seqcount",
    "torn read",
    "feature word",
    "[fixed]",
    "GSO",
    "TSO",
    "GRO",
    "gso_size",
    "gso_type",
    "UDP_SEGMENT",
    "scatter-gather",
    "segment",
    "fragment",
    "CHECKSUM_PARTIAL",
    "DODGY",
    "tracepoint",
    "backlog",
    "bottom half",
    "NAPI",
    "tap",
    "duplicate address detection",
    "scope",
    "local table",
    "scenario",
    "truesize",
    "martian",
    "UDP_GRO",
]


def entries() -> dict[str, str]:
    """Each name of the glossary's source, and its definition."""
    found, names = {}, []
    for line in GLOSSARY.partition(":::{glossary}\n")[2].partition("\n:::")[0].splitlines():
        if line.startswith("  "):
            found |= dict.fromkeys(names, line.strip())
            names = []
        elif line:
            names.append(line)
    return found


def test_the_glossary_has_every_term() -> None:
    assert set(WANTED) - entries().keys() == set()


def test_a_definition_has_at_most_25_words() -> None:
    long = {name: len(text.split()) for name, text in entries().items() if len(text.split()) > 25}
    assert long == {}


def test_entries_stand_in_the_order_of_the_alphabet() -> None:
    first = [block.splitlines()[0] for block in GLOSSARY.split("\n\n")[3:]]
    keys = [re.sub(r"\W", "", name).lower() for name in first if not name.startswith(":::")]
    assert keys == sorted(keys) and len(keys) > 50


# --- marking --------------------------------------------------------------------------------------

TERMS = [
    Term({"namespace": "ns", "network namespace": "nns"}, "A set of devices."),
    Term({"MTU": "mtu"}, "The longest packet."),
    Term({"MTU probe": "probe"}, "A packet of that size."),
    Term({"segment": "seg"}, "A piece."),
    Term({"neighbour": "nb"}, "An entry."),
    Term({"UDP_SEGMENT": "us"}, "An option."),
]


def marked(text: str) -> list[tuple[str, str]]:
    """Anchor and text of every mention that is marked on a page of reStructuredText."""
    page = publish_doctree(text)
    Mentions(TERMS, "glossary.html").mark(page)
    raw = "".join(node.astext() for node in page.findall(nodes.raw))
    links = re.findall(r'href="glossary.html#(\w+)" data-definition="[^"]*">(.*?)</a>', raw)
    return [(anchor, re.sub("<.*?>", "", inside)) for anchor, inside in links]


def test_the_first_mention_is_marked_and_no_other() -> None:
    assert marked("The MTU and\nthe MTU.\n\nMTU again.") == [("mtu", "MTU")]


def test_the_longer_name_and_only_one_of_a_term() -> None:
    assert marked("A network namespace is a namespace.") == [("nns", "network namespace")]
    assert marked("An MTU probe.") == [("probe", "MTU probe")]


def test_a_mention_may_be_plural_and_capital_but_no_part_of_a_word() -> None:
    assert marked("Segments of one.") == [("seg", "Segments")]
    assert marked("Segmentation, sub-segment, mtu, MTUX, xMTU.") == []


def test_text_around_a_mention_stays() -> None:
    page = publish_doctree("One MTU, one segment, one & all.")
    Mentions(TERMS, "g").mark(page)
    assert re.sub("<.*?>", "", page.astext()) == "One MTU, one segment, one & all."


def test_code_is_marked_where_it_is_the_term() -> None:
    assert marked("``UDP_SEGMENT`` and ``MTU + 1``") == [("us", "UDP_SEGMENT")]


@pytest.mark.parametrize(
    "text", ["The MTU\n=======\n\nNo.", "`MTU <http://x.org>`__", "::\n\n  MTU", "A neighbour."]
)
def test_headings_links_and_code_blocks_have_none(text: str) -> None:
    assert marked(text) == []


def test_cells_have_none() -> None:
    page = publish_doctree(".. container:: cell\n\n   MTU\n\nMTU")
    Mentions(TERMS, "g").mark(page)
    (container,) = page.findall(nodes.container)
    assert not list(container.findall(nodes.raw)) and len(list(page.findall(nodes.raw))) == 1


def test_a_role_marks_what_is_not_found_by_itself() -> None:
    page = nodes.document(None, None)
    link = nodes.reference("", "", nodes.Text("neighbours"), refuri="glossary.html#nb")
    page += nodes.paragraph("", "", link)
    Mentions(TERMS, "glossary.html").mark(page)
    (raw,) = page.findall(nodes.raw)
    assert 'data-definition="An entry.">neighbours</a>' in raw.astext()


def test_a_long_definition_stops_the_build() -> None:
    item = nodes.definition_list_item("", nodes.term("", "MTU", ids=["x"]))
    item += nodes.definition("", nodes.paragraph("", "word " * 31))
    glossary = nodes.document(None, None)
    glossary += nodes.definition_list("", item)
    with pytest.raises(ExtensionError, match="MTU: more than 30 words"):
        sphinx_terms.read(glossary)


# --- in a browser ---------------------------------------------------------------------------------

BOX = "#lo-definition"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A page with two terms and the project's script and style."""
    script, style = ((ROOT / f"assets/terms.{kind}").read_text() for kind in ("js", "css"))
    page = publish_doctree("A network namespace, and far from it the MTU of a device.")
    Mentions(TERMS, "#glossary").mark(page)
    text = page.astext()
    made: Path = tmp_path_factory.mktemp("terms") / "terms.html"
    made.write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Terms</title>'
        '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
        f'<style>{style}</style><main class="bd-main"><h1>Terms</h1><p>{text}</p></main>'
        f"<script>{script}</script>",
        encoding="utf-8",
    )
    return made.as_uri()


def shown(page: Page) -> str:
    box = page.locator(BOX)
    return box.inner_text() if box.is_visible() else ""


@pytest.mark.browser
def test_a_term_shows_its_definition_on_hover_and_on_focus(address: str, visit) -> None:
    for width in (1280, 320):
        seen = visit(width=width)
        page = seen.open(address)
        mtu = page.get_by_role("link", name="MTU")
        mtu.hover()
        assert shown(page) == "The longest packet."
        box = page.locator(BOX).bounding_box()
        assert box["x"] >= 0 and box["x"] + box["width"] <= width
        page.locator(BOX).hover()
        page.wait_for_timeout(300)
        assert shown(page)  # what is read stays while the pointer is in it
        page.keyboard.press("Escape")
        assert shown(page) == ""
        page.keyboard.press("Tab")
        assert shown(page) == "A set of devices."
        page.mouse.move(0, 0)
        page.wait_for_timeout(300)
        assert shown(page)  # what has the focus stays wherever the pointer goes
        described = page.locator("a.lo-term:focus").get_attribute("aria-describedby")
        assert f"#{described}" == BOX
        page.keyboard.press("Escape")
        assert shown(page) == ""
        page.keyboard.press("Tab")
        assert shown(page) == "The longest packet."
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile("#mtu$"))
        assert seen.console + seen.errors == []


@pytest.mark.browser
def test_the_first_tap_shows_and_the_second_follows(address: str, chromium) -> None:
    context = chromium.new_context(has_touch=True, viewport={"width": 390, "height": 844})
    page = context.new_page()
    page.goto(address)
    mtu = page.get_by_role("link", name="MTU")
    box = page.locator(BOX)
    # A finger's click comes a little after the finger has left.
    mtu.tap()
    expect(box).to_have_text("The longest packet.")
    assert settled(page).url == address
    page.get_by_role("link", name="network namespace").tap()
    expect(box).to_have_text("A set of devices.")
    assert settled(page).url == address
    page.touchscreen.tap(200, 700)
    expect(box).to_be_hidden()
    mtu.tap()
    expect(box).to_be_visible()
    mtu.tap()
    expect(page).to_have_url(re.compile("#mtu$"))
    context.close()


@pytest.mark.browser
def test_without_javascript_and_on_paper_a_term_is_text_and_link(address: str, chromium) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    page.get_by_role("link", name="MTU").click()
    expect(page).to_have_url(re.compile("#mtu$"))
    page.emulate_media(media="print")
    term = page.get_by_role("link", name="MTU")
    assert term.is_visible()
    context.close()


@pytest.mark.browser
def test_the_books_terms_lead_to_its_glossary(html: Path, visit) -> None:
    page = visit().open(f"{html.as_uri()}/chapters/index.html")
    term = page.locator("article a.lo-term").first
    target = term.get_attribute("href").partition("#")[2]
    term.hover()
    assert 0 < len(shown(page).split()) <= 30
    definition = shown(page)
    follow(page, term)
    assert page.locator(f'[id="{target}"]').count() == 1
    said = page.locator(f'dt[id="{target}"] ~ dd').first.inner_text()
    assert " ".join(said.split()) == definition
