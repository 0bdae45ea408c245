"""Where this machine has unpacked kernel sources, and what stands where in them.

`LOMODEL_LINUX_6_1` and `LOMODEL_LINUX_6_12` name the directories; without them `/usr/src` is
searched for a `linux-source-6.1` and a `linux-source-6.12` (Debian's packages of those names hold
an archive to unpack there).
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

RELEASES = ("6.1", "6.12")
OPTIONAL = ("5.15", "6.6")
"""Releases whose trees are looked at where somebody names one; no machine needs them."""
PROTOTYPE_LINES = 12


def variable(release: str) -> str:
    """The environment variable that names the tree of a release."""
    return f"LOMODEL_LINUX_{release.replace('.', '_')}"


def find_tree(release: str) -> Path | None:
    """The unpacked tree of a release, or None."""
    named = os.environ.get(variable(release))
    places = [Path(named)] if named else []
    if not named:
        for pattern in (f"linux-source-{release}", f"*/linux-source-{release}"):
            places += Path("/usr/src").glob(pattern)
    return next((place for place in places if (place / "net/core/dev.c").is_file()), None)


def how_to_get_one(release: str) -> str:
    """What to do about a tree that is not there."""
    return f"no tree of Linux {release}: unpack linux-source-{release}, or set {variable(release)}"


def version(tree: Path) -> str:
    """The version that a tree's Makefile says: "6.1.192"."""
    text = (tree / "Makefile").read_text()
    return ".".join(
        re.search(rf"^{part}\s*=\s*(\d+)", text, flags=re.M).group(1)
        for part in ("VERSION", "PATCHLEVEL", "SUBLEVEL")
    )


@cache
def lines_of(tree: Path, file: str) -> list[str] | None:
    """The lines of a file of the tree; None when the tree does not have it."""
    path = tree / file
    return path.read_text(errors="replace").split("\n") if path.is_file() else None


def definition(tree: Path, file: str, name: str) -> int | None:
    """The line, from 1, on which ``file`` defines the function or macro ``name``; None if it does
    not."""
    lines = lines_of(tree, file) or []
    macro = re.compile(rf"#\s*define\s+{re.escape(name)}\b")
    function = re.compile(rf"(?:[A-Za-z_].*\W|){re.escape(name)}\(")
    for number, line in enumerate(lines, 1):
        if macro.match(line):
            return number
        if function.match(line) and not line.startswith("EXPORT"):
            if _has_a_body("".join(lines[number - 1 : number + PROTOTYPE_LINES])):
                return number
    return None


def _has_a_body(text: str) -> bool:
    """Whether a brace comes before the semicolon that would end a prototype."""
    first = re.search(r"[{;]", text)
    return first is not None and first.group() == "{"
