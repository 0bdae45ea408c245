"""The tokens keep the rules that they were chosen by: contrast, and hues that stay apart.

WCAG 2 ratios, and CIEDE2000 distances with dichromacy simulated (Machado 2009, severity 1).

Mutations that turned these red: ``quiet`` 0x20 lighter; ``edge`` with the value of ``line``;
``receiver`` as bright in the light theme as in the dark; ``protocol`` with the value of ``core``;
a wash as strong as its hue.
"""

from __future__ import annotations

from itertools import combinations

import pytest
from coloraide import Color

from lomodel.figures import look

GROUNDS = ("paper", "panel")
BLINDNESS = ("normal", "protan", "deutan", "tritan")
AAA, AA, EDGE = 7.0, 4.5, 3.0
APART = 14.0
"""The least distance of two hues, for every kind of eye and in both themes."""

every_theme = pytest.mark.parametrize("theme", look.THEMES)


def ratio(theme: str, text: str, ground: str) -> float:
    """The WCAG 2 contrast of two tokens, to one digit as a table of it has."""
    values = look.tokens(theme)
    return round(Color(values[text]).contrast(values[ground], method="wcag21"), 1)


def distance(theme: str, one: str, other: str, eye: str) -> float:
    """CIEDE2000 between two tokens as an eye sees them."""
    values = look.tokens(theme)
    seen = [Color(values[name]) for name in (one, other)]
    if eye != "normal":
        seen = [colour.filter(eye, 1, method="machado") for colour in seen]
    return seen[0].delta_e(seen[1], method="2000")


@every_theme
@pytest.mark.parametrize("ground", [*GROUNDS, *(f"{hue}-wash" for hue in look.HUES)])
def test_text_is_aaa_on_every_ground(theme: str, ground: str) -> None:
    assert ratio(theme, "ink", ground) >= 12.5
    assert ratio(theme, "quiet", ground) >= (AAA if ground in GROUNDS else 6.9)


@every_theme
@pytest.mark.parametrize("ground", GROUNDS)
def test_edges_of_controls_are_seen(theme: str, ground: str) -> None:
    assert ratio(theme, "edge", ground) >= EDGE


@every_theme
@pytest.mark.parametrize("hue", look.HUES)
def test_a_hue_can_be_read(theme: str, hue: str) -> None:
    """As text: on the page, in a cell and on its own wash."""
    for ground in (*GROUNDS, f"{hue}-wash"):
        assert ratio(theme, hue, ground) >= AA, ground
    assert ratio(theme, hue, f"{hue}-wash") >= {"light": 4.7, "dark": 5.5}[theme]


@every_theme
@pytest.mark.parametrize("eye", BLINDNESS)
def test_hues_stay_apart(theme: str, eye: str) -> None:
    near = {
        (one, other): distance(theme, one, other, eye) for one, other in combinations(look.HUES, 2)
    }
    assert {pair: far for pair, far in near.items() if far < APART} == {}


@every_theme
def test_reversed_text_is_aaa(theme: str) -> None:
    """The kind of a plate and a button that is pressed first: paper on ink, and on quiet."""
    assert ratio(theme, "paper", "ink") >= AAA
    assert ratio(theme, "paper", "quiet") >= AAA
