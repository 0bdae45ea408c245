"""A small explorer for testing the engine: how a cake is cut. No networks here."""

from __future__ import annotations

from typing import Any

from lomodel.explore import Choice, Declaration, Outcome, Range, Switch
from lomodel.explore.declaration import Question
from lomodel.figures.chain import draw, lay_out
from lomodel.figures.tree import Node


def outcome(controls: dict[str, Any]) -> Outcome:
    """Cuts the cake into pieces of at most ``piece`` if there is a knife."""
    size, piece = controls["size"], controls["piece"]
    cut = controls["knife"] and piece is not None and size > piece
    blocks = [(size // piece, piece), (1, size % piece)] if cut else [(1, size)]
    blocks = [(count, length) for count, length in blocks if count and length]
    pieces = sum(count for count, _ in blocks)
    parts = {"bake": "", "serve": f"×{pieces}"} | ({"slice": "yes"} if cut else {})
    return Outcome(
        f"{pieces} pieces <with cream>" if controls["cream"] else f"{pieces} pieces",
        values={"pieces": pieces, "grams": size},
        parts=parts,
        decisions={} if piece is None else {"cut?": ("yes" if cut else "no", f"size {size}")},
        helps={"size": f"{size} grams serve {size // 50}."}
        | ({"knife": "It is clean."} if cut else {}),
        notes={} if controls["knife"] else {"knife": "blunt"},
        strips={"plate": blocks},
    )


def figure() -> str:
    """bake -> slice, serve."""
    children = [Node("slice", "cut.c"), Node("serve", "serve.c")]
    return draw(
        lay_out([Node("bake", "bake.c", children=children)], frozenset({"serve"})),
        "Cutting a cake",
        "Bake, slice, serve",
    )


DEMO = Declaration(
    name="demo",
    title="A cake",
    intro="How a cake is cut & served.",
    controls=[
        Choice("piece", "Piece", {None: "whole", 100: "100 g", 333: "333 g"}, initial=100),
        Range("size", "Size", (100, 500, 999, 1000), unit="g", initial=500, limits=(50, 2000)),
        Switch("knife", "knife", help="Without it nothing is cut."),
        Switch("cream", "cream", initial=False),
    ],
    outcome=outcome,
    figure=figure,
    values={"pieces": "pieces", "grams": "grams"},
    questions=lambda: [Question("cut?", "slice", "Is it too big?")],
    strips={"plate": "on the plate"},
)
