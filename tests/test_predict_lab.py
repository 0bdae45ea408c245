"""A prediction in JupyterLab: nothing tells the answer, and it works with a kernel and without.

Red with ``_html`` not synced.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect
from support.jupyterlab import PATIENCE, jupyterlab, notebook_of, run_all

from lomodel.desk import RELEASE
from lomodel.explore import page
from lomodel.explore.foretell import find
from lomodel.explore.predict_html import element
from lomodel.explore.prediction import answers_to

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NAME = "longest-inet"
CELL = f'from lomodel.explore import predict\npredict("{NAME}")'


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[str]:
    """With the prediction's stored output as ``make notebooks`` would leave it."""
    stored = {"text/html": page.wrap(element(NAME, RELEASE)), "text/plain": f"<prediction {NAME}>"}
    with jupyterlab(tmp_path_factory.mktemp("lab"), notebook_of([CELL], stored)) as address:
        yield address


def test_in_jupyterlab(lab: str, visit) -> None:
    prediction = find(NAME)[1]
    found = answers_to(prediction, RELEASE)
    seen = visit(width=1300, height=1100)
    tab = seen.page
    tab.goto(lab)
    tab.wait_for_selector("lo-predict[ready]", timeout=PATIENCE)
    one = tab.locator("lo-predict").first
    model = one.locator('output[name="model"]')

    # Stored output, trusted: alive although no cell has run, and every key is the field's.
    assert str(found.model) not in tab.locator("body").inner_text()
    field = one.locator('input[name="guess"]')
    field.click()
    tab.keyboard.type("dd")
    expect(one.get_by_role("status")).to_contain_text("Expected a whole number")
    tab.keyboard.press("Backspace")
    tab.keyboard.press("Backspace")
    tab.keyboard.type("65000")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Space")
    expect(model).to_have_text(str(found.model))
    one.get_by_role("button", name="Guess again").click()

    # With the kernel the same element, and again no answer before a guess.
    run_all(tab)
    one = tab.locator("lo-predict[ready]:not(.jp-RenderedHTML *)").first
    one.wait_for(timeout=PATIENCE)
    assert str(found.model) not in tab.locator("body").inner_text()
    one.locator('input[name="guess"]').fill(str(found.model))
    one.get_by_role("button", name="Check").click()
    expect(one.locator('output[name="kernel"]')).to_have_text(str(found.recorded))
    expect(one.locator(".lo-verdict")).to_have_text("as you said")
    assert tab.locator(".jp-CodeCell").count() == 1
    assert seen.errors == []
