"""Any scenario, put to model and kernel: the element of the page "Ask the kernel".

``kernel_page.js`` shows both runs, and ``examples.json`` has the scenarios that it offers by name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import traitlets

from lomodel.contract import Scenario, Step, check_scenario
from lomodel.desk import RELEASE
from lomodel.explore import page
from lomodel.explore.asking import Asker
from lomodel.figures.ask import ask
from lomodel.figures.plate import plate
from lomodel.figures.show import escape

EXAMPLES = "examples.json"
BESIDE = "model and kernel, side by side"
SIDES = (
    '<div class="lo-figure" role="group" aria-label="Model and kernel side by side" tabindex="0" '
    "hidden></div>"
)
"""Where both runs are shown."""
LINES = 7
"""Lines of the editor; a longer scenario scrolls, and a reader may pull it longer."""


@cache
def examples() -> dict[str, Scenario]:
    """The scenarios that a reader may begin with, by what they are called.

    ScenarioError for one that nobody could play.
    """
    found: dict[str, Scenario] = json.loads(
        files(__package__).joinpath(EXAMPLES).read_text(encoding="utf-8")
    )
    for scenario in found.values():
        check_scenario(scenario)
    return found


def written(scenario: Scenario) -> str:
    """A scenario as a reader may edit it: a step a line."""
    lines = ",\n".join(f"  {json.dumps(step)}" for step in scenario["steps"])
    return f'{{"id": {json.dumps(scenario["id"])}, "steps": [\n{lines}\n]}}'


def element(release: str = RELEASE) -> str:
    """The element with its examples; the first stands in the editor."""
    texts = {name: written(scenario) for name, scenario in examples().items()}
    first = next(iter(texts.values()))
    body = (
        f'<div class="lo-chips" role="group" aria-label="Examples">{_chips(texts, first)}</div>'
        '<label class="lo-typed">A scenario, as JSON'
        f'<textarea name="scenario" rows="{LINES}" spellcheck="false" autocapitalize="off" '
        f'autocomplete="off">{escape(first)}</textarea></label>'
        '<label class="lo-release" hidden>Kernel <select name="release"></select></label>'
        f"{ask(release=release, stop=True)}{SIDES}{_outputs()}"
        "<noscript><p>A kernel can be asked with JavaScript only.</p></noscript>"
    )
    framed = plate("Compare", "any scenario, on model and kernel", body, classes="lo-compare")
    return (
        f'<lo-kernel data-lm-suppress-shortcuts="true">{framed}'
        f'<script type="application/json">{page.json_text(texts)}</script></lo-kernel>'
    )


def beside(steps: Sequence[Step], release: str = RELEASE) -> str:
    """The element that asks about a scenario as soon as it is there, and shows both runs."""
    many = "One step" if len(steps) == 1 else f"{len(steps)} steps"
    body = (
        f"<p>{many}, on the model and on a real kernel, in this page.</p>"
        f"{ask(steps, release)}{SIDES}"
    )
    framed = plate("Compare", BESIDE, body, classes="lo-compare")
    return f"<lo-beside>{framed}</lo-beside>"


def _chips(texts: dict[str, str], first: str) -> str:
    return "".join(
        f'<button type="button" data-example="{escape(name)}" '
        f'aria-pressed="{str(text == first).lower()}">{escape(name)}</button>'
        for name, text in texts.items()
    )


def _outputs() -> str:
    """Each side as the contract's ``observed``, folded: for programs, and for who wants all."""
    sides = "".join(
        f'<p>{side}</p><output name="{side}" aria-live="off"></output>'
        for side in ("model", "kernel")
    )
    notices = '<a class="lo-notices" hidden>What this kernel is made of: licences and source</a>'
    return f"<details><summary>Both runs as JSON</summary>{sides}</details>{notices}"


class AnyScenario(Asker):
    """A widget that in a built page is the same element with a kernel of its own."""

    _esm = page.module()
    _css = page.stylesheet()
    _html = traitlets.Unicode().tag(sync=True)

    def __init__(self) -> None:
        super().__init__(_html=element())

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**kwargs) or ({},)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        return {**data, "text/html": page.wrap(self._html), "text/plain": repr(self)}

    def __repr__(self) -> str:
        return "<any scenario>"


def any_scenario() -> AnyScenario:
    """An editor for scenarios, and what model and kernel observe of them."""
    return AnyScenario()
