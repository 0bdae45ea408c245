"""The glossary in the pages: the first mention of a term leads to its definition, which it shows.

A Sphinx extension (see `_config.yml`). The glossary is the page `chapters/glossary`; lines before a
definition are names of one term. A mention is in running text, or is inline code that is a term;
headings, links, cells and the glossary itself have none. Words that are English first are marked
only where an author says so: {term}`neighbour`. What a term shows on hover, focus and tap
is the work of `assets/terms.js`; without it a term is a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from lomodel.source_lines import source_line

PAGE = "chapters/glossary"
SCRIPT, STYLE = "terms.js", "terms.css"
MOST_WORDS = 30
"""A definition is read beside the text that it interrupts: it has no more than these."""

ONLY_BY_ROLE = frozenset({"alignment", "neighbour", "scope", "tap"})
"""Names that mean something else as often as not."""

NO_TERMS = (
    nodes.title,
    nodes.reference,
    nodes.literal_block,
    nodes.raw,
    nodes.caption,
    nodes.math,
    nodes.comment,
    nodes.Invisible,
)
"""Where no mention is marked."""


@dataclass(frozen=True)
class Term:
    """An entry of the glossary: its names, each with its anchor, and its definition."""

    names: dict[str, str]
    definition: str


def read(glossary: nodes.document) -> list[Term]:
    """The entries of the glossary's page; ExtensionError for one that is too long."""
    terms = []
    for item in glossary.findall(nodes.definition_list_item):
        names = {term.astext(): term["ids"][0] for term in item.findall(nodes.term)}
        definition = " ".join(next(item.findall(nodes.definition)).astext().split())
        if len(definition.split()) > MOST_WORDS:
            raise ExtensionError(f"glossary: {next(iter(names))}: more than {MOST_WORDS} words")
        terms.append(Term(names, definition))
    return terms


def pattern(name: str) -> str:
    """A name in running text: as one word, its first letter large or small, also in the plural."""
    first, rest = name[0], re.escape(name[1:]).replace(r"\ ", r"\s+")
    word = first.isalpha() and name[1:2].islower()
    start = f"[{first.upper()}{first.lower()}]" if word else re.escape(first)
    plural = "(?:e?s)?" if name[-1].isalpha() else ""
    return rf"(?<![\w-]){start}{rest}{plural}(?![\w-])"


class Mentions:
    """One page's first mentions of the terms."""

    def __init__(self, terms: list[Term], glossary: str) -> None:
        self.glossary = glossary
        self.left = [(name, term) for term in terms for name in term.names]
        # A longer name is more exact: "network namespace" before "namespace".
        self.left.sort(key=lambda each: (-len(each[0]), each[0]))

    def mark(self, doctree: nodes.document) -> None:
        """Link every first mention of a page; those that an author has marked come first."""
        for reference in list(doctree.findall(nodes.reference)):
            self._mark_role(reference)
        for node in list(doctree.findall(lambda each: isinstance(each, nodes.Text))):
            if not _inside(node, NO_TERMS) and not _in_cell(node):
                literal = node.parent if isinstance(node.parent, nodes.literal) else None
                if literal is not None:
                    self._mark_code(literal)
                else:
                    self._mark_text(node)

    def _mark_role(self, reference: nodes.reference) -> None:
        address = f"{self.glossary}#"
        if not reference.get("refuri", "").startswith(address):
            return
        anchor = reference["refuri"].removeprefix(address)
        for name, term in list(self.left):
            if term.names[name] == anchor:
                reference.replace_self(self._link(name, term, escape(reference.astext())))

    def _mark_code(self, literal: nodes.literal) -> None:
        said = literal.astext()
        found = next(((n, t) for n, t in self.left if n == said), None)
        if found and source_line(said, "6.12") is None:
            inside = f'<code class="docutils literal notranslate">{escape(said)}</code>'
            literal.replace_self(self._link(*found, inside))

    def _mark_text(self, node: nodes.Text) -> None:
        pieces = list(self._pieces(node.astext()))
        if any(isinstance(piece, nodes.raw) for piece in pieces):
            node.parent.replace(node, pieces)

    def _pieces(self, text: str) -> Iterator[nodes.Node]:
        while found := self._first(text):
            match, name, term = found
            if match.start():
                yield nodes.Text(text[: match.start()])
            yield self._link(name, term, escape(match[0]))
            text = text[match.end() :]
        if text:
            yield nodes.Text(text)

    def _first(self, text: str) -> tuple[re.Match[str], str, Term] | None:
        found = [
            (match, name, term)
            for name, term in self.left
            if name not in ONLY_BY_ROLE and (match := re.search(pattern(name), text))
        ]
        return min(found, key=lambda each: (each[0].start(), -len(each[1])), default=None)

    def _link(self, name: str, term: Term, inside: str) -> nodes.raw:
        self.left = [each for each in self.left if each[1] is not term]
        address = escape(f"{self.glossary}#{term.names[name]}")
        return nodes.raw(
            "",
            f'<a class="lo-term" href="{address}" data-definition="{escape(term.definition)}">'
            f"{inside}</a>",
            format="html",
        )


def _inside(node: nodes.Node, kinds: tuple[type, ...]) -> bool:
    while node := node.parent:
        if isinstance(node, kinds):
            return True
    return False


def _in_cell(node: nodes.Node) -> bool:
    while node := node.parent:
        if isinstance(node, nodes.container) and "cell" in node.get("classes", ()):
            return True
    return False


def on_page(app: Sphinx, doctree: nodes.document, name: str) -> None:
    if app.builder.format != "html" or PAGE not in app.env.found_docs:
        return
    if name in (PAGE, *app.config.lo_terms_without):
        return
    terms = read(app.env.get_doctree(PAGE))
    Mentions(terms, app.builder.get_relative_uri(name, PAGE)).mark(doctree)


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_config_value("lo_terms_without", ["chapters/symbols"], "env", list)
    app.add_css_file(STYLE)
    app.add_js_file(SCRIPT, loading_method="defer")
    # After the names of the kernel have got their links.
    app.connect("doctree-resolved", on_page, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
