"""The page about CPU ids: its figure, and every state of its explorer ``cpu_loop``.

Mutations that turned these red: a bar one id early; boxes of the possible mask in every row; the
loop that asks once less; a dashed place before the last id; copies counted as ids; the present CPUs
taken for the online ones.
"""

from __future__ import annotations

import re

import pytest

from lomodel.desk import RELEASE
from lomodel.explorers.cpu_loop import EXPLORER, FIRMWARE
from lomodel.figures import cpu_masks
from lomodel.figures.masks import masks
from lomodel.linux.include.linux.cpumask import for_each_cpu
from lomodel.machine import Machine

# --- the figure -----------------------------------------------------------------------------------


def machine() -> Machine:
    return Machine(RELEASE, (0, 1, 4, 5), present_cpus=(0, 1, 4), cmdline="maxcpus=2")


def test_each_mask_has_a_row_of_boxes_and_the_end_a_bar() -> None:
    shown = cpu_masks(machine())
    rows = re.findall(r"<b>(\w+)</b>((?:<u class=\"\w+\"></u>)+)", shown.html)
    drawn = {
        name: [n for n, kind in enumerate(re.findall(r'"(\w+)"', boxes)) if kind == "in"]
        for name, boxes in rows
    }
    assert drawn == {"possible": [0, 1, 4, 5], "present": [0, 1, 4], "online": [0, 1]}
    # Its column is the last id's; the first column has the names.
    assert re.findall(r'<i style="grid-column:(\d+)">', shown.html) == ["7"]
    assert shown.text == (
        "CPUs: possible 0, 1, 4, 5 (4); present 0, 1, 4 (3); online 0, 1 (2). nr_cpu_ids is 6."
    )


def test_more_ids_than_eight_are_drawn() -> None:
    assert cpu_masks(Machine(RELEASE, 12)).html.count("<u ") == 3 * 12


# --- the explorer ---------------------------------------------------------------------------------


def run(**controls):
    return EXPLORER.outcome(EXPLORER.initial() | controls)


def test_known_states() -> None:
    gaps = run(firmware="gaps")
    assert gaps.summary == (
        "The loop over possible CPUs visits 0, 1, 4, 5 and ends at 6. "
        "lo has 4 copies of its counters."
    )
    assert gaps.words["possible"] == ("0x33", "ccooccw".ljust(64, "."))
    assert list(gaps.decisions.values()) == [
        ("0", "find_next_bit(from 0)"),
        ("1", "find_next_bit(from 1)"),
        ("4", "find_next_bit(from 2)"),
        ("5", "find_next_bit(from 5)"),
        ("6: the end", "find_next_bit(from 6)"),
    ]
    assert run(line="nr_cpus=4 nr_cpus=6").values["nr_cpu_ids"] == 4
    assert run(line="maxcpus=2", mask="online").values["visits"] == "0, 1"
    assert run(line="nosmp").values["copies"] == 1


@pytest.mark.parametrize("state", list(EXPLORER.states()), ids=str)
def test_every_state_is_the_models(state: dict) -> None:
    shown = EXPLORER.outcome(state)
    ids = FIRMWARE[state["firmware"]][1]
    present = [cpu for cpu in ids if cpu < 2 or state["plugged"] == "all"]
    made = Machine(state["release"], ids, present_cpus=present, cmdline=state["line"])
    every = masks(made)
    loop = list(for_each_cpu(made, every[state["mask"]]))
    assert shown.values["visits"] == ", ".join(map(str, loop))
    assert shown.values["nr_cpu_ids"] == made.nr_cpu_ids
    assert shown.values["copies"] == sum(c is not None for c in made.init_net.loopback_dev.lstats)
    # It asks once for each id, and once more to learn that there is none.
    assert [answer for answer, _ in shown.decisions.values()] == [
        *map(str, loop),
        f"{made.nr_cpu_ids}: the end",
    ]
    for name, (_, signs) in shown.words.items():
        assert len(signs) == 64 and signs.index("w") == made.nr_cpu_ids
        assert [n for n, sign in enumerate(signs) if sign == "c"] == list(
            for_each_cpu(made, every[name])
        )


def test_the_two_loops_visit_the_same_ids() -> None:
    for state in EXPLORER.states():
        old, new = (EXPLORER.outcome(state | {"release": r}) for r in ("5.14", RELEASE))
        assert old.values == new.values and old.decisions != new.decisions


def test_the_challenge_is_met_where_a_limit_leaves_two_of_three_ids() -> None:
    """Seen red: a challenge that asks for two copies alone."""
    met = [state for state in EXPLORER.states() if EXPLORER.outcome(state).met]
    assert met and {state["firmware"] for state in met} == {"three"}
    assert all(
        state["line"].endswith(("=4", "=6 nr_cpus=4", "=4 nr_cpus=6", "=04")) for state in met
    )
    assert not any(run(**preset).met for preset in EXPLORER.presets.values())
