"""What the book quotes of the kernel's tree: no input of its own, but a change where it changes.

Light, since every run of the tests asks it.
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

from lomodel import kernel_tree
from lomodel.source_lines import QUOTED

PANEL = re.compile(r'<lo-source data-panel="([^"]*)"')


def panels(folder: Path) -> Iterator[dict[str, str]]:
    """What the panels of source in a folder's notebooks ask for: ``symbol``, ``file`` and more."""
    for path in sorted(folder.rglob("*.ipynb")):
        if ".ipynb_checkpoints" in path.parts:
            continue
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            for output in cell.get("outputs", ()):
                text = "".join(output.get("data", {}).get("text/html", ""))
                for data in PANEL.findall(text):
                    yield from json.loads(html.unescape(data))


def identity(folder: Path) -> str:
    """The tree as far as a folder's notebooks quote it: its version and those files; or no tree."""
    wanted = sorted({panel["file"] for panel in panels(folder)})
    problem = kernel_tree.problem(QUOTED)
    tree = kernel_tree.find_tree(QUOTED)
    if not wanted or problem or tree is None:
        return f"{len(wanted)} files, {problem or 'a tree'}"
    digest = hashlib.sha256(kernel_tree.version(tree).encode())
    for file in wanted:
        path = tree / file
        digest.update(f"{file}\n".encode())
        digest.update(path.read_bytes() if path.is_file() else b"")
    return digest.hexdigest()


def note(folder: Path) -> str:
    """One line where a folder's panels stay empty; "" where they do not, or there is none."""
    problem = kernel_tree.problem(QUOTED)
    if not problem or not any(panels(folder)):
        return ""
    return f"The panels of source have no C in them: {problem}."
