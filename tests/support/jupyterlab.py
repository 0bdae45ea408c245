"""A JupyterLab of a test's own, started with the options of ``make lab``."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import nbformat
from nbformat import NotebookNode, v4
from playwright.sync_api import Locator, Page, expect

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 90_000
"""Milliseconds: JupyterLab starts a server, a page and a kernel, on a busy machine perhaps."""
NAME = "demo.ipynb"


def notebook_of(sources: list[str], stored: dict[str, str] | None = None) -> NotebookNode:
    """Code cells, the first of them with a stored output."""
    cells = [v4.new_code_cell(source) for source in sources]
    if stored:
        cells[0].outputs = [v4.new_output("execute_result", data=stored)]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


@contextmanager
def jupyterlab(folder: Path, notebook: NotebookNode, **environment: str) -> Iterator[str]:
    """The address of a JupyterLab with the notebook, trusted, in a home of its own."""
    nbformat.write(notebook, folder / NAME)
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests")])
    env = os.environ | {"HOME": str(folder), "PYTHONPATH": path} | environment
    jupyter = [sys.executable, "-m", "jupyter"]
    subprocess.run([*jupyter, "trust", NAME], cwd=folder, env=env, check=True)
    port = free_port()
    own = [f"--port={port}", "--no-browser", "--allow-root", "--IdentityProvider.token="]
    command = [*jupyter, "lab", *options_of_make(), *own, f"--ServerApp.root_dir={folder}"]
    with (folder / "lab.log").open("w") as log:
        server = subprocess.Popen(command, env=env, stdout=log, stderr=log, cwd=ROOT)
    try:
        _wait_for(f"http://127.0.0.1:{port}/api", server)
        yield f"http://127.0.0.1:{port}/lab/tree/{NAME}?reset"
    finally:
        server.terminate()
        server.wait()


def options_of_make() -> list[str]:
    """What ``make lab`` says to JupyterLab, but for the folder."""
    rule = "--eval=lab-options: ; @echo $(LAB)"
    made = subprocess.run(
        ["make", "-s", rule, "lab-options"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [word for word in made.stdout.split() if "root_dir" not in word]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    end = monotonic() + PATIENCE / 1000
    while True:
        try:
            urllib.request.urlopen(address, timeout=5).close()
            return
        except OSError:
            if monotonic() > end or server.poll() is not None:
                raise
            sleep(0.2)


def run_all(tab: Page) -> None:
    """Every cell, once the kernel is there."""
    tab.get_by_text("Python 3 (ipykernel) | Idle").wait_for(timeout=PATIENCE)
    tab.get_by_text("Run", exact=True).click()
    tab.get_by_text("Run All Cells", exact=True).click()


def run_cell(tab: Page, number: int) -> None:
    """One code cell, by hand."""
    tab.locator(".jp-CodeCell").nth(number).locator(".jp-InputArea-editor").click()
    tab.keyboard.press("Control+Enter")


def shows(element: Locator, name: str, text: str) -> None:
    """Wait until an output of an element says so."""
    found = element.locator(f'output[name="{name}"]')
    expect(found).to_have_text(text, timeout=PATIENCE)
