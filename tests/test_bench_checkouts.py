"""``make bench AGAINST=...``: each side counts with its best turn, and what is played can be.

Red with max in place of min, with the sides the other way round, and with a step that nobody can
play ("gso_size" left out).
"""

from __future__ import annotations

from pathlib import Path

import pytest

from lomodel.contract import check_steps
from lomodel.machine import Machine
from tools import bench_checkouts as bench


def test_each_side_counts_with_its_best(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    other = Path("/before")
    turns = {other: iter((4e-6, 3e-6, 5e-6, 9e-6)), bench.ROOT: iter((9e-6, 8e-6, 1.5e-6, 2e-6))}
    monkeypatch.setattr(bench, "_process", lambda checkout: {"a step": next(turns[checkout])})
    bench.main(other)
    row = capsys.readouterr().out.splitlines()[1]
    assert " ".join(row.split()) == "a step 3.0 us 1.5 us 0.500"


@pytest.mark.parametrize("what", list(bench.STEPS))
def test_the_steps_can_be_played(what: str) -> None:
    check_steps(bench.STEPS[what], Machine().netif_f.by_string)


def test_the_recordings_are_those_of_the_first_contract() -> None:
    assert len(list(bench._recorded())) > 2400
