"""A picture: a figure that can be said in words, and is, in the terminal and to who cannot see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from lomodel.figures.layers import LAYERS, sample
from lomodel.figures.show import Figure, style_tag

SCRIPTS = ["bits.js", "shift.js"]
"""The scripts of pictures that answer to a hand, beside this file; the explorers' module has them
too, so that a page needs one file."""


@cache
def script(name: str) -> str:
    """A picture's script: it defines and registers its element."""
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


@dataclass(frozen=True, repr=False)
class Picture(Figure):
    """A figure whose ``text`` says what it shows; ``script`` names its script, if it has one."""

    script: str = ""

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        code = ""
        if self.script:
            code = f'<script data-lo="figures" type="module">{{\n{script(self.script)}}}</script>'
        return {"text/html": style_tag() + self.html + code, "text/plain": self.text}


def legend(layers: Iterable[str]) -> str:
    """The signs of some layers with their names in a word each, as HTML, in the fixed order."""
    found = set(layers)
    shown = [layer for layer in LAYERS if layer in found]
    return "".join(f'<span class="lo-layer">{sample(layer)} {layer}</span>' for layer in shown)
