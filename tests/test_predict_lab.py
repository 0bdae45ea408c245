"""A prediction in JupyterLab: nothing tells the answer, and it works with a kernel and without.

Red with ``_html`` not synced.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from playwright.sync_api import expect
from test_explore_lab import PATIENCE, free_port, wait_for

from lomodel.desk import RELEASE
from lomodel.explore import page
from lomodel.explore.foretell import find
from lomodel.explore.predict_html import element
from lomodel.explore.prediction import answers_to

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).resolve().parent.parent
NAME = "longest-inet"
CELL = f'from lomodel.explore import predict\npredict("{NAME}")'


def notebook() -> nbformat.NotebookNode:
    """One cell, with its stored output as ``make notebooks`` would leave it."""
    cell = nbformat.v4.new_code_cell(CELL)
    stored = {"text/html": page.wrap(element(NAME, RELEASE)), "text/plain": f"<prediction {NAME}>"}
    cell.outputs = [nbformat.v4.new_output("execute_result", data=stored)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=[cell], metadata={"kernelspec": kernel})


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[str]:
    """The address of a JupyterLab with the trusted notebook open."""
    folder: Path = tmp_path_factory.mktemp("lab")
    nbformat.write(notebook(), folder / "demo.ipynb")
    environment = os.environ | {"HOME": str(folder), "PYTHONPATH": str(ROOT)}
    jupyter = [sys.executable, "-m", "jupyter"]
    subprocess.run([*jupyter, "trust", "demo.ipynb"], cwd=folder, env=environment, check=True)
    port = free_port()
    options = [f"--port={port}", "--no-browser", "--allow-root", "--IdentityProvider.token="]
    with (folder / "lab.log").open("w") as log:
        command = [*jupyter, "lab", *options, f"--ServerApp.root_dir={folder}"]
        server = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=folder)
    try:
        wait_for(f"http://127.0.0.1:{port}/api")
        yield f"http://127.0.0.1:{port}/lab/tree/demo.ipynb?reset"
    finally:
        server.terminate()
        server.wait()


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
    tab.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=PATIENCE)
    tab.get_by_text("Run", exact=True).click()
    tab.get_by_text("Run All Cells", exact=True).click()
    one = tab.locator("lo-predict[ready]:not(.jp-RenderedHTML *)").first
    one.wait_for(timeout=PATIENCE)
    assert str(found.model) not in tab.locator("body").inner_text()
    one.locator('input[name="guess"]').fill(str(found.model))
    one.get_by_role("button", name="Check").click()
    expect(one.locator('output[name="kernel"]')).to_have_text(str(found.recorded))
    expect(one.locator(".lo-verdict")).to_have_text("as you said")
    assert tab.locator(".jp-CodeCell").count() == 1
    assert seen.errors == []
