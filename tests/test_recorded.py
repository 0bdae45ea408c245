"""Every recorded run of a real kernel, replayed on the model: equal, events included."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from lomodel.lab.diff import Comparison, differences
from lomodel.scenario import play

RECORDED = Path(__file__).with_name("recorded")


def _scenarios() -> list[Any]:
    return [
        pytest.param(line, id=f"{path.stem}:{json.loads(line)['id']}")
        for path in sorted(RECORDED.glob("*.jsonl"))
        for line in path.read_text().splitlines()
    ]


@pytest.mark.parametrize("line", _scenarios())
def test_model_equals_kernel(line: str) -> None:
    scenario = json.loads(line)
    model = play(scenario["steps"])
    found = differences(model, scenario["observed"])
    result = Comparison(scenario, "6.18", model, scenario["observed"], "a recorded Linux", found)
    assert result.equal, f"\n{result}"


def test_there_are_enough() -> None:
    assert len(_scenarios()) >= 400
