"""Three indices for who comes with a puzzle: of what they saw, of errnos, and of features.

A Sphinx extension (see `_config.yml`). A page's section *If you came with a puzzle* is a list: each
item begins with a symptom in bold, and its answer follows; the search leads to it
(`tools.sphinx_search`). `{seen-index}` has all of them, with the answers and the way to the page.
`{errno-index}` has every errno that a page names, with the functions of the model that raise it;
`{feature-index}` every feature of the book's release that a page names, with its bit and what
`ethtool -k lo` says of a newborn one. Like the index of names (`tools.sphinx_symbols`) both are
made of the pages when all have been read.
"""

from __future__ import annotations

import ast
import errno
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from lomodel.desk import RELEASE, new_lo
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.pages import PAGES
from lomodel.source_lines import permalink
from tools import modules
from tools.sphinx_symbols import (
    entry,
    found_by,
    in_order,
    index_table,
    link,
    sections,
    texts_in,
)

ERRNO = re.compile(r"\bE[A-Z0-9]{2,}\b")
NUMBERS = {name: n for name, n in vars(errno).items() if name.startswith("E")} | {"ENOTSUPP": 524}
"""Linux's errnos; ENOTSUPP is the kernel's own, and no program should see it."""
MOST = 4
"""Functions that a row names."""


SEEN = "If you came with a puzzle"
"""The section of a page that answers symptoms."""
PUZZLE = "puzzle"
"""What the name of a symptom's place begins with, and how many words of it follow."""
WORDS = 6


class symptom_index(nodes.General, nodes.Element):
    """Where one of the tables goes; ``what`` says which."""


class SeenIndex(SphinxDirective):
    """`{seen-index}`: the place of the table of symptoms."""

    def run(self) -> list[nodes.Node]:
        return [symptom_index("", what="seen")]


class ErrnoIndex(SphinxDirective):
    """`{errno-index}`: the place of the table of errnos."""

    def run(self) -> list[nodes.Node]:
        return [symptom_index("", what="errnos")]


class FeatureIndex(SphinxDirective):
    """`{feature-index}`: the place of the table of features."""

    def run(self) -> list[nodes.Node]:
        return [symptom_index("", what="features")]


# --- what a reader saw ----------------------------------------------------------------------------


def symptoms_in(doctree: nodes.document) -> list[tuple[str, nodes.strong, nodes.paragraph]]:
    """(anchor, symptom, symptom and answer) of each item of a page's section for puzzles."""
    return [
        ((*paragraph.parent["ids"], section["ids"][0])[0], strong, paragraph)
        for section in doctree.findall(nodes.section)
        if section[0].astext() == SEEN
        for paragraph in section.findall(nodes.paragraph)
        if isinstance(paragraph.parent, nodes.list_item)
        if isinstance(strong := next(iter(said(paragraph)), None), nodes.strong)
    ]


def mark(app: Sphinx, doctree: nodes.document) -> None:
    """Give each symptom of a page a name, from its first words: the search leads there."""
    for _, symptom, paragraph in symptoms_in(doctree):
        words = nodes.make_id(symptom.astext()).split("-")[:WORDS]
        name = "-".join([PUZZLE, *words])
        known = sum(each == name or each.startswith(f"{name}--") for each in doctree.ids)
        name += f"--{known + 1}" if known else ""
        paragraph.parent["ids"].append(name)
        doctree.ids[name] = paragraph.parent


def said(paragraph: nodes.paragraph) -> list[nodes.Node]:
    """The parts of a paragraph; MyST puts an empty text in front of what is set off."""
    return [part for part in paragraph.children if part.astext()]


def seen_table(app: Sphinx, page: str) -> nodes.table:
    """Every symptom that a page answers, in the order of the pages."""
    rows = []
    for document in in_order(app):
        known = PAGES.get(document.rpartition("/")[2])
        for anchor, symptom, whole in symptoms_in(app.env.get_doctree(document)) if known else ():
            address = f"{app.builder.get_relative_uri(page, document)}#{anchor}"
            rows.append(
                nodes.row(
                    "",
                    nodes.entry("", nodes.paragraph("", "", *_unlinked(symptom.children))),
                    nodes.entry("", nodes.paragraph("", "", *_unlinked(said(whole)[1:]))),
                    entry(link(address, nodes.Text(f"{known.number} {known.short}"))),
                )
            )
    return index_table(("What you see", "What it is", "Page"), rows, (36, 44, 20))


def _unlinked(inside: Iterable[nodes.Node]) -> list[nodes.Node]:
    """Copies without their links: those of a page's own text lead on from that page only."""
    copies: list[nodes.Node] = []
    for child in inside:
        if isinstance(child, nodes.reference | addnodes.pending_xref):
            copies += _unlinked(child.children)
        else:
            copies.append(child.deepcopy())
    return copies


