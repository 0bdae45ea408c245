"""From a graphviz drawing to an inline SVG that a page can colour.

Graphviz numbers its elements (``node1``), which would clash between two drawings on a page, and it
fixes colours and fonts. Here the ids go away and the colours become classes: what an element is
called by (``data-part``) and how it looks (``figures.css``) are then the page's business.
"""

from __future__ import annotations

import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import graphviz
from graphviz.backend import dot_command

from lomodel.figures import layers
from lomodel.figures.pinned import svg as pinned_svg
from lomodel.figures.show import escape

# The same drawing program everywhere, so that the drawings are equal everywhere.
BINARY = "graphviz-pure.exe" if sys.platform == "win32" else "graphviz-pure"
SVG = "{http://www.w3.org/2000/svg}"
KEPT = {
    "path": ("d",),
    "polygon": ("points",),
    "polyline": ("points",),
    "ellipse": ("cx", "cy", "rx", "ry"),
    "text": ("x", "y", "text-anchor", "class", "font-size"),
}
AT_THE_RIGHT = frozenset({"note"})
"""Classes of texts that end at the right edge of their box; other classes start at the left."""


@dataclass(frozen=True)
class Dress:
    """What a box shows: a class for each of its texts in order, its layer, and where it leads.

    A text of class ``sign`` is replaced by the layer's sign. ``symbol`` is the kernel name whose
    source stands at ``href``; a page that has that source itself leads there instead.
    """

    texts: Sequence[str]
    layer: str = ""
    href: str = ""
    symbol: str = ""


def program() -> Path:
    """Where the drawing program is: beside this Python, else on the path."""
    beside = Path(sys.executable).parent / BINARY
    found = beside if beside.exists() else shutil.which(BINARY)
    if found is None:
        raise FileNotFoundError(f"no {BINARY} beside Python or on the path: pip install {BINARY}")
    return Path(found)


def layout(dot: graphviz.Digraph, engine: str = "dot", pinned: bool = False) -> str:
    """Run graphviz and return its SVG as it comes; ``pinned`` keeps the positions in ``dot``.

    A web page's Python starts no program: there only what is pinned is drawn (``pinned.py``).
    """
    if sys.platform == "emscripten":
        return pinned_svg(dot.source)
    dot_command.DOT_BINARY = program()
    return dot.pipe(
        format="svg",
        engine=engine,
        encoding="utf-8",
        neato_no_op=2 if pinned else None,
    )


def inline_svg(
    drawing: str,
    title: str,
    description: str,
    dresses: dict[str, Dress] | None = None,
) -> str:
    """A graphviz SVG made fit for the inside of a page; ``dresses`` are those of its nodes.

    A drawing without links is one picture; with links it is a group of what can be reached in it.
    """
    root = ET.fromstring(re.sub(r"<!DOCTYPE[^>]*>", "", drawing, flags=re.S))
    width, height = (round(float(n)) for n in root.get("viewBox").split()[2:])
    origin = next(iter(root))
    shift = re.search(r"translate\(([^)]*)\)", origin.get("transform")).group(1)
    body = "".join(_element(child, dresses or {}) for child in origin)
    role = "group" if "<a " in body else "img"
    return (
        f'<svg class="lo-svg" role="{role}" aria-label="{escape(title)}" width="{width}" '
        f'height="{height}" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">'
        f"<desc>{escape(description)}</desc>"
        f'<g transform="translate({shift.replace(" ", ",")})">{body}</g></svg>'
    )


def _element(element: ET.Element, dresses: dict[str, Dress]) -> str:
    kind = element.tag.removeprefix(SVG)
    if kind == "g" and element.get("class", "").split()[0] in ("node", "edge"):
        return _part(element, dresses)
    if kind in ("g", "a") or element.tag.endswith("}a"):
        return "".join(_element(child, dresses) for child in element)
    return _shape(element) if kind in KEPT and element.get("stroke") != "none" else ""


def _part(group: ET.Element, dresses: dict[str, Dress]) -> str:
    name = group.findtext(f"{SVG}title")
    dress = dresses.get(name, Dress(()))
    classes = iter(dress.texts)
    shapes = [e for e in group.iter() if e.tag.removeprefix(SVG) in KEPT and e is not group]
    edges = _left_and_right(shapes)
    drawn = [
        _text(e, next(classes, ""), dress, *edges) if e.tag == f"{SVG}text" else _shape(e)
        for e in shapes
    ]
    inside = _linked(drawn, dress)
    if "node" in group.get("class") and 'class="note"' not in inside:
        inside += _empty_note(shapes, edges[1])
    return f'<g class="{escape(group.get("class"))}" data-part="{escape(name)}">{inside}</g>'


def _linked(drawn: list[str], dress: Dress) -> str:
    """A box's shapes; its frame, sign and name lead to its source, what is said of it does not."""
    if not dress.href:
        return "".join(drawn)
    end = next((n for n, shape in enumerate(drawn, 1) if 'class="name"' in shape), len(drawn))
    link = f'<a data-source="{escape(dress.symbol)}" href="{escape(dress.href)}">'
    return f"{link}{''.join(drawn[:end])}</a>{''.join(drawn[end:])}"


def _empty_note(shapes: list[ET.Element], right: float) -> str:
    """Where an explorer may write something beside a box's name."""
    y = next((e.get("y") for e in shapes if e.tag == f"{SVG}text"), "0")
    return (
        f'<text x="{right - 8:g}" y="{y}" text-anchor="end" class="note" font-size="11.5"></text>'
    )


def _left_and_right(shapes: list[ET.Element]) -> tuple[float, float]:
    outline = next((e.get("points") for e in shapes if e.get("points")), "0,0")
    across = [float(point.split(",")[0]) for point in outline.split()]
    return min(across), max(across)


def _text(element: ET.Element, cls: str, dress: Dress, left: float, right: float) -> str:
    # Graphviz measures texts in one font and a page shows them in another; a text that starts or
    # ends at the edge of its box stays inside it all the same.
    if cls == "sign":
        return layers.sign(dress.layer, left + layers.SIGN / 2, float(element.get("y")) - 4)
    if cls:
        start = left + (layers.SIGN if cls == "name" and "sign" in dress.texts else 8)
        at_end = cls in AT_THE_RIGHT
        element.set("text-anchor", "end" if at_end else "start")
        element.set("x", f"{right - 8 if at_end else start:g}")
        element.set("class", cls)
    return _shape(element)


def _shape(element: ET.Element) -> str:
    kind = element.tag.removeprefix(SVG)
    attributes = "".join(
        f' {key}="{escape(value)}"'
        for key in KEPT.get(kind, ())
        if (value := element.get(key)) is not None
    )
    text = re.sub(r"\s+x(\d+)$", r" ×\1", element.text or "")
    return f"<{kind}{attributes}>{escape(text)}</{kind}>"
