"""What the search finds: every word that stands on a page, numbers and kernel names included.

A Sphinx extension (see `_config.yml`). Sphinx's own index is made from the text before it becomes a
page. It misses what a cell's output writes as HTML, where it takes the words of two neighbouring
cells for one, and its script ignores numbers. And it knows pages, not sections: here the words of
every section go into the index too, and a result leads there (`assets/search_sections.js`). So do
those of every symptom that a page answers (`tools.sphinx_symptoms`): a question in a reader's own
words is answered by what has most of its rare words, or others that stand for them
(`assets/same_words.txt`).
"""

from __future__ import annotations

import errno
import os
import re
from collections.abc import Iterable
from html import escape
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup, Tag
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.search import SearchLanguage, js_index

from tools.sphinx_symptoms import PUZZLE

INDEX = "searchindex.js"
SCRIPT = "_static/searchtools.js"
NO_NUMBERS = """stopwords.indexOf(queryTermLower) !== -1 ||
        queryTerm.match(/^\\d+$/)"""
NUMBERS = "stopwords.indexOf(queryTermLower) !== -1"
LONG_WORDS = """wordList.length !== searchTerms.size &&
        wordList.length !== filteredTermCount"""
EVERY_WORD = "wordList.length !== searchTerms.size"
SECTIONS = "search_sections.js"
SAME = "same_words.txt"
ADDRESS = re.compile(r"\b\d+(?:\.\d+){3}\b|::\d\b")
# The words of a search are marked on the page. What a drawing does not draw cannot be marked.
HIGHLIGHT = "_static/sphinx_highlight.js"
MARKED = '!parent.classList.contains("nohighlight")'
DRAWN_ONLY = '!parent.closest(".nohighlight, svg desc, svg title")'
HEADINGS = ["h1", "h2", "h3", "h4", "h5", "h6"]


def words(page: str, language: SearchLanguage) -> set[str]:
    """The words of a page's article, as the search's script reduces a reader's.

    A word is whole where only its colour changes in it, and ends where an element ends: both
    readings are taken.
    """
    article = BeautifulSoup(page, "html.parser").find("article")
    return set() if article is None else words_of(article, language)


def words_of(element: Tag, language: SearchLanguage) -> set[str]:
    """The words of an element, reduced."""
    text = f"{element.get_text()} {element.get_text(' ')}".lower()
    found = {word for word in language.split(text) if word not in language.stopwords}
    # The script leaves the shortest words alone.
    return {word if len(word) < 3 else language.stem(word) for word in found}


def sections(page: str, language: SearchLanguage) -> list[tuple[str, str, set[str]]]:
    """(anchor, title, words) of every section of a page, without those of the sections inside."""
    found = []
    article = BeautifulSoup(page, "html.parser").find("article")
    # From the inside out: a section's words are what is left of it.
    for section in reversed(article.find_all("section", id=True) if article else []):
        heading = section.find(HEADINGS, recursive=False)
        if heading is not None:
            for link in heading.find_all("a", class_="headerlink"):
                link.decompose()
            title = " ".join(heading.get_text().split())
            found.append((section["id"], title, words_of(section, language)))
            section.decompose()
    return found[::-1]


def puzzles(page: str, language: SearchLanguage) -> list[tuple[str, str, set[str], set[str]]]:
    """(anchor, symptom, its words, its answer's words) of every symptom that a page answers."""
    found = []
    for item in BeautifulSoup(page, "html.parser").select(f"article li[id^={PUZZLE}]"):
        symptom = item.find("strong").extract()
        text = " ".join(symptom.get_text().split())
        found.append((item["id"], text, parts_of(symptom, language), parts_of(item, language)))
    return found


def parts_of(element: Tag, language: SearchLanguage) -> set[str]:
    """The words of an element, whole addresses, and the parts of names such as UDP_SEGMENT."""
    parts = BeautifulSoup(element.get_text(" ").replace("_", " "), "html.parser")
    addresses = set(ADDRESS.findall(element.get_text(" ").lower()))
    return words_of(element, language) | words_of(parts, language) | addresses


