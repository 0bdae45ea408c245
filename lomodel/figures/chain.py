"""The call chain: which kernel functions ran, in which order, and what they decided.

Time runs from top to bottom, and nested calls are nested: what a function called stands below it
and one step to the right, and an arrow leads there from the caller's sign. The sign says in which
layer of the kernel a function is; names lead to their source. The packet's own way has heavier
lines. Where another context begins, the softirq, there is a line across and no arrow. Equal
sequences (the segments of a cut packet) are drawn once, with a multiplier.
"""

from __future__ import annotations

import math
import posixpath
import textwrap
from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, field

import graphviz

from lomodel.figures.events import field_text
from lomodel.figures.graph import Dress, inline_svg, layout
from lomodel.figures.layers import SIGN, key, layer_keys, layer_of
from lomodel.figures.plate import plate
from lomodel.figures.show import Figure, escape
from lomodel.figures.tree import Node, call_tree, fold, names, select
from lomodel.source_lines import permalink
from lomodel.trace import Call, Decision, Event, brief, format_record

GOALS = frozenset({"enqueue_to_backlog", "__netif_receive_skb"})
"""Where a packet's way leads: the backlog on the way out, the protocols on the way in."""

HrefOf = Callable[[str], str | None]
"""Where a kernel function's source is to be seen; None where nobody knows."""

WIDTH = 320
STEP = 20  # how far a called function is set off
GAP = 7  # between two boxes
LINE = 15  # a line of small text
HEAD = 26  # a box with a name only
BREAK = 24  # more than a gap: room for the line where another context begins
SMALL = "11.5"  # the size of small text
CHARACTER = 5.95  # the mean width of a letter of small text
LETTER = 7.3  # of a name: all its letters are equally wide
HEAD_SIZE, HEAD_LENGTH = "0.7", 7  # graphviz's size of an arrow head, and points
FEED = 5  # where the line runs that joins senders to what all of them call
ANSWER = 34  # room beside a name for "yes", "no" or a number


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
    def layer(self) -> str:
        """The layer that the function belongs to."""
        return layer_of(self.node.file, self.node.context)

    @property
    def least(self) -> float:
        """The least width of the box: its sign, its name, and a short word beside it."""
        return SIGN + LETTER * len(self.title) + ANSWER

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
    href_of: HrefOf = permalink,
) -> Figure:
    """The calls of a trace as a figure.

    ``hide`` names functions to leave out (what they called stays); ``goals`` are the functions that
    the packet's way leads to; ``decisions`` and ``events`` add a line for each condition tested and
    each tracepoint that fired. ``href_of`` gives the address of a function's source, or None.
    """
    records = list(trace)
    tree = fold(select(call_tree(records), names(hide)))
    rows = lay_out(tree, names(goals))
    for row in rows:
        row.note = _file(row)
        row.lines = _remarks(row, decisions, events)
    stack(rows)
    svg = draw(rows, title, describe(rows), href_of=href_of)
    text = "\n".join(format_record(r) for r in records)
    # What scrolls can be reached by keyboard: by its links, or where it has none, itself.
    stop = "" if "<a " in svg else f' tabindex="0" role="group" aria-label="{escape(title)}, drawn"'
    body = f'<div class="lo-figure lo-chain"{stop}>{svg}</div>{legend(rows)}'
    framed = plate("Figure", title, body, origin="from a trace of the model", solid=False)
    return Figure(f"{title}: {len(rows)} functions", framed, text)


def legend(rows: list[Row], more: Iterable[tuple[str, str]] = ()) -> str:
    """What the drawing's signs mean, as far as it has them; ``more`` adds lines."""
    items = layer_keys(row.layer for row in rows)
    if any(row.on_the_way for row in rows):
        items.append(('<i class="way"></i>', "the packet's own way"))
    if any(row.parent and not row.later for row in rows):
        items.append(('<i class="called"></i>', "calls; time runs downwards"))
    if any(row.later for row in rows):
        items.append(('<i class="later"></i>', "nobody above called what follows"))
    if any(row.node.times > 1 for row in rows):
        items.append(("<b>×3</b>", "three times in a row"))
    return key([*items, *more])


