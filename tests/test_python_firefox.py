"""Python in the page, in Firefox: one walk by hand, and every cell of a page.

A file of its own, because Playwright has one browser's kind at a time in a file.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect
from test_python_page import LOADING, LOOK, book, cell, fresh, is_done, press, write

__all__ = ["book"]
pytestmark = [pytest.mark.browser, pytest.mark.slow]

TYPED = "def f():\n    return 1 / 0\nf()"


def test_run_change_stop_and_reset(book: str, visit_in_firefox: Callable) -> None:
    """Red with the theme's type for text areas."""
    seen = visit_in_firefox()
    page = seen.open(f"{book}/chapters/whole_or_cut.html")
    one = cell(page)
    stored = one.locator(".cell_output").inner_text()
    assert page.evaluate(LOOK) == []
    text = one.locator(".lo-edit")
    text.press("Control+a")
    for key in "def f():", "Enter", "return 1 / 0", "Enter", "Backspace", "f()":
        page.keyboard.press(key) if key in ("Enter", "Backspace") else page.keyboard.type(key)
    assert text.input_value() == TYPED
    text.press("Control+Enter")
    is_done(one, "error")
    assert "line 2: return 1 / 0\nZeroDivisionError" in fresh(one)
    write(one, "while True:\n    pass")
    press(one, "Run")
    expect(one.locator(".lo-run-said")).to_have_text("running", timeout=LOADING)
    press(one, "Stop")
    is_done(one, "stopped")
    write(one, "from lomodel.explore import explorer\nexplorer('gso')")
    press(one, "Run")
    is_done(one)
    made = one.locator("lo-explorer[name='gso']")
    said = made.locator("output[name='tx_packets']")
    expect(said).to_have_text(re.compile(r"\d"))
    before = said.inner_text()
    made.locator("[name='tx-udp-segmentation']").click()
    expect(said).not_to_have_text(before)
    press(one.locator(".lo-run"), "Reset")
    assert one.locator(".cell_output").inner_text() == stored
    press(page, "Run all")
    expect(page.get_by_role("button", name="Run all", exact=True)).to_be_visible(timeout=LOADING)
    for number in range(page.locator(".cell[data-run]").count()):
        is_done(cell(page, number))
    assert not seen.errors
