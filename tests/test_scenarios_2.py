"""The random scenarios of contract 2: valid, the same from the same seed, made small.

Seen red: a name that `open` gives twice; a `count` of 0; a shrinker that keeps every step.
"""

from __future__ import annotations

from random import Random
from typing import Any

import pytest
from support import scenarios_2

from lomodel.contract import check_scenario
from tools.recording import corpus_2
from tools.recording.shrink import shrink, without


@pytest.mark.parametrize("theme", list(scenarios_2.THEMES))
def test_what_is_drawn_is_a_scenario(theme: str) -> None:
    drawn = [scenarios_2.drawn(theme, Random(number)) for number in range(100)]
    for steps in drawn:
        check_scenario({"id": theme, "steps": steps})
    assert drawn == [scenarios_2.drawn(theme, Random(number)) for number in range(100)]


def test_every_kind_of_step_is_drawn() -> None:
    drawn = [scenarios_2.drawn("mixed", Random(number)) for number in range(300)]
    kinds = {step["do"] for steps in drawn for step in steps}
    assert kinds >= {"socket", "bind", "connect", "setsockopt", "getsockopt", "send", "recv"}
    assert kinds >= {"close", "address", "sysctl", "link", "show", "ping", "frame", "vnet_frame"}
    assert kinds >= {"tap", "captured", "counters", "udp", "tcp_frame", "features"}


def test_nothing_that_waits_for_datagrams_follows_a_joined_group() -> None:
    for number in range(500):
        steps = scenarios_2.drawn("mixed", Random(number))
        joins = [at for at, step in enumerate(steps) if "ADD_MEMB" in step.get("option", "")]
        for step in steps[joins[0] :] if joins else ():
            assert step["do"] != "udp"


@pytest.mark.parametrize("theme", list(corpus_2.WRITTEN))
def test_the_corpus_has_scenarios_with_names_of_their_own(theme: str) -> None:
    scenarios = [*corpus_2.written(theme), *corpus_2.drawn(theme)]
    for each in scenarios:
        check_scenario(each)
    assert len({each["id"] for each in scenarios}) == len(scenarios)


def test_a_find_is_made_small() -> None:
    def shows(steps: list[dict[str, Any]]) -> bool:
        return any(step["do"] == "send" and step["payload"] > 900 for step in steps)

    drawn = (scenarios_2.drawn("gro", Random(number)) for number in range(100))
    found = next(steps for steps in drawn if shows(steps))
    (small,) = shrink(found, shows)
    assert small["do"] == "send" and 900 < small["payload"] <= 1000
    assert set(small) == {"do", "socket", "payload"}


def test_what_is_left_out_takes_its_names_along() -> None:
    tap = {"do": "tap", "name": "t"}
    steps = [tap, {"do": "counters"}, {"do": "captured", "tap": "t"}, {"do": "link", "up": True}]
    assert without(steps, {"tap", "counters"}) == steps[3:]
