"""What the solution of assignment 9 says of letters that nobody wrote, played on the model.

A hidden check compares with what the solution printed, so a solution that is wrong would make every
right answer wrong. What turned this red, tried one at a time: a question of ``TESTS`` misspelt; a
cure that adds ::1 only where the MTU is long, or leaves the other addresses to the up; the setting
taken back only where a step names lo; one datagram more than the buffer holds; ``rx_dropped`` for a
lo that is down.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import nbformat
import pytest

SOLUTION = Path(__file__).parents[1] / "exercises/solutions/09_help_desk.ipynb"


@pytest.fixture(scope="module")
def desk() -> dict[str, Any]:
    """What the cells of the solution define, checks aside."""
    defined: dict[str, Any] = {}
    for cell in nbformat.read(SOLUTION, as_version=4).cells:
        if cell.cell_type == "code" and "check" not in cell.metadata.get("tags", []):
            exec(cell.source, defined)
    return defined


def test_every_test_is_asked_by_a_letter(desk: dict[str, Any]) -> None:
    """A name that nobody can meet would be no choice."""
    inet6 = [desk["UP"], *desk["opened"]("a", "::1", 9, do="connect"), desk["send"]("a", 1)]
    off = [{"do": "features", "set": {"tx-udp-segmentation": False}}]
    letters = [desk[name] for name in ("REFUSED", "SPLIT", "LOST", "REACH")]
    letters += [inet6, desk["split"](desk["SPLIT"])[2], [*off, *desk["SPLIT"]]]
    letters.append([desk["UP"], desk["DOWN"], *desk["REACH"]])
    asked = {(name, question) for each in letters for name, question, _ in desk["look"](each).asked}
    assert set(desk["TESTS"].items()) <= asked


@pytest.mark.parametrize("seed", range(25))
def test_one_comes_back_from_everywhere(desk: dict[str, Any], seed: int) -> None:
    dice = random.Random(seed)
    whole = desk["DISABLE"].replace("lo", "all")
    moves = [desk["UP"], desk["DOWN"], desk["disable"](0), desk["disable"](1)]
    moves += [{"do": "address", "add": "fd00::1/64"}, desk["REMOVE"]]
    moves += [desk["disable"](1, whole), *map(desk["mtu"], (576, 1279, 1280, 9000))]
    letter = [desk["UP"], *dice.choices(moves, k=6)]
    before = desk["play"]([*letter, {"do": "show"}], "6.12")[-1]
    taken, cure = desk["gone"](letter)
    succeeded, addresses, mtu, up, down, error, reads = desk["cured"](letter, cure)
    assert succeeded and up and not down and error is None and reads == [10]
    assert (mtu, set(addresses)) == (before["mtu"], {*before["addresses"], "::1/128"})
    if "::1/128" not in before["addresses"]:
        assert "::1/128" in desk["addresses"](letter[:taken])
        assert "::1/128" not in desk["addresses"](letter[: taken + 1])


@pytest.mark.parametrize(("size", "count"), [(1, 9), (300, 7), (1000, 13), (8000, 4)])
def test_the_buffer_is_the_smallest(desk: dict[str, Any], size: int, count: int) -> None:
    """6.12 takes the datagram that crosses the limit: the others, at what the socket says that
    one costs, must not be more than it, and what is set is doubled."""
    there = [desk["UP"], *desk["opened"]("a", "127.0.0.1", 7001)]
    client = desk["opened"]("x", "127.0.0.1", 7001, do="connect")
    asked = {"do": "getsockopt", "socket": "a", "option": "SO_MEMINFO"}
    one = desk["look"]([*there, *client, desk["send"]("x", size), asked]).seen[-1]["value"]
    small = desk["option"]("a", "SO_RCVBUF", 1152)
    letter = [*there, small, *client, desk["send"]("x", size, count=count), desk["read"]("a")]
    _, _, mended = desk["lost"](letter)
    value = [step["value"] for step in mended if step.get("option") == "SO_RCVBUF"][-1]
    assert value == max(1152, -(-(count - 1) * one["rmem_alloc"] // 2))


@pytest.mark.parametrize("before", [(), ("UP", "DOWN")])
@pytest.mark.parametrize("count", [1, 4])
def test_the_counter_counts_what_did_not_arrive(
    desk: dict[str, Any], before: tuple[str, ...], count: int
) -> None:
    letter = [*(desk[name] for name in before), *desk["REACH"]]
    letter = [step | {"count": count} if step["do"] == "send" else step for step in letter]
    form = desk["reach"](letter)
    (first, second), counted, heard = desk["proof"](letter, form)
    assert first != second and counted == [count, 0] and heard[-1] == [100] * count


def test_a_form_that_is_none(desk: dict[str, Any]) -> None:
    test, counter, mended = desk["reach"](desk["REACH"])
    for steps in (mended[:-1], [{"do": "ping", "family": "inet", "payload": 1}, *mended]):
        with pytest.raises(ValueError, match=r"is gone|no repair"):
            desk["proof"](desk["REACH"], (test, counter, steps))
