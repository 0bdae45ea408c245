"""What stands where in the unpacked kernel sources of this machine.

`lomodel.kernel_tree` says where they are looked for. Debian's packages hold an archive; `make
trees` installs and unpacks them where that can be done.
"""

from __future__ import annotations

import re
from pathlib import Path

from lomodel.kernel_tree import UNPACKED, find_tree, how_to_get_one, lines_of, variable, version

__all__ = ["UNPACKED", "find_tree", "how_to_get_one", "lines_of", "variable", "version"]

RELEASES = ("6.1", "6.12")
OPTIONAL = ("5.15", "6.6")
"""Releases whose trees are looked at where somebody names one; no machine needs them."""
PROTOTYPE_LINES = 12


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
