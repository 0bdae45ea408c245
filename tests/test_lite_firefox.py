"""A chapter as a notebook, in Firefox: it opens from its page, and its cells give what is stored.

A file of its own, because Playwright has one browser's kind at a time in a file.
"""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser
from support import lite
from test_lite import ROOT, Reader, book, stored

__all__ = ["book"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_chapter_opens_and_runs(book: str, firefox: Browser) -> None:
    reader = Reader(firefox, book)
    wanted = stored(ROOT / "chapters" / "whole_or_cut.ipynb")
    page = reader.follow("chapters/whole_or_cut.html")
    assert lite.differences(lite.run_all(page), wanted) == []
    assert reader.failed == [] and reader.outside() == []
    reader.context.close()
