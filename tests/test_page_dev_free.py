"""The page about the end of lo: its figure, and what its explorer says.

Seen red: counters taken for there while the device is; the open end with the last rows after it; a
bar that does not end; a function drawn in every release; the destructor called before the counters
are freed, in the model; ``unlist_netdevice`` that leaves the list alone; a reference that nobody
takes; the challenge met when the namespace is gone; a step whose function is not in the trace.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import pytest

from lomodel.desk import end_of, lo_up
from lomodel.explore.declaration import Outcome
from lomodel.explorers.ending import EXPLORER, SAID, STEPS, THINGS
from lomodel.figures.lifeline import END, Moment, life, lifeline

LAST = ("netdev_do_free_pcpu_stats", "loopback_dev_free", "free_netdev")
NAMES = {**{name: name for name in THINGS}, **SAID}


def outcome(**changes: Any) -> Outcome:
    return EXPLORER.outcome(EXPLORER.initial() | changes)


def there(made: Outcome) -> set[str]:
    return {name for name, box in THINGS.items() if box in made.parts}


def ends(moments: Iterable[Moment]) -> dict[str, str]:
    """What goes, by the function after which it is not there any more."""
    gone, before = {}, frozenset[str]()
    for moment in moments:
        gone |= {thing: moment.name for thing in before - moment.there}
        before = moment.there
    return gone


# --- the figure -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("release", "frees"),
    [
        ("5.14", "loopback_dev_free"),
        ("6.1", "loopback_dev_free"),
        ("6.12", "netdev_do_free_pcpu_stats"),
        ("6.18", "netdev_do_free_pcpu_stats"),
    ],
)
def test_who_frees_what(release: str, frees: str) -> None:
    assert ends(life(release)) == {
        "list": "unlist_netdevice",
        "counters": frees,
        "pointer": "loopback_dev_free",
        "struct": "free_netdev",
    }


def test_the_first_picture_does_not_say_what_goes_first() -> None:
    """That is a prediction of the page."""
    picture = lifeline()
    for name in LAST:
        assert name not in picture.html and name not in picture.text
    assert picture.html.count('class="open"') == 3
    assert lifeline(("6.1",), whole=False).html.count('class="open"') == 0


def test_a_bar_ends_where_its_thing_goes() -> None:
    html = lifeline(("6.12",), whole=False).html
    rows = re.findall(r"<code>(\w+)</code>((?:<i[^>]*></i>)+)", html)
    assert [name for name, _ in rows] == list(END)
    classes = {name: re.findall(r'class="(\w+)"', cells) for name, cells in rows}
    assert classes["unlist_netdevice"] == ["is", "is", "ends", "is"]
    assert classes["netdev_do_free_pcpu_stats"] == ["is", "ends", "none", "is"]
    assert classes["loopback_dev_free"] == ["is", "none", "none", "ends"]
    assert classes["free_netdev"] == ["ends", "none", "none", "none"]


def test_a_function_that_a_release_has_not_is_not_drawn() -> None:
    assert "netdev_do_free_pcpu_stats" not in lifeline(("5.14",), whole=False).text
    assert "netdev_do_free_pcpu_stats" in lifeline(("6.1",), whole=False).text


# --- the explorer ---------------------------------------------------------------------------------


def test_the_steps_are_the_functions_of_the_trace() -> None:
    called = [name for name in end_of(lo_up()).functions() if name in STEPS]
    assert set(called) == set(STEPS)  # cleanup_net, which is called first, returns last


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("release", ["5.14", "6.1", "6.12"])
def test_what_is_gone_stays_gone(release: str, held: bool) -> None:
    states = [outcome(step=at, release=release, held=held) for at in range(len(STEPS) + 1)]
    for before, after in zip(states, states[1:], strict=False):
        assert there(after) <= there(before)
        assert after.values["bytes"] <= before.values["bytes"]
        gone = [NAMES[name] for name in THINGS if name in there(before) - there(after)]
        assert after.values["gone"] == (", ".join(gone) or "nothing")
    assert there(states[0]) == set(THINGS)
    assert (states[-1].values["bytes"] == 0) == (not held)


@pytest.mark.parametrize(("release", "step"), [("6.12", 5), ("6.1", 6), ("5.14", 6)])
def test_the_counters_go_with_whoever_allocated_them(release: str, step: int) -> None:
    before, after = (outcome(step=at, release=release) for at in (step - 1, step))
    assert "counters" in there(before) and "counters" not in there(after)
    assert before.values["bytes"] - after.values["bytes"] == 2 * 16  # two CPUs


def test_a_function_that_a_release_has_not_is_no_step_there() -> None:
    assert outcome(step=5, release="5.14").summary.startswith("Linux 5.14 has no netdev_do_free")
    assert "gone with it: nothing" in outcome(step=5, release="6.1").summary


@pytest.mark.parametrize("step", range(5, len(STEPS) + 1))
def test_a_kernel_waits_while_somebody_holds_on(step: int) -> None:
    made = outcome(step=step, held=True)
    assert f"{STEPS[step - 1]} is not reached" in made.summary
    assert "Usage count = 2" in made.summary
    assert there(made) == {"pointer", "counters", "struct", "net"}
    assert made.values["state"] == "UNREGISTERED"


def test_a_device_that_nobody_finds_is_said_to_be_one() -> None:
    lost = [n for n in range(len(STEPS) + 1) if "nobody can find it" in outcome(step=n).summary]
    assert lost == [2, 3, 4, 5, 6]


def test_the_challenge_is_a_namespace_without_its_lo() -> None:
    met = [at for at in range(len(STEPS) + 1) if outcome(step=at).met]
    assert met == [7]
    assert there(outcome(step=7)) == {"net"} and not outcome(step=7, held=True).met


@pytest.mark.parametrize("name", EXPLORER.presets)
def test_no_preset_meets_the_challenge(name: str) -> None:
    assert not outcome(**EXPLORER.presets[name]).met


def test_the_figure_has_every_part() -> None:
    drawn = set(re.findall(r'data-part="([^"]*)"', EXPLORER.figure()))
    assert drawn == {part for state in EXPLORER.states() for part in EXPLORER.outcome(state).parts}
