"""Where this machine has unpacked kernel sources, and which version they are.

`LOMODEL_LINUX_6_1` and `LOMODEL_LINUX_6_12` name the directories; without them `_build/trees` of
the project and `/usr/src` are searched for a `linux-source-6.1` and a `linux-source-6.12`.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

UNPACKED = Path(__file__).resolve().parent.parent / "_build/trees"
"""Where `tools/unpack_trees.py` leaves them."""


def variable(release: str) -> str:
    """The environment variable that names the tree of a release."""
    return f"LOMODEL_LINUX_{release.replace('.', '_')}"


def find_tree(release: str) -> Path | None:
    """The unpacked tree of a release, or None."""
    named = os.environ.get(variable(release))
    places = [Path(named)] if named else []
    if not named:
        places.append(UNPACKED / f"linux-source-{release}")
        for pattern in (f"linux-source-{release}", f"*/linux-source-{release}"):
            places += Path("/usr/src").glob(pattern)
    return next((place for place in places if (place / "net/core/dev.c").is_file()), None)


def how_to_get_one(release: str) -> str:
    """What to do about a tree that is not there."""
    return f"no tree of Linux {release}: run make trees (Debian), or set {variable(release)}"


def version(tree: Path) -> str:
    """The version that a tree's Makefile says: "6.1.192". ValueError when it says none."""
    text = (tree / "Makefile").read_text(encoding="utf-8", errors="replace")
    found = [
        re.search(rf"^{part}\s*=\s*(\d+)", text, flags=re.M)
        for part in ("VERSION", "PATCHLEVEL", "SUBLEVEL")
    ]
    if None in found:
        raise ValueError(f"{tree / 'Makefile'}: expected a kernel's Makefile, with its VERSION")
    return ".".join(part.group(1) for part in found if part)


def problem(release: str) -> str:
    """Why this machine has no tree to read a release's source from, in one line; "" where it has.

    The patch level may be another than the one that the table of lines was read from.
    """
    tree = find_tree(release)
    if tree is None:
        return how_to_get_one(release)
    try:
        found = version(tree)
    except (OSError, ValueError) as error:
        return str(error)
    right = found.startswith(f"{release}.")
    return "" if right else f"{tree} is Linux {found}; expected {release}"


@cache
def lines_of(tree: Path, file: str) -> list[str] | None:
    """The lines of a file of the tree; None when the tree does not have it."""
    path = tree / file
    if not path.is_file():
        return None
    return path.read_text(encoding="utf-8", errors="replace").split("\n")
