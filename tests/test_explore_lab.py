"""An explorer in JupyterLab: alive without a kernel, and in step with one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.explore_demo import DEMO
from support.jupyterlab import PATIENCE, jupyterlab, notebook_of, run_all, run_cell, shows

from lomodel.explore import page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = [
    "from support.explore_demo import DEMO\n"
    "from lomodel.explore import Explorer\ne = Explorer(DEMO)\ne",
    "e.controls['knife'] = False",
    "print('SEEN', e.controls['size'], e.controls['knife'])",
    "if e.controls['knife']:\n"
    "    e.controls['cream'] = True\n    e.controls = {'size': 1000, 'piece': 333}",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[str]:
    """With the explorer's stored output as ``make notebooks`` would leave it."""
    stored = {"text/html": page.wrap(page.element(DEMO)), "text/plain": "<explorer demo>"}
    with jupyterlab(tmp_path_factory.mktemp("lab"), notebook_of(CELLS, stored)) as address:
        yield address


def slider_of(explorer) -> str:
    return explorer.locator('input[data-slider="size"]').input_value()


def test_in_jupyterlab(lab: str, visit) -> None:
    seen = visit(width=1300, height=1100)
    tab = seen.page
    tab.goto(lab)
    tab.wait_for_selector("lo-explorer[ready]", timeout=PATIENCE)
    explorer = tab.locator("lo-explorer").first

    # Stored output, trusted: alive although no cell has run.
    explorer.locator('input[name="knife"]').click()
    shows(explorer, "pieces", "1")

    # With the kernel, once it is there: what a cell sets is shown ...
    run_all(tab)
    explorer = tab.locator("lo-explorer.lo-live").first
    explorer.wait_for(timeout=PATIENCE)
    shows(explorer, "pieces", "1")

    # ... a number between the points is answered ...
    size = explorer.locator('input[name="size"]')
    size.fill("777")
    size.press("Enter")
    explorer.locator('input[name="knife"]').click()
    shows(explorer, "pieces", "8")
    shows(explorer, "grams", "777")

    # ... and what the reader set is there for the next cell.
    run_cell(tab, 2)
    tab.get_by_text("SEEN 777 True").wait_for(timeout=PATIENCE)

    # ... and what a later cell assigns moves what is on the page already.
    run_cell(tab, 3)
    shows(explorer, "summary", "4 pieces <with cream>")
    assert explorer.locator('input[name="cream"]').is_checked()
    assert (size.input_value(), slider_of(explorer)) == ("1000", "3")
    assert explorer.locator("select").evaluate("(e) => e.selectedIndex") == 2
    shows(explorer, "challenge", "found")

    # The width is used, labels are whole, and JupyterLab's address is left alone.
    box, room = explorer.bounding_box(), explorer.locator("xpath=..").bounding_box()
    assert box["width"] >= 0.95 * room["width"]
    heights = explorer.evaluate(
        "(e) => [...e.querySelectorAll('label')].map((l) => l.offsetHeight)"
    )
    assert max(heights) <= 28
    assert tab.get_by_text("Jupyter news").count() == 0
    assert "demo." not in tab.url.partition("?")[2]
    assert seen.errors == []
