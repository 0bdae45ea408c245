"""One definition of the kernel's C, read from a tree on this machine when somebody looks at it.

tree-sitter reads C as it is written: what the preprocessor would take out is still there, and a
macro that it does not know spoils no more than its own place.
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


def tree_of(release: str = QUOTED) -> tuple[Path, str] | None:
    """The tree of a release and its version; None without one. SourceError for another release's.

    The patch level may be another than the one that the table of lines was read from.
    """
    tree = kernel_tree.find_tree(release)
    if tree is None:
        return None
    try:
        version = kernel_tree.version(tree)
    except (OSError, ValueError) as error:
        raise SourceError(str(error)) from error
    if not version.startswith(f"{release}."):
        raise SourceError(f"{tree} is Linux {version}; expected {release}")
    return tree, version


def why_not(release: str = QUOTED) -> str:
    """Why this machine can show no C of a release, in one line; "" when it can."""
    if tree_sitter is None:
        return "no tree-sitter to read C with: pip install 'lomodel[source]'"
    try:
        return "" if tree_of(release) else kernel_tree.how_to_get_one(release)
    except SourceError as error:
        return str(error)


def read(symbol: str, release: str = QUOTED, file: str | None = None) -> CSource:
    """The definition of ``symbol``; ``file`` where the table has several.

    SourceError when there is no tree of the release, or no such definition in it.
    """
    if problem := why_not(release):
        raise SourceError(problem)
    tree, version = tree_of(release) or (Path(), "")
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

    None when the file does not define it. A declaration without a body counts where there is
    nothing better.
    """
    lines = kernel_tree.lines_of(tree, file)
    if lines is None:
        return None
    word = re.compile(rf"\b{re.escape(symbol)}\b".encode())
    text = [line.encode() for line in lines]
    found = [
        (_is_prototype(item), abs(number - near), _span(item, text))
        for number, line in enumerate(text)
        for match in word.finditer(line)
        if (item := _item_at(tree / file, number, match.start())) is not None
    ]
    return min(found)[2] if found else None


@cache
def _parsed(path: Path) -> tree_sitter.Tree:
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_c.language()))
    # The same bytes as kernel_tree.lines_of has.
    return parser.parse(path.read_text(encoding="utf-8", errors="replace").encode())


def _item_at(path: Path, row: int, column: int) -> tree_sitter.Node | None:
    """What is defined by the name that stands there; None when the name is only used there."""
    end = (row, column + 1)
    name = _parsed(path).root_node.named_descendant_for_point_range((row, column), end)
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
    exported = item.text.startswith(b"EXPORT_")
    return not exported and item.start_byte + len(_head(item)) >= name.end_byte


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


def _is_prototype(item: tree_sitter.Node) -> bool:
    text = item.text
    return item.type == "declaration" and (text.startswith(b"extern") or b"(" in _head(item))


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
