"""Names with hashes in them: what pages load is kept for ever, so a name must be its content's.

Seen red: a style sheet changed after it was named; a picture left out.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest

from tools import book, serve, sphinx_hashed

PAGES = [name for name in book.pages() if name != "index.html"]
ASKED = re.compile(r'"((?:\.{1,2}/)*_static/[^"?#]+\.\w+)')
"""Any file of the book's own that a page names, whatever it is."""


@pytest.mark.parametrize("name", PAGES)
def test_what_a_page_loads_has_its_contents_name(name: str, html: Path) -> None:
    page = html / name
    found = set(ASKED.findall(page.read_text(encoding="utf-8")))
    assert len(found) > 15
    for address in found:
        path = (page.parent / address).resolve()
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        assert path.stem.endswith(f".{digest[: sphinx_hashed.LENGTH]}"), address
        assert serve.HASHED.search(f"/{address}")
