"""Drawings and tables where Python runs in a web page, which starts no program and is slow.

Seen red: the order of lines in a drawing not that of the boxes; an arrow's tip 0.01 further left; a
second blank left as it is; a table that is no longer looked for.
"""

from __future__ import annotations

from collections.abc import Iterator

import graphviz
import pytest

from lomodel.desk import lo_up, send
from lomodel.explore import store
from lomodel.explore.registry import declaration
from lomodel.figures import call_chain, chain, graph, pinned
from lomodel.figures.tree import call_tree

EMPTY = '<svg viewBox="0 0 1 1"><g transform="translate(0 0)"></g></svg>'


def fed() -> graphviz.Digraph:
    """A chain in which a box that calls another feeds one above it."""
    rows = chain.lay_out(call_tree(send(lo_up(), 100)), ())[:4]
    drawn = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(chain, "layout", lambda dot, *more, **how: drawn.append(dot) or EMPTY)
        chain.draw(rows, "title", "words", {rows[1]: rows[0]})
    return drawn[0]


def drawings(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, str]]:
    """Sources of drawings, and what graphviz makes of them."""
    seen = []

    def keep(dot, *more, **how) -> str:
        drawn = graph.layout(dot, *more, **how)
        seen.append((dot.source, drawn))
        return drawn

    monkeypatch.setattr(chain, "layout", keep)
    for size, gso_size in ((100, 0), (4000, 1400), (4000, 0)):
        trace = send(lo_up("6.12"), size, gso_size=gso_size) if gso_size else send(lo_up(), size)
        call_chain(trace, events=True)
        call_chain(trace, decisions=False)
        call_chain(trace, hide=("__dev_queue_xmit", "process_backlog"))
    call_chain(send(lo_up(), 100))
    keep(fed(), "neato", pinned=True)
    return iter(seen)


def dresses_of(source: str) -> dict[str, graph.Dress]:
    """Something for every text of every box, as a chain has it."""
    dresses = {}
    for name, box in pinned._read(source)[0].items():
        first, *others = box.rows
        texts = ["sign", "name", "note"][: len(first)] + ["remark" for _ in others]
        dresses[name] = graph.Dress(texts, box.kind.split()[-1], "#there", name)
    return dresses


def test_a_drawing_is_graphvizs(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0
    for source, drawn in drawings(monkeypatch):
        dresses = dresses_of(source)
        own, theirs = (
            graph.inline_svg(each, "title", "words", dresses)
            for each in (pinned.svg(source), drawn)
        )
        assert own == theirs
        compared += len(dresses)
    assert compared > 300


def test_what_has_no_places_is_no_such_drawing() -> None:
    with pytest.raises(ValueError, match="no drawing"):
        pinned.svg("digraph {\n}\n")


def test_a_ready_made_table_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    declared = declaration("lockers")
    monkeypatch.setattr(store, "HAS_TABLES", False)
    assert store.table_of(declared) is None
    monkeypatch.setattr(store, "ready_made", {"lockers": {"table": "T", "atlas": "A"}}.get)
    assert (store.table_of(declared), store.atlas_of(declared)) == ("T", "A")
