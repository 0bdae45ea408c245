"""What graphviz draws where every place is given, for a Python that can start no program.

A call chain (``chain.py``) has reckoned every place itself; graphviz moves the whole into the
corner and writes it down as SVG. In a web page this module does so. It knows what a chain consists
of and no more: boxes with a table of texts, lines with right angles that end in an arrow head to
the right, and lines across with a label. Tests hold it to graphviz, drawing by drawing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape

from lomodel.figures.show import escape

PAD = 4.32  # points around the whole: graphviz's pad, 0.06 inch
ASCENT = 0.3  # of a font's size: from the middle of a label down to its line
TIP, HEAD, HALF = 1.5136, 7.0, 2.45  # an arrow head: short of its end, long, and half as wide
NAME, SMALL, REMARK, LINE = 15.6, 17.6, 36.1, 15.0  # from a box's top down to its texts

STATEMENT = re.compile(r'^\t("[^"]*"|[^\s"]+)(?: -> ("[^"]*"|[^\s"]+))? \[(.*)\]$', re.M)
VALUE = re.compile(r'(\w+)=(<<.*?>>|"[^"]*"|[^\s\]]+)')
CELL = re.compile(r"<td[^>]*>(.*?)</td>")
ROW = re.compile(r"<tr>(.*?)</tr>")
TAG = re.compile(r"<[^>]*>")
Point = tuple[float, float]


@dataclass(frozen=True)
class Box:
    """A node: the middle of it, upwards, its size, and its texts row by row."""

    name: str
    kind: str
    at: Point
    size: Point
    rows: list[list[str]]

    @property
    def corners(self) -> list[Point]:
        """Right above first, to the left around."""
        (x, y), (width, height) = self.at, self.size
        right, left, top, low = x + width / 2, x - width / 2, y + height / 2, y - height / 2
        return [(right, top), (left, top), (left, low), (right, low)]


@dataclass(frozen=True)
class Line:
    """An edge: where it goes, where its arrow ends if it has one, its label and where that is."""

    start: str
    end: str
    kind: str
    curve: list[Point]
    tip: Point | None
    label: str
    label_at: Point | None


def svg(source: str) -> str:
    """The SVG of a drawing in which every place is given, as graphviz would write it.

    ValueError for what is no such drawing.
    """
    boxes, lines = _read(source)
    points = [point for box in boxes.values() for point in box.corners]
    points += [point for line in lines for point in line.curve]
    xs, ys = zip(*points, strict=True)
    place = _Place(min(xs), min(ys))
    width, height = (max(each) - min(each) for each in (xs, ys))
    size = f"{round(width + 2 * PAD)}.00 {round(height + 2 * PAD)}.00"
    return (
        f'<svg viewBox="0.00 0.00 {size}" xmlns="http://www.w3.org/2000/svg">'
        f'<g transform="scale(1 1) rotate(0) translate({PAD} {_number(height + PAD)})">'
        f"{''.join(_parts(boxes, lines, place))}</g></svg>"
    )


def _read(source: str) -> tuple[dict[str, Box], list[Line]]:
    boxes: dict[str, Box] = {}
    lines = []
    for start, end, values in STATEMENT.findall(source):
        given = {key: value.strip('"') for key, value in VALUE.findall(values)}
        if end:
            lines.append(_line(start.strip('"'), end.strip('"'), given))
        elif start not in ("graph", "node", "edge"):
            boxes[start.strip('"')] = _box(start.strip('"'), given)
    if not boxes:
        raise ValueError("no drawing with given places")
    return boxes, lines


def _box(name: str, given: dict[str, str]) -> Box:
    (at,) = _points(given["pos"])
    rows = [
        [unescape(TAG.sub("", cell)) for cell in CELL.findall(row)]
        for row in ROW.findall(given["label"])
    ]
    size = (float(given["width"]) * 72, float(given["height"]) * 72)
    return Box(name, given["class"], at, size, rows)


def _line(start: str, end: str, given: dict[str, str]) -> Line:
    head, _, rest = given["pos"].partition(" ")
    arrow = head.startswith("e,")
    curve = _points(rest if arrow else given["pos"])
    tip = _points(head.removeprefix("e,"))[0] if arrow else None
    label_at = _points(given["lp"])[0] if "lp" in given else None
    return Line(start, end, given.get("class", ""), curve, tip, given.get("label", ""), label_at)


def _points(text: str) -> list[Point]:
    pairs = (pair.split(",") for pair in text.split())
    return [(float(x), float(y)) for x, y in pairs]


@dataclass(frozen=True)
class _Place:
    """The corner that becomes the origin; SVG counts downwards."""

    left: float
    low: float

    def __call__(self, point: Point) -> Point:
        return point[0] - self.left, self.low - point[1]

    def text(self, point: Point) -> str:
        return "{},{}".format(*map(_number, self(point)))


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _parts(boxes: dict[str, Box], lines: list[Line], place: _Place) -> Iterator[str]:
    """Each box, then the lines that start there, each after the box where it ends.

    A box's lines come in the order of the boxes that they lead to.
    """
    order = list(boxes)
    lines = sorted(lines, key=lambda line: order.index(line.end))
    drawn = set()
    for name, box in boxes.items():
        if name not in drawn:
            drawn.add(name)
            yield _drawn_box(box, place)
        for line in (line for line in lines if line.start == name):
            if line.end not in drawn:
                drawn.add(line.end)
                yield _drawn_box(boxes[line.end], place)
            yield _drawn_line(line, place)


def _group(kind: str, name: str, inside: str) -> str:
    return f'<g class="{escape(kind)}"><title>{escape(name)}</title>{inside}</g>'


def _drawn_box(box: Box, place: _Place) -> str:
    corners = [place.text(point) for point in box.corners]
    outline = " ".join([*corners, corners[0]])
    x, top = place(box.corners[1])
    texts = "".join(
        _text("start", x, top + down, size, words) for down, size, words in _texts(box.rows)
    )
    return _group(f"node {box.kind}", box.name, f'<polygon points="{outline}"/>{texts}')


def _texts(rows: list[list[str]]) -> Iterator[tuple[float, str, str]]:
    """How far down each text's line is, its size, and its words."""
    first, *others = rows
    for number, words in enumerate(first):
        yield (NAME, "12.00", words) if number == 1 else (SMALL, "11.50", words)
    for number, (words,) in enumerate(others):
        yield REMARK + LINE * number, "11.50", words


def _text(anchor: str, x: float, y: float, size: str, words: str) -> str:
    kept = re.sub(r"(?<= ) ", "\N{NO-BREAK SPACE}", words)
    return (
        f'<text text-anchor="{anchor}" x="{_number(x)}" y="{_number(y)}" font-size="{size}">'
        f"{escape(kept)}</text>"
    )


def _drawn_line(line: Line, place: _Place) -> str:
    first, *rest = (place.text(point) for point in line.curve)
    inside = f'<path d="M{first}C{" ".join(rest)}"/>'
    if line.tip:
        x, y = place(line.tip)
        back, tip = _number(x - TIP - HEAD), _number(x - TIP)
        above, below = _number(y - HALF), _number(y + HALF)
        head = f"{back},{above} {tip},{_number(y)} {back},{below} {back},{above}"
        inside += f'<polygon points="{head}"/>'
    if line.label_at:
        x, y = place(line.label_at)
        inside += _text("middle", x, y + ASCENT * 11.5, "11.50", unescape(line.label))
    return _group(f"edge {line.kind}".strip(), f"{line.start}->{line.end}", inside)
