"""What Python in the page is made from, by content, and whether what was built is still that.

Everything here is read from this repository: the question costs some milliseconds and no network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILT = ROOT / "_build" / "python"
PLACE = "_python"
"""Where it is in the built book."""
SOURCES = ("lomodel/**/*", "tools/python/**/*", "tools/npm.py", "pyproject.toml")
CACHES = {"__pycache__", ".ipynb_checkpoints"}


def files(patterns: Iterable[str], root: Path) -> Iterator[Path]:
    """The files below a root that are meant, in order."""
    found = {path for pattern in patterns for path in root.glob(pattern) if path.is_file()}
    yield from sorted(path for path in found if CACHES.isdisjoint(path.parts))


def hashed(patterns: Iterable[str], root: Path) -> str:
    """One hash of the names and contents of all."""
    total = hashlib.sha256()
    for path in files(patterns, root):
        data = path.read_bytes()
        total.update(f"{path.relative_to(root)} {len(data)}\n".encode())
        total.update(data)
    return total.hexdigest()


def fingerprint() -> str:
    """What Python in the page is made from, as one hash."""
    return hashed(SOURCES, ROOT)


def manifest(built: Path = BUILT) -> dict | None:
    """`python.json` of what was built; None where nothing was."""
    try:
        return json.loads((built / "python.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def is_current(built: Path = BUILT) -> bool:
    """Whether what was built is this checkout's."""
    had = manifest(built)
    return had is not None and had.get("inputs") == fingerprint()


def identity(built: Path = BUILT) -> str:
    """What the book takes in, by content; nothing where it is another checkout's."""
    if not is_current(built):
        return ""
    return hashlib.sha256((built / "python.json").read_bytes()).hexdigest()


def note(built: Path = BUILT) -> str:
    """One line about the Python that the pages have, or about why they have none."""
    if is_current(built):
        return "“Run” runs the pages' cells, in the page."
    old = "the one in _build/python is older than the book" if manifest(built) else "none was built"
    return f"The pages' cells have no “Run”: {old} (make python)."
