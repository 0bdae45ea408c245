"""What the search finds: every word that stands on a page, numbers and kernel names included.

A Sphinx extension (see `_config.yml`). Sphinx's own index is made from the text before it becomes a
page. It misses what a cell's output writes as HTML, where it takes the words of two neighbouring
cells for one, and its script ignores numbers.
"""

from __future__ import annotations

from pathlib import Path

from bs4 import BeautifulSoup
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.search import SearchLanguage, js_index

INDEX = "searchindex.js"
SCRIPT = "_static/searchtools.js"
NO_NUMBERS = """stopwords.indexOf(queryTermLower) !== -1 ||
        queryTerm.match(/^\\d+$/)"""
NUMBERS = "stopwords.indexOf(queryTermLower) !== -1"


def words(page: str, language: SearchLanguage) -> set[str]:
    """The words of a page's article, as the search's script reduces a reader's.

    A word is whole where only its colour changes in it, and ends where an element ends: both
    readings are taken.
    """
    article = BeautifulSoup(page, "html.parser").find("article")
    if article is None:
        return set()
    text = f"{article.get_text()} {article.get_text(' ')}".lower()
    found = {word for word in language.split(text) if word not in language.stopwords}
    # The script leaves the shortest words alone.
    return {word if len(word) < 3 else language.stem(word) for word in found}


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
    for number, name in enumerate(index["docnames"]):
        page = (out / f"{name}.html").read_text(encoding="utf-8")
        for word in words(page, app.builder.indexer.lang):
            add(index["terms"], word, number)
    (out / INDEX).write_text(js_index.dumps(index), encoding="utf-8")
    script = (out / SCRIPT).read_text(encoding="utf-8")
    if NO_NUMBERS not in script:
        raise ExtensionError(f"{SCRIPT}: Sphinx no longer has {NO_NUMBERS!r}")
    (out / SCRIPT).write_text(script.replace(NO_NUMBERS, NUMBERS), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    # After the pages are finished.
    app.connect("build-finished", finish, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
