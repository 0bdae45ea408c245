"""The page about the pair of each CPU: its figure, and every state of its explorer ``sharing``.

Mutations that turned these red: ``syncp`` of 4 bytes on 64 bits; a padding that is not drawn; marks
every 8 bytes; the layouts of two options exchanged; a reader that reads once more; the state of a
line asked for the CPU before; a challenge that is met where two layouts cost the same; ``_fetch``
that counts no transfer.
"""

from __future__ import annotations

import re

import pytest

from lomodel.cachelines import LAYOUTS, count_packets
from lomodel.desk import RELEASE
from lomodel.explorers.sharing import EXPLORER
from lomodel.figures import pair_in_line
from lomodel.figures.pair import GRAIN, fields
from lomodel.machine import Machine


def first_lo(bits: int):
    return Machine(RELEASE, bits=bits).init_net.loopback_dev


# --- the figure -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        (64, [("packets", 16, 8), ("bytes", 24, 8)]),
        (32, [("packets", 16, 8), ("bytes", 24, 8), ("syncp", 32, 4), ("padding", 36, 12)]),
    ],
)
def test_every_byte_is_drawn_where_it_is(bits: int, expected: list) -> None:
    lo = first_lo(bits)
    shown = pair_in_line(lo)
    found = re.findall(r'<i class="(\w+)" style="grid-column:(\d+)/(\d+)"', shown.html)
    drawn = [(n, (int(a) - 1) * GRAIN, (int(b) - int(a)) * GRAIN) for n, a, b in found]
    assert drawn == expected
    assert sum(length for *_, length in drawn) == lo.lstats.size
    assert re.findall(r"<u [^>]*>(\d+)</u>", shown.html) == ["0", "16", "32", "48"]
    assert f"has {lo.lstats.size} bytes" in shown.text
    assert ("syncp has no bytes" in shown.html) == (bits == 64)


def test_a_name_that_has_no_room_stands_above_its_box() -> None:
    """Seen red: the name above the box behind it; every name inside."""
    for bits, expected in ((64, []), (32, [("syncp", 32)])):
        html = pair_in_line(first_lo(bits)).html
        found = re.findall(r'<s style="grid-column:(\d+)/\d+"><b>(\w+)</b>', html)
        above = [(name, (int(column) - 1) * GRAIN) for column, name in found]
        assert above == expected
        inside = set(re.findall(r'<i class="(\w+)"[^>]*><b>', html))
        names = {each.name for each in fields(bits) if each.length}
        assert inside == names - {name for name, _ in above}


def test_the_fields_fill_the_struct() -> None:
    for bits in (64, 32):
        assert sum(each.length for each in fields(bits)) == first_lo(bits).lstats.size


def test_a_copy_that_two_lines_hold_is_refused() -> None:
    lo = first_lo(32).machine.new_net().loopback_dev
    with pytest.raises(ValueError, match="begins at byte 48 and goes on in the next line"):
        pair_in_line(lo)


# --- the explorer ---------------------------------------------------------------------------------


def run(**controls):
    return EXPLORER.outcome(EXPLORER.initial() | controls)


@pytest.mark.parametrize(
    ("controls", "total"),
    [
        ({}, 400),
        ({"layout": "array"}, 400),
        ({"layout": "per CPU"}, 4),
        ({"layout": "per CPU", "sums": "once"}, 7),
        ({"layout": "per CPU", "sums": "each"}, 601),
        ({"sums": "each"}, 500),
        ({"cpus": 64}, 6400),
        ({"cpus": 64, "layout": "per CPU"}, 64),
        ({"cpus": 1}, 1),
    ],
)
def test_known_states(controls: dict, total: int) -> None:
    assert run(**controls).values["total"] == total


def test_a_line_is_where_it_was_written_last() -> None:
    assert run().words == {"line 0": ("M: CPU 3", "...c".ljust(64, "."))}
    own = run(layout="per CPU", sums="once").words
    assert own["line 0"] == ("M: CPU 0", "c".ljust(64, "."))
    assert own["line 2"] == ("S: 2 CPUs", "o.o".ljust(64, "."))


@pytest.mark.parametrize("state", list(EXPLORER.states()), ids=str)
def test_every_state_is_the_models(state: dict) -> None:
    shown, cpus = EXPLORER.outcome(state), state["cpus"]
    machine = Machine(RELEASE, possible_cpus=cpus)
    sums, each = int(state["sums"] == "once"), state["sums"] == "each"
    traffic = {
        layout: count_packets(place(machine), state["packets"], sums, each)
        for layout, place in LAYOUTS.items()
    }
    mine = traffic[state["layout"]]
    values = shown.values
    assert values["total"] == mine.total
    assert (values["fills"], values["transfers"]) == (mine.fills, mine.transfers)
    assert values["upgrades"] == mine.upgrades
    # Strict turns: an array is never better than one pair as long as nobody reads.
    if state["sums"] == "never":
        assert traffic["array"].total == traffic["one pair"].total
    assert shown.met == (cpus == 1)
    assert all(len(signs) == 64 for _, signs in shown.words.values())


def test_the_challenge_is_not_met_at_first() -> None:
    assert not run().met
