"""JupyterLite driven by a test: one page, one Python, many notebooks.

A page and its Python take ten seconds to come. So a notebook's cells are put into the page that is
open, and "Run all cells" of its own menu runs them, as a reader would; what is shown is read from
the page's notebook.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import nbformat
from nbval.plugin import get_sanitize_patterns
from playwright.sync_api import Page, Route

from exercises.grader import compare

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 180_000
"""Milliseconds for JupyterLite and Python to be there, on a busy machine."""
NOT_YET = re.compile(r"NotImplementedError: \w+ is your task; its cell has no answer yet\.\n")
"""What a check says whose answer is not written."""
CLASS = re.compile(r"<class '(?:\w+\.)*(\w+)'>")

READY = "window.jupyterapp?.shell?.currentWidget?.context?.isReady"
IDLE = "jupyterapp.shell.currentWidget.sessionContext.session?.kernel?.status === 'idle'"
RUN_CODE = """async (code) => {
  const { kernel } = jupyterapp.shell.currentWidget.sessionContext.session;
  const asked = kernel.requestExecute({ code });
  let text = "";
  asked.onIOPub = ({ header, content }) => {
    if (header.msg_type === "stream") text += content.text;
    if (header.msg_type === "error") text += `${content.ename}: ${content.evalue}`;
  };
  await asked.done;
  return text;
}"""
RUN_ALL = """async (notebook) => {
  const { context, sessionContext } = jupyterapp.shell.currentWidget;
  if (notebook) context.model.fromJSON(notebook);
  await jupyterapp.commands.execute("notebook:run-all-cells");
  // What the last cell shows comes before the answer to this.
  await sessionContext.session.kernel.requestExecute({ code: "None" }).done;
  return context.model.toJSON();
}"""


def exposed(route: Route) -> None:
    """JupyterLite's settings, with the one more that lets a test speak to its application."""
    answer = route.fetch()
    settings = answer.json()
    settings["jupyter-config-data"]["exposeAppInBrowser"] = "true"
    route.fulfill(response=answer, json=settings)


def wait(page: Page) -> Page:
    """Until notebook and Python are there."""
    page.wait_for_function(READY, timeout=PATIENCE)
    page.wait_for_function(IDLE, timeout=PATIENCE)
    return page


def run_code(page: Page, code: str) -> str:
    """What Python prints, or its error, for a code that no cell has."""
    return page.evaluate(RUN_CODE, code)


def run_all(page: Page, notebook: Any = None) -> Any:
    """The notebook of the page, or the one given in its place, after "Run all cells"."""
    return nbformat.from_dict(page.evaluate(RUN_ALL, notebook))


def fresh(page: Page) -> None:
    """As a new session is, but that modules which nobody has changed are imported already."""
    assert run_code(page, "%reset -f") == ""


def differences(got: Any, stored: Any) -> list[str]:
    """One text for each cell whose outputs are others than the stored ones, by nbval's rules."""
    pairs = [
        (mine, theirs)
        for mine, theirs in zip(got.cells, stored.cells, strict=True)
        if theirs.cell_type == "code"
        and "nbval-ignore-output" not in theirs.metadata.get("tags", ())
    ]
    compared = ((theirs.id, differs(mine.outputs, theirs.outputs)) for mine, theirs in pairs)
    return [f"{name}: {text[:1500]}" for name, text in compared if text]


def differs(got: Iterable[Any], stored: Iterable[Any]) -> str:
    """As the notebooks' own comparison, what `nbval_sanitize.cfg` names left out of it."""
    return compare.compare(map(_told, got), map(_told, stored))


PATTERNS = get_sanitize_patterns(
    (ROOT / "tests" / "support" / "nbval_sanitize.cfg").read_text(encoding="utf-8")
)


def _told(output: Any) -> Any:
    """An output without what may differ in its texts; an error's class as Jupyter says it."""
    told = dict(output)
    if "ename" in told:
        told["ename"] = CLASS.sub(r"\1", told["ename"])
    if "data" in told:
        told["data"] = {kind: _sanitized(value) for kind, value in told["data"].items()}
    if "text" in told:
        told["text"] = _sanitized(told["text"])
    return told


def _sanitized(value: Any) -> Any:
    if isinstance(value, str):
        for pattern, instead in PATTERNS:
            value = re.sub(pattern, instead, value)
    return value
