"""Compiles Python's files for a page, in the Python that a page has (`compiled.py` says what)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from tools import npm
from tools.python import fetch

LIBRARY = "library.zip"
RUNNER = fetch.VERSIONS.with_name("in_pyodide.mjs")
PROGRAM = fetch.VERSIONS.with_name("compiled.py")


@dataclass(frozen=True)
class Plan:
    """What is to be compiled. All archives lie in one folder, Python's own library among them."""

    imports: Sequence[str]
    """The modules that are loaded at first."""
    archives: Sequence[str]
    """Where they are, but for Python's own."""
    compile: Sequence[str]
    """The archives that are changed."""
    bare: bool = False
    """Whether docstrings are left out."""
    keep: Sequence[str] = ("lomodel",)
    """The packages whose source stays: a reader looks at it."""
    drop: Sequence[str] = ()
    """Parts of paths: such a file is left out unless it is loaded at first."""


def carry_out(plan: Plan, pyodide: Path, folder: Path) -> None:
    """Compile in a folder that has `library.zip` and the archives. Missing when it fails."""
    (folder / "plan.json").write_text(json.dumps(asdict(plan)), encoding="utf-8")
    npm.run(["node", RUNNER, pyodide, folder / LIBRARY, PROGRAM, folder])
