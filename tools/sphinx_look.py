"""How the built pages look, beyond style sheets: chips, numbers, the contents, code in ink.

A Sphinx extension (see `_config.yml`).

* The first mention of a kernel name on a page is boxed and links to its source; later ones are
  plain. A mention is inline code outside headings; a name is what ``lomodel.source_lines`` knows.
* Parts of `_toc.yml` are chapters: a caption such as "3 A packet" numbers its pages 3.1, 3.2, ...,
  and ``title:`` is a page's short name. Both stand in the sidebar, the bar and above the question.
* The tokens of ``lomodel.figures.look`` stand before `book.css`, and Pygments' colours give way to
  weight and slope.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docutils import nodes
from pygments.formatters import HtmlFormatter
from pygments.style import Style
from pygments.token import STANDARD_TYPES, Comment, Error, Generic, Keyword, Operator, String
from sphinx.application import Sphinx

from lomodel.desk import RELEASE
from lomodel.figures import look
from lomodel.source_lines import TAGS, VIEWER, permalink, source_line

SOURCE_RELEASE = RELEASE if RELEASE in TAGS else list(TAGS)[-1]
"""The release whose source is linked: the book's, where its source was read."""

CAPTION = re.compile(r"(?:(\d+)\s+)?(.*)", re.DOTALL)
STYLE_SHEET = "_static/book.css"
PYGMENTS = "_static/pygments.css"


class Ink(Style):
    """Code in ink: keywords are bold, comments italic; strings and comments take quiet ink."""

    background_color = ""
    styles = {
        Keyword: "bold",
        Keyword.Constant: "nobold",
        Operator.Word: "bold",
        Comment: "italic",
        Generic.Emph: "italic",
        Generic.Strong: "bold",
        Generic.Prompt: "nobold",
        Error: "noinherit",
    }


QUIET = (Comment, String, Generic.Prompt)
"""What takes quiet ink, with all below it: a variable, which a style of Pygments cannot name."""

MARKED = ".highlight .hll{display:block;box-shadow:inset 4px 0 0 var(--lo-ink)}"
"""A line that a cell points at."""


def pygments_css() -> str:
    """The style sheet of highlighted code, for both themes at once."""
    formatter = HtmlFormatter(style=Ink, nobackground=True)
    rules = [
        line.partition(" /*")[0]
        for line in formatter.get_style_defs(".highlight").splitlines()
        if line.startswith(".highlight .") and not re.search(r"\.hll|\{\s*\}", line)
    ]
    classes = [name for kind, name in STANDARD_TYPES.items() if any(kind in of for of in QUIET)]
    quiet = ",".join(f".highlight .{name}" for name in classes)
    return "\n".join([*rules, f"{quiet}{{color:var(--lo-quiet)}}", MARKED]) + "\n"


# --- names ----------------------------------------------------------------------------------------


def chip(literal: nodes.literal, address: str, symbol: str) -> None:
    """Box one mention, and link it where the author has not."""
    link = literal.parent
    if not isinstance(link, nodes.reference):
        link = nodes.reference("", "", refuri=address, internal=False)
        literal.replace_self(link)
        link += literal
    link["classes"] += ["name"]
    place = source_line(symbol, SOURCE_RELEASE)
    if place:
        link["reftitle"] = f"{place[0]}:{place[1]}, Linux {SOURCE_RELEASE}"


def source_of(literal: nodes.literal) -> tuple[str, str] | None:
    """(symbol, address) of a mention of a kernel name; None for what is none, and in headings."""
    parent = literal.parent
    if isinstance(parent, nodes.title):
        return None
    symbol = literal.astext().removesuffix("()")
    address = permalink(symbol, SOURCE_RELEASE)
    if isinstance(parent, nodes.reference):
        if not parent.get("refuri", "").startswith(VIEWER):
            return None
        address = parent["refuri"]
    return (symbol, address) if address else None


def box_first_mentions(app: Sphinx, doctree: nodes.document, name: str) -> None:
    """One page: the first mention of each name becomes a chip."""
    met: set[str] = set()
    for literal in list(doctree.findall(nodes.literal)):
        found = source_of(literal)
        if found and found[0] not in met:
            met.add(found[0])
            chip(literal, found[1], found[0])


# --- numbers --------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Entry:
    """A page in the sidebar: its number, or "", its short name and its document."""

    number: str
    title: str
    doc: str


@dataclass(frozen=True)
class Part:
    """A chapter, or with number "" pages that belong to none."""

    number: str
    title: str
    pages: tuple[Entry, ...]


def parts(site_map: Any, questions: dict[str, str]) -> list[Part]:
    """The parts of a parsed `_toc.yml`; a page without ``title:`` is called by its question."""
    found = []
    for tree in site_map.root.subtrees:
        number, title = CAPTION.fullmatch(tree.caption or "").groups()
        pages = tuple(
            Entry(
                f"{number}.{at}" if number else "",
                site_map[doc].title or questions.get(doc, doc),
                doc,
            )
            for at, doc in enumerate(map(str, tree.items), start=1)
        )
        found.append(Part(number or "", title, pages))
    return found


def on_page(app: Sphinx, name: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Give the templates the parts, and name the neighbours as the sidebar does."""
    questions = {doc: title.astext() for doc, title in app.env.titles.items()}
    found = parts(app.env.external_site_map, questions)
    entries = {entry.doc: (part, entry) for part in found for entry in part.pages}
    part, here = entries.get(name, (None, None))
    context |= {"lo_parts": found, "lo_part": part, "lo_here": here}
    order = [app.config.root_doc, *entries]
    at = order.index(name) if name in order else None
    for key, step in (("prev", -1), ("next", 1)):
        near = None if at is None or not 0 <= at + step < len(order) else order[at + step]
        if context.get(key) and near in entries:
            entry = entries[near][1]
            context[key] = {**context[key], "title": f"{entry.number} {entry.title}".strip()}


# --- style sheets ---------------------------------------------------------------------------------


def write_styles(app: Sphinx, error: Exception | None) -> None:
    """The tokens before our style sheet, and code in ink instead of the theme's colours."""
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    (out / PYGMENTS).write_text(pygments_css(), encoding="utf-8")
    book = out / STYLE_SHEET
    book.write_text(look.stylesheet() + book.read_text(encoding="utf-8"), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-resolved", box_first_mentions)
    app.connect("html-page-context", on_page)
    # After the theme has written its own pygments.css, before the style sheets are cut.
    app.connect("build-finished", write_styles, priority=850)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
