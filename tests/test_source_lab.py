"""A panel of source in JupyterLab: the C is there to be looked at, and is not saved.

Mutations that turned this red: no answer sent (no C in sight); the C put into ``_html`` (it is in
the saved notebook).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic, sleep

import pytest
from support import kernel_tree_demo
from support.jupyterlab import PATIENCE, jupyterlab, notebook_of, run_all

from lomodel import kernel_tree
from lomodel.source_lines import QUOTED

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELL = "from lomodel.explore import source\nsource('net_gso_ok')"
IN_C = "asked <= (int)offered"
IN_PYTHON = "gso_type << NETIF_F_GSO_SHIFT"
SETTINGS = ".jupyter/lab/user-settings/@jupyter-widgets/jupyterlab-manager/plugin"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A notebook, a tree of our own C, and JupyterLab told to save the state of widgets too."""
    kernel_tree_demo.make(tmp_path / "tree")
    settings = tmp_path / f"{SETTINGS}.jupyterlab-settings"
    settings.parent.mkdir(parents=True)
    settings.write_text('{"saveState": true}')
    return tmp_path


@pytest.fixture
def lab(folder: Path) -> Iterator[str]:
    tree = {kernel_tree.variable(QUOTED): str(folder / "tree")}
    with jupyterlab(folder, notebook_of([CELL]), **tree) as address:
        yield address


def saved(folder: Path) -> str:
    """The notebook as it was saved with its output."""
    end = monotonic() + PATIENCE / 1000
    while monotonic() < end:
        text = (folder / "demo.ipynb").read_text(encoding="utf-8")
        # While JupyterLab writes it, the file is empty or cut off.
        with suppress(json.JSONDecodeError):
            if json.loads(text)["cells"][0]["outputs"]:
                return text
        sleep(0.2)
    raise AssertionError("JupyterLab did not save the notebook")


def test_the_c_is_seen_and_not_saved(folder: Path, lab: str, visit) -> None:
    tab = visit(width=1300, height=1100).page
    tab.goto(lab)
    run_all(tab)
    tab.locator("lo-source .lo-c pre").filter(has_text=IN_C).wait_for(timeout=PATIENCE)
    assert IN_PYTHON in tab.locator("lo-source .lo-py pre").inner_text()
    assert "and not stored" in tab.locator("lo-source .lo-origin").inner_text()
    tab.keyboard.press("Control+s")
    text = saved(folder)
    notebook = json.loads(text)
    assert IN_PYTHON.split()[2] in text and "application/vnd.jupyter.widget-state+json" in str(
        notebook["metadata"]["widgets"]
    )
    for part in ("offered", "brace"):
        assert part not in text
