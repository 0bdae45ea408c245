"""Sphinx extension: a built page's panels of source hold the kernel's C, where this machine has it.

The notebooks' outputs hold the model's Python, a link and an empty place
(`lomodel/explore/source_panel.py`). No line of the kernel is in the project; what a page quotes is
read from an unpacked tree while the page is built, and the panel says so. Without a tree, or with
another release's, the places stay empty; `make book` says that in one line (`tools/quoted.py`).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from lomodel.explore import c_source, source_panel
from lomodel.explore.source_panel import ELEMENT, Href, Request

ROOT = Path(__file__).resolve().parent.parent
WHEN = "read from the kernel’s tree when this book was built"
NO_TREE = "Not quoted here: this book was built without a kernel’s tree."
COPIES = "_sources"
"""Where a book without a repository's address has the model's files that its panels link to."""


def fill(body: str, href: Href) -> tuple[str, set[str]]:
    """A page's body with its panels filled, and the symbols that it has panels of.

    SourceError when a tree is there, but not what a panel asks for.
    """
    seen: set[str] = set()

    def one(request: Request) -> str:
        options: dict[str, Any] = {"href": href, "named": request.symbol not in seen}
        seen.add(request.symbol)
        if c_source.why_not():
            return source_panel.panel(request, absent=NO_TREE, **options)
        return source_panel.panel(request, source_panel.read_c(request), when=WHEN, **options)

    def element(match: re.Match[str]) -> str:
        requests = source_panel.requests_of(match[1])
        return source_panel.element(requests, "".join(map(one, requests)))

    return source_panel.lead_to_panels(ELEMENT.sub(element, body), seen), seen


def href_for(app: Sphinx, pathto: Callable[..., str]) -> Href:
    """How a page names the model's files: in the repository that _config.yml names, or a copy."""
    options = app.config.html_theme_options
    repository = options.get("repository_url", "").rstrip("/")
    branch = options.get("repository_branch") or "main"

    def in_repository(source: source_panel.PythonSource) -> str:
        return f"{repository}/blob/{branch}/{source.file}#L{source.first}-L{source.last}"

    def copy(source: source_panel.PythonSource) -> str:
        name = f"{COPIES}/{source.file}.txt"
        target = Path(app.outdir) / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes((ROOT / source.file).read_bytes())
        return pathto(name, True)

    return in_repository if repository else copy


def on_page(app: Sphinx, name: str, template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Fill one page's panels."""
    if "<lo-source" not in context.get("body", ""):
        return
    try:
        context["body"], _ = fill(context["body"], href_for(app, context["pathto"]))
    except ValueError as error:
        raise ExtensionError(f"{name}: {error}") from error


def setup(app: Sphinx) -> dict[str, bool]:
    """Sphinx's entry."""
    app.connect("html-page-context", on_page)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
