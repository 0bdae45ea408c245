"""An explorer in JupyterLab: alive without a kernel, and in step with one."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep

import nbformat
import pytest
from support.explore_demo import DEMO

from lomodel.explore import page

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).resolve().parent.parent
CELLS = [
    "from support.explore_demo import DEMO\n"
    "from lomodel.explore import Explorer\ne = Explorer(DEMO)\ne",
    "e.controls['knife'] = False",
    "print('SEEN', e.controls['size'], e.controls['knife'])",
    "if e.controls['knife']:\n"
    "    e.controls['cream'] = True\n    e.controls = {'size': 1000, 'piece': 333}",
]
PATIENCE = 90_000
"""Milliseconds: JupyterLab starts a server, a page and a kernel, on a busy machine perhaps."""


def notebook() -> nbformat.NotebookNode:
    """The cells, with the explorer's stored output as ``make notebooks`` would leave it."""
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    stored = {"text/html": page.wrap(page.element(DEMO)), "text/plain": "<explorer demo>"}
    cells[0].outputs = [nbformat.v4.new_output("execute_result", data=stored)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


@pytest.fixture(scope="module")
def lab(tmp_path_factory) -> Iterator[str]:
    """The address of a JupyterLab with the trusted notebook open."""
    folder: Path = tmp_path_factory.mktemp("lab")
    nbformat.write(notebook(), folder / "demo.ipynb")
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    environment = os.environ | {"HOME": str(folder), "PYTHONPATH": path}
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


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(address: str) -> None:
    end = monotonic() + PATIENCE / 1000
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            if monotonic() > end:
                raise
            sleep(0.2)


def out(explorer, name: str):
    return explorer.locator(f'output[name="{name}"]')


def shows(explorer, name: str, text: str) -> None:
    """Wait until an output says so."""
    out(explorer, name).filter(has_text=text).wait_for(timeout=PATIENCE)
    assert out(explorer, name).inner_text() == text


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
    tab.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=PATIENCE)
    tab.get_by_text("Run", exact=True).click()
    tab.get_by_text("Run All Cells", exact=True).click()
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
    tab.locator(".jp-CodeCell").nth(2).locator(".jp-InputArea-editor").click()
    tab.keyboard.press("Control+Enter")
    tab.get_by_text("SEEN 777 True").wait_for(timeout=PATIENCE)

    # ... and what a later cell assigns moves what is on the page already.
    tab.locator(".jp-CodeCell").nth(3).locator(".jp-InputArea-editor").click()
    tab.keyboard.press("Control+Enter")
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
    assert "demo." not in tab.url.partition("?")[2]
    assert seen.errors == []