def section_index(pages: list[str], language: SearchLanguage) -> dict[str, Any]:
    """Where words stand. ``places``: page, anchor and title of each section; ``puzzles`` of each
    symptom; ``words``: the numbers of each word. Behind those of the sections each puzzle has two,
    one for the symptom and one for its answer."""
    places: list[list[int | str]] = []
    answered: list[list[int | str]] = []
    found: dict[str, list[int]] = {}
    for number, page in enumerate(pages):
        for anchor, title, inside in sections(page, language):
            for word in sorted(inside):
                found.setdefault(word, []).append(len(places))
            places.append([number, anchor, title])
    behind = len(places)
    for number, page in enumerate(pages):
        for anchor, symptom, *halves in puzzles(page, language):
            for half in halves:
                for word in sorted(half):
                    found.setdefault(word, []).append(behind)
                behind += 1
            answered.append([number, anchor, escape(symptom)])
    return {"places": places, "puzzles": answered, "words": found}


def same(
    text: str, known: Iterable[str], language: SearchLanguage
) -> dict[str, list[list[str]] | list[str]]:
    """``same``: groups of words, reduced, and phrases that stand for each other; ``common``: words
    that say nothing. Of a file's lines; every errno that the book knows is a group of its own."""
    lines = [line.split(", ") for line in text.splitlines() if line and line[0] not in "#-"]
    names = {name.lower(): number for number, name in errno.errorcode.items()}
    lines += [
        [word, f"errno {names[word]}", os.strerror(names[word]).lower()]
        for word in sorted(names.keys() & set(known))
    ]
    common = [line[2:].split(", ") for line in text.splitlines() if line.startswith("- ")]

    def reduced(each: str) -> str:
        return each if language.split(each) != [each] else language.stem(each)

    return {
        "same": [list(dict.fromkeys(map(reduced, line))) for line in lines],
        "common": sorted({reduced(each) for line in common for each in line}),
    }


def add(terms: dict[str, int | list[int]], word: str, page: int) -> None:
    """Note in Sphinx's own form that a word is on a page: one number, or a list of several."""
    known = terms.get(word, [])
    pages = {page, *(known if isinstance(known, list) else [known])}
    terms[word] = sorted(pages) if len(pages) > 1 else page


def finish(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    index = js_index.loads((out / INDEX).read_text(encoding="utf-8"))
    pages = [(out / f"{name}.html").read_text(encoding="utf-8") for name in index["docnames"]]
    language = app.builder.indexer.lang
    index["sections"] = section_index(pages, language)
    lines = (Path(app.srcdir) / "assets" / SAME).read_text(encoding="utf-8")
    index["sections"] |= same(lines, index["sections"]["words"], language)
    for number, page in enumerate(pages):
        for word in words(page, language):
            add(index["terms"], word, number)
    (out / INDEX).write_text(js_index.dumps(index), encoding="utf-8")
    highlight = (out / HIGHLIGHT).read_text(encoding="utf-8")
    if MARKED not in highlight:
        raise ExtensionError(f"{HIGHLIGHT}: Sphinx no longer has {MARKED!r}")
    (out / HIGHLIGHT).write_text(highlight.replace(MARKED, DRAWN_ONLY), encoding="utf-8")
    script = (out / SCRIPT).read_text(encoding="utf-8")
    # The index has short words, too: a page with one of them alone is no result.
    for theirs, ours in ((NO_NUMBERS, NUMBERS), (LONG_WORDS, EVERY_WORD)):
        if theirs not in script:
            raise ExtensionError(f"{SCRIPT}: Sphinx no longer has {theirs!r}")
        script = script.replace(theirs, ours)
    sectional = (Path(app.srcdir) / "assets" / SECTIONS).read_text(encoding="utf-8")
    for name in (SECTIONS, SAME):
        (out / "_static" / name).unlink(missing_ok=True)
    (out / SCRIPT).write_text(f"{script}\n{sectional}", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    # After the pages are finished.
    app.connect("build-finished", finish, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
