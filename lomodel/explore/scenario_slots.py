"""The scenario that a state is, as slots of the explorers' table.

A value deep inside the steps depends on few controls, as every other slot does, so each has a slot
of its own: its name is ``steps:`` and the value's place (a JSON pointer, RFC 6901, ``/3/payload``),
its text is the value as JSON. A page puts the steps together again (``kernel.js``), and a state
that no scenario can say has no such slot.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from lomodel.contract import Step

PREFIX = "steps:"


def scenario_slots(steps: Sequence[Step] | None) -> dict[str, str]:
    """The slots of a state's steps; none where there is no scenario."""
    if steps is None:
        return {}
    inside = dict(enumerate(steps))
    return dict(_leaves(PREFIX, inside)) if inside else {PREFIX: "[]"}


def _leaves(place: str, inside: dict[Any, Any]) -> Iterator[tuple[str, str]]:
    """Every value below an object. An object that holds nothing, and a list, are values."""
    for name, value in inside.items():
        here = f"{place}/{str(name).replace('~', '~0').replace('/', '~1')}"
        if isinstance(value, dict) and value:
            yield from _leaves(here, value)
        else:
            yield here, json.dumps(value, separators=(",", ":"))
