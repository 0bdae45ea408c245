"""Where in the kernel something happens: layers, each with a hue and a sign of its own.

The hue is the style sheet's (``--lo-device`` and so on); the sign says the same without colour.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lomodel.figures.show import escape


@dataclass(frozen=True)
class Layer:
    """A layer's sign as a character and as a path around 0,0; its name, and where it is, in
    words."""

    sign: str
    path: str
    name: str
    words: str


LAYERS = {
    "program": Layer("□", "M-3.5 -3.5H3.5V3.5H-3.5Z", "the program", "the program: a system call"),
    "device": Layer("■", "M-4 -4H4V4H-4Z", "device", "the device: drivers/net"),
    "core": Layer(
        "●",
        "M-4.5 0A4.5 4.5 0 1 0 4.5 0A4.5 4.5 0 1 0 -4.5 0Z",
        "core",
        "the core: net/core and the rest",
    ),
    "protocol": Layer("▲", "M0 -5L5 4H-5Z", "protocol", "a protocol: net/ipv4, net/ipv6"),
    "receiver": Layer(
        "◆", "M0 -5.5L5.5 0L0 5.5L-5.5 0Z", "receiver", "the receiver: runs in the softirq"
    ),
}
"""In the order of a legend; what is in none of the folders named is the core's."""

SIGN = 22
"""The sign's share of a box, at its left, in points; the sign stands in the middle of it."""

FOLDERS = {
    "drivers/net/": "device",
    "net/socket.c": "program",
    "net/ipv4/": "protocol",
    "net/ipv6/": "protocol",
}


def layer_of(file: str, later: str | bool = "") -> str:
    """The layer of a function in a C file; what runs later, in the softirq, is the receiver's.

    ``later`` is ``Node.context``, or whether it ran there. The system calls (net/socket.c) are the
    program's edge on both sides.
    """
    found = next((layer for start, layer in FOLDERS.items() if file.startswith(start)), "core")
    return "receiver" if later and found != "program" else found


def sign(layer: str) -> str:
    """A layer's sign as HTML; the word stands beside it."""
    return f'<span class="lo-g lo-k-{layer}" aria-hidden="true"></span>'


def svg_sign(layer: str, x: float, y: float) -> str:
    """A layer's sign in a drawing, its middle at ``x``, ``y``."""
    return f'<path class="sign" transform="translate({x:g},{y:g})" d="{LAYERS[layer].path}"/>'


def legend(layers: Iterable[str]) -> str:
    """The signs of some layers with their names, as HTML."""
    named = (f"{sign(layer)}{escape(LAYERS[layer].name)}" for layer in layers)
    return "".join(f'<span class="lo-layer">{each}</span>' for each in named)


def key(items: Iterable[tuple[str, str]]) -> str:
    """A figure's legend: what each sign (HTML) stands for, in words."""
    said = "".join(f"<li>{sample}{escape(words)}</li>" for sample, words in items)
    return f'<ul class="lo-key" aria-label="Key">{said}</ul>'


def layer_keys(layers: Iterable[str]) -> list[tuple[str, str]]:
    """The legend's lines for the layers that a figure has, in the fixed order."""
    found = set(layers)
    return [(_sample(layer), LAYERS[layer].words) for layer in LAYERS if layer in found]


def _sample(layer: str) -> str:
    return (
        f'<svg class="{layer}" width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">'
        f"{svg_sign(layer, 0, 0)}</svg>"
    )
