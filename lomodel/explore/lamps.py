"""The three feature words of a device as rows of lamps: a sign for each of the 64 bits.

``hw_features`` says which switches there are, ``wanted_features`` which of them are up,
``features`` which lamps are on. The signs are letters, which the style sheet draws; bit 63 stands
first.
"""

from __future__ import annotations

from lomodel.linux.include.linux.netdevice import NetDevice

BITS = 64
NOTHING, HOLLOW, FILLED, FIXED, UNDONE = ".", "o", "c", "x", "w"
"""No switch and no lamp; a switch that is down; one that is up, or a lamp that is on; a lamp that
is on and has no switch; one that is off although its switch is up."""

FEATURE_WORDS = ("hw_features", "wanted_features", "features")


def feature_words(dev: NetDevice) -> dict[str, tuple[str, str]]:
    """Each word of a device as sixteen hexadecimal digits, and its signs."""
    hw, wanted, on = (getattr(dev, name) for name in FEATURE_WORDS)
    rows = (
        {HOLLOW: hw},
        {FILLED: wanted, HOLLOW: hw},
        {FILLED: on & hw, FIXED: on, UNDONE: wanted & hw},
    )
    words = (hw, wanted, on)
    return {
        name: (f"0x{word:016x}", _signs(row))
        for name, word, row in zip(FEATURE_WORDS, words, rows, strict=True)
    }


def _signs(row: dict[str, int]) -> str:
    """The first sign of a row whose mask has the bit, for each bit."""
    bits = [1 << position for position in reversed(range(BITS))]
    return "".join(next((s for s, mask in row.items() if mask & bit), NOTHING) for bit in bits)
