"""Style sheets, scripts and pictures that pages load, under names with a hash of their content.

A Sphinx extension (see `_config.yml`). What such a name says never changes, so a browser and a CDN
keep it for ever and ask nothing about it on the next page. Sphinx's own `?v=` is of the file as it
was before it was finished, and a host of files gives headers by names.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from pathlib import Path

from sphinx.application import Sphinx

LENGTH = 12
"""Hexadecimal digits of a hash."""

ADDRESS = re.compile(
    r'"((?:\.{1,2}/)*(?:_static/[\w./-]+\.(?:css|js|mjs|svg)|searchindex\.js))(?:\?[^"]*)?"'
)
"""A file's address in a page: an attribute's, or in what a page tells its scripts."""

HASHED = re.compile(r"\.[0-9a-f]{32,}$")
"""A hash that a name had before: of what the file was then."""


def hashed(path: Path) -> str:
    """A file's name with its content's hash in it."""
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:LENGTH]
    return f"{HASHED.sub('', path.stem)}.{digest}{path.suffix}"


class Names:
    """The files of a built book that have been asked for, by their paths before and after."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self.known: dict[str, str] = {}

    def of(self, page: str, address: str) -> str:
        """The new address, in a page, of what an address leads to. A missing file is an error."""
        folder = posixpath.dirname(page)
        path = posixpath.normpath(posixpath.join(folder, address))
        if path not in self.known:
            name = hashed(self.out / path)
            self.known[path] = posixpath.join(posixpath.dirname(path), name)
        return posixpath.relpath(self.known[path], folder or ".")

    def rename(self) -> None:
        """The files themselves, when every page has the new names."""
        for old, new in self.known.items():
            (self.out / old).rename(self.out / new)


def finish(app: Sphinx, error: Exception | None) -> None:
    if error or app.builder.format != "html":
        return
    out = Path(app.outdir)
    names = Names(out)
    for path in sorted(out.rglob("*.html")):
        page = path.relative_to(out).as_posix()
        if page.startswith("_static/"):
            continue
        text = path.read_text(encoding="utf-8")
        renamed = ADDRESS.sub(lambda match, page=page: f'"{names.of(page, match[1])}"', text)
        path.write_text(renamed, encoding="utf-8")
    names.rename()


def setup(app: Sphinx) -> dict[str, bool]:
    # After everything that changes a file; before what has its own names is put beside them.
    app.connect("build-finished", finish, priority=980)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
