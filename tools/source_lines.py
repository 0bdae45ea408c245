"""Write the table of `lomodel/source_lines.txt` anew, from the kernel trees of this machine.

    python -m tools.source_lines

Every function of the model gets a row, rows that are there stay. A line of a release whose tree is
not here stays as it is.
"""

from __future__ import annotations

import sys

from lomodel import source_lines, trace
from tools import kernel_trees, modules

TARGET = source_lines.TABLE


def model_symbols() -> set[tuple[str, str]]:
    """(name, file) of every kernel function that the model has."""
    modules.import_all("lomodel.linux")
    return {(symbol.name, symbol.file) for symbol in trace.symbols()}


def rows() -> list[source_lines.SourceLine]:
    """The rows of the table, old and new, sorted by file and name."""
    known = {(row.symbol, row.file): row for row in source_lines.TABLE_ROWS}
    for symbol, file in model_symbols():
        if (symbol, file) not in known and (found := _new_row(symbol, file)):
            known[symbol, file] = found
    return sorted(known.values(), key=lambda row: (row.file, row.symbol))


def _new_row(symbol: str, file: str) -> source_lines.SourceLine | None:
    lines: dict[str, int] = {}
    for release in kernel_trees.RELEASES:
        tree = kernel_trees.find_tree(release)
        line = kernel_trees.definition(tree, file, symbol) if tree else None
        if line is not None:
            lines[release] = line
    return source_lines.SourceLine(symbol, file, lines) if lines else None


def main() -> int:
    """0; 1 when a tree is missing."""
    for release in kernel_trees.RELEASES:
        if kernel_trees.find_tree(release) is None:
            print(kernel_trees.how_to_get_one(release), file=sys.stderr)
            return 1
    TARGET.write_text("".join(f"{source_lines.format_row(row)}\n" for row in rows()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
