"""Layers: where in the kernel something happens, as a hue and as a sign that needs no hue."""

from __future__ import annotations

from collections.abc import Iterable

from lomodel.figures.show import escape

LAYERS = {
    "program": "the program",
    "protocol": "protocol",
    "core": "core",
    "device": "device",
    "receiver": "receiver",
}
"""The layers and how a legend calls them."""

SIGNS = {"program": "□", "protocol": "▲", "core": "●", "device": "■", "receiver": "◆"}
"""A layer's sign in text."""

FOLDERS = {
    "drivers/": "device",
    "net/socket.c": "program",
    "net/ipv4/": "protocol",
    "net/ipv6/": "protocol",
}
"""Where the C files of a layer are; all other files are the core's."""


def layer_of(file: str, later: bool = False) -> str:
    """The layer of a function by its C file; ``later``: it ran in the softirq, the receiver's half.

    The system calls (net/socket.c) are the program's edge on both sides.
    """
    found = next((name for start, name in FOLDERS.items() if file.startswith(start)), "core")
    return "receiver" if later and found != "program" else found


def sign(layer: str) -> str:
    """A layer's sign as HTML; the word stands beside it."""
    return f'<span class="lo-g lo-k-{layer}" aria-hidden="true"></span>'


def legend(layers: Iterable[str]) -> str:
    """The signs of some layers with their names, as HTML."""
    named = (f"{sign(layer)}{escape(LAYERS[layer])}" for layer in layers)
    return "".join(f'<span class="lo-layer">{each}</span>' for each in named)
