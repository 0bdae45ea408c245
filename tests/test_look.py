"""Tokens and plates: what every figure, explorer and page is coloured and framed with.

Mutations that turned these red: ``JUPYTERLAB`` without our value after
the comma; ``plate``'s name or title without ``escape``; the sign drawn where nobody said which.
"""

from __future__ import annotations

import re

import pytest

from lomodel.figures import look
from lomodel.figures.plate import plate
from lomodel.figures.show import stylesheet


def rule(selector: str) -> dict[str, str]:
    """The declarations of one rule of the look's style sheet."""
    body = look.stylesheet().split(f"{selector}{{", 1)[1].split("}", 1)[0]
    return dict(each.split(":", 1) for each in body.split(";") if each)


@pytest.mark.parametrize("theme", look.THEMES)
def test_a_page_has_every_colour_in_both_themes(theme: str) -> None:
    found = rule(f'html[data-theme="{theme}"]')
    assert found.pop("color-scheme") == theme
    assert found == {f"--lo-{name}": value for name, value in look.tokens(theme).items()}
    assert all(re.fullmatch("#[0-9a-f]{6}", value) for value in found.values())


def test_jupyterlab_falls_back_to_its_own_theme_and_the_hues_stay() -> None:
    start = rule(":root")
    assert start["--lo-ink"] == f"var(--jp-ui-font-color1,{look.tokens()['ink']})"
    dark = rule('body[data-jp-theme-light="false"]')
    assert {f"--lo-{hue}" for hue in look.HUES} <= dark.keys()
    assert not {f"--lo-{name}" for name in look.JUPYTERLAB} & dark.keys()


def test_every_variable_that_a_style_sheet_uses_is_defined() -> None:
    defined = set(re.findall(r"(--lo-[\w-]+)\s*:", stylesheet()))
    used = set(re.findall(r"var\((--lo-[\w-]+)\)", stylesheet()))
    assert used and used <= defined


def test_there_is_no_third_theme() -> None:
    with pytest.raises(KeyError, match="sepia"):
        look.tokens("sepia")


def test_a_plate_is_named_by_its_kind_and_title() -> None:
    made = plate("Step", "one <packet>", "<p>body</p>", origin="model, Linux 6.12", solid=False)
    assert made.startswith('<section class="lo-plate" aria-label="Step: one &lt;packet&gt;">')
    assert made.endswith('<div class="lo-plate-body"><p>body</p></div></section>')
    assert "<packet>" not in made
    assert made.count("lo-ring") == 1 and "lo-disc" not in made
    assert plate("Figure", "a", "b").startswith('<figure class="lo-plate" aria-label="Figure: a">')


def test_a_sign_stands_only_before_what_has_an_origin() -> None:
    assert "lo-disc" in plate("Compare", "a", "b", origin="Linux 6.18", solid=True)
    for made in (plate("Compare", "a", "b", origin="both"), plate("Compare", "a", "b", solid=True)):
        assert "lo-disc" not in made and "lo-ring" not in made


def test_two_plates_of_one_title_may_have_names_of_their_own() -> None:
    made = plate("Predict", "before you read on", "", classes="lo-open", name="Prediction 2")
    assert made.startswith('<section class="lo-plate lo-open" aria-label="Prediction 2">')
