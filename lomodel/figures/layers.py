"""Where in the kernel something happens: four layers, each with a hue and a sign of its own.

The hue is the style sheet's (``--lo-device`` and so on); the sign says the same without colour.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lomodel.figures.show import escape


@dataclass(frozen=True)
class Layer:
    """A layer's sign as a character and as a path around 0,0, and its name for a legend."""

    sign: str
    path: str
    words: str


LAYERS = {
    "device": Layer("■", "M-4 -4H4V4H-4Z", "the device: drivers/net"),
    "core": Layer(
        "●", "M-4.5 0A4.5 4.5 0 1 0 4.5 0A4.5 4.5 0 1 0 -4.5 0Z", "the core: net/core and the rest"
    ),
    "protocol": Layer("▲", "M0 -5L5 4H-5Z", "a protocol: net/ipv4, net/ipv6"),
    "receiver": Layer("◆", "M0 -5.5L5.5 0L0 5.5L-5.5 0Z", "the receiver: runs in the softirq"),
}
"""In the order of a legend; what is in none of the folders named is the core's."""

SIGN = 22
"""The sign's share of a box, at its left, in points; the sign stands in the middle of it."""

FOLDERS = {
    "drivers/net/": "device",
    "net/ipv4/": "protocol",
    "net/ipv6/": "protocol",
}


def layer_of(file: str, context: str = "") -> str:
    """The layer of a function in a C file; what runs later, in another context, is the receiver's.

    ``context`` is ``Node.context``: "" for what runs at once.
    """
    if context:
        return "receiver"
    return next((layer for folder, layer in FOLDERS.items() if file.startswith(folder)), "core")


def sign(layer: str, x: float, y: float) -> str:
    """A layer's sign in a drawing, its middle at ``x``, ``y``."""
    return f'<path class="sign" transform="translate({x:g},{y:g})" d="{LAYERS[layer].path}"/>'


def key(items: Iterable[tuple[str, str]]) -> str:
    """A figure's legend: what each sign (HTML) stands for, in words."""
    said = "".join(f"<li>{sample}{escape(words)}</li>" for sample, words in items)
    return f'<ul class="lo-key" aria-label="Key">{said}</ul>'


def layer_keys(layers: Iterable[str]) -> list[tuple[str, str]]:
    """The legend's lines for the layers that a figure has, in the fixed order."""
    found = set(layers)
    return [(sample(layer), LAYERS[layer].words) for layer in LAYERS if layer in found]


def sample(layer: str) -> str:
    return (
        f'<svg class="{layer}" width="14" height="14" viewBox="-7 -7 14 14" aria-hidden="true">'
        f"{sign(layer, 0, 0)}</svg>"
    )
