"""The explorer ethtool: every answer that ETHTOOL_SFEATURES has, in the model and on this kernel.

Seen red: without ``before`` no state returns 2; a challenge that asks for ETHTOOL_F_UNSUPPORTED;
notes of every lamp, and a summary that does not say why one is off.
"""

from __future__ import annotations

from itertools import islice

import pytest

from lomodel import lab
from lomodel.explorers import ethtool

STATES = {
    0: {},
    1: {"besides": "tx-scatter-gather"},
    2: ethtool.TWO,
    3: ethtool.TWO | {"besides": "tx-scatter-gather"},
}
answers = pytest.mark.parametrize("answer", STATES)


def state(answer: int) -> dict:
    return ethtool.EXPLORER.initial() | STATES[answer]


@answers
def test_every_answer_can_be_reached(answer: int) -> None:
    seen = ethtool.EXPLORER.run(STATES[answer])
    assert seen["value:answer"] == answer
    assert seen["summary"].startswith(f"The call returns {answer}")
    assert ("met" in seen) == (answer == 2)


@answers
def test_this_kernel_returns_the_same(answer: int) -> None:
    if reason := lab.unavailable():
        pytest.skip(str(reason))
    result = lab.compare({"id": "ethtool", "steps": ethtool.steps(state(answer))})
    assert result.equal, result.rows()
    *_, called, _ = lab.capture(ethtool.steps(state(answer)))
    assert called["rc"] == answer


def test_after_all_switches_are_off_the_call_asks_for_those_that_are_up() -> None:
    assert ethtool.wishes(state(2)) == {ethtool.MANGLEID: True}
    assert ethtool.wishes(state(0)) == {}


def test_what_a_rule_keeps_off_is_said_as_such() -> None:
    """The answer may be 0 all the same: the call was about another lamp."""
    said = ethtool.EXPLORER.run({"tx-tcp-segmentation": False})["summary"]
    assert said == (
        "The call returns 0. One lamp is not as its switch says, since a rule keeps it off: "
        f"{ethtool.MANGLEID}."
    )
    for both in islice(ethtool.EXPLORER.states(), 0, None, 61):
        seen = ethtool.EXPLORER.outcome(both)
        if "since a rule" in seen.summary:
            assert set(seen.notes.values()) == {"off [requested on]"}, both
