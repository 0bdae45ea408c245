"""The page about torn reads: its figure and its explorer, against every schedule of the model.

Seen red: the halves exchanged in the figure; a moment too few; what is hidden shown, drawn or said;
the writer stopped a store later; the reader stopped a load later, with and without the sequence
counter; a 64-bit machine with it; a challenge of another number; a second look taken for a first,
when asked and when lit; the shape of a mixed pair for a torn one.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import pytest

from lomodel.explore.declaration import Outcome
from lomodel.explorers import torn
from lomodel.explorers._torn import LOADS, PAIRS, STOPS, STORES, Played
from lomodel.explorers.torn import EXPLORER
from lomodel.figures.halves import halves, moments
from lomodel.interleave import WORD, Experiment, Run
from lomodel.predictions.torn_reads import BEFORE, LENGTH

EXPERIMENTS = {"32": (32, True), "bare": (32, False), "64": (64, False)}


def wheels(html: str) -> list[tuple[str, str, str]]:
    """High half, low half and number of every moment."""
    rows = re.findall(r'lo-wheels-row(?: open)?">(.*?)</div>', html)
    found = []
    for row in rows:
        high, low = ("".join(re.findall(r"<i>(.)</i>", half)) for half in row.split("</span>")[:2])
        found.append((high, low, re.findall(r"<b>([^<]*)</b>", row)[-1]))
    return found


def test_the_figure_shows_the_memory_at_three_moments() -> None:
    shown = wheels(halves(BEFORE, LENGTH).html)
    assert shown == [
        ("00000000", "fffff060", "4294963296"),
        ("00000000", "0000001c", "28"),
        ("00000001", "0000001c", "4294967324"),
    ]
    assert [int(high + low, 16) for high, low, _ in shown] == [int(n) for *_, n in shown]
    assert "Between, low half stored: high 00000000, low 0000001c, 28." in halves(BEFORE, 4028).text


def test_the_moment_between_can_be_left_open() -> None:
    hidden = halves(BEFORE, LENGTH, hide=True)
    before, between, after = wheels(hidden.html)
    assert between == ("?" * 8, "?" * 8, "?")
    assert [before, after] == wheels(halves(BEFORE, LENGTH).html)[::2]
    assert "28" not in re.sub("4028", "", hidden.text + hidden.html.split("<figcaption>")[0])


def test_without_a_carry_the_moment_between_is_the_end() -> None:
    _, between, after = moments(1000, 10)
    assert between.value == after.value == 1010


def outcome(**changes: Any) -> Outcome:
    return EXPLORER.outcome(EXPLORER.initial() | changes)


def pair(seen: Outcome) -> tuple[Any, Any]:
    return seen.values["packets"], seen.values["bytes"]


def states() -> Iterator[tuple[dict[str, Any], Outcome]]:
    return ((state, EXPLORER.outcome(state)) for state in EXPLORER.states())


def test_every_pair_of_every_schedule_can_be_reached() -> None:
    """One stop of the reader is enough for all that any schedule can give."""
    reached = defaultdict(dict)
    for state, seen in states():
        shape, verdict = seen.fate
        assert shape == {"true": "whole", "mixed": "cut", "torn": "dropped"}[verdict]
        reached[state["machine"], state["start"]][pair(seen)] = verdict
    for (machine, start), pairs in reached.items():
        bits, sync = EXPERIMENTS[machine]
        found = Experiment(bits, sync, (LENGTH,), *PAIRS[start]).run()
        assert pairs == {each: found.experiment.verdict(each) for each in found.pairs}


def test_the_challenge_is_the_number_28() -> None:
    met = [state for state, seen in states() if seen.met]
    assert all(pair(EXPLORER.outcome(state))[1] == 28 for state in met)
    assert {state["machine"] for state in met} == {"bare"}
    assert {state["done"] for state in met} == {2}
    assert not any(outcome(**preset).met for preset in EXPLORER.presets.values())


@pytest.mark.parametrize(
    ("changes", "expected", "said"),
    [
        ({}, (0, BEFORE), "never has to wait"),
        ({"done": 3}, (1, BEFORE + LENGTH), "waits"),
        ({"stop": "bytes.high", "done": 6}, (1, BEFORE + LENGTH), "reads again"),
        ({"stop": "end", "done": 1}, (1, BEFORE + LENGTH), "reads again and waits"),
        ({"machine": "bare", "stop": "bytes.high", "done": 3}, (0, 8589930592), "never there"),
        ({"machine": "64", "stop": "bytes.low", "done": 3}, (0, BEFORE + LENGTH), "different"),
    ],
)
def test_known_states(changes: dict[str, Any], expected: tuple[int, int], said: str) -> None:
    seen = outcome(**changes)
    assert pair(seen) == expected and said in seen.summary


def test_the_second_look_is_asked_whether_it_has_changed() -> None:
    again = outcome(stop="bytes.high", done=6)
    assert again.decisions == {
        "odd": ("no, then no", "sequence 0, then 2"),
        "changed": ("yes, then no", "sequence 0 and 2, then 2 and 2"),
    }
    assert outcome(done=1).decisions["odd"] == ("yes, then no", "sequence 1, then 2")
    assert not outcome(machine="bare").decisions and not outcome(machine="64").decisions


def test_the_reader_is_stopped_where_the_control_says() -> None:
    """The counts of loads are those of the reader's own program."""
    for machine, (bits, sync) in EXPERIMENTS.items():
        experiment = Experiment(bits, sync, (LENGTH,), 0, 0)
        run = Run(experiment.programs(), experiment.memory())
        loads = []
        while "reader" in run.pending:
            loads.append(run.pending["reader"][1])
            run.step("reader")
        for stop, count in zip(STOPS, LOADS[machine], strict=True):
            if stop in loads:
                assert loads.index(stop) == count
        assert loads.count("sequence") == 2 * sync
        assert LOADS[machine][-1] == len(loads) - sync


def test_the_writer_stores_as_much_as_the_control_says() -> None:
    for done in range(len(STORES) + 1):
        lit = {
            part.removeprefix("writer ")
            for part in Played(
                {"machine": "bare", "start": "none", "stop": "end", "done": done}
            ).parts()
            if part.startswith("writer")
        }
        assert lit == {*STORES[1:done]} - {"down"}


def test_what_is_lit_are_the_loads_and_stores_that_were_made() -> None:
    figure = torn.figure()
    drawn = set(re.findall(r'data-part="([^"]*)"', figure))
    for state, seen in states():
        assert set(seen.parts) <= drawn
        reader = {part for part in seen.parts if part.startswith("reader")}
        assert len(reader) == (6 if state["machine"] == "32" else 4)
    assert len(drawn) == 12
    assert EXPLORER.steps is None


def test_the_number_is_made_of_the_halves_that_are_shown() -> None:
    for _, seen in states():
        high, low = (int(half, 16) for half in str(seen.values["halves"]).split(", "))
        assert high * WORD + low == seen.values["bytes"]
        assert seen.parts["reader bytes.high"] == f"{high:#x}"
        assert seen.parts["reader bytes.low"] == f"{low:#x}"
