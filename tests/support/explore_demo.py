"""A small explorer for testing the engine: how a cake is cut. No networks here."""

from __future__ import annotations

from typing import Any

from lomodel.explore import Choice, Declaration, Outcome, Range, Switch
from lomodel.explore.declaration import Main, Question
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
    lit = "." * 60 + f"{pieces % 16:04b}".replace("0", ".").replace("1", "c")
    return Outcome(
        f"{pieces} pieces <with cream>" if controls["cream"] else f"{pieces} pieces",
        values={"pieces": pieces, "grams": size},
        parts=parts,
        decisions={} if piece is None else {"cut?": ("yes" if cut else "no", f"size {size}")},
        helps={"size": f"{size} grams serve {size // 50}."}
        | ({"knife": "It is clean."} if cut else {}),
        notes={} if controls["knife"] else {"knife": "blunt"},
        strips={"plate": blocks},
        fate=("cut", f"cut into {pieces}") if cut else ("whole", "one piece"),
        words={"pieces_word": (f"0x{pieces % 16:016x}", lit)},
        points={} if piece is None else {"size": {"just right": 999 if piece == 333 else 100}},
        met=cut and size == 1000,
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
        Range(
            "size",
            "Size",
            (100, 500, 999, 1000),
            unit="g",
            initial=500,
            limits=(50, 2000),
            named=("just right",),
        ),
        Switch("knife", "knife", help="Without it nothing is cut."),
        Switch("cream", "cream", initial=False),
    ],
    outcome=outcome,
    figure=figure,
    values={"pieces": "pieces", "grams": "grams"},
    questions=lambda: [Question("cut?", "slice", "Is it too big?")],
    strips={"plate": "on the plate"},
    main=Main("pieces", "piece of {grams} g", "pieces of {grams} g", "plate", "grams"),
    words=("pieces_word",),
    presets={"as baked": {}, "blunt": {"knife": False}, "thirds": {"piece": 333, "size": 999}},
    challenge="A kilogram, in pieces.",
    origin="a cake",
    steps=lambda controls: [],
)