# --- errnos ---------------------------------------------------------------------------------------


def errnos_in(node: nodes.Node) -> set[str]:
    """The errnos that a part of a page names."""
    words = (word for text, _ in texts_in(node) for word in ERRNO.findall(text))
    return NUMBERS.keys() & set(words)


@cache
def raised() -> dict[str, list[str]]:
    """Errno to the functions of the model that raise it."""
    found: dict[str, list[str]] = {}
    for module in modules.import_all("lomodel.linux"):
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        for function in (each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)):
            for name in _errnos_of(function):
                found.setdefault(name, []).append(function.name)
    return {name: list(dict.fromkeys(functions)) for name, functions in found.items()}


def _errnos_of(function: ast.FunctionDef) -> set[str]:
    nodes_ = ast.walk(function)
    return {each.attr for each in nodes_ if isinstance(each, ast.Attribute)} & NUMBERS.keys()


def errno_table(app: Sphinx, page: str) -> nodes.table:
    """The errnos that pages name."""
    rows = []
    for name, at in found_by(app, errnos_in).items():
        key = nodes.literal(name, name)
        number = entry(nodes.Text(str(NUMBERS[name])))
        rows.append(nodes.row("", entry(key), number, _functions(name), sections(app, page, at)))
    return index_table(("errno", "number", "the model raises it in", "named in"), rows, WIDTHS)


def _functions(name: str) -> nodes.entry:
    named = [each for each in raised().get(name, []) if permalink(each)]
    inside: list[nodes.Node] = []
    for each in named[:MOST]:
        if inside:
            inside.append(nodes.Text(", "))
        inside.append(link(permalink(each) or "", nodes.literal(each, each)))
    if len(named) > MOST:
        inside.append(nodes.Text(f" and {len(named) - MOST} more"))
    return nodes.entry("", nodes.paragraph("", "", *inside or [nodes.Text("–")]))


# --- features -------------------------------------------------------------------------------------


@cache
def newborn() -> NetDevice:
    """The device whose features the table tells."""
    return new_lo(RELEASE)


@cache
def features() -> dict[str, str]:
    """ethtool's string of each feature of the release, with the name behind NETIF_F_."""
    netif_f = newborn().netif_f
    return {netif_f.string[name]: name for name in netif_f.bit if netif_f.string.get(name)}


def features_in(node: nodes.Node) -> set[str]:
    """The features that a part of a page names, by ethtool's string or as NETIF_F_.

    A string without a hyphen is a word that means other things, too: the driver is called
    loopback. It counts only behind ethtool, in the same line.
    """
    strings = features()
    found = set()
    for text, _ in texts_in(node):
        for string, name in strings.items():
            before = "" if "-" in string else r"\bethtool\b[^\n]*"
            long = re.search(rf"{before}(?<![\w-]){re.escape(string)}(?![\w-])", text)
            if long or re.search(rf"\bNETIF_F_{name}\b", text):
                found.add(string)
    return found


def said_of(name: str) -> str:
    """What `ethtool -k` says of a feature of a newborn lo."""
    lo = newborn()
    bit = 1 << lo.netif_f.bit[name]
    fixed = "" if lo.hw_features & bit else " [fixed]"
    return f"{'on' if lo.features & bit else 'off'}{fixed}"


def feature_table(app: Sphinx, page: str) -> nodes.table:
    """The features that pages name."""
    rows = [
        nodes.row("", _names(string), entry(nodes.Text(said_of(features()[string]))), where)
        for string, at in found_by(app, features_in).items()
        for where in [sections(app, page, at)]
    ]
    return index_table(("feature", "a new lo", "named in"), rows, (44, 16, 40))


def _names(string: str) -> nodes.entry:
    """ethtool's string of a feature, and below it the kernel's name and bit."""
    name = features()[string]
    full = f"NETIF_F_{name}"
    bit = nodes.Text(f", bit {newborn().netif_f.bit[name]} in {RELEASE}")
    second = nodes.paragraph("", "", nodes.literal(full, full), bit)
    return nodes.entry("", nodes.paragraph("", "", nodes.literal(string, string)), second)


WIDTHS = (18, 10, 36, 36)
TABLES = {"seen": seen_table, "errnos": errno_table, "features": feature_table}


def on_page(app: Sphinx, doctree: nodes.document, name: str) -> None:
    for place in list(doctree.findall(symptom_index)):
        html = app.builder.format == "html"
        place.replace_self(TABLES[place["what"]](app, name) if html else [])


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(symptom_index)
    app.add_directive("errno-index", ErrnoIndex)
    app.add_directive("seen-index", SeenIndex)
    app.add_directive("feature-index", FeatureIndex)
    app.connect("doctree-read", mark)
    app.connect("doctree-resolved", on_page, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
