"""A result of the search leads to the section that has the words, a question's to symptoms, too.

What these are meant to catch (not replayed as a whole): a section with the words of those inside
it; results in the order of the pages reversed; a result for the page beside those of its sections;
the script left out. Seen red: a symptom's words counted with its answer's; a phrase reduced like a
word; the errnos' meanings left out; the answers to a question shown for a single word, too.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest
from playwright.sync_api import expect
from sphinx.search.en import SearchEnglish
from support.settled import follow, found

from tools.sphinx_search import puzzles, same, section_index, sections

PAGE = """<html><body><article><section id="top"><h1>The top<a class="headerlink">#</a></h1>
<p>alpha 4042</p><section id="inner"><h2>The <code>inner</code></h2><p>beta alpha</p></section>
<section id="last"><h2>Last</h2><p>gamma</p></section></section></article></body></html>"""


def english() -> SearchEnglish:
    return SearchEnglish({})


def test_a_section_has_its_own_words_only() -> None:
    found = {anchor: (title, words) for anchor, title, words in sections(PAGE, english())}
    assert [title for title, _ in found.values()] == ["The top", "The inner", "Last"]
    assert {"alpha", "4042"} <= found["top"][1]
    assert not {"beta", "gamma"} & found["top"][1]
    assert {"beta", "alpha", "inner"} <= found["inner"][1]


def test_the_index_names_the_places_of_a_word() -> None:
    index = section_index(["<p>none</p>", PAGE], english())
    assert index["places"][0] == [1, "top", "The top"]
    places = {word: [index["places"][n][1] for n in index["words"][word]] for word in ("alpha",)}
    assert places == {"alpha": ["top", "inner"]}


ANSWERED = """<html><body><article><section id="seen"><h2>Seen</h2><ul>
<li id="puzzle-a"><p><strong>EIO &lt;sends&gt; to 127.0.0.1</strong> UDP_SEGMENT.</p></li>
<li><p><strong>No symptom</strong> of a page.</p></li></ul></section></article></body></html>"""


def test_a_symptom_and_its_answer_are_two_texts() -> None:
    ((anchor, symptom, words, answer),) = puzzles(ANSWERED, english())
    assert (anchor, symptom) == ("puzzle-a", "EIO <sends> to 127.0.0.1")
    assert {"eio", "send", "127.0.0.1"} <= words and not {"segment", "symptom"} & words
    assert {english().stem("udp_segment"), "udp", "segment"} <= answer and "send" not in answer
    index = section_index([PAGE, ANSWERED], english())
    assert index["puzzles"] == [[1, "puzzle-a", "EIO &lt;sends&gt; to 127.0.0.1"]]
    behind = len(index["places"])
    assert index["words"]["udp"] == [behind + 1]
    # The section has the words of all of its symptoms as well.
    assert index["words"]["eio"] == [behind - 1, behind]


def test_words_stand_for_each_other() -> None:
    text = "# A remark\nlose, losing, two copies\n\n- because, am\n"
    found = same(text, {"eio", "etc"}, english())
    assert found["same"][0] == ["lose", "two copies"]
    eio = ["eio", f"errno {errno.EIO}", os.strerror(errno.EIO).lower()]
    assert found["same"][1:] == [eio]
    assert found["common"] == sorted(["am", english().stem("because")])


@pytest.mark.browser
@pytest.mark.parametrize("query", ["validate_xmit_skb", "GRO_FRAGLIST"])
def test_results_lead_to_sections(query: str, html: Path, visit) -> None:
    seen = visit()
    page = seen.open(f"{html.as_uri()}/search.html?q={query}")
    links = found(page)
    addresses = links.evaluate_all("(all) => all.map((e) => e.href)")
    assert addresses and len(set(addresses)) == len(addresses)
    assert all("#" in address for address in addresses)
    title = links.first.inner_text().rpartition(" > ")[2]
    follow(page, links.first)
    anchor = page.url.partition("#")[2]
    place = page.locator(f'[id="{anchor}"]')
    assert query.lower() in place.inner_text().lower()
    assert place.locator("h1, h2, h3").first.inner_text().startswith(title)
    assert place.evaluate("(e) => e.getBoundingClientRect().top < innerHeight")
    assert seen.console + seen.errors == []


@pytest.mark.browser
def test_a_term_is_found_in_the_glossary(html: Path, visit) -> None:
    page = visit().open(f"{html.as_uri()}/search.html?q=truesize")
    assert follow(page, found(page).first).url.endswith("chapters/glossary.html#term-truesize")


@pytest.mark.browser
def test_a_word_of_two_sections_leads_to_both(html: Path, visit) -> None:
    page = visit().open(f"{html.as_uri()}/search.html?q=xyzzy")
    found = page.evaluate(
        """(words) => words.map((word) =>
        Search._performSearch(...Search._parseQuery(word)).map(([name, , anchor]) => name + anchor))
    """,
        ["gen_lo_setup"],
    )[0]
    assert len({place for place in found if place.startswith("chapters/hw_features#")}) > 1
    assert len(set(found)) == len(found)


@pytest.mark.browser
def test_one_word_leads_to_symptoms_with_it_and_to_its_sections(html: Path, visit) -> None:
    """Every section with the word that a page's result stood for; before them two symptoms at most,
    whose own words it is one of. (Seen red with the symptoms left out, and with their answers'
    words taken for theirs.)"""
    page = visit().open(f"{html.as_uri()}/search.html?q=xyzzy")
    wanted = {"loopback_xmit": 0, "ethernet": 0, "EINVAL": 2, "tx_dropped": 2, "ENOBUFS": 1}
    for word, symptoms in wanted.items():
        found, having = page.evaluate(
            """(word) => {
            const { docnames, sections: { places, words } } = Search._index;
            const found = Search._performSearch(...Search._parseQuery(word)).map(
                ([name, title, at]) => name + at + (at.startsWith("#puzzle") ? title : ""));
            const term = [...Search._parseQuery(word)[1]][0];
            const at = words[term].filter((n) => n < places.length).map((n) => places[n]);
            return [found, at.map(([page, id]) => `${docnames[page]}#${id}`)];
        }""",
            word,
        )
        first = found[::-1][:symptoms]
        assert len(found) > 8 and all("#puzzle" in place and word in place for place in first)
        assert not any("#puzzle" in place for place in found[::-1][symptoms:])
        sections = [place for place in found if place in having]
        assert {place.partition("#")[0] for place in having} == {
            place.partition("#")[0] for place in sections
        }


BESIDE = """() => [...document.querySelectorAll("form.bd-search")].filter((e) => e.offsetWidth)
  .map((form) => {
    const parts = ["svg", "input", "span"].map((each) => form.querySelector(each));
    const [sign, text, keys] = parts.map((each) => each.getBoundingClientRect());
    return [sign.right <= text.left, text.right <= keys.left || !keys.width, keys.height < 30];
  })"""


@pytest.mark.browser
@pytest.mark.parametrize("name", ["search.html?q=xyzzy", "chapters/xmit.html"])
def test_the_signs_stand_beside_the_text(name: str, html: Path, visit) -> None:
    """On the page of results, and in the dialog of any other. Red with the theme's place for the
    lens, which lay on the first letter."""
    page = visit().open(f"{html.as_uri()}/{name}")
    if "search" not in name:
        page.keyboard.press("Control+k")
        page.locator("dialog[open] .bd-search").wait_for()
    assert page.evaluate(BESIDE) == [[True, True, True]]


@pytest.mark.browser
@pytest.mark.parametrize("word", ["ENOBUFS", "EMSGSIZE", "XDP", "martian", "rename"])
def test_lo_beside_a_word_changes_nothing(word: str, html: Path, visit) -> None:
    """It is what every page is about. (Seen red with it taken for a word: 140 pages have it.)"""
    page = visit().open(f"{html.as_uri()}/search.html?q=xyzzy")
    places = (
        "(q) => Search._performSearch(...Search._parseQuery(q)).map((each) => each[0] + each[2])"
    )
    alone = page.evaluate(places, word)
    assert page.evaluate(places, f"{word} lo") == page.evaluate(places, f"lo {word}") == alone != []
    assert page.evaluate(places, "lo") != []


@pytest.mark.browser
def test_words_that_no_page_has_are_named(html: Path, visit) -> None:
    """Above what the other words find. (Seen red with stop words named, too.)"""
    seen = visit()
    page = seen.open(f"{html.as_uri()}/search.html?q=is+Frobnicate+on+the+datagram+xyzzy")
    assert found(page).count() > 0
    expect(page.locator(".search-unknown")).to_have_text("No page has: Frobnicate, xyzzy.")
    page = seen.open(f"{html.as_uri()}/search.html?q=lose+a+datagram")
    assert found(page).count() > 0 and page.locator(".search-unknown").count() == 0


@pytest.mark.browser
def test_a_question_leads_to_a_symptom(site: str, visit) -> None:
    """To its place on the page, and the list of results shows its answer."""
    seen = visit()
    page = seen.open(f"{site}/search.html?q=captured%20twice%20on%20loopback")
    link = found(page).first
    assert "PACKET_OUTGOING" in link.locator("xpath=..").inner_text()
    title = link.inner_text().rpartition(" > ")[2]
    follow(page, link)
    place = page.locator(f'[id="{page.url.partition("#")[2]}"]')
    assert place.inner_text().startswith(title)
    top = place.evaluate("(e) => e.getBoundingClientRect().top")
    assert 0 < top < page.viewport_size["height"]
    assert seen.console + seen.errors == []
