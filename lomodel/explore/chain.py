"""The figure of an explorer of a trace: all functions that some state passes, and what one lights.

A state's own calls are a tree; all states' trees united are what the figure is drawn from. A part
of the figure is known by its path: names and contexts of its callers and its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field

from lomodel.figures.chain import (
    GOALS,
    STEP,
    HrefOf,
    Row,
    draw,
    lay_out,
    legend,
    part_names,
    widen,
)
from lomodel.figures.tree import Node, call_tree, detach, unite
from lomodel.source_lines import permalink
from lomodel.trace import Call, Decision, Event, Trace

Path = tuple[tuple[str, str], ...]
"""The name and context of each caller, and of the function itself."""
Record = Call | Decision | Event
Forest = tuple[tuple[str, str, str, "Forest"], ...]
"""Calls as plain data: name, file, context and what was called."""

SENDER_STEP = 14
"""How far, in points, the senders' boxes are set off: their arrows come out on the left."""

NOT_PASSED = ('<i class="off"></i>', "not passed in this state")


@dataclass(frozen=True, kw_only=True)
class Chain:
    """Which functions the figure has.

    * ``roots``: where the ways begin that it shows; ``shows``: what of them is drawn below.
    * ``senders``: functions above the first root, drawn as boxes that lead to it.
    * ``flat``: functions whose callees are drawn directly below them, however deep they are called
      (IPv4 and IPv6 take different ways to the same place); inside ``ends`` they are drawn alone.
    * ``answers``: functions that answer yes or no; their first answer is shown.
    * ``href_of``: where a function's source is to be seen.
    * ``notes``: a word for a function of which there is more to say, by the name of a function
      above it and its own.
    """

    roots: tuple[str, ...]
    shows: Collection[str]
    senders: tuple[str, ...] = ()
    flat: Collection[str] = ()
    ends: Collection[str] = ("__netif_receive_skb",)
    answers: Collection[str] = ()
    notes: dict[tuple[str, str], str] = field(default_factory=dict)
    goals: Collection[str] = GOALS
    href_of: HrefOf = permalink
    title: str = "Call chain of a packet on lo"
    description: str = (
        "From the sender to the backlog: the functions that a packet passes. Those set off to the "
        "right are asked or called on the way."
    )

    def tree(self, trace: Iterable[Record]) -> list[Node]:
        """A trace as the figure shows it: the senders, and the ways from the roots."""
        shown = {*self.senders, *self.roots, *self.shows}
        above = call_tree((r for r in trace if r.kind == "call"), shown)
        ways = [n for root in self.roots for n in _ways(above, root)]
        senders = [n for node in above if node.name not in self.roots for n in node.walk()]
        for node in senders:
            node.children = []
        return [*senders, *(self._flatten(way) for way in ways)]

    def _flatten(self, node: Node, ended: bool = False) -> Node:
        ended = ended or node.name in self.ends
        if node.name in self.flat:
            inside = [n for n in node.walk() if n is not node and n.name not in self.answers]
            node.children = [] if ended else [Node(n.name, n.file) for n in inside]
        for child in node.children:
            self._flatten(child, ended)
        return node

    def lit(self, trace: Trace) -> dict[Path, str]:
        """The parts that the trace passed through, each with its note ("" for none)."""
        counts: dict[Path, int] = {}
        for path in paths(self.tree(trace)):
            counts[path] = counts.get(path, 0) + 1
        answers = self._answers(trace)
        return {p: answers.get(p[-1][0]) or self._note(p, count) for p, count in counts.items()}

    def _answers(self, trace: Trace) -> dict[str, str]:
        """What the functions of ``answers`` said first: a later caller may ask them again."""
        found: dict[str, str] = {}
        for call in trace:
            if isinstance(call, Call) and call.name in self.answers:
                found.setdefault(call.name, "yes" if call.result else "no")
        return found

    def _note(self, path: Path, count: int) -> str:
        *callers, own = (name for name, _ in path)
        for (above, name), note in self.notes.items():
            if own == name and above in callers:
                return note
        return f"×{count}" if count > 1 else ""

    def union(self, forests: Iterable[Forest]) -> list[Node]:
        """The trees of many traces as one, in the order of senders and roots."""
        order = (*self.senders, *self.roots)
        united = unite(thaw(forest) for forest in forests)
        return sorted(united, key=lambda node: order.index(node.name))

    def parts(self, union: list[Node]) -> dict[Path, str]:
        """The figure's name for every part."""
        names = part_names(lay_out(union, self.goals))
        return dict(zip(paths(union), names, strict=True))

    def draw(self, union: list[Node]) -> str:
        """The figure as SVG, and its legend."""
        rows = lay_out(union, self.goals)
        senders = [row for row in rows if row.node.name in self.senders]
        for row in rows if senders else ():
            row.x += SENDER_STEP if row in senders else SENDER_STEP + STEP
        widen(rows)
        svg = draw(
            rows, self.title, self.description, self._feeds(rows, senders), href_of=self.href_of
        )
        return svg + legend(rows, [NOT_PASSED])

    def _feeds(self, rows: list[Row], senders: list[Row]) -> dict[Row, Row]:
        first = next((row for row in rows if row.node.name in self.roots), None)
        return {} if first is None else dict.fromkeys(senders, first)


def _ways(above: list[Node], root: str) -> list[Node]:
    """The outermost calls of ``root``, taken out of the trees."""
    return [n for n in above if n.name == root] + detach(above, root)


def paths(nodes: list[Node], above: Path = ()) -> Iterator[Path]:
    """The path of every call, in order of entry."""
    for node in nodes:
        path = (*above, (node.name, node.context))
        yield path
        yield from paths(node.children, path)


def freeze(nodes: list[Node]) -> Forest:
    """Trees as plain data that can be compared, hashed and stored."""
    return tuple((n.name, n.file, n.context, freeze(n.children)) for n in nodes)


def thaw(forest: Forest) -> list[Node]:
    """``freeze`` undone; takes lists, too, which is what JSON makes of tuples."""
    return [
        Node(name, file, context=context, children=thaw(children))
        for name, file, context, children in forest
    ]
