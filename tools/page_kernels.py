"""The kernels that the built book takes in: what ``make kernel`` has left in ``_kernel/``.

Light, since every run of the tests asks it. A kernel is taken in where what it was built from is
still what this checkout has: its state holds the book's own model and player.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

from tools.kernel.inputs import BUILT, changed

SAID = ("version", "bits", "limits")
"""What a page is told of a kernel; the rest of `kernel.json` is for its program."""

OLD = (
    "The kernel that was built for this book is older than the book's model: “make kernel”, "
    "then “make book”, renew it."
)


def built(root: Path = BUILT) -> list[Path]:
    """The folders of kernels that have been built, oldest release first."""
    found = [path.parent for path in root.glob("*/kernel.json")]
    return sorted(found, key=lambda path: [int(part) for part in path.name.split(".")])


def current(root: Path = BUILT) -> list[Path]:
    """Those that are taken in."""
    return [folder for folder in built(root) if not changed(folder)]


def told(root: Path = BUILT) -> dict[str, Any]:
    """What a page is told: its ``kernels`` by release, or ``why`` it has none; nothing at all where
    none was built."""
    kernels = {folder.name: _read(folder) for folder in current(root)}
    if kernels:
        return {"kernels": kernels}
    return {"why": OLD} if built(root) else {}


def _read(folder: Path) -> dict[str, Any]:
    whole = json.loads((folder / "kernel.json").read_text(encoding="utf-8"))
    return {name: whole[name] for name in SAID if name in whole}


def identity(root: Path = BUILT) -> str:
    """What is taken in, by content: another state is a change of the book."""
    digest = hashlib.sha256(json.dumps(told(root)).encode())
    for folder in current(root):
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            digest.update(f"{path.relative_to(root)} {path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()


def note(root: Path = BUILT) -> str:
    """One line about the kernel that the pages have, or about why they have none."""
    if releases := [folder.name for folder in current(root)]:
        return f"“Ask the kernel” asks Linux {' and '.join(releases)}, in the page."
    old = "the one in _kernel/ is older than the model" if built(root) else "none was built"
    return f"“Ask the kernel” has no kernel to ask: {old} (make kernel)."
