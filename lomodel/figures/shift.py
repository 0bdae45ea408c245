"""The test of ``net_gso_ok`` as a movement: gso_type slides 16 places, onto features.

Every word and number is made from the two operands, as the model's decision saw them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass

from lomodel.desk import RELEASE
from lomodel.figures.picture import Picture
from lomodel.figures.plate import plate
from lomodel.figures.show import escape
from lomodel.linux.include.linux import skbuff
from lomodel.linux.include.linux.netdev_features import (
    NETDEV_FEATURE_COUNT,
    NETIF_F_GSO_SHIFT,
    netdev_features,
)
from lomodel.trace import Call, Decision, Event

QUESTION = "can the features carry this gso_type?"
"""The decision that ``net_gso_ok`` takes."""

COLUMNS = 40
"""The places that are drawn, from 0 up: all that a gso_type can come to stand over."""

GSO_BITS = COLUMNS - NETIF_F_GSO_SHIFT

GSO_TYPES = {
    value.bit_length() - 1: name
    for name, value in vars(skbuff).items()
    if name.startswith("SKB_GSO_")
}
"""The kernel's names of gso_type's bits."""


@dataclass(frozen=True)
class Comparison:
    """The operands of ``net_gso_ok`` and what comes of them."""

    gso_type: int
    features: int
    release: str

    @property
    def asked(self) -> int:
        """gso_type, moved to where the features are."""
        return self.gso_type << NETIF_F_GSO_SHIFT

    @property
    def ok(self) -> bool:
        """Whether every feature that is asked for is on."""
        return self.features & self.asked == self.asked

    def names(self, moved: bool) -> str:
        """The bits that are asked for, with their names here or there."""
        features = {bit: f"NETIF_F_{name}" for name, bit in self._features().items()}
        named = features if moved else GSO_TYPES
        word = self.asked if moved else self.gso_type
        bits = (bit for bit in range(NETDEV_FEATURE_COUNT) if word >> bit & 1)
        return ", ".join(f"bit {bit} ({named.get(bit, 'no name')})" for bit in bits) or "no bit"

    def _features(self) -> dict[str, int]:
        return netdev_features(self.release).bit

    def steps(self) -> list[str]:
        """What each position of the picture says; the last says the result."""
        missing = Comparison((self.asked & ~self.features) >> NETIF_F_GSO_SHIFT, 0, self.release)
        both = self.features & self.asked
        said = "all that was asked for: yes" if self.ok else f"{missing.names(True)} is off: no"
        return [
            f"The packet's gso_type is {self.gso_type:#x}: {self.names(False)}.",
            f"Moved {NETIF_F_GSO_SHIFT} places to the left it is {self.asked:#x}: "
            f"{self.names(True)}.",
            f"features & {self.asked:#x} is {both:#x}, {said}.",
        ]


def shift(gso_type: int, features: int, release: str = RELEASE) -> Picture:
    """How ``net_gso_ok`` compares: gso_type slides onto features, with Back and Next.

    ``release`` names the features' bits. Without a script and on paper the picture stands at the
    last step, which says the result; with one it begins at the first. ValueError for a gso_type
    with bits that it does not have, and for features that are no word of 64 bits.
    """
    if not 0 <= gso_type < 1 << GSO_BITS:
        raise ValueError(f"gso_type {gso_type:#x}: expected less than {1 << GSO_BITS:#x}")
    if not 0 <= features < 1 << NETDEV_FEATURE_COUNT:
        raise ValueError(f"features {features:#x}: expected a word of {NETDEV_FEATURE_COUNT} bits")
    test = Comparison(gso_type, features, release)
    steps = test.steps()
    text = " ".join(steps)
    body = (
        f'<lo-shift data-step="{len(steps) - 1}" style="--lo-places:{NETIF_F_GSO_SHIFT}">'
        f'<div class="lo-shift-rows" role="img" aria-label="{escape(text)}">{_rows(test)}</div>'
        f'<output class="lo-shift-say" aria-live="polite">{escape(steps[-1])}</output>'
        '<div class="lo-shift-drive" hidden><button type="button" class="lo-button">Back</button>'
        '<button type="button" class="lo-button main">Next</button><output name="step"></output>'
        f'</div><script type="application/json">{json.dumps(steps)}</script></lo-shift>'
    )
    title = f"gso_type moves {NETIF_F_GSO_SHIFT} places onto features"
    html = plate(
        "Figure", title, body, origin=f"model, Linux {release}", solid=False, classes="lo-shift"
    )
    return Picture(title, html, "\n".join(steps), "shift.js")


def shift_of(trace: Iterable[Call | Decision | Event], release: str = RELEASE) -> Picture:
    """``shift`` with the operands that the first decision of a trace saw; ValueError if none."""
    for record in trace:
        if isinstance(record, Decision) and record.question == QUESTION:
            operands = record.operands
            return shift(int(operands["gso_type"]), int(operands["features"]), release)
    raise ValueError("net_gso_ok decided nothing in this trace")


def _rows(test: Comparison) -> str:
    both = test.features & test.asked
    result = ("yes" if test.ok else "no") + f", {both:#x}"
    return (
        f"{_row('gso_type', test.gso_type, 'asked moving', f'{test.gso_type:#x}')}"
        f"{_row('features', test.features, 'lamp', f'{test.features:#x}', test.asked)}"
        f"{_row('&amp;', both, 'lamp result', result, test.asked)}"
    )


def _row(name: str, word: int, kind: str, value: str, asked: int = 0) -> str:
    """A word's lowest places with the digits over them; what is asked for and off is dashed."""
    places = range(COLUMNS - 1, -1, -1)
    bits = "".join(f"<i{_class(word >> bit & 1, asked >> bit & 1, bit)}></i>" for bit in places)
    digits = "".join(
        f'<span class="{"" if word >> at & 15 else "z"}">{word >> at & 15:x}</span>'
        for at in range(COLUMNS - 4, -1, -4)
    )
    return (
        f'<div class="lo-shift-row {kind}"><p><code>{name}</code> <span>{value}</span></p>'
        f'<div class="lo-track"><div class="lo-digits">{digits}</div>'
        f'<div class="lo-places">{bits}</div></div></div>'
    )


def _class(on: int, asked: int, bit: int) -> str:
    names = [name for name, holds in (("on", on), ("off", asked and not on)) if holds]
    names += ["first"] if bit % 4 == 3 else []
    return f' class="{" ".join(names)}"' if names else ""
