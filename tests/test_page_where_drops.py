"""The page about drops: its figure's facts, its explorer in every state, and both on this kernel.

Seen red: a leak whose counter the model does not move; the turn before the queue; what was read
counted as lost; a challenge without the frame; no capture where there should be one.
"""

from __future__ import annotations

from typing import Any

import pytest

from lomodel import lab
from lomodel.contract import Step
from lomodel.explorers import _leaks, leaks
from lomodel.figures import leaks as figure
from lomodel.lab.diff import table

EXPLORER = leaks.EXPLORER
MEMINFO: Step = {"do": "getsockopt", "socket": "inbox", "option": "SO_MEMINFO"}
COUNTERS: Step = {"do": "counters"}


def test_every_leak_is_counted_where_it_says() -> None:
    assert [(case.place, numbers) for case, numbers in figure.leaks()] == [
        ("the queue", (1,)),
        ("the tray", (1, 1)),
        ("the type", (1,)),
        ("IP", (1,)),
        ("UDP", (1,)),
        ("the socket", (1, 1)),
    ]


@pytest.mark.parametrize("release", ["6.12", "6.18"])
def test_every_leak_loses_its_packet_in_its_function(release: str) -> None:
    for case, _ in figure.leaks(release):
        player = figure.Player(release)
        player.step({"do": "link", "up": True})
        for step in case.steps:
            with player.machine.trace() as trace:
                player.step(step)
        assert case.function in trace.functions(), case.place


def test_the_figure_goes_the_packets_way() -> None:
    shown = figure.leaks_figure()
    places = [shown.html.index(f"<b>{case.place}</b>") for case in figure.CASES]
    assert places == sorted(places) and shown.html.count("<li ") == len(figure.CASES) + 1
    assert places[0] < shown.html.index("loopback_xmit") < places[1]
    for case in figure.CASES:
        assert f"{case.place}, {case.happens} ({case.function})" in shown.text


@pytest.mark.parametrize(
    "state, lost, parts",
    [
        ({}, 207, {"Udp.RcvbufErrors": "207", "Udp.InErrors": "207", "d": "207"}),
        ({"up": False, "number": 17}, 17, {"tx_dropped": "17"}),
        ({"up": False, "number": 17, "how": "cut"}, 17, {"tx_dropped": "1"}),
        ({"socket": "none", "number": 17}, 17, {"Udp.NoPorts": "17"}),
        (
            {"how": "cut", "bytes": 1, "number": 93, "netdev_max_backlog": 10},
            82,
            {"rx_dropped": "82", "second column": "82"},
        ),
        ({"number": 1, "stray": "unknown"}, 0, {"rx_dropped": "1"}),
        ({"number": 1, "stray": "known"}, 0, {}),
        ({"socket": "2304", "bytes": 60000, "number": 1}, 0, {}),
        ({"socket": "40000", "number": 17, "reads": 3}, 2, {"d": "2"}),
        ({"socket": "40000", "number": 93, "reads": 3}, 78, {"d": "78"}),
        ({"socket": "40000", "number": 93, "reads": 5}, 75, {"d": "75"}),
    ],
)
def test_known_states(state: dict[str, Any], lost: int, parts: dict[str, str]) -> None:
    slots = EXPLORER.run(state)
    assert slots["value:lost"] == lost
    counted = {name.removeprefix("part:"): n for name, n in slots.items() if "part:" in name}
    counted = {name: n for name, n in counted.items() if not name.startswith("Ip.")}
    if "d" not in counted:
        assert counted == parts
    else:
        assert counted["d"] == parts["d"] == counted["Udp.RcvbufErrors"]


@pytest.mark.slow
def test_every_state() -> None:
    lit = set()
    for state in EXPLORER.states():
        found = EXPLORER.outcome(state)
        asked = EXPLORER.steps(state)
        if not found.values:
            assert asked is None and "65507" in found.summary
            continue
        values, parts = found.values, {name: int(n) for name, n in found.parts.items()}
        assert values["sent"] == values["lost"] + values["read"] + values["waits"]
        assert (asked is None) == (state["netdev_max_backlog"] != _leaks.BORN)
        assert parts.get("d", 0) == parts.get("Udp.RcvbufErrors", 0) == parts.get("Udp.InErrors", 0)
        stray = state["stray"] == _leaks.UNKNOWN and state["up"]
        assert parts.get("rx_dropped", 0) == parts.get("second column", 0) + stray
        if state["up"]:
            who = ("second column", "Udp.NoPorts", "d")
            assert values["lost"] == sum(parts.get(name, 0) for name in who)
            assert "tx_dropped" not in parts
        else:
            assert values["lost"] == values["sent"] and set(parts) <= {"tx_dropped"}
        assert found.met == bool(stray and values["sent"] and not values["lost"])
        assert found.summary.endswith(".")
        lit |= set(parts)
    assert lit == set(_leaks.PLACES)


@pytest.mark.slow
@pytest.mark.parametrize(
    "steps",
    [case.steps for case in figure.CASES]
    + [
        _leaks.steps(EXPLORER.initial() | state)
        for state in (
            {},
            {"socket": "40000", "reads": 3},
            {"socket": "40000", "reads": 5, "number": 93},
            {"socket": "2304", "bytes": 60000},
            {"up": False, "stray": "unknown"},
            {"how": "cut", "number": 17, "stray": "martian"},
        )
    ],
)
def test_this_kernel_counts_the_same(steps: list[Step]) -> None:
    """With the socket's own drops, and what waits: no part of an explorer's steps."""
    if reason := lab.unavailable(events=True):
        pytest.skip(str(reason))
    up: list[Step] = [{"do": "link", "up": True}]
    done = [*([] if steps[0] == up[0] else up), *steps, COUNTERS]
    if any(step.get("name") == "inbox" for step in done):
        done += [MEMINFO, {"do": "recv", "socket": "inbox", "count": 400}]
    result = lab.compare({"id": "where drops", "steps": done})
    assert result.equal, table(result.rows())
