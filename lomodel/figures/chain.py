"""The call chain: which kernel functions ran, in which order, and what they decided.

Time runs from top to bottom, and every arrow leads from a function to one that it called. The
functions that the packet passes on its way stand on one line, as far as that can be drawn; what
else was called is set off to the right. Where another context begins, the softirq, there is a line
and no arrow. Equal sequences (the segments of a cut packet) are drawn once, with a multiplier.
"""

from __future__ import annotations

import posixpath
import textwrap
from collections.abc import Container, Iterable
from dataclasses import dataclass, field

import graphviz

from lomodel.figures.events import field_text
from lomodel.figures.graph import inline_svg, layout
from lomodel.figures.show import Figure, escape
from lomodel.figures.tree import Node, call_tree, fold, names, select
from lomodel.trace import Call, Decision, Event, brief, format_record

GOALS = frozenset({"enqueue_to_backlog", "__netif_receive_skb"})
"""Where a packet's way leads: the backlog on the way out, the protocols on the way in."""

WIDTH = 320
STEP = 20  # how far a called function is set off
GAP = 9  # between two boxes
LINE = 15  # a line of small text
HEAD = 26  # a box with a name only
BREAK = 24  # more than a gap: room for the line where another context begins
SMALL = "11.5"  # the size of small text
CHARACTER = 5.95  # the mean width of a letter of small text
LETTER = 6.8  # of a name


@dataclass(eq=False)
class Row:
    """One box of the drawing and where it stands."""

    node: Node
    x: int
    parent: Row | None
    on_the_way: bool
    width: int
    note: str = ""
    lines: list[str] = field(default_factory=list)
    y: int = 0

    @property
    def title(self) -> str:
        """The function's name; graphviz measures ASCII only, so no multiplication sign."""
        return self.node.name + (f"  x{self.node.times}" if self.node.times > 1 else "")

    @property
    def later(self) -> str:
        """When this ran, if that was in another context than the caller's; else ""."""
        apart = self.parent is not None and self.parent.node.context != self.node.context
        return self.node.context if apart else ""

    @property
    def height(self) -> int:
        """Points; a name, and a line for each remark."""
        return HEAD + LINE * len(self.lines)


def call_chain(
    trace: Iterable[Call | Decision | Event],
    hide: str | Iterable[str] = (),
    goals: str | Iterable[str] = GOALS,
    decisions: bool = True,
    events: bool = False,
    title: str = "Call chain",
) -> Figure:
    """The calls of a trace as a figure.

    ``hide`` names functions to leave out (what they called stays); ``goals`` are the functions that
    the packet's way leads to; ``decisions`` and ``events`` add a line for each condition tested and
    each tracepoint that fired.
    """
    records = list(trace)
    tree = fold(select(call_tree(records), names(hide)))
    rows = lay_out(tree, names(goals))
    for row in rows:
        row.note = _file(row)
        row.lines = _remarks(row, decisions, events)
    stack(rows)
    svg = draw(rows, title, describe(rows))
    text = "\n".join(format_record(r) for r in records)
    return Figure(f"{title}: {len(rows)} functions", f'<div class="lo-figure">{svg}</div>', text)


def describe(rows: list[Row]) -> str:
    """The drawing in words, for who cannot see it."""
    return ", then ".join(
        (f"({row.later}) " if row.later else "")
        + row.node.name
        + (f" {row.node.times} times" if row.node.times > 1 else "")
        for row in rows
    )


def _file(row: Row) -> str:
    """The function's file; without its folder where that does not fit beside the name."""
    room = row.width - 24 - LETTER * len(row.title)
    path = row.node.file
    return path if CHARACTER * len(path) <= room else posixpath.basename(path)


def _remarks(row: Row, decisions: bool, events: bool) -> list[str]:
    node = row.node
    lines = [decision_line(d) for d in node.decisions] if decisions else []
    names = dict.fromkeys(event.name for event in node.events) if events else {}
    lines += [f"tracepoint {name}" for name in names]
    room = int((row.width - 16) / CHARACTER)
    return [part for line in lines for part in textwrap.wrap(line, room, subsequent_indent="    ")]


def decision_line(decision: Decision) -> str:
    """A condition, its answer and the operands it saw, on one line."""
    answer = "yes" if decision.answer else "no"
    return f"{decision.question} {answer}: {operand_text(decision.operands)}".rstrip(": ")


def operand_text(operands: dict) -> str:
    """Operands for a reader: numbers as the kernel's sources write them (masks in hex)."""
    return ", ".join(f"{key} {operand(key, value)}" for key, value in operands.items())


def operand(key: str, value: object) -> str:
    """One operand; masks and types of masks in hexadecimal, checksum states by name."""
    if key == "ip_summed":
        return field_text(key, value)
    is_mask = isinstance(value, int) and not isinstance(value, bool)
    if is_mask and any(word in key for word in ("features", "type", "mask", "flags")):
        return hex(value)
    return brief(value)


def lay_out(tree: list[Node], goals: Container[str], width: int = WIDTH) -> list[Row]:
    """The boxes of a forest of calls, from top to bottom."""
    rows: list[Row] = []
    for node in tree:
        _place(node, None, 0, goals, rows)
    for row in rows:
        row.width = width - row.x
    stack(rows)
    return rows


def stack(rows: list[Row]) -> None:
    """Set the boxes below each other; again when their heights have changed."""
    y = 0
    for row in rows:
        y += BREAK if row.later else 0
        row.y = y
        y += row.height + GAP