def describe(rows: list[Row]) -> str:
    """The drawing in words, for who cannot see it."""
    return ", then ".join(
        (f"({row.later}) " if row.later else "")
        + row.node.name
        + (f" {row.node.times} times" if row.node.times > 1 else "")
        for row in rows
    )


def _file(row: Row) -> str:
    """The function's file; without its folder, or not at all, where it does not fit."""
    room = row.width - SIGN - 16 - LETTER * len(row.title)
    path = row.node.file
    fitting = (p for p in (path, posixpath.basename(path)) if CHARACTER * len(p) <= room)
    return next(fitting, "")


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
    """The boxes of a forest of calls, from top to bottom.

    All end at one right edge: at ``width``, or further out where a name needs the room.
    """
    rows: list[Row] = []
    for node in tree:
        _place(node, None, 0, goals, rows)
    widen(rows, width)
    stack(rows)
    return rows


def widen(rows: list[Row], width: int = WIDTH) -> None:
    """Let all boxes end at one right edge."""
    edge = max([width, *(math.ceil(row.x + row.least) for row in rows)])
    for row in rows:
        row.width = edge - row.x


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
        _place(child, row, x + _step(node, child), goals, rows)


def _step(node: Node, child: Node) -> int:
    """A called function stands one step to the right.

    What another context called starts anew below its sender, unless the sender goes on after it:
    then the sender's own line passes at the left.
    """
    return 0 if child.context != node.context and child is node.children[-1] else STEP


def draw(
    rows: list[Row],
    title: str,
    description: str,
    feeds: dict[Row, Row] | None = None,
    href_of: HrefOf = permalink,
) -> str:
    """The rows as an inline SVG; every box and arrow carries its name in ``data-part``.

    ``feeds`` adds arrows that join a box further down from the left; ``href_of`` gives the address
    that a box leads to.
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
        dot.edge(
            by_row[id(row)], by_row[id(target)], pos=_joining(row, target), arrowsize=HEAD_SIZE
        )
    dresses = {n: _dress(r, href_of) for n, r in zip(parts, rows, strict=True)}
    return inline_svg(layout(dot, "neato", pinned=True), title, description, dresses)


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
        "class": f"{_kind(row)} {row.layer}",
    }


def _arrow(row: Row) -> dict[str, str]:
    """From below the caller's sign down, then right to the function that it called."""
    x, top = row.parent.x + SIGN / 2, -(row.parent.y + row.parent.height)
    y = -(row.y + HEAD / 2)
    points = [(x, top), (x, y), (row.x, y)]
    return {"pos": _spline(points), "arrowsize": HEAD_SIZE, "class": _kind(row)}


def _break(row: Row) -> dict[str, str]:
    """A line across, and when what stands below it ran: nobody above called that."""
    left, right, y = row.x, row.x + row.width, -(row.y - GAP / 2)
    line = " ".join(f"{left + (right - left) * third / 3},{y}" for third in range(4))
    middle = f"{(left + right) / 2},{y + BREAK / 2 - 1}"
    return {"pos": line, "label": row.later, "lp": middle, "dir": "none", "class": "later"}


def _joining(row: Row, target: Row) -> str:
    """From a box's left side out, down past those that follow, and right to the target."""
    x, y, end = FEED, -(row.y + HEAD / 2), -(target.y + HEAD / 2)
    return _spline([(row.x, y), (x, y), (x, end), (target.x, end)])


def _spline(points: list[tuple[float, float]]) -> str:
    """Straight lines as the Bezier curve that graphviz wants; the last one goes right, and ends in
    an arrow head."""
    end, (x, y) = points[-1], points[-1]
    points = [*points[:-1], (x - HEAD_LENGTH, y)]
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
    sign = f'<td width="{SIGN}">o</td>'
    lines = "".join(
        f'<tr><td colspan="3" height="{LINE}">{escape(line)}</td></tr>' for line in row.lines
    )
    table = 'border="0" cellborder="0" cellspacing="0" cellpadding="0"'
    return f"<<table {table}><tr>{sign}{name}{note if row.note else ''}</tr>{lines}</table>>"


def _dress(row: Row, href_of: HrefOf) -> Dress:
    texts = ["sign", "name", *(["note"] if row.note else []), *("remark" for _ in row.lines)]
    return Dress(texts, row.layer, href_of(row.node.name) or "", row.node.name)
