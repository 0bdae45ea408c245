"""The laboratory: scenarios on the reader's own kernel, in a namespace of their own.

    capture(scenario)        what this machine's kernel does
    compare(scenario)        what the model says, what a kernel did, where they differ
    side_by_side(scenario)   the same, to look at

A scenario is the contract's object, or its list of steps. As root, the tracepoints are read too.
Nothing here touches the machine's own network, and nothing outlives this process.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from typing import Any

from lomodel.contract import Scenario, Step, check_observed, check_scenario
from lomodel.lab.beside import Beside
from lomodel.lab.diff import Comparison, differences, has_events, model_release, remark
from lomodel.lab.errors import LabUnavailable
from lomodel.lab.worker import Observed, worker

__all__ = [
    "Comparison",
    "LabUnavailable",
    "available",
    "capture",
    "compare",
    "side_by_side",
    "unavailable",
]


def unavailable(events: bool = False) -> LabUnavailable | None:
    """Why this machine cannot play scenarios (with `events`: cannot read tracepoints), or None."""
    try:
        lab = worker()
    except LabUnavailable as error:
        return error
    return lab.no_events if events else None


def available(events: bool = False) -> bool:
    """Whether this machine can play scenarios (with `events`: and read their tracepoints)."""
    return unavailable(events) is None


def _scenario(scenario: Scenario | Sequence[Step]) -> Scenario:
    if isinstance(scenario, dict):
        return scenario
    return {"id": "scenario", "steps": list(scenario)}


def capture(scenario: Scenario | Sequence[Step], events: bool | None = None) -> Observed:
    """What this machine's kernel does: the contract's `observed`.

    `events`: true for the tracepoints (root only), false for none, None for those that can be
    had. Raises ScenarioError, LabUnavailable.
    """
    played = _scenario(scenario)
    check_scenario(played)
    lab = worker()
    check_scenario(played, lab.features)
    return lab.play(played["steps"], events)


def _kernel(played: Scenario, without: LabUnavailable | None) -> tuple[Observed, str, str]:
    """A run of the scenario, its kernel's release, and where it comes from."""
    try:
        if without is not None:
            raise without
        return capture(played), worker().release, f"Linux {worker().release}"
    except LabUnavailable as error:
        if "observed" not in played:
            raise
        check_observed(played["observed"])
        release = played.get("release")
        release = release if isinstance(release, str) else "6.18"
        _say(f"{error}; shown is a recorded run of Linux {release}")
        return played["observed"], release, f"a recorded Linux {release}"


@cache
def _say(text: str) -> None:
    """Tell the user, once: the next thousand scenarios are no news."""
    print(text, file=sys.stderr, flush=True)


def compare(
    scenario: Scenario | Sequence[Step],
    release: str | None = None,
    without: LabUnavailable | None = None,
) -> Comparison:
    """The model against this machine's kernel, or, without one, against the recorded run.

    `release` is the model's; None takes the kernel's own. `without` is what `unavailable` said, to
    spare the second and all further scenarios a search that takes a process. A recorded run is the
    scenario's own `observed` (of the kernel in its `release`, else 6.18). Raises ScenarioError, for
    an `observed` that is none too, and LabUnavailable when there is neither a laboratory nor a
    recorded run.
    """
    from lomodel import scenario as model

    played = _scenario(scenario)
    check_scenario(played)
    kernel, kernel_release, source = _kernel(played, without)
    name = release or model_release(kernel_release)
    if release is None and (warning := remark(kernel_release)):
        _say(warning)
    predicted = model.play(played["steps"], name)
    found = differences(predicted, kernel, has_events(kernel))
    return Comparison(played, name, predicted, kernel, source, found)


def side_by_side(scenario: Scenario | Sequence[Step], release: str | None = None) -> Any:
    """The model's run and the kernel's beside each other, step by step, for a notebook.

    Equal lines are quiet, different ones are marked. Takes and raises what `compare` does.
    """
    return Beside(compare(scenario, release))
