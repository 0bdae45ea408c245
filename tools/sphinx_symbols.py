"""The index of kernel names: which sections name a function, a field or a constant of the kernel.

A Sphinx extension (see `_config.yml`). The directive `{symbol-index}` becomes a table of every name
that `lomodel.source_lines` knows and some page names, in its text, its headings or its cells. What
cells print does not count, since nobody explains anything there. The table is made when all pages
have been read, so it is never out of date. `tools.sphinx_symptoms` makes two more of the kind.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

from lomodel import source_lines
from lomodel.pages import PAGES
from tools import modules

WORD = re.compile(r"\b[A-Za-z_]\w+")
HEADS = ("name", "C file, Linux {release}", "module", "named in", "exercises")
EXERCISES = "exercises"
"""The anchor of the section of a page that has a column of its own."""
SUMMARY = re.compile(r"<summary>(.*?)</summary>", re.DOTALL)
SOLUTIONS = "Solutions"
"""The fold that belongs to the exercises; any other has a title of its own."""
INDICES = ("chapters/symbols", "chapters/symptoms")
"""The pages that are indices."""
UNREAD = (*INDICES, "chapters/answers", "chapters/changes", "chapters/bibliography")
"""Pages whose mentions explain nothing."""
SKIPPED = (nodes.raw, nodes.comment)

Mentioned = Callable[[nodes.Node], set[str]]
"""Which names a part of a page mentions."""

Places = dict[str, dict[tuple[str, str], str]]
"""Name to the places that name it: document and anchor, with the section's title."""


class symbol_index(nodes.General, nodes.Element):
    """Where the table goes."""


class SymbolIndex(SphinxDirective):
    """`{symbol-index}`: the place of the table."""

    def run(self) -> list[nodes.Node]:
        return [symbol_index("")]


# --- what pages name ------------------------------------------------------------------------------


def names_in(doctree: nodes.document, mentioned: Mentioned) -> Iterator[tuple[str, str, str]]:
    """(name, anchor, title) of every mention of a page, section by section; a fold has its own."""
    for section in doctree.findall(nodes.section):
        anchor, title = section["ids"][0], section[0].astext()
        fold = ""
        for child in section.children:
            fold = _fold(child, fold)
            if not isinstance(child, nodes.section):
                for name in mentioned(child):
                    yield name, anchor, fold or title


def _fold(node: nodes.Node, fold: str) -> str:
    """The title of the fold that begins with a node, or the one it is in; "" outside of folds."""
    if not isinstance(node, nodes.raw):
        return fold
    if "</details>" in node.astext():
        return ""
    begins = SUMMARY.search(node.astext())
    title = begins[1].strip() if begins else fold
    return "" if title == SOLUTIONS else title


def symbols_in(node: nodes.Node) -> set[str]:
    """Kernel names in a part of a page: any in code; in text those that are no English word."""
    found: set[str] = set()
    for text, code in texts_in(node):
        found.update(word for word in WORD.findall(text) if code or "_" in word)
    return found & known()


def texts_in(node: nodes.Node) -> Iterator[tuple[str, bool]]:
    """The texts of a part of a page without what cells print, and whether each is code."""
    for text in node.findall(nodes.Text):
        if not _skipped(text):
            yield text.astext(), isinstance(text.parent, nodes.literal | nodes.literal_block)


def _skipped(node: nodes.Node) -> bool:
    """Whether a node is in what a cell printed, or is no text at all."""
    while node := node.parent:
        if isinstance(node, SKIPPED) or "cell_output" in node.get("classes", ()):
            return True
    return False


@cache
def known() -> frozenset[str]:
    """Every name that has a line in the pinned source."""
    return frozenset(row.symbol for row in source_lines.TABLE_ROWS)


def places(documents: dict[str, nodes.document], mentioned: Mentioned = symbols_in) -> Places:
    """Every name that pages name, and where, in the order of the pages."""
    found: Places = {}
    for document, doctree in documents.items():
        for name, anchor, title in names_in(doctree, mentioned):
            found.setdefault(name, {}).setdefault((document, anchor), title)
    return dict(sorted(found.items(), key=lambda each: (each[0].strip("_").lower(), each[0])))


# --- what the model has ---------------------------------------------------------------------------


@cache
def homes() -> dict[str, list[str]]:
    """Name to the modules of the model that define it at their top, or in a class there."""
    found: dict[str, list[str]] = {}
    for module in modules.import_all("lomodel.linux"):
        tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
        for name in _defined(tree):
            if module.__name__ not in found.setdefault(name, []):
                found[name].append(module.__name__)
    return found


