"""Pyodide's list of packages (`pyodide-lock.json`), made from wheels that lie beside it.

With it `import lomodel` loads our wheel, and what a package needs comes along; no index is asked.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from tools.npm import sha256
from tools.python.wheels import Wheel


def entry(wheel: Wheel, needs: Iterable[str]) -> dict[str, Any]:
    """What the list says of one wheel."""
    return {
        "name": wheel.name,
        "version": wheel.version,
        "file_name": wheel.path.name,
        "install_dir": "site",
        "sha256": sha256(wheel.path),
        "package_type": "package",
        "imports": list(wheel.imports),
        "depends": sorted(needs),
    }


def lock(
    pyodide: Path, wheels: Iterable[Wheel], more: Mapping[str, Iterable[str]] | None = None
) -> dict[str, Any]:
    """The whole list. `pyodide` is npm's unpacked package.

    A wheel's needs are what it says, as far as there are wheels of them; `more` names further ones,
    by package, for what a page wants of it (our wheel needs nothing but Python, a page figures).
    """
    named = {wheel.name: wheel for wheel in wheels}
    info = json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))["info"]
    packages = {}
    for name in sorted(named):
        needs = {*named[name].needs, *(more or {}).get(name, ())} & named.keys()
        packages[name] = entry(named[name], needs - {name})
    return {"info": info, "packages": packages}


def write(path: Path, value: dict[str, Any]) -> None:
    """The list as a file, the same from the same list."""
    path.write_text(json.dumps(value, indent=1, sort_keys=True) + "\n", encoding="utf-8")
