"""Takes the kernels that were built into the book: their files, and word of them to the pages.

A Sphinx extension (see `_config.yml`). Nothing of a kernel loads before a reader asks it: a page
has one element in its head, which says which kernels there are, and where.
"""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from lomodel.figures.show import escape
from tools import page_kernels

ASKS = "<lo-ask"


@cache
def place() -> str:
    """The folder of the kernels in the built book, named by their content: it is kept for ever."""
    return f"_static/kernel-{page_kernels.identity()[:12]}"


def on_page(app: Sphinx, name: str, template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Tell a page that can ask which kernels there are."""
    told = page_kernels.told()
    if not told or ASKS not in context.get("body", ""):
        return
    base = context["pathto"](f"{place()}/", 1)
    said = json.dumps(told | {"base": base}, separators=(",", ":"))
    meta = f'<meta name="lo-kernels" content="{escape(said)}">'
    context["metatags"] = f"{context.get('metatags', '')}\n{meta}"


def finish(app: Sphinx, error: Exception | None) -> None:
    """Put the files where the pages will look for them."""
    if error or app.builder.format != "html":
        return
    for folder in page_kernels.current():
        shutil.copytree(folder, Path(app.outdir) / place() / folder.name, dirs_exist_ok=True)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", on_page)
    # Last: what goes over the finished files is not meant for these (``sphinx_cut``).
    app.connect("build-finished", finish, priority=990)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
