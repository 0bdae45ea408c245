"""Numbers and short names from `_toc.yml`, chips, code in ink, and the cut of style sheets.

Mutations that turned these red: pages counted from 0; a caption's number left in the title; every
mention boxed; a name in a heading boxed; ``asked`` without the pseudo-class's colon; a margin
before the text; ``--gone`` kept; a rule inside ``@media`` kept whole; Pygments' yellow line.
"""

from __future__ import annotations

import pytest
from docutils import nodes
from docutils.utils import new_document
from sphinx_external_toc.parsing import parse_toc_data

from lomodel.source_lines import VIEWER, permalink
from tools import sphinx_cut, sphinx_look

TOC = {
    "format": "jb-book",
    "root": "chapters/index",
    "parts": [
        {"chapters": [{"file": "chapters/start", "title": "Start here"}]},
        {
            "caption": "3 A packet",
            "chapters": [
                {"file": "chapters/words", "title": "Three words"},
                {"file": "chapters/limits"},
            ],
        },
        {"caption": "At the back", "chapters": [{"file": "chapters/glossary"}]},
    ],
}


def test_a_caption_numbers_its_pages() -> None:
    titles = {"chapters/limits": "What is calling it?", "chapters/glossary": "Glossary"}
    start, packet, back = sphinx_look.parts(parse_toc_data(TOC), titles)
    assert (packet.number, packet.title) == ("3", "A packet")
    assert [(page.number, page.title) for page in packet.pages] == [
        ("3.1", "Three words"),
        ("3.2", "What is calling it?"),
    ]
    assert (start.number, start.title, start.pages[0].number) == ("", "", "")
    assert (back.number, back.title, back.pages[0].title) == ("", "At the back", "Glossary")


def page(*parts: nodes.Node) -> nodes.document:
    """A document of one section with these in it."""
    made = new_document("page")
    section = nodes.section("", *parts)
    made += section
    return made


def mention(symbol: str) -> nodes.paragraph:
    return nodes.paragraph("", "", nodes.literal(symbol, symbol))


def test_the_first_mention_is_boxed_and_linked() -> None:
    made = page(
        nodes.title("", "", nodes.literal("net_gso_ok", "net_gso_ok")),
        mention("net_gso_ok"),
        mention("net_gso_ok"),
        mention("ethtool -K lo"),
        mention("netif_rx()"),
    )
    sphinx_look.box_first_mentions(None, made, "page")
    links = list(made.findall(nodes.reference))
    assert [link.astext() for link in links] == ["net_gso_ok", "netif_rx()"]
    assert links[0]["refuri"] == permalink("net_gso_ok", sphinx_look.SOURCE_RELEASE)
    assert links[0]["classes"] == ["name"] and links[0]["reftitle"].startswith("include/linux/")
    assert links[0].parent is made[0][1]


def test_a_note_in_the_margin_comes_second() -> None:
    """What it names is boxed in the text; there only where the text does not name it."""
    note = nodes.sidebar("", mention("net_gso_ok"), mention("netif_rx"))
    made = page(note, mention("net_gso_ok"))
    sphinx_look.box_first_mentions(None, made, "page")
    links = list(made.findall(nodes.reference))
    assert [(link.astext(), sphinx_look.is_aside(link)) for link in links] == [
        ("netif_rx", True),
        ("net_gso_ok", False),
    ]


def test_an_authors_link_is_kept() -> None:
    """To the source it becomes the chip; elsewhere it stays what it is."""
    own, other = f"{VIEWER}/v6.12/source/net/core/dev.c#L1", "#here"
    made = page(
        *(
            nodes.paragraph("", "", nodes.reference("", "", nodes.literal("", name), refuri=uri))
            for name, uri in (("my_own", own), ("net_gso_ok", other), ("net_gso_ok", own))
        )
    )
    sphinx_look.box_first_mentions(None, made, "page")
    links = [(link["refuri"], link["classes"]) for link in made.findall(nodes.reference)]
    assert links == [(own, ["name"]), (other, []), (own, ["name"])]


def test_code_has_weight_and_slope_and_no_colour() -> None:
    css = sphinx_look.pygments_css()
    assert ".highlight .k { font-weight: bold" in css
    assert "font-style: italic" in css
    assert css.count("color:") == css.count("color:var(--lo-quiet)") == 1
    assert ".highlight .s2" in css and "background" not in css


USED = {"card", "open", "a", "div", "html", "main"}


@pytest.mark.parametrize(
    ("rule", "kept"),
    [
        (".card{color:red}", ".card{color:red}"),
        (".carousel{color:red}", ""),
        (".card,.carousel{color:red}", ".card{color:red}"),
        (".carousel,.card{color:red}", ".card{color:red}"),
        (".card:hover::before{color:red}", ".card:hover::before{color:red}"),
        ("a.card>div#main:not(.carousel){color:red}", "a.card>div#main:not(.carousel){color:red}"),
        ("[data-x=carousel]{color:red}", "[data-x=carousel]{color:red}"),
        ("@media print{.card{color:red}.carousel{top:0}}", "@media print{.card{color:red}}"),
        ("@media print{.carousel{top:0}}", ""),
        ("@font-face{font-family:Icons}", ""),
        ("@keyframes turn{from{top:0}to{top:1px}}", "@keyframes turn{from{top:0}to{top:1px}}"),
    ],
)
def test_a_selector_stays_where_it_may_match(rule: str, kept: str) -> None:
    assert sphinx_cut.cut({"sheet": rule}, USED, set())["sheet"].replace("\n", "") == kept


def test_a_variable_stays_where_it_is_read() -> None:
    """Also by another sheet, and by one that only an unread one reads no longer."""
    sheets = {
        "one": "html{--kept:var(--under);--under:1px;--gone:var(--below);--below:2px;--script:3px}",
        "two": "div{width:var(--kept)}",
    }
    cut = sphinx_cut.cut(sheets, USED, {"--script"})
    assert cut["one"] == "html{--kept:var(--under);--under:1px;--script:3px}"
    assert cut["two"] == sheets["two"]
