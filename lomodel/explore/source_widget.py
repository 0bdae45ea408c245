"""``source("net_gso_ok")`` in a notebook: the panel, and what reads the C while it is looked at."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import anywidget
import traitlets

from lomodel.explore import page, source_panel
from lomodel.explore.c_source import SourceError, why_not
from lomodel.explore.source_panel import Mark, Request

WHEN = "read from the tree on this machine and not stored"


class Source(anywidget.AnyWidget):
    """Panels of source. The C goes to who looks, as a message; the widget's state has none."""

    _esm = page.module()
    _css = page.stylesheet()
    _html = traitlets.Unicode().tag(sync=True)

    def __init__(self, requests: Iterable[Request]) -> None:
        self.requests = tuple(requests)
        super().__init__(_html=source_panel.element(self.requests))
        self.on_msg(self._answer)

    def _answer(self, _widget: object, content: Any, _buffers: object) -> None:
        if content == {"source": "read"}:
            self.send({"source": "".join(map(filled, self.requests))})

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**kwargs) or ({},)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return {**data, "text/html": page.wrap(self._html), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return f"<source {' '.join(request.symbol for request in self.requests)}>"


def filled(request: Request) -> str:
    """A panel with the C of this machine's tree, or with the reason why there is none."""
    if problem := why_not(request.release):
        return source_panel.panel(request, absent=f"Not shown here: {problem}.")
    try:
        return source_panel.panel(request, source_panel.read_c(request), when=WHEN)
    except SourceError as error:
        return source_panel.panel(request, absent=f"Not shown here: {error}.")


def source(
    *symbols: str,
    marks: Iterable[tuple[Mark, Mark]] = (),
    python: str | None = None,
    file: str | None = None,
    folded: bool = False,
) -> Source:
    """The model's Python beside the kernel's C, for each symbol.

    ``marks`` are pairs of places that correspond, in the Python and in the C: a text of the line,
    or the line's number in the definition, from 1. ``python`` is the model's name where it is
    another than the kernel's ("NetDevice", "Class.method"); ``file`` is the C file where several
    define the symbol. These three are of one symbol. ``folded``: each panel is, however short.
    ValueError for a symbol that the table of lines or the model has not, and for a mark that is not
    there.
    """
    marks = list(marks)
    if not symbols:
        raise ValueError("source() shows nothing: expected a symbol of the kernel")
    if len(symbols) > 1 and (marks or python or file):
        raise ValueError(f"marks, python and file are of one symbol; got {', '.join(symbols)}")
    return Source(source_panel.ask(symbol, python, file, marks, folded) for symbol in symbols)
