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
    not. What only a kernel for one CPU has counts where there is nothing else."""
    lines = lines_of(tree, file) or []
    single = for_one_cpu(lines)
    many = ["" if number in single else line for number, line in enumerate(lines, 1)]
    return _definition(many, name) or _definition(lines, name)


def _definition(lines: list[str], name: str) -> int | None:
    macro = re.compile(rf"#\s*define\s+{re.escape(name)}\b")
    function = re.compile(rf"(?:[A-Za-z_].*\W|){re.escape(name)}\(")
    for number, line in enumerate(lines, 1):
        if macro.match(line):
            return number
        if function.match(line) and not line.startswith("EXPORT"):
            if _has_a_body("".join(lines[number - 1 : number + PROTOTYPE_LINES])):
                return number
    return None


ONE_CPU = re.compile(r"NR_CPUS\s*==\s*1\b|ifndef\s+CONFIG_SMP\b|!\s*defined\(CONFIG_SMP\)")
MORE_CPUS = re.compile(r"ifdef\s+CONFIG_SMP\b|if\s+defined\(CONFIG_SMP\)\s*$|NR_CPUS\s*>\s*1\b")
DIRECTIVE = re.compile(r"\s*#\s*(if|ifdef|ifndef|else|elif|endif)\b")


def for_one_cpu(lines: list[str]) -> set[int]:
    """The numbers, from 1, of the lines that only a kernel for one CPU has: no distribution's."""
    found: set[int] = set()
    branches: list[tuple[str, bool]] = []
    for number, line in enumerate(lines, 1):
        match = DIRECTIVE.match(line)
        directive = match[1] if match else ""
        if directive.startswith("if"):
            branches.append((line, bool(ONE_CPU.search(line))))
        elif directive == "endif" and branches:
            branches.pop()
        elif directive and branches:
            opened = branches[-1][0]
            branches[-1] = opened, directive == "else" and bool(MORE_CPUS.search(opened))
        elif any(single for _, single in branches):
            found.add(number)
    return found


def _has_a_body(text: str) -> bool:
    """Whether a brace comes before the semicolon that would end a prototype."""
    first = re.search(r"[{;]", text)
    return first is not None and first.group() == "{"
