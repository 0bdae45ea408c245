"""One definition of the kernel's C, read from a tree on this machine when somebody looks at it.

tree-sitter reads C as it is written: what the preprocessor would take out is still there, and a
macro that it does not know spoils no more than its own place. Braces that two branches of an #if
share do; where they hide a definition it is read again without the second branch.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from lomodel import kernel_tree
from lomodel.source_lines import QUOTED, source_line

try:
    import tree_sitter
    import tree_sitter_c
except ModuleNotFoundError:  # the model's own pages need no C
    tree_sitter = None

ITEMS = {
    "declaration",
    "enum_specifier",
    "enumerator",
    "field_declaration",
    "function_definition",
    "preproc_def",
    "preproc_function_def",
    "struct_specifier",
    "type_definition",
    "union_specifier",
}
"""The kinds of tree-sitter's nodes that define something."""

PARAMETERS = {"argument_list", "parameter_list"}

DIRECTIVE = re.compile(r"\s*#\s*(if|ifdef|ifndef|else|elif|endif)\b")
LICENCE = re.compile(r"SPDX-License-Identifier:\s*(.*?)\s*(?:\*/)?$")
LICENCE_LINES = 3
DEFAULT_LICENCE = "GPL-2.0"
"""The kernel's own, which holds for a file that names none (its COPYING)."""


class SourceError(ValueError):
    """C that was asked for and is not there as it should be."""


@dataclass(frozen=True)
class CSource:
    """A definition: its lines, without their ends, and where they are from.

    ``first`` is the number of the first line in ``file``, from 1; ``version`` is the tree's;
    ``licence`` is what the file says of itself.
    """

    symbol: str
    file: str
    first: int
    lines: tuple[str, ...]
    version: str
    licence: str


def why_not(release: str = QUOTED) -> str:
    """Why this machine can show no C of a release, in one line; "" where it can."""
    if tree_sitter is None:
        return "no tree-sitter to read C with: pip install 'lomodel[source]'"
    return kernel_tree.problem(release)


def read(symbol: str, release: str = QUOTED, file: str | None = None) -> CSource:
    """The definition of ``symbol``; ``file`` where the table has several.

    SourceError when there is no tree of the release, or no such definition in it.
    """
    tree = kernel_tree.find_tree(release)
    if (problem := why_not(release)) or tree is None:
        raise SourceError(problem)
    version = kernel_tree.version(tree)
    place = source_line(symbol, release, file)
    if place is None:
        raise SourceError(f"{symbol!r} has no line for {release} in lomodel/source_lines.txt")
    span = definition(tree, *place, symbol)
    lines = kernel_tree.lines_of(tree, place[0])
    if span is None or lines is None:
        raise SourceError(f"Linux {version} does not define {symbol!r} in {place[0]}")
    first, last = span
    return CSource(
        symbol, place[0], first, tuple(lines[first - 1 : last]), version, _licence(lines)
    )


def _licence(lines: list[str]) -> str:
    found = filter(None, map(LICENCE.search, lines[:LICENCE_LINES]))
    return next((match.group(1) for match in found), DEFAULT_LICENCE)


def definition(tree: Path, file: str, near: int, symbol: str) -> tuple[int, int] | None:
    """The first and the last line, from 1, of the definition of ``symbol`` closest to ``near``.

    None when the file does not define it. A declaration without a body counts where it stands on
    the line ``near`` itself, or where there is nothing better.
    """
    lines = kernel_tree.lines_of(tree, file)
    if lines is None:
        return None
    text = "\n".join(lines)
    found = _found(text, near, symbol)
    if not found or min(found)[0]:
        found += _found(first_branches(text), near, symbol)
    return min(found)[2] if found else None


def _found(text: str, near: int, symbol: str) -> list[tuple[int, int, tuple[int, int]]]:
    """Rank, distance and lines of everything in a file that the name may be."""
    word = re.compile(rf"\b{re.escape(symbol)}\b".encode())
    lines = [line.encode() for line in text.split("\n")]
    return [
        (_rank(item) if number != near else 0, abs(number - near), _span(item, lines))
        for number, line in enumerate(lines, 1)
        for match in word.finditer(line)
        if (item := _item_at(text, number - 1, match.start())) is not None
    ]


def first_branches(text: str) -> str:
    """A file of as many lines, with every first branch of an #if and without the conditions."""
    kept: list[str] = []
    hidden: list[bool] = []
    for line in text.split("\n"):
        match = DIRECTIVE.match(line)
        directive = match.group(1) if match else ""
        if directive.startswith("if"):
            hidden.append(False)
        elif directive == "endif" and hidden:
            hidden.pop()
        elif directive and hidden:
            hidden[-1] = True
        kept.append("" if directive or any(hidden) else line)
    return "\n".join(kept)


@cache
def _parsed(text: str) -> tree_sitter.Tree:
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_c.language()))
    return parser.parse(text.encode())


def _item_at(text: str, row: int, column: int) -> tree_sitter.Node | None:
    """What is defined by the name that stands there; None when the name is only used there."""
    end = (row, column + 1)
    name = _parsed(text).root_node.named_descendant_for_point_range((row, column), end)
    for node in _upwards(name):
        if node.type in PARAMETERS:
            return None
        if node.type in ITEMS:
            return node if _defines(node, name) else None
    return None


def _upwards(node: tree_sitter.Node | None) -> Iterator[tree_sitter.Node]:
    while node is not None:
        yield node
        node = node.parent


def _defines(item: tree_sitter.Node, name: tree_sitter.Node) -> bool:
    """Whether ``name`` stands in the head of the item, where what is defined is named."""
    return item.start_byte + len(_head(item)) >= name.end_byte


def _head(item: tree_sitter.Node) -> bytes:
    """What comes before a body or a value: of a macro its name, else all up to "{" or "=".

    A typedef has its name at its end.
    """
    if item.type == "type_definition":
        return item.text
    named = item.child_by_field_name("name")
    if named is not None:
        return item.text[: named.end_byte - item.start_byte]
    return re.split(rb"[{=]", item.text, maxsplit=1)[0]


def _rank(item: tree_sitter.Node) -> int:
    """0 for a definition, 1 for a declaration only, 2 for a member of the name."""
    if item.type == "field_declaration":
        return 2
    head = _head(item)
    return int(item.type == "declaration" and (head.startswith(b"extern") or b"(" in head))


def _span(item: tree_sitter.Node, text: list[bytes]) -> tuple[int, int]:
    """The item's lines, with the parts of its head that tree-sitter takes for something else."""
    first, last = item.start_point[0], item.end_point[0]
    if item.end_point[1] == 0 or item.type.startswith("preproc") and not text[last].strip():
        last -= 1
    while first and item.type != "enumerator" and _goes_on(text[first - 1], item):
        first -= 1
    return first + 1, last + 1


def _goes_on(line: bytes, item: tree_sitter.Node) -> bool:
    """Whether a line above an item's first is a part of it: "asmlinkage __visible", say."""
    return re.fullmatch(rb"[A-Za-z_][\w \t*]*", line) is not None and item.start_point[1] == 0
