"""The laboratory: scenarios on the reader's own kernel, in a namespace of their own.

    capture(scenario)        what this machine's kernel does
    compare(scenario)        what the model says, what a kernel did, where they differ
    side_by_side(scenario)   the same, to look at

A scenario is the contract's object, or its list of steps. As root, the tracepoints are read too.
Nothing here touches the machine's own network, and nothing outlives this process.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from lomodel.contract import (
    Scenario,
    ScenarioError,
    Step,
    check_observed,
    check_scenario,
    shown,
)
from lomodel.lab.beside import Beside
from lomodel.lab.diff import Comparison, differences, has_events
from lomodel.lab.errors import LabUnavailable, NotPlayed
from lomodel.lab.hosts import Host
from lomodel.lab.worker import Observed, worker
from lomodel.release import Choice

__all__ = [
    "Comparison",
    "LabUnavailable",
    "NotPlayed",
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


@dataclass(frozen=True)
class Run:
    """What a kernel did: which kernel, where the run comes from, why it may lack its events."""

    observed: Observed
    host: Host
    source: str
    no_events: str
    live: bool


def _kernel(
    played: Scenario, without: LabUnavailable | None, say: Callable[[str], None] | None
) -> Run:
    """A run of the scenario: live where that can be had, else its recording."""
    try:
        if without is not None:
            raise without
        observed = capture(played)
    except LabUnavailable as error:
        if "observed" not in played:
            raise
        return _recorded(played, error, say or _say)
    lab = worker()
    reason = lab.no_events.reason if lab.no_events else ""
    return Run(observed, lab.host, f"Linux {lab.release}", reason, True)


def _recorded(played: Scenario, why: LabUnavailable, say: Callable[[str], None]) -> Run:
    """The scenario's own `observed`, of the kernel in its `release`, else 6.18."""
    check_observed(played["observed"])
    host = Host(_recorded_release(played))
    say(f"{why}; shown is a recorded run of Linux {host.release}")
    return Run(played["observed"], host, f"a recorded Linux {host.release}", "not recorded", False)


def _recorded_release(played: Scenario) -> str:
    release = played.get("release", "6.18")
    try:
        if isinstance(release, str):
            Host(release).choose()
            return release
    except ValueError:
        pass
    raise ScenarioError("release", 'expected the recorded kernel\'s release, such as "6.18.44"')


@cache
def _say(text: str) -> None:
    """Tell the user, once: the next thousand scenarios are no news."""
    if sys.stderr is not None:  # as it is where it was closed
        with suppress(OSError):
            print(shown(text), file=sys.stderr, flush=True)


@cache
def _usual(release: str) -> dict[str, int]:
    """The settings as a kernel boots, which are those of the recordings."""
    from lomodel import scenario as model  # here, because the player's process needs no model

    machine = model.Machine(release)
    return {name: getattr(machine, variable) for name, variable in model.SYSCTL.items()}


def _setting_notes(usual: dict[str, int], found: dict[str, int]) -> Iterator[str]:
    for name, value in usual.items():
        if name not in found:
            yield f"{name} cannot be read here; the model has {value}"
        elif found[name] != value:
            yield f"{name} is {found[name]} here, so in the model too; recorded kernels had {value}"


def compare(
    scenario: Scenario | Sequence[Step],
    release: str | None = None,
    without: LabUnavailable | None = None,
    say: Callable[[str], None] | None = None,
) -> Comparison:
    """The model against this machine's kernel, or, without one, against the recorded run.

    `release` is the model's; None takes the table that is nearest to the kernel's. The model has
    the machine's own `net.core` settings. `without` is what `unavailable` said, to spare the second
    and all further scenarios a search that takes a process; `say` is told when a recorded run
    stands in (None: standard error is, and when the table is another kernel's, too). A recorded run
    is the scenario's own `observed` (of the kernel in its `release`, else 6.18). Raises
    ScenarioError, for an `observed` that is none too, and LabUnavailable when there is neither a
    laboratory nor a recorded run (NotPlayed when it is this scenario alone).
    """
    from lomodel import scenario as model  # here, because the player's process needs no model

    played = _scenario(scenario)
    check_scenario(played)
    run = _kernel(played, without, say)
    choice = run.host.choose()
    name = release or choice.release
    if release is None and say is None and (choice.exactness == "none" or run.host.keeps_number):
        _say(choice.remark)
    settings = run.host.sysctl if run.live else {}
    predicted = model.play(played["steps"], name, settings)
    events = has_events(run.observed)
    notes = [_table_note(run.host, choice, release)]
    notes += _setting_notes(_usual(name), settings) if run.live else ()
    return Comparison(
        played,
        name,
        predicted,
        run.observed,
        run.source,
        differences(predicted, run.observed, events),
        tuple(notes),
        None if events else f"tracepoints ({run.no_events})",
    )


def _table_note(host: Host, choice: Choice, asked: str | None) -> str:
    """Which table stands for which kernel, and how sure that is."""
    if asked is not None and asked != choice.release:
        return f"Linux {host.release}: compared with the model's {asked}, as asked"
    return f"Linux {host.release}: {choice.remark}"


def side_by_side(scenario: Scenario | Sequence[Step], release: str | None = None) -> Any:
    """The model's run and the kernel's beside each other, step by step, for a notebook.

    Equal lines are quiet, different ones are marked. Takes and raises what `compare` does. In a web
    page the page's own kernel is asked.
    """
    if page := sys.modules.get("lomodel_page"):
        return page.side_by_side(scenario, release)
    return Beside(compare(scenario, release))
