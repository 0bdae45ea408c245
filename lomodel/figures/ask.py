"""The button "Ask the kernel": a scenario that a page shows is put to a real kernel.

``kernel.js`` makes it work: in a built page with the kernel that the build has taken in, in
JupyterLab with the laboratory.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from lomodel.contract import Scenario
from lomodel.desk import RELEASE
from lomodel.figures.plate import sign
from lomodel.figures.show import Figure, escape

SCRIPT = "kernel.js"


def ask(
    steps: Sequence[dict[str, Any]] | None = None, release: str = RELEASE, stop: bool = False
) -> str:
    """The button and its verdict as HTML.

    ``steps`` are those of the scenario; None where the element around it says them. ``release`` is
    the one that the page speaks of: its kernel is asked. The button that stops the kernel is there
    while a question is open, with ``stop`` always.
    """
    shown = 'data-always="" disabled=""' if stop else 'hidden=""'
    said = "" if steps is None else f' data-steps="{escape(compact(steps))}"'
    return _button(f'data-release="{escape(release)}"{said}', shown)


def ask_all(scenarios: Sequence[Scenario], release: str = RELEASE) -> str:
    """The button that asks about several scenarios, one after the other, with one verdict."""
    said = escape(compact([[each["id"], each["steps"]] for each in scenarios]))
    return _button(f'data-release="{escape(release)}" data-scenarios="{said}"', 'hidden=""')


def _button(data: str, stop: str) -> str:
    return (
        f"<lo-ask {data}>"
        f'<button type="button" class="lo-button" data-kernel="ask">{sign(True)}Ask the kernel'
        '</button><button type="button" class="lo-button" data-kernel="stop" '
        f"{stop}>Stop the kernel</button>"
        '<span class="lo-heard"><output name="verdict" '
        'aria-live="polite"></output><span class="lo-doing" role="status"></span> '
        '<a hidden="">Event by event</a></span></lo-ask>'
    )


def compact(value: Sequence[Any]) -> str:
    """Steps, or scenarios, as JSON without blanks."""
    return json.dumps(list(value), separators=(",", ":"))


@cache
def _script(name: str) -> str:
    """A script of the explorers: pages link them all together, and drop what an output brings."""
    return files("lomodel").joinpath("explore", name).read_text(encoding="utf-8")


def with_scripts(bundle: dict[str, str], *names: str) -> dict[str, str]:
    """A figure's output with the scripts that make its elements work, each in its own block."""
    scripts = "".join(f"{{\n{_script(name)}}}\n" for name in names)
    tag = f'<script data-lo="figures" type="module">{scripts}</script>'
    return bundle | {"text/html": bundle["text/html"] + tag}


@dataclass(frozen=True, repr=False)
class Asking(Figure):
    """A figure with the button."""

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, str]:
        return with_scripts(super()._repr_mimebundle_(include, exclude), SCRIPT)
