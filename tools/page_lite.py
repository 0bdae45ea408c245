"""JupyterLite as the book takes it in: what ``make python`` has left in ``_build/lite``.

Light, since every run of the tests asks it. It is taken in where what it was built from is still
what this checkout has: it holds the book's own model. Its Python is the one of the pages' cells
(`tools.python.inputs`), which must be there, too.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import nbformat

from tools.python import inputs

ROOT = Path(__file__).resolve().parent.parent
BUILT = ROOT / "_build" / "lite"
STAMP = "made_from.txt"
INPUTS = (
    "lomodel/**/*",
    "tools/python/**/*",
    "tools/npm.py",
    "pyproject.toml",
    "requirements-python.txt",
)


def made_from(root: Path = ROOT) -> str:
    """The hash of everything that it is built from."""
    return inputs.hashed(INPUTS, root)


def current(built: Path = BUILT) -> bool:
    """Whether there is one, of this checkout."""
    stamp = built / STAMP
    same = stamp.is_file() and stamp.read_text(encoding="utf-8") == made_from()
    return same and inputs.is_current()


def identity(built: Path = BUILT) -> str:
    """What is taken in, by content: another build is a change of the book."""
    if not current(built):
        return ""
    digest = hashlib.sha256()
    for path in sorted(path for path in built.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(built)} {path.stat().st_size}\n".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def note(built: Path = BUILT) -> str:
    """One line about how the pages open as notebooks, or why they do not."""
    if current(built):
        return "“Open as notebook” opens JupyterLite, where the pages are served (make serve)."
    old = "it is older than the model" if (built / STAMP).is_file() else "none was built"
    return f"The pages have no “Open as notebook”: {old} (make python)."


def edition(text: str) -> str:
    """The name of a notebook's present state: what a copy was made from can be told by it."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def served(text: str) -> str:
    """A notebook as JupyterLite gets it.

    It has the name of its edition, which a saved copy keeps; and its outputs may be alive: they are
    the book's, from the book's own host.
    """
    # A text in many lines as one: JupyterLite leaves to the file what Jupyter's server would do.
    notebook = nbformat.reads(text, as_version=4)
    notebook.metadata.lomodel = {"edition": edition(text)}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.metadata.trusted = True
    return json.dumps(notebook, ensure_ascii=False, separators=(",", ":"))
