"""ruff finds nothing, every file is formatted, and no word is misspelt.

Seen red: "packt" for packet in a chapter, in a docstring and in the glossary.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("command", [["check"], ["format", "--check"]], ids=lambda c: c[0])
def test_ruff(command: list[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "ruff", *command, "."], cwd=ROOT, capture_output=True, text=True
    )
    assert run.returncode == 0, run.stdout + run.stderr


def spelled(*arguments: str, text: str | None = None) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "codespell_lib", *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        input=text,
    )
    assert run.returncode == 0, run.stdout + run.stderr


def test_words() -> None:
    spelled()


def test_words_of_notebooks() -> None:
    """What somebody has written; outputs are what programs print."""
    notebooks = sorted((ROOT / "chapters").glob("*.ipynb"))
    cells = [c for path in notebooks for c in nbformat.read(path, as_version=4).cells]
    assert len(cells) > 100
    spelled("-", text="\n\n".join(cell.source for cell in cells))
