"""Gives the cells of a chapter their button "Run", where Python for the page was built.

A Sphinx extension (see `_config.yml`). A page gets the list of its notebook's code cells, and a
script that loads nothing before a reader asks (`assets/run.js`). Without `make python` it says in
one sentence how the cells come to run.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from lomodel.figures.show import escape
from tools import page_kernels, sphinx_kernel
from tools.python import inputs
from tools.python.inputs import PLACE
from tools.python.needs import needs

HIDDEN = {"remove-cell", "remove-input", "hide-input", "hide-cell"}
NONE = (
    '<p class="lo-norun d-print-none">The cells of this page run in it once “make python”, then '
    "“make book”, have put Python into this copy of the book.</p>"
)


def mark_cells(app: Sphinx, doctree: nodes.document) -> None:
    """Every cell's box says which of the notebook's cells it is."""
    for box in doctree.findall(nodes.container):
        if box.get("nb_element") == "cell_code":
            box["classes"].append(f"lo-cell-{box['cell_index']}")


def cells_of(path: Path) -> list[dict[str, Any]]:
    """A notebook's code cells: its number among all cells, its source, whether it is shown, and the
    places in this list of those that it needs.
    """
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [each for each in enumerate(notebook["cells"]) if each[1]["cell_type"] == "code"]
    sources = ["".join(cell["source"]) for _, cell in cells]
    return [
        {
            "number": number,
            "source": source,
            "shown": not HIDDEN & set(cell["metadata"].get("tags", ())),
            "needs": needed,
        }
        for (number, cell), source, needed in zip(cells, sources, needs(sources), strict=True)
    ]


def on_page(app: Sphinx, name: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Put the cells and the script into a page that shows a cell."""
    path = Path(app.env.doc2path(name)) if name in app.env.found_docs else None
    if path is None or path.suffix != ".ipynb" or "lo-cell-" not in context.get("body", ""):
        return
    cells = cells_of(path)
    if not any(cell["shown"] for cell in cells):
        return
    if not inputs.is_current():
        context["body"] += NONE
        app.add_css_file("run.css")
        return
    pathto = context["pathto"]
    said = {
        "cells": cells,
        "base": pathto(f"{PLACE}/", 1),
        "worker": pathto("_static/python_worker.mjs", 1),
        "explore": [pathto("_static/lo-explore.css", 1), pathto("_static/lo-explore.js", 1)],
    }
    text = json.dumps(said, separators=(",", ":")).replace("</", "<\\/")
    context["body"] += f'<script type="application/json" id="lo-cells">{text}</script>'
    app.add_css_file("run.css")
    app.add_js_file("run.js", loading_method="defer")
    _tell_of_kernels(context)


def _tell_of_kernels(context: dict[str, Any]) -> None:
    """A cell may ask the kernel on a page that else does not."""
    told = page_kernels.told()
    if not told or 'name="lo-kernels"' in context.get("metatags", ""):
        return
    said = json.dumps(told | {"base": context["pathto"](f"{sphinx_kernel.place()}/", 1)})
    meta = f'<meta name="lo-kernels" content="{escape(said)}">'
    context["metatags"] = f"{context.get('metatags', '')}\n{meta}"


def finish(app: Sphinx, error: Exception | None) -> None:
    """Put the files where the pages will look for them."""
    if error or app.builder.format != "html" or not inputs.is_current():
        return
    shutil.copytree(inputs.BUILT, Path(app.outdir) / PLACE, dirs_exist_ok=True)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("doctree-read", mark_cells)
    app.connect("html-page-context", on_page)
    # Last: what goes over the finished files is not meant for these.
    app.connect("build-finished", finish, priority=990)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
