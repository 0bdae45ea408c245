"""Sphinx extension: a built page links the explorers' script and style sheet once, and pages.

A notebook's outputs carry both, so that each works by itself in Jupyter. In a book they would be
there once for every output. The script is a classic one, because a page that was opened from a file
may not import modules.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from lomodel.explore import page

SCRIPT = "lo-explore.js"
STYLE = "lo-explore.css"
PAGE_LINK = re.compile(r'href="(\w+)\.ipynb" data-page=""')
INLINE = re.compile(r'<(style|script) data-lo="(?:explore|figures)"[^>]*>.*?</\1>', re.S)


def link_once(body: str) -> tuple[str, set[str]]:
    """A page's body without the outputs' own copies, and the files that it now needs."""
    kinds = set(INLINE.findall(body))
    needed = {STYLE if kind == "style" else SCRIPT for kind in kinds}
    return INLINE.sub("", body), needed


def lead_to_pages(body: str) -> str:
    """A page's body in which a figure's links to notebooks (``page_link``) lead to their pages."""
    return PAGE_LINK.sub(r'href="\1.html" data-page="\1"', body)


def write_files(app: Sphinx) -> None:
    """Put the two files where the pages will look for them."""
    if app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    static.mkdir(parents=True, exist_ok=True)
    (static / SCRIPT).write_text(page.classic_script(), encoding="utf-8")
    (static / STYLE).write_text(page.stylesheet(), encoding="utf-8")


def on_page(app: Sphinx, name: str, template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Take the copies out of one page, and link the files there."""
    if "body" not in context:
        return
    context["body"], needed = link_once(lead_to_pages(context["body"]))
    if STYLE in needed:
        app.add_css_file(STYLE)
    if SCRIPT in needed:
        app.add_js_file(SCRIPT, loading_method="defer")


def setup(app: Sphinx) -> dict[str, Any]:
    """Sphinx's entry."""
    app.connect("builder-inited", write_files)
    app.connect("html-page-context", on_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
