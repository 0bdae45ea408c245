"""The notebooks as they are stored. That their outputs are true is nbval's part."""

from __future__ import annotations

import ast
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from tools.notebooks import answers_page, check, normalise, notebooks

ROOT = Path(__file__).resolve().parent.parent


def stored(paths: list[Path]) -> list[object]:
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in paths]


@pytest.mark.parametrize("path", stored(notebooks()))
def test_is_normalised(path: Path) -> None:
    """As `make notebooks` leaves it: nothing in it that another run would change."""
    text = path.read_text(encoding="utf-8")
    notebook = normalise(nbformat.reads(text, as_version=4))
    assert nbformat.writes(notebook) + "\n" == text, "run make notebooks"
    check(notebook)


@pytest.mark.parametrize("path", stored(notebooks()))
def test_every_cell_was_run(path: Path) -> None:
    """A cell that shows something has it stored; one without an output is a silent one."""
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert not code or any(cell.outputs for cell in code), "run make notebooks"


HIDDEN = {"remove-input", "remove-cell"}
"""Tags of cells whose source a page does not show."""


def names_of(source: str) -> tuple[set[str], set[str]]:
    """The names that a cell binds, and those that it uses."""
    bound, used = set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            bound |= {alias.asname or alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            bound.add(node.name)
        elif isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
    return bound, used


@pytest.mark.parametrize("path", stored([p for p in notebooks() if p.parent.name == "chapters"]))
def test_what_a_shown_cell_needs_is_shown(path: Path) -> None:
    """Whoever types a page's cells can run them. Red with `held` of where_drops, imported where
    nobody saw it.
    """
    shown, hidden = set(), set()
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type != "code":
            continue
        bound, used = names_of(cell.source)
        if HIDDEN & set(cell.metadata.get("tags", ())):
            hidden |= bound
        else:
            assert not (used - bound - shown) & hidden, cell.source
            shown |= bound


def test_the_page_of_answers_is_current() -> None:
    """Red when a declaration's ``why`` is changed and ``make notebooks`` was not run."""
    assert (ROOT / "chapters/answers.md").read_text(encoding="utf-8") == answers_page()


def test_what_many_outputs_bring_is_stored_once() -> None:
    """A page's outputs share one document. Red without ``keep_assets_once``."""
    style, script, other = (
        f'<{tag} data-lo="figures">{text}</{tag}>'
        for tag, text in [("style", "a"), ("script", "b"), ("script", "c")]
    )
    stored_as = [f"{style}{script}<p>1</p>", f"{style}{script}{other}<p>2</p>", f"{style}<p>3</p>"]
    outputs = [v4.new_output("display_data", {"text/html": html}) for html in stored_as]
    cells = [v4.new_code_cell("show()", outputs=[each]) for each in outputs]
    notebook = normalise(v4.new_notebook(cells=cells))
    kept = [cell.outputs[0].data["text/html"] for cell in notebook.cells]
    assert kept == [stored_as[0], f"{other}<p>2</p>", "<p>3</p>"]


def test_a_check_is_folded_in_jupyterlab() -> None:
    """Red without ``source_hidden``."""
    check_cell = v4.new_code_cell("assert True", metadata={"tags": ["remove-cell"]})
    notebook = normalise(v4.new_notebook(cells=[check_cell, v4.new_code_cell("1 + 1")]))
    assert [cell.metadata.get("jupyter") for cell in notebook.cells] == [
        {"source_hidden": True},
        None,
    ]
