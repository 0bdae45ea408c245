"""The page about the birth: its figure, its predictions and the explorer ``allocation``.

Seen red: an allocation given to the function that called its owner; ``free_netdev`` left out of
``loopback_net_init``'s error path (bytes stay behind); ``refuse_net`` without its panic;
the failure at boot counted with ``net``; ``fails`` written beside another function; the button
for the counters at another number; the figure with the first failures first; the challenge
met by a number that there is not. Seen red in
test_predict.py: ``net->loopback_dev`` written before the registration.
"""

from __future__ import annotations

import re
from typing import Any

import pytest

from lomodel.desk import boot
from lomodel.explore.declaration import Outcome
from lomodel.explorers.allocation import DESTRUCTOR, EXPLORER
from lomodel.figures import birth_of_lo
from lomodel.figures.birth import SHOWN, birth
from lomodel.predictions import net_init

COUNTS = {"6.1": 10, "6.12": 11, "6.18": 13}
AT_BOOT = {"6.1": 7, "6.12": 8, "6.18": 10}
"""How many of them the first lo makes: without net, in_device and inet6_dev."""
STATES = list(EXPLORER.states())


def outcome(**changes: Any) -> Outcome:
    return EXPLORER.outcome(EXPLORER.initial() | changes)


@pytest.mark.parametrize("release", COUNTS)
def test_the_figure_has_every_allocation_once(release: str) -> None:
    numbers = re.findall(r"<b>(\d+)</b>", birth_of_lo(release).html)
    assert sorted(map(int, numbers)) == list(range(1, COUNTS[release] + 1))
    machine = boot(release)
    with machine.memory.recording() as made:
        machine.new_net()
    assert [each.what for each in made] == [each.allocation.what for each in birth(release)[1]]


def test_an_allocation_stands_at_the_function_that_makes_it() -> None:
    owners = {each.allocation.what: each.owner for each in birth()[1]}
    assert owners["net"] == "net_alloc" and owners["net_device"] == "alloc_netdev_mqs"
    assert owners["netdev_name_node"] == "register_netdevice"
    assert owners["pcpu_lstats"] == "netdev_do_alloc_pcpu_stats"
    assert owners["inet6_dev"] == "ipv6_add_dev"
    old = {each.allocation.what: each.owner for each in birth("6.1")[1]}
    assert old["pcpu_lstats"] == "loopback_dev_init"


def test_the_figure_has_the_order_of_the_calls() -> None:
    drawn = re.findall(r"</svg><code>(\w+)</code>", birth_of_lo().html)
    called = [name for name in birth()[0].functions() if name in SHOWN]
    assert drawn == called == list(SHOWN)
    assert "loopback_dev" not in birth_of_lo().text.replace("loopback_dev_init", "")


@pytest.mark.parametrize("state", STATES, ids=lambda state: " ".join(map(str, state.values())))
def test_every_state(state: dict[str, Any]) -> None:
    seen = EXPLORER.outcome(state)
    release, nth = state["release"], state["nth"]
    at_boot = state["where"] == "boot"
    own = range(2, AT_BOOT[release] + 2) if at_boot else range(1, COUNTS[release] + 1)
    kind = "whole" if nth not in own else "dropped" if at_boot else "refused"
    assert seen.fate[0] == kind
    given = len(own) if kind == "whole" else nth - own[0]
    assert seen.values["given"] == given == len(seen.strips["given"])
    if kind == "refused":
        assert seen.values["left"] == 0 and "ENOMEM" in seen.summary
    if kind == "dropped":
        assert "loopback: Failed to register netdevice: -12" in seen.summary
    assert list(seen.parts.values()).count("fails") == (kind != "whole")
    assert seen.summary.endswith(".") and len(seen.summary) > 40


@pytest.mark.parametrize(
    ("release", "numbers"), [("6.1", (9, 10)), ("6.12", (9, 10, 11)), ("6.18", (11, 12, 13))]
)
def test_where_the_destructor_runs(release: str, numbers: tuple[int, ...]) -> None:
    """From the counters on; in 6.1, where the driver allocates them, only after them."""
    ran = [n for n in range(14) if outcome(release=release, nth=n).values["destructor"] == "yes"]
    assert ran == list(numbers)
    for number in ran:
        seen = outcome(release=release, nth=number)
        assert f"{DESTRUCTOR} runs" in seen.summary
        assert any(part.startswith(DESTRUCTOR) for part in seen.parts)


@pytest.mark.parametrize(("release", "last"), COUNTS.items())
def test_the_challenge_is_what_the_first_lo_does_without(release: str, last: int) -> None:
    """The namespace itself, IPv4's side and IPv6's; a number that there is not is no allocation."""
    places = [
        (where, nth)
        for where in ("new", "boot")
        for nth in range(14)
        if outcome(release=release, where=where, nth=nth).met
    ]
    assert places == [("boot", 1), ("boot", last - 1), ("boot", last)]


def test_the_buttons_lead_to_what_they_name() -> None:
    for release, last in COUNTS.items():
        points = outcome(release=release).points["nth"]
        assert points["the last"] == last
        counters = outcome(release=release, nth=points["the counters"])
        assert counters.values["failed"] == "pcpu_lstats, 32 bytes"


def test_a_failure_is_marked_where_it_is() -> None:
    assert outcome(nth=11).parts["ipv6_add_dev"] == "fails"
    assert outcome(nth=5).parts["alloc_netdev_mqs"] == "fails"
    assert "ops_undo_list" in outcome(nth=11).parts and "ops_undo_list" not in outcome(nth=1).parts


@pytest.mark.parametrize("name", EXPLORER.presets)
def test_no_preset_meets_the_challenge(name: str) -> None:
    assert not outcome(**EXPLORER.presets[name]).met


def test_every_lit_part_is_in_the_figure_and_undoing_below() -> None:
    drawn = re.findall(r'class="node[^"]*" data-part="([^"]+)"', EXPLORER.figure())
    assert {part for state in STATES for part in EXPLORER.outcome(state).parts} <= set(drawn)
    assert drawn.index("ipv6_add_dev") < drawn.index("unregister_netdevice_many")
    assert EXPLORER.steps is None


def test_an_older_kernel_answers_the_first_prediction_otherwise() -> None:
    assert [net_init.rename(release) for release in ("6.1", "6.12")] == ["down", "up"]
