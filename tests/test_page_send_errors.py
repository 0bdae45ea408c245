"""The page about the errors of a send: its ladder, and its explorer in every state.

Seen red: the refusal above the length in ``RUNGS``; a climb that takes the last rung with the
errno, whoever spoke; rungs below the one that speaks not told from skipped ones; a challenge
without the refusal; ``BUFFER`` left out of the rungs.
"""

from __future__ import annotations

import pytest

from lomodel.explore.run import outbound
from lomodel.explorers import _first_test, first_test
from lomodel.figures import send_ladder
from lomodel.figures.send_ladder import (
    BUFFER,
    COUNT,
    IP,
    LENGTH,
    PASSED,
    PORT,
    REFUSAL,
    ROUTE,
    RUNGS,
    SEGMENT,
    SKIPPED,
    SOURCE,
    SPEAKS,
    SUM,
    UNREACHED,
    climb,
    datagram,
)
from lomodel.scenario import Player
from lomodel.trace import Decision

EXPLORER = first_test.EXPLORER
REFUSED = {"connected": "refused"}


@pytest.mark.parametrize(
    "state, rung",
    [
        ({}, None),
        ({"payload": 70000, "destination": "away"}, LENGTH),
        ({"payload": 70000, "destination": "away", "family": "inet6"}, ROUTE),
        ({"destination": "port 0", "family": "inet6", "mtu": 68}, PORT),
        ({"family": "inet6", "mtu": 68}, SOURCE),
        ({"payload": 65508}, IP),
        ({"payload": 30000, "mtu": 1500, "mode": "do"}, IP),
        (REFUSED, REFUSAL),
        (REFUSED | {"payload": 65508}, IP),
        (REFUSED | {"payload": 30000, "segment": 100}, REFUSAL),
        ({"payload": 30000, "mtu": 68}, BUFFER),
        (REFUSED | {"payload": 30000, "mtu": 68}, REFUSAL),
        ({"payload": 30000, "segment": 2000, "mtu": 1500}, SEGMENT),
        ({"payload": 30000, "segment": 100, "option": "no sum"}, COUNT),
        ({"segment": 2000, "option": "no sum"}, SUM),
    ],
)
def test_known_states(state: dict, rung: send_ladder.Rung | None) -> None:
    slots = EXPLORER.run(state)
    lit = [name.removeprefix("part:") for name in slots if name.startswith("part:")]
    assert lit == [rung.name if rung else _first_test.SENT]
    assert slots["value:error"] == (rung.errno if rung else "no error")


@pytest.mark.slow
def test_every_state() -> None:
    lit, met = set(), 0
    for state in EXPLORER.states():
        slots = EXPLORER.run(state)
        (part,) = [name.removeprefix("part:") for name in slots if name.startswith("part:")]
        error = slots["value:error"]
        assert (part == _first_test.SENT) == (error == "no error") == (slots["fate"] != "refused")
        assert (slots["value:tx_packets"] > 0) == (error == "no error")
        waits = state["connected"] == "refused"
        assert ("met" in slots) == (waits and error not in ("no error", "ECONNREFUSED"))
        assert not waits or error != "no error"
        lit.add(part)
        met += "met" in slots
    assert lit == {rung.name for rung in _first_test.ORDER} | {_first_test.SENT} and met


def order_of(steps: list) -> list[str]:
    """The questions of rungs in the order in which a send asked them first."""
    player = Player()
    for step in steps[:-1]:
        player.step(step)
    with player.machine.trace() as trace:
        player.step(steps[-1])
    known = {rung.question for rung in _first_test.ORDER}
    asked = (each.question for each in outbound(trace) if isinstance(each, Decision))
    return [question for question in dict.fromkeys(asked) if question in known]


def test_the_rungs_are_in_the_order_of_the_kernel() -> None:
    """IPv6 looks the route up before the source address, and minds it afterwards."""
    for family, rungs in RUNGS.items():
        places = {rung.question: at for at, rung in enumerate(rungs)}
        for state in list(EXPLORER.states())[::7]:
            if state["family"] != family:
                continue
            asked = order_of(_first_test.steps(state))
            found = [places[each] for each in asked if each != ROUTE.question or family == "inet"]
            assert found == sorted(found), state


def test_a_ladder_has_one_voice_and_nothing_below_it() -> None:
    done = climb(datagram(4000, "127.0.0.1", mtu=1427, gso_size=1400))
    states = [each.state for each in done.rungs]
    assert done.speaker.rung is SEGMENT and done.speaker.operands == "segment 1428, fragsize 1427"
    at = states.index(SPEAKS)
    assert set(states[:at]) == {PASSED, SKIPPED} and set(states[at + 1 :]) == {UNREACHED}
    assert done.passed == states.count(PASSED) == 4


def test_a_ladder_of_a_send_that_succeeds() -> None:
    done = climb(datagram(1, "::1"))
    assert done.speaker is None and done.error == ""
    assert {each.state for each in done.rungs} == {PASSED, SKIPPED}
    shown = send_ladder.send_ladder("Sent", ("1 byte", datagram(1, "::1")))
    assert "<b>sent</b>" in shown.html and shown.text.endswith("It is sent.")


def test_the_picture_says_what_the_kernel_compared() -> None:
    shown = send_ladder.send_ladder("Away", ("70000 bytes", datagram(70000, "8.8.8.8")))
    assert shown.html.count('class="speaks"') == 1 and "length 70000" in shown.html
    assert shown.html.count('class="unreached"') == len(RUNGS["inet"]) - 1
    assert "udp_sendmsg says EMSGSIZE" in shown.text


def test_an_errno_that_no_rung_gives() -> None:
    steps = datagram(1, "::1")
    steps.insert(3, {"do": "setsockopt", "socket": "a", "option": "IPV6_V6ONLY", "value": 1})
    with pytest.raises(ValueError, match="no rung says"):
        climb([*steps[:-1], steps[-1] | {"to": ["::ffff:127.0.0.1", 9]}])
