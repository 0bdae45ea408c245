"""The page about per-CPU pointers: its figure, and every state of its explorer ``lockers``.

Mutations that turned these red: a figure without the pointer's offset; areas drawn a column to the
right; offsets counted from CPU 1; a youngest lo that is looked for among the oldest; the second
namespace that never ends; lines of 32 bytes; counters of a lo that has ended still marked.
"""

from __future__ import annotations

import re

import pytest

from lomodel.desk import RELEASE, new_lo
from lomodel.explorers.lockers import CPUS, EXPLORER, LINE, LINES, born
from lomodel.figures import lockers
from lomodel.figures.lockers import GRAIN, SHOWN
from lomodel.linux.mm.percpu import per_cpu_address
from lomodel.machine import Machine


def first_lo(cpus: int):
    return Machine(RELEASE, possible_cpus=cpus).init_net.loopback_dev


# --- the figure -----------------------------------------------------------------------------------


@pytest.mark.parametrize("cpus", [1, 4, 6])
def test_each_cpu_has_a_row_with_its_address(cpus: int) -> None:
    lo = first_lo(cpus)
    shown = lockers(lo)
    rows = re.findall(r"<b>CPU (\d)</b>.*?(0x[0-9a-f]+)</code>", shown.html)
    expected = [(str(n), f"{per_cpu_address(lo.machine, lo.lstats, n):#x}") for n in range(cpus)]
    assert rows == expected
    assert all(address in shown.text for _, address in expected)
    assert f"the pointer {lo.lstats.ptr:#x}" in shown.html


def test_what_is_taken_is_drawn_to_scale() -> None:
    lo = new_lo(possible_cpus=1)
    found = re.findall(r'class="(own|other)" style="grid-column:(\d+)/(\d+)"', lockers(lo).html)
    drawn = [((int(a) - 1) * GRAIN, (int(b) - int(a)) * GRAIN) for _, a, b in found]
    assert drawn == lo.lstats.chunk.areas
    own = [area for (kind, _, _), area in zip(found, drawn, strict=True) if kind == "own"]
    assert own == [(lo.lstats.ptr - lo.lstats.chunk.base, lo.lstats.size)]


def test_a_lo_far_behind_is_refused() -> None:
    lo = new_lo(possible_cpus=1)
    far = [lo.machine.new_net() for _ in range(5)][-1].loopback_dev
    with pytest.raises(ValueError, match=f"bytes into a unit; drawn are {SHOWN}"):
        lockers(far)


# --- the explorer ---------------------------------------------------------------------------------


def run(**controls):
    return EXPLORER.outcome(EXPLORER.initial() | controls)


def test_known_states() -> None:
    assert run().values["pointers"] == "0x40000010, 0x40000020"
    assert run(bits=32).values["pointers"] == "0x40000010, 0x40000030"
    gaps = run(cpus="gaps").values
    assert (gaps["copies"], gaps["places"], gaps["bytes"]) == (4, 6, 2 * 4 * 16)
    late = run(namespaces=3, leaves=True, again=True)
    assert late.met
    assert late.summary == (
        "4 loopback devices, 2 copies of 16 bytes each; the youngest has the pointer 0x40000030. "
        "It took the hole and lies in front of net 3."
    )


@pytest.mark.parametrize("state", list(EXPLORER.states()), ids=str)
def test_every_state_is_the_models(state: dict) -> None:
    los, shown = born(state), EXPLORER.outcome(state)
    cpus = CPUS[state["cpus"]][1]
    living = 2 + state["namespaces"] - 1 + state["again"]
    assert len(los) == living - (state["leaves"] and state["namespaces"] > 1)
    size = 16 if state["bits"] == 64 else 32
    assert shown.values["bytes"] == size * len(cpus) * len(los)
    assert len(shown.parts) == len(los) * len(cpus) == len(set(shown.parts.values()))
    signs = "".join(signs for _, signs in shown.words.values())
    assert len(signs) == LINE * LINES
    assert signs.count("c") + signs.count("o") == size * len(los)
    overtakes = state["leaves"] and state["again"] and state["namespaces"] > 2
    assert shown.met == overtakes


def test_the_challenge_is_not_met_at_first() -> None:
    assert not run().met
    assert 0 < sum(EXPLORER.outcome(state).met for state in EXPLORER.states()) < 32