def _place(node: Node, parent: Row | None, x: int, goals: Container[str], rows: list[Row]) -> None:
    row = Row(node, x, parent, any(n.name in goals for n in node.walk()), 0)
    rows.append(row)
    for child in node.children:
        _place(child, row, x + _step(node, child, goals), goals, rows)


def _step(node: Node, child: Node, goals: Container[str]) -> int:
    """A function on the packet's way, or the only one called, stands below; others to the right.

    Below stands only the last one that an arrow leads to: what stood between would be in its way.
    """
    apart = child.context != node.context
    rivals = node.children if apart else [c for c in node.children if c.context == node.context]
    on_the_way = any(n.name in goals for n in child.walk())
    return 0 if child is rivals[-1] and (on_the_way or len(rivals) == 1) else STEP


def draw(rows: list[Row], title: str, description: str, feeds: dict[Row, Row] | None = None) -> str:
    """The rows as an inline SVG; every box and arrow carries its name in ``data-part``.

    ``feeds`` adds arrows that join a box further down from the left.
    """
    dot = graphviz.Digraph(graph_attr={"splines": "line", "pad": "0.06"})
    dot.attr(
        "node", shape="box", fixedsize="true", fontname="Helvetica", fontsize=SMALL, margin="0"
    )
    dot.attr("edge", fontname="Helvetica", fontsize=SMALL)
    parts = part_names(rows)
    for row, name in zip(rows, parts, strict=True):
        dot.node(name, _label(row), **_box(row))
    by_row = {id(row): name for row, name in zip(rows, parts, strict=True)}
    for row, name in zip(rows, parts, strict=True):
        if row.parent is not None:
            dot.edge(by_row[id(row.parent)], name, **(_break(row) if row.later else _arrow(row)))
    for row, target in (feeds or {}).items():
        dot.edge(by_row[id(row)], by_row[id(target)], pos=_joining(row, target), arrowsize="0.6")
    classes = {n: _text_classes(r) for n, r in zip(parts, rows, strict=True)}
    return inline_svg(layout(dot, "neato", pinned=True), title, description, classes)


def part_names(rows: list[Row]) -> list[str]:
    """A name for every box: the function's, with a number where it is called from two places."""
    seen: dict[str, int] = {}
    parts = []
    for row in rows:
        seen[row.node.name] = number = seen.get(row.node.name, 0) + 1
        parts.append(row.node.name if number == 1 else f"{row.node.name}~{number}")
    return parts


def _kind(row: Row) -> str:
    return "way" if row.on_the_way else "side"


def _box(row: Row) -> dict[str, str]:
    """Graphviz's place and size of a box: inches, and the middle of it, upwards."""
    return {
        "pos": f"{row.x + row.width / 2},{-(row.y + row.height / 2)}",
        "width": f"{row.width / 72:.4f}",
        "height": f"{row.height / 72:.4f}",
        "class": _kind(row),
    }


def _arrow(row: Row) -> dict[str, str]:
    """From the caller down along its left edge, then right to a function that is set off."""
    x, top = row.parent.x + 12, -(row.parent.y + row.parent.height)
    y = -(row.y + HEAD / 2)
    if row.x == row.parent.x:
        points = [(x, top), (x, -row.y)]
    else:
        points = [(x, top), (x, y), (row.x, y)]
    return {"pos": _spline(points, end=points[-1]), "arrowsize": "0.6", "class": _kind(row)}


def _break(row: Row) -> dict[str, str]:
    """A line across, and when what stands below it ran: nobody above called that."""
    left, right, y = row.x, row.x + row.width, -(row.y - GAP / 2)
    line = " ".join(f"{left + (right - left) * third / 3},{y}" for third in range(4))
    middle = f"{(left + right) / 2},{y + BREAK / 2 - 1}"
    return {"pos": line, "label": row.later, "lp": middle, "dir": "none", "class": "later"}


def _joining(row: Row, target: Row) -> str:
    """From a box that is set off to the left, and down to where the target's own arrows start."""
    x, y = target.x + 12, -(row.y + HEAD / 2)
    return _spline([(row.x, y), (x, y), (x, -target.y)], end=(x, -target.y))


def _spline(points: list[tuple[float, float]], end: tuple[float, float]) -> str:
    """Straight lines as the Bezier curve that graphviz wants; the arrow head is 6 points long."""
    (x0, y0), (x1, y1) = points[-2], points[-1]
    back = 6 if abs(x1 - x0) + abs(y1 - y0) > 6 else 3
    points[-1] = (x1 - back * ((x1 > x0) - (x1 < x0)), y1 - back * ((y1 > y0) - (y1 < y0)))
    curve = [points[0]]
    for start, stop in zip(points, points[1:], strict=False):
        curve += [start, stop, stop]
    return f"e,{end[0]},{end[1]} " + " ".join(f"{x},{y}" for x, y in curve)


def _label(row: Row) -> str:
    """The box's texts as graphviz's HTML label: name and note side by side, remarks below."""
    # Small text is the node's own: a size in a label is taken for a whole number.
    note = f'<td align="right">{escape(row.note)}</td>'
    title = f'<font point-size="12"><b>{escape(row.title)}</b></font>'
    name = f'<td height="{HEAD - 4}">{title}</td>'
    lines = "".join(
        f'<tr><td colspan="2" height="{LINE}">{escape(line)}</td></tr>' for line in row.lines
    )
    table = 'border="0" cellborder="0" cellspacing="0" cellpadding="0"'
    return f"<<table {table}><tr>{name}{note if row.note else ''}</tr>{lines}</table>>"


def _text_classes(row: Row) -> list[str]:
    return ["name", *(["note"] if row.note else []), *("remark" for _ in row.lines)]
