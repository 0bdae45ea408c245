"""Which cells of a notebook must have run before one of them: no more than that, in order.

Half of a chapter's cells show an explorer, a prediction or a figure, and leave nothing behind that
a later cell reads. Where a reader presses "Run", they need not run first.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Names:
    """What a cell reads, what it imports, and what else it gives a name to."""

    reads: frozenset[str]
    imports: frozenset[str]
    makes: frozenset[str]


def names_of(source: str) -> Names:
    """The names of one cell. SyntaxError where it is no Python."""
    reads, imports, makes = set(), set(), set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Name):
            (reads if isinstance(node.ctx, ast.Load) else makes).add(node.id)
            if isinstance(node.ctx, ast.Del):
                reads.add(node.id)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            imports |= {(each.asname or each.name).partition(".")[0] for each in node.names}
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            makes.add(node.name)
        elif isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
            reads.add(node.target.id)
    return Names(frozenset(reads), frozenset(imports), frozenset(makes))


def needs(sources: Sequence[str]) -> list[list[int]]:
    """For each cell the places of those that must run before it.

    A cell that reads what another has made (a machine that it sends through) may have changed it,
    and counts; one that only imports and shows counts where a later one reads its names.
    """
    cells = [names_of(source) for source in sources]
    return [_before(cells, at) for at in range(len(cells))]


def _before(cells: list[Names], at: int) -> list[int]:
    wanted, found = set(cells[at].reads), []
    for place in reversed(range(at)):
        cell = cells[place]
        made = frozenset().union(*(each.makes for each in cells[:place]))
        if (cell.reads & made) or (cell.imports | cell.makes) & wanted:
            found.append(place)
            wanted |= cell.reads
    return sorted(found)
