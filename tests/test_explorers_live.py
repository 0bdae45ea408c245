"""Random states of every explorer on this machine's kernel, and on the model alone.

What a state's steps observe where they are played alone is what the explorer shows of it. Seen red:
the model of another release than the state's; `steps` that says nothing of any state.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from itertools import islice

import pytest

from lomodel import lab
from lomodel.contract import STATS, ScenarioError, Step, check_steps
from lomodel.desk import RELEASE
from lomodel.explore.declaration import Declaration, State
from lomodel.explore.registry import declaration, names
from lomodel.lab.diff import table
from lomodel.release import RELEASES
from lomodel.scenario import play

STATES = 40
ASKABLE = [name for name in names() if declaration(name).steps is not None]


def scenarios(made: Declaration) -> Iterator[tuple[State, list[Step]]]:
    """Random states that are scenarios, with their steps."""
    states = list(made.states())
    random.Random(9).shuffle(states)
    pairs = ((state, made.steps(state)) for state in states)
    return islice((p for p in pairs if p[1] is not None and playable(p[1], p[0])), STATES)


def playable(steps: list[Step], state: State) -> bool:
    try:
        check_steps(steps, RELEASES[release_of(state)].netif_f.by_string)
    except ScenarioError:
        return False
    return True


def release_of(state: State) -> str:
    return state.get("release", RELEASE)


def test_there_are_some() -> None:
    assert {"ethtool", "gso", "limits"} <= set(ASKABLE)


@pytest.mark.slow
@pytest.mark.parametrize("name", ASKABLE)
def test_a_state_is_a_scenario(name: str) -> None:
    made, seen = declaration(name), 0
    for state, steps in scenarios(made):
        stats = play(steps, release_of(state))[-1].get("stats", {})
        values = made.outcome(state).values
        shown = {key: value for key, value in values.items() if key in STATS}
        assert shown == {key: stats[key] for key in shown}, state
        seen += 1
    assert seen == STATES


@pytest.mark.slow
@pytest.mark.parametrize("name", ASKABLE)
def test_this_kernel_does_what_the_model_of_it_does(name: str) -> None:
    if reason := lab.unavailable(events=True):
        pytest.skip(str(reason))
    for state, steps in scenarios(declaration(name)):
        result = lab.compare({"id": name, "steps": steps})
        assert result.equal, f"\n{state}\n{json.dumps(steps)}\n{table(result.rows())}"
