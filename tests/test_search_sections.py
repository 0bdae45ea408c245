"""A result of the search leads to the section that has the words.

What these are meant to catch (not replayed as a whole): a section with the words of those inside
it; results in the order of the pages reversed; a result for the page beside those of its sections;
the script left out.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from sphinx.search.en import SearchEnglish
from support.settled import follow, found

from tools.sphinx_search import section_index, sections

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
