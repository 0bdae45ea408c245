"""Every state's outcome in a few kilobytes.

A state has many slots (a counter, a part's note, ...). A slot depends on few of the controls, on
fewer once the packet is chosen. So each slot is a decision diagram: a node asks one control and
leads to a node for each of its points; where all lead to the same place there is no node. Equal
diagrams and equal values are stored once, across all slots.

In the table, ``nodes[i]`` is ``[axis, child, ...]``; a child is the number of an earlier node, or
``-1 - v`` for ``values[v]``. ``slots`` maps a slot's name to where its diagram starts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from typing import Any

from lomodel.explore.controls import Control

Table = dict[str, Any]
Run = Callable[[dict[str, Any]], dict[str, Any]]


class _Store:
    """Values and nodes, each kept once."""

    def __init__(self) -> None:
        self.values: dict[tuple[type, Any], int] = {}
        self.nodes: dict[tuple[int, ...], int] = {}

    def leaf(self, value: Any) -> int:
        # 1, True and 1.0 are equal keys in Python and different words on a page.
        key = (type(value), value)
        return -1 - self.values.setdefault(key, len(self.values))

    def node(self, axis: int, children: tuple[int, ...]) -> int:
        if len(set(children)) == 1:
            return children[0]
        return self.nodes.setdefault((axis, *children), len(self.nodes))


def states(controls: Sequence[Control]) -> Iterator[dict[str, Any]]:
    """Every combination of the controls' points; the last control varies fastest."""
    names = [control.name for control in controls]
    for values in product(*(control.points for control in controls)):
        yield dict(zip(names, values, strict=True))


def build(controls: Sequence[Control], run: Run) -> Table:
    """The table of every state: ``run`` is called once for each."""
    return encode(controls, map(run, states(controls)))


def encode(controls: Sequence[Control], outcomes: Iterable[dict[str, Any]]) -> Table:
    """The table of outcomes that come in the order of ``states``."""
    sizes = [len(control.points) for control in controls]
    store = _Store()
    absent = store.leaf(None)
    columns: dict[str, list[int]] = {}
    for number, outcome in enumerate(outcomes):
        for slot, value in outcome.items():
            column = columns.get(slot)
            if column is None:
                column = columns[slot] = [absent] * number
            column.append(store.leaf(value))
        for column in columns.values():
            if len(column) == number:
                column.append(absent)
    slots = {slot: _reduce(store, column, sizes) for slot, column in sorted(columns.items())}
    return {
        "values": [value for _, value in store.values],
        "nodes": [list(node) for node in store.nodes],
        "slots": slots,
    }


def _reduce(store: _Store, column: list[int], sizes: list[int]) -> int:
    """A column of leaves, one for each state, as a diagram; the last control varies fastest."""
    for axis in reversed(range(len(sizes))):
        size = sizes[axis]
        column = [
            store.node(axis, tuple(column[at : at + size])) for at in range(0, len(column), size)
        ]
    return column[0]


def look_up(table: Table, position: Sequence[int]) -> dict[str, Any]:
    """The slots of the state at ``position`` (the number of each control's point)."""
    return {
        slot: value
        for slot, start in table["slots"].items()
        if (value := _follow(table, start, position)) is not None
    }


def _follow(table: Table, at: int, position: Sequence[int]) -> Any:
    while at >= 0:
        axis, *children = table["nodes"][at]
        at = children[position[axis]]
    return table["values"][-1 - at]
