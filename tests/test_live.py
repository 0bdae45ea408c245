"""Random scenarios on this machine's kernel and on the model: never a difference.

Hypothesis shrinks what it finds to the smallest scenario and prints it as a line for
`python -m lomodel compare`; `tools/recording/search.py` keeps such lines.
"""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from support.scenarios_strategy import steps

from lomodel import lab
from lomodel.lab.diff import table

EXAMPLES = 600


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
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(steps())
def test_random_scenarios(played: list) -> None:
    scenario = {"id": "random", "steps": played}
    result = lab.compare(scenario)
    assert result.equal, f"\n{json.dumps(scenario)}\n{table(result.rows())}"
