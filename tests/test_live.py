"""Random scenarios on this machine's kernel and on the model: never a difference.

Hypothesis shrinks what it finds to the smallest scenario and prints it as a line for
`python -m lomodel compare`; `tools/recording/search.py` keeps such lines.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support import scenarios_2
from support.scenarios_strategy import steps

from lomodel import lab
from lomodel.lab.diff import table

EXAMPLES = 600
EXAMPLES_2 = 300

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large]
#: Of every subject; groups seldom: each one joined or left has the laboratory wait for reports.
THEMES = tuple(theme for theme in scenarios_2.THEMES if theme != "multicast") * 3 + ("multicast",)


@pytest.fixture(scope="module", autouse=True)
def laboratory() -> None:
    reason = lab.unavailable(events=True)
    if reason:
        pytest.skip(str(reason))


@pytest.mark.slow
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=QUIET,
)
@given(steps())
def test_random_scenarios(played: list) -> None:
    check(played)


@pytest.mark.slow
@settings(max_examples=EXAMPLES_2, deadline=None, database=None, suppress_health_check=QUIET)
@given(st.sampled_from(THEMES).flatmap(scenarios_2.steps))
def test_random_scenarios_of_contract_2(played: list) -> None:
    check(played)


def check(played: list) -> None:
    """Model and kernel are equal."""
    scenario = {"id": "random", "steps": played}
    result = lab.compare(scenario)
    assert result.equal, f"\n{json.dumps(scenario)}\n{table(result.rows())}"
