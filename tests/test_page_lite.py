"""How JupyterLite gets into the built book, and what a notebook gets on the way to it.

What turned these red, one at a time: an old build taken in; the hash of names only; texts left in
lines; the list of the second folder left out; a link without JupyterLite.
"""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import nbformat
import pytest

from tools import page_lite, sphinx_lite

NOTEBOOK = json.dumps(
    {
        "cells": [
            {"cell_type": "markdown", "id": "m", "metadata": {}, "source": ["# A\n", "b"]},
            {
                "cell_type": "code",
                "id": "a",
                "execution_count": 1,
                "metadata": {"tags": ["answer"]},
                "outputs": [{"name": "stdout", "output_type": "stream", "text": ["1\n", "2"]}],
                "source": "1",
            },
        ],
        "metadata": {"kernelspec": {"name": "python3"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }
)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "lomodel").mkdir()
    (tmp_path / "lomodel/desk.py").write_text("one\n")
    return tmp_path


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, root: Path) -> Path:
    """JupyterLite as `make python` leaves it."""
    of = page_lite.made_from
    monkeypatch.setattr(page_lite, "made_from", lambda: of(root))
    monkeypatch.setattr(page_lite.inputs, "is_current", lambda: True)
    folder = tmp_path / "lite"
    folder.mkdir()
    (folder / "jupyter-lite.json").write_text("{}")
    (folder / page_lite.STAMP).write_text(of(root))
    return folder


def test_only_one_of_this_model_is_taken_in(built: Path, root: Path) -> None:
    assert page_lite.current(built) and "opens JupyterLite" in page_lite.note(built)
    (root / "lomodel/desk.py").write_text("two\n")
    assert not page_lite.current(built) and page_lite.identity(built) == ""
    assert "older than the model (make python)" in page_lite.note(built)
    (built / page_lite.STAMP).unlink()
    assert "none was built (make python)" in page_lite.note(built)


def test_without_the_pages_python_there_is_none(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its Pyodide is the one that the pages' cells have."""
    assert page_lite.current(built)
    monkeypatch.setattr(page_lite.inputs, "is_current", lambda: False)
    assert not page_lite.current(built)


def test_another_build_is_a_change_of_the_book(built: Path) -> None:
    before = page_lite.identity(built)
    (built / "jupyter-lite.json").write_text("[]")
    assert before and page_lite.identity(built) != before


def test_a_notebook_names_its_edition() -> None:
    """A saved copy keeps it; cells, ids and tags are as they were, so that it can be handed in."""
    served = json.loads(page_lite.served(NOTEBOOK))
    before = nbformat.reads(NOTEBOOK, as_version=4)
    assert served["metadata"].pop("lomodel") == {"edition": page_lite.edition(NOTEBOOK)}
    assert served["cells"][1]["metadata"].pop("trusted") is True
    # Each text in one piece, as JupyterLite shows it.
    assert served == before and served["cells"][1]["outputs"][0]["text"] == "1\n2"
    assert page_lite.edition(NOTEBOOK + " ") != page_lite.edition(NOTEBOOK)


def test_every_notebook_is_listed(tmp_path: Path) -> None:
    for folder in ("first", "second"):
        sphinx_lite.write_notebooks(tmp_path / folder)
    lists = [read(tmp_path / "first/api/contents" / name) for name in ("", "chapters", "exercises")]
    assert [each["path"] for each in lists[0]["content"]] == ["chapters", "exercises"]
    named = {each["path"] for listed in lists[1:] for each in listed["content"]}
    editions = json.loads((tmp_path / "first/files/editions.json").read_text())
    assert named == editions.keys() and "exercises/02_fourteen_bytes.ipynb" in named
    assert all((tmp_path / "first/files" / name).is_file() for name in named)
    # The same book is the same files.
    assert lists[1] == read(tmp_path / "second/api/contents/chapters")


def read(folder: Path) -> Any:
    return json.loads((folder / "all.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("has", [True, False])
def test_a_chapter_has_a_link_where_there_is_one(
    has: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sphinx_lite, "taken_in", lambda: has)
    for source, linked in (("chapters/xmit.ipynb", has), ("chapters/glossary.md", False)):
        context: dict[str, Any] = {"sourcename": source}
        name = source.rpartition(".")[0]
        sphinx_lite.on_page(SimpleNamespace(), name, "page.html", context, None)
        found = context.get("lo_notebook", "")
        assert bool(found) is linked
        if linked:
            assert 'href="../lite/notebooks/index.html?path=chapters/xmit.ipynb"' in found
            assert 'aria-label="Open as notebook"' in found
