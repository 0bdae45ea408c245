"""A stepper in JupyterLab: alive from its stored output, and in step with a kernel both ways.

Red with ``step`` not synced, and with the arrow keys left to JupyterLab.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from support.jupyterlab import PATIENCE, jupyterlab, notebook_of, run_all, run_cell, shows

from lomodel.desk import lo_up, send
from lomodel.explore import stepper

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = [
    "from lomodel.desk import lo_up, send\n"
    "from lomodel.explore import stepper\n"
    "s = stepper('riddle', lambda: send(lo_up(), 4000, gso_size=1400))\ns",
    "s.step = 18",
    "print('SEEN', s.step)",
]


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[str]:
    """With the stepper's stored output as ``make notebooks`` would leave it."""
    bundle = stepper("riddle", lambda: send(lo_up(), 4000, gso_size=1400))._repr_mimebundle_()
    stored = {kind: bundle[kind] for kind in ("text/html", "text/plain")}
    with jupyterlab(tmp_path_factory.mktemp("lab"), notebook_of(CELLS, stored)) as address:
        yield address


def test_in_jupyterlab(lab: str, visit) -> None:
    seen = visit(width=1300, height=1100)
    tab = seen.page
    tab.goto(lab)
    tab.wait_for_selector("lo-stepper[ready]", timeout=PATIENCE)
    steps = tab.locator("lo-stepper").first

    # Stored output, trusted: alive although no cell has run.
    steps.get_by_role("button", name="Next", exact=True).click()
    shows(steps, "step", "2 of 28")

    # With the kernel, once it is there: what a cell sets is shown ...
    run_all(tab)
    tab.get_by_text("SEEN 18").wait_for(timeout=PATIENCE)
    steps = tab.locator("lo-stepper").first
    shows(steps, "step", "18 of 28")

    # ... and what the reader does, keys included, is there for the next cell.
    steps.get_by_role("button", name="Next", exact=True).click()
    tab.keyboard.press("ArrowRight")
    shows(steps, "step", "20 of 28")
    run_cell(tab, 2)
    tab.get_by_text("SEEN 20").wait_for(timeout=PATIENCE)
    assert seen.errors == []
