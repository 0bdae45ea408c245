"""The pages as notebooks: JupyterLite in the built book, and a link to it on every chapter.

A Sphinx extension (see `_config.yml`). The links are relative, so that a book below any path works;
JupyterLite needs the book to be served, so a page that is opened as a file takes them away.
"""

from __future__ import annotations

import json
import shutil
from functools import cache
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from tools import page_lite
from tools.assignments import ROOT, assignments

FOLDER = "lite"
SAID = "Open as notebook"
WHEN = "1970-01-01T00:00:00Z"
"""A time that is no day's: the same book is the same files."""


@cache
def taken_in() -> bool:
    """Whether this build has JupyterLite; asked once, since it reads the whole model."""
    return page_lite.current()


def link(page: str, notebook: str, attributes: str, inside: str = SAID) -> str:
    """A link from a page to a notebook in JupyterLite, both as paths from the book's root."""
    up = "../" * page.count("/")
    address = f"{up}{FOLDER}/notebooks/index.html?path={notebook}"
    return f'<a href="{address}" {attributes}>{inside}</a>'


def on_page(app: Sphinx, name: str, template: str, context: dict[str, Any], _doctree: Any) -> None:
    """Tell a chapter's bar where its notebook is (`lo-buttons.html`)."""
    source = context.get("sourcename") or ""
    if source.endswith(".ipynb") and taken_in():
        icon = '<svg viewBox="0 0 18 18" aria-hidden="true" focusable="false"><path d="{}"/></svg>'
        drawn = icon.format("M4 2h11v14H4zM4 5H2M4 9H2M4 13H2M8 6l3 3-3 3")
        attributes = f'class="lo-icon lo-download lo-served" aria-label="{SAID}" title="{SAID}"'
        context["lo_notebook"] = link(name, f"{name}.ipynb", attributes, drawn)


def notebooks() -> list[Path]:
    """What can be opened: the chapters, and what students get."""
    return [
        *sorted((ROOT / "chapters").glob("*.ipynb")),
        *(each.path for each in assignments()),
    ]


def write_notebooks(out: Path) -> None:
    """The notebooks where JupyterLite looks for them, the lists of them, and their editions."""
    editions = {}
    for path in notebooks():
        name = path.relative_to(ROOT).as_posix()
        text = path.read_text(encoding="utf-8")
        editions[name] = page_lite.edition(text)
        target = out / "files" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(page_lite.served(text), encoding="utf-8")
    folders = sorted({name.partition("/")[0] for name in editions})
    _list(out, "", [_entry(out, name) for name in folders])
    for folder in folders:
        _list(
            out, folder, [_entry(out, name) for name in editions if name.startswith(f"{folder}/")]
        )
    text = json.dumps(editions, indent=1) + "\n"
    (out / "files" / "editions.json").write_text(text, encoding="utf-8")


def _entry(out: Path, name: str) -> dict[str, Any]:
    """What Jupyter's list of a folder says of one thing in it."""
    path = out / "files" / name
    return {
        "name": path.name,
        "path": name,
        "type": "directory" if path.is_dir() else "notebook",
        "size": None if path.is_dir() else path.stat().st_size,
        "created": WHEN,
        "last_modified": WHEN,
        "content": None,
        "format": None,
        "mimetype": None,
        "writable": True,
    }


def _list(out: Path, folder: str, entries: list[dict[str, Any]]) -> None:
    whole = _entry(out, folder) | {"content": entries, "format": "json", "type": "directory"}
    place = out / "api" / "contents" / folder
    place.mkdir(parents=True, exist_ok=True)
    (place / "all.json").write_text(json.dumps(whole), encoding="utf-8")


def finish(app: Sphinx, error: Exception | None) -> None:
    """JupyterLite and the notebooks, beside the pages."""
    if error or app.builder.format != "html" or not taken_in():
        return
    out = Path(app.outdir) / FOLDER
    shutil.copytree(page_lite.BUILT, out, dirs_exist_ok=True)
    write_notebooks(out)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("html-page-context", on_page)
    # Last: what goes over the finished files is not meant for these (``sphinx_cut``).
    app.connect("build-finished", finish, priority=990)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
