"""A stepper in JupyterLab: alive from its stored output, and in step with a kernel both ways.

Red with ``step`` not synced, and with the arrow keys left to JupyterLab.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from test_explore_lab import PATIENCE, free_port, shows, wait_for

from lomodel.desk import lo_up, send
from lomodel.explore import stepper

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOT = Path(__file__).resolve().parent.parent
CELLS = [
    "from lomodel.desk import lo_up, send\n"
    "from lomodel.explore import stepper\n"
    "s = stepper('riddle', lambda: send(lo_up(), 4000, gso_size=1400))\ns",
    "s.step = 18",
    "print('SEEN', s.step)",
]


def notebook() -> nbformat.NotebookNode:
    """The cells, with the stepper's stored output as ``make notebooks`` would leave it."""
    cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    bundle = stepper("riddle", lambda: send(lo_up(), 4000, gso_size=1400))._repr_mimebundle_()
    stored = {kind: bundle[kind] for kind in ("text/html", "text/plain")}
    cells[0].outputs = [nbformat.v4.new_output("execute_result", data=stored)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


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
    seen = visit(width=1300, height=1100)
    tab = seen.page
    tab.goto(lab)
    tab.wait_for_selector("lo-stepper[ready]", timeout=PATIENCE)
    steps = tab.locator("lo-stepper").first

    # Stored output, trusted: alive although no cell has run.
    steps.get_by_role("button", name="Next", exact=True).click()
    shows(steps, "step", "2 of 28")

    # With the kernel, once it is there: what a cell sets is shown ...
    tab.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=PATIENCE)
    tab.get_by_text("Run", exact=True).click()
    tab.get_by_text("Run All Cells", exact=True).click()
    tab.get_by_text("SEEN 18").wait_for(timeout=PATIENCE)
    steps = tab.locator("lo-stepper").first
    shows(steps, "step", "18 of 28")

    # ... and what the reader does, keys included, is there for the next cell.
    steps.get_by_role("button", name="Next", exact=True).click()
    tab.keyboard.press("ArrowRight")
    shows(steps, "step", "20 of 28")
    tab.locator(".jp-CodeCell").nth(2).locator(".jp-InputArea-editor").click()
    tab.keyboard.press("Control+Enter")
    tab.get_by_text("SEEN 20").wait_for(timeout=PATIENCE)
    assert seen.errors == []