def _defined(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name.removesuffix("_")
        elif isinstance(node, ast.Assign):
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def module_of(name: str, file: str) -> str:
    """The module that has a name of a C file, without the package's name; "" where none has it."""
    path = file.rpartition(".")[0].replace("/", ".").replace("-", "_")
    # A feature is an attribute of the feature words: ``netif_f.TSO``.
    found = homes().get(name) or homes().get(name.removeprefix("NETIF_F_"), [])
    best = sorted(found, key=lambda module: (not module.endswith(path), path not in module))
    return best[0].removeprefix("lomodel.linux.") if best else ""


# --- the table ------------------------------------------------------------------------------------


def table(app: Sphinx, page: str) -> nodes.Node:
    """The index as a table of links."""
    rows = [_row(app, page, name, at) for name, at in found_by(app, symbols_in).items()]
    release = source_lines.TAGS["6.12"].removeprefix("v")
    return index_table([text.format(release=release) for text in HEADS], rows, (22, 26, 18, 22, 12))


def found_by(app: Sphinx, mentioned: Mentioned) -> Places:
    """What the book's pages mention; pages that are indices themselves do not count."""
    wanted = [doc for doc in in_order(app) if doc not in UNREAD]
    return places({doc: app.env.get_doctree(doc) for doc in wanted}, mentioned)


def index_table(heads: Iterable[str], rows: list[nodes.row], widths: Iterable[int]) -> nodes.table:
    """A table of an index, from its heads and rows; widths in percent."""
    head = [entry(nodes.Text(text)) for text in heads]
    group = nodes.tgroup("", cols=len(head))
    group += [nodes.colspec("", colwidth=width) for width in widths]
    group += nodes.thead("", nodes.row("", *head))
    group += nodes.tbody("", *rows)
    return nodes.table("", group, classes=["lo-symbols"])


def in_order(app: Sphinx) -> list[str]:
    """The pages in the order of the table of contents, the first page first."""
    seen: dict[str, None] = {}
    todo = [app.config.root_doc]
    while todo:
        document = todo.pop(0)
        if document not in seen:
            seen[document] = None
            todo = [*app.env.toctree_includes.get(document, ()), *todo]
    return list(seen)


def _row(app: Sphinx, page: str, name: str, at: dict[tuple[str, str], str]) -> nodes.row:
    file, line = source_lines.source_line(name, "6.12") or ("", 0)
    address = source_lines.permalink(name)
    where = f"{file}:{line}" if file else "not in this release"
    module = module_of(name, file)
    return nodes.row(
        "",
        entry(nodes.literal(name, name)),
        entry(link(address, nodes.Text(where)) if address else nodes.Text(where)),
        entry(nodes.literal(module, module) if module else nodes.Text("–")),
        sections(app, page, {where: title for where, title in at.items() if where[1] != EXERCISES}),
        sections(app, page, {where: "" for where in at if where[1] == EXERCISES}),
    )


def sections(app: Sphinx, page: str, at: dict[tuple[str, str], str]) -> nodes.entry:
    """The places as a list of links, each with its page's number."""
    items = [
        nodes.list_item("", nodes.paragraph("", "", _section(app, page, doc, anchor, title)))
        for (doc, anchor), title in at.items()
    ]
    return nodes.entry("", nodes.bullet_list("", *items)) if items else entry(nodes.Text("–"))


def _section(app: Sphinx, page: str, doc: str, anchor: str, title: str) -> nodes.reference:
    address = f"{app.builder.get_relative_uri(page, doc)}#{anchor}"
    known, own = PAGES.get(doc.rpartition("/")[2]), app.env.titles[doc].astext()
    if known:
        return link(address, nodes.Text(f"{known.number} {title}".strip()))
    return link(address, nodes.Text(own if title in ("", own) else f"{own} · {title}"))


def link(address: str, inside: nodes.Node) -> nodes.reference:
    """A link, inside the book or out of it."""
    return nodes.reference("", "", inside, refuri=address, internal="://" not in address)


def entry(inside: nodes.Node) -> nodes.entry:
    """A cell of a table."""
    return nodes.entry("", nodes.paragraph("", "", inside))


def on_page(app: Sphinx, doctree: nodes.document, name: str) -> None:
    for place in list(doctree.findall(symbol_index)):
        html = app.builder.format == "html"
        place.replace_self(table(app, name) if html else [])


def again(app: Sphinx, env: object) -> list[str]:
    """An index is written anew with every build."""
    return [doc for doc in app.env.found_docs if doc in INDICES]


def setup(app: Sphinx) -> dict[str, bool]:
    app.add_node(symbol_index)
    app.add_directive("symbol-index", SymbolIndex)
    app.connect("env-updated", again)
    # After names have become chips: a page of nothing but names needs none.
    app.connect("doctree-resolved", on_page, priority=950)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
