"""A trace's flat records as a tree of calls, with repetitions folded."""

from __future__ import annotations

from collections.abc import Collection, Container, Iterable, Iterator
from dataclasses import dataclass, field

from lomodel.trace import Call, Decision, Event

MAX_PERIOD = 4
"""The longest sequence of sibling calls that is looked for as a repetition."""

CONTEXTS = {"do_softirq": "later, in the softirq"}
"""Functions that begin another context, and how a figure says so.

What runs inside one was asked for by what had been queued, not by who happened to be running.
"""


@dataclass(slots=True)
class Node:
    """A call in the tree; ``times`` calls of the same shape are one node with many ``lens``.

    ``context`` says when it ran, if that was not at once (a value of ``CONTEXTS``).
    """

    name: str
    file: str
    lens: list[int | None] = field(default_factory=list)
    decisions: list[Decision] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    children: list[Node] = field(default_factory=list)
    times: int = 1
    context: str = ""

    def shape(self) -> tuple:
        """What two calls must have in common to be drawn as one."""
        return (
            self.name,
            self.context,
            tuple((d.question, d.answer) for d in self.decisions),
            tuple(e.name for e in self.events),
            tuple((c.shape(), c.times) for c in self.children),
        )

    def walk(self) -> Iterator[Node]:
        """This node and all below it, in order of entry."""
        yield self
        for child in self.children:
            yield from child.walk()


def call_tree(
    records: Iterable[Call | Decision | Event], shown: Container[str] | None = None
) -> list[Node]:
    """The calls of a trace as trees; decisions and events belong to the call they happened in.

    With ``shown`` only those functions are in the trees; what others called moves to their caller.
    """
    root = Node("", "")
    stack, contexts = [(-1, root)], [(-1, "")]
    for record in records:
        for opened in (stack, contexts):
            while opened[-1][0] >= record.depth:
                opened.pop()
        parent = stack[-1][1]
        if record.kind == "call":
            if record.name in CONTEXTS:
                contexts.append((record.depth, CONTEXTS[record.name]))
            if shown is None or record.name in shown:
                context = contexts[-1][1]
                node = Node(record.name, record.symbol.file, [record.len], context=context)
                parent.children.append(node)
                stack.append((record.depth, node))
        elif record.kind == "decision":
            parent.decisions.append(record)
        else:
            parent.events.append(record)
    return root.children


def select(nodes: list[Node], hide: frozenset[str]) -> list[Node]:
    """The trees without the functions in ``hide``; what those called moves up to their caller."""
    kept = []
    for node in nodes:
        node.children = select(node.children, hide)
        kept += node.children if node.name in hide else [node]
    return kept


def detach(nodes: list[Node], name: str) -> list[Node]:
    """Take the outermost calls of ``name`` out of the trees; returns them in order."""
    found = []
    for node in nodes:
        found += [c for c in node.children if c.name == name] + detach(
            [c for c in node.children if c.name != name], name
        )
        node.children = [c for c in node.children if c.name != name]
    return found


def unite(forests: Iterable[list[Node]]) -> list[Node]:
    """One forest with every call of many: equal names under equal callers are one node."""
    united: list[Node] = []
    for forest in forests:
        _unite(united, forest)
    return united


def _unite(into: list[Node], nodes: list[Node]) -> None:
    after = 0
    for node in nodes:
        kind = node.name, node.context
        same = next((n for n in into if (n.name, n.context) == kind), None)
        if same is None:
            same = Node(node.name, node.file, context=node.context)
            into.insert(after, same)
        after = into.index(same) + 1
        _unite(same.children, node.children)


def fold(nodes: list[Node]) -> list[Node]:
    """The trees with repeated runs of siblings folded into one, ``times`` counting them."""
    for node in nodes:
        node.children = fold(node.children)
    folded, at = [], 0
    while at < len(nodes):
        period, count = _longest_run(nodes, at)
        for offset in range(period):
            folded.append(_merge(nodes[at + offset : at + period * count : period]))
        at += period * count
    return folded


def _longest_run(nodes: list[Node], at: int) -> tuple[int, int]:
    """(period, count) of the repetition that covers most nodes from ``at``; (1, 1) if none."""
    best = (1, 1)
    for period in range(1, MAX_PERIOD + 1):
        pattern = [n.shape() for n in nodes[at : at + period]]
        count = 1
        while [n.shape() for n in nodes[at + period * count :][:period]] == pattern:
            count += 1
        if count > 1 and period * count > best[0] * best[1]:
            best = (period, count)
    return best


def _merge(alike: list[Node]) -> Node:
    first = alike[0]
    if len(alike) == 1:
        return first
    return Node(
        first.name,
        first.file,
        [length for node in alike for length in node.lens],
        [_merge_decisions(d) for d in zip(*(n.decisions for n in alike), strict=True)],
        [event for node in alike for event in node.events],
        [_merge(list(c)) for c in zip(*(n.children for n in alike), strict=True)],
        sum(node.times for node in alike),
        first.context,
    )


def _merge_decisions(alike: tuple[Decision, ...]) -> Decision:
    """One decision whose operands say where they ran from and to."""
    first, last = alike[0], alike[-1]
    operands = {
        key: value if value == last.operands.get(key) else f"{value}..{last.operands.get(key)}"
        for key, value in first.operands.items()
    }
    return Decision(first.question, first.answer, operands, first.depth, first.function)


def names(value: str | Iterable[str]) -> Collection[str]:
    """Names of functions as a set; one string is one name, not its letters."""
    return frozenset([value] if isinstance(value, str) else value)


def runs(values: Iterable) -> list[tuple[int, object]]:
    """Consecutive equal values with their number: [3, 3, 1] -> [(2, 3), (1, 1)]."""
    found: list[tuple[int, object]] = []
    for value in values:
        if found and found[-1][1] == value:
            found[-1] = (found[-1][0] + 1, value)
        else:
            found.append((1, value))
    return found


def lengths(values: Iterable[int | None]) -> str:
    """Lengths for a reader: ``2 × 1442, 1242``."""
    parts = [
        f"{count} × {value}" if count > 1 else str(value)
        for count, value in runs(v for v in values if v is not None)
    ]
    return ", ".join(parts if len(parts) < 5 else [*parts[:2], "…", parts[-1]])
