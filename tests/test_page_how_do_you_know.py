"""The page about checking: model and recorded kernel side by side, the explorer ``witnesses``.

Seen red: ``changed`` that leaves the model wrong behind it (nothing can be collected then); a
change whose text is gone taken for none; ``between`` with the kernel's own model in place of the
one that was asked for; a card with other numbers; "=" whatever was observed; a state with a changed
model that is offered to a kernel; the challenge met where nothing differs.
"""

from __future__ import annotations

import re

import pytest

from lomodel import witnesses
from lomodel.explorers.witnesses import EXPLORER, KERNELS, steps
from lomodel.figures.witnesses import Witness, _sign, three_witnesses
from lomodel.figures.witnesses import witnesses as asked
from lomodel.scenario import play
from lomodel.witnesses import CHANGES, Change, between, changed, noticed, recordings, values

STATES = [(state, EXPLORER.outcome(state)) for state in EXPLORER.states()]


# --- the comparison -------------------------------------------------------------------------------


@pytest.mark.parametrize("release", KERNELS)
def test_one_change_gets_through(release: str) -> None:
    assert [len(noticed(change, release)) for change in CHANGES] == [0, 8, 0, 8, 8]


def test_a_full_backlog_shows_it() -> None:
    """What the thirteen scenarios do not come to."""
    many = [
        {"do": "link", "up": True},
        {"do": "features", "set": {"tx-tcp-segmentation": False}},
        {"do": "tcp_frame", "family": "inet", "payload": 10020, "gso_size": 10, "flags": 16},
    ]
    right = play(many, "6.12")
    with changed("always"):
        wrong = play(many, "6.12")
    assert right[-1]["stats"]["tx_packets"] == 1001 == wrong[-1]["stats"]["tx_packets"] - 1
    assert play(many, "6.12") == right


def test_a_change_must_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(witnesses.CHANGES, "gone", Change("gone", "no such line", "x"))
    with pytest.raises(ValueError, match="gone: expected 'no such line' once"), changed("gone"):
        pass


def test_another_model_is_asked() -> None:
    (place,) = between("down", "6.18", "5.14")
    assert (place.step, place.field, place.model, place.kernel) == (2, "stats.tx_dropped", 0, 1)
    assert between("down", "6.18") == []
    (early, other) = between("riddle", "6.12", change="early")
    assert (early.model, early.kernel, other.field) == (4042, 4028, "stats.tx_bytes")


def test_all_values_are_counted() -> None:
    assert values([{"a": 1, "b": [2, "c"]}, {"d": None}]) == 4


# --- the figure -----------------------------------------------------------------------------------


def test_each_witness_says_what_was_observed() -> None:
    html = three_witnesses().html
    cards = re.findall(r'<div class="lo-card">(.*?)</dl></div>', html)
    assert len(cards) == len(asked()) == 3
    for witness, card in zip(asked(), cards, strict=True):
        last = witness.observed[-1]
        assert witness.name in card and ("lo-disc" in card) == witness.kernel
        said = re.findall("<dd>(.*?)</dd>", card)
        stats = last["stats"]
        assert said == [
            "none",
            f"{stats['tx_packets']} packet, {stats['tx_bytes']} bytes",
            " ".join(map(str, last["received"])),
            str(len(last["events"])),
        ]
    assert html.count(">=<") == 2 and "≠" not in html


def test_a_difference_is_seen() -> None:
    one, other = Witness("a", False, [{"error": None}]), Witness("b", True, [{"error": "EIO"}])
    assert "≠" in _sign(one, other) and "=" in _sign(one, one) and _sign(None, one) == ""


# --- the explorer ---------------------------------------------------------------------------------


def test_known_states() -> None:
    assert EXPLORER.run({})["summary"].startswith("Equal: ")
    early = EXPLORER.run({"change": "early"})
    assert "stats.tx_bytes 4042 and 4028" in early["summary"]
    assert early["value:different"] == 2 and "part:stats" in early
    old = EXPLORER.run({"asked": "longest", "model": "5.14", "release": "6.18"})
    assert "Linux 6.18.44 second: stats.rx_packets 1 and 47" in old["summary"]


def test_a_right_model_never_differs() -> None:
    for state, outcome in STATES:
        if not state["change"] and state["model"] == state["release"]:
            assert outcome.values["different"] == 0, state


def test_every_difference_is_told() -> None:
    for state, outcome in STATES:
        found = between(state["asked"], state["release"], state["model"], state["change"])
        assert outcome.values["different"] == len(found)
        assert outcome.summary.startswith("Different" if found else "Equal")
        assert outcome.summary.endswith(".")
        assert bool(outcome.parts) == bool(found)
        assert outcome.met == (len(found) == 1)
        assert outcome.values["compared"] >= len(found)


def test_a_changed_model_is_no_scenario() -> None:
    for state, _ in STATES:
        said = steps(state)
        assert (said is None) == bool(state["change"])
        if said is not None:
            assert said == recordings()[state["asked"], state["release"]]["steps"]
