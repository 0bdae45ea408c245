"""The page about multicast and broadcast: its figure, and its explorer in every state.

Seen red: a figure whose second row had no option; the flag said to be in all of them; a family that
is always IPv4's; IP_MULTICAST_ALL left at 1 in ``ALONE``; a challenge without "lo counts it"; an
index given as an address; the sentence about nobody said of a receiver bound to 127.0.0.1.
"""

from __future__ import annotations

from typing import Any

import pytest

from lomodel.explorers import _groups, groups
from lomodel.figures import three_ends
from lomodel.figures.group_steps import GROUP

EXPLORER = groups.EXPLORER
NO_ROUTE, EACCES = "refused: ENETUNREACH", "refused: EACCES"


def test_three_ends_are_the_kernels() -> None:
    group, last, six = three_ends.ends()
    assert [each[0].to for each in (group, last, six)] == [GROUP, _groups.BROADCAST, "ff02::1"]
    no_v4, no_v6 = "ip_route_output_key_hash_rcu", "ip6_dst_lookup_flow"
    arrives = three_ends.End("", "", True)
    assert group[1:] == (three_ends.End("ENETUNREACH", no_v4, False), arrives)
    assert last[1:] == (three_ends.End("EACCES", "udp_sendmsg", False), arrives)
    assert six[1:] == (three_ends.End("ENETUNREACH", no_v6, False),) * 2


def test_the_figure_says_what_it_shows() -> None:
    figure = three_ends.three_ends()
    assert figure.html.count('class="lo-end refused"') == 4
    assert figure.html.count('class="lo-end whole"') == 2
    assert "with SO_BROADCAST, it arrives." in figure.text
    assert figure.text.endswith("In none of them lo has the flag MULTICAST.")


@pytest.mark.parametrize(
    "state, got, word",
    [
        ({}, 0, NO_ROUTE),
        ({"flag": True}, 0, NO_ROUTE),
        ({"way": _groups.ADDRESS}, 3, "arrives"),
        ({"way": _groups.ADDRESS, "join": _groups.ALONE}, 1, "arrives"),
        ({"way": _groups.ADDRESS, "join": _groups.ALONE, "receivers": 1}, 1, "arrives"),
        ({"way": _groups.DEVICE, "join": _groups.ALL}, 3, "arrives"),
        ({"way": _groups.ADDRESS, "join": _groups.NOBODY}, 0, "no socket gets it"),
        ({"way": _groups.ADDRESS, "bound": _groups.LOCAL}, 0, "no socket gets it"),
        ({"to": _groups.BROADCAST}, 0, EACCES),
        ({"to": _groups.BROADCAST, "broadcast": True, "join": _groups.NOBODY}, 3, "arrives"),
        ({"to": _groups.LIMITED, "broadcast": True, "way": _groups.ADDRESS}, 0, NO_ROUTE),
        ({"to": _groups.LIMITED, "way": _groups.DEVICE}, 0, EACCES),
        ({"to": _groups.LIMITED, "broadcast": True, "way": _groups.DEVICE}, 3, "arrives"),
        (
            {"to": _groups.SIX, "way": _groups.ADDRESS, "flag": True, "join": _groups.ALL},
            0,
            NO_ROUTE,
        ),
        ({"to": _groups.ONE}, 1, "arrives"),
    ],
)
def test_known_states(state: dict[str, Any], got: int, word: str) -> None:
    slots = EXPLORER.run(state)
    assert (slots["value:got"], slots["fate word"]) == (got, word)


def test_the_sender_of_a_group_is_its_address_or_none() -> None:
    sources = [
        EXPLORER.run({"way": way})["value:source"]
        for way in (_groups.ADDRESS, _groups.INDEX, _groups.DEVICE)
    ]
    assert sources == ["127.0.0.1", "0.0.0.0", "0.0.0.0"]


def test_nobody_is_told_from_elsewhere() -> None:
    nobody, elsewhere = (
        EXPLORER.run({"way": _groups.ADDRESS} | more)
        for more in ({"join": _groups.NOBODY}, {"bound": _groups.LOCAL})
    )
    assert "Nobody has joined" in nobody["summary"] and "part:Ip.InDelivers" not in nobody
    assert "IgnoredMulti" in elsewhere["summary"] and elsewhere["part:Udp.IgnoredMulti"] == "1"
    assert nobody["part:IpExt.InMcastPkts"] == elsewhere["part:IpExt.InMcastPkts"] == "1"


def test_every_state() -> None:
    lit, without_flag = set(), {}
    for state in EXPLORER.states():
        slots = EXPLORER.run(state)
        got, counted = slots["value:got"], slots["value:lo"]
        assert (slots["fate"] == "refused") == (counted == 0)
        assert ("met" in slots) == (counted == 1 and got == 0)
        assert got <= state["receivers"] and (state["to"] != _groups.SIX or not counted)
        if state["join"] == _groups.FIRST and state["to"] == GROUP and counted:
            assert got == (0 if state["bound"] == _groups.LOCAL else state["receivers"])
        if state["way"] == _groups.NONE:
            assert state["to"] in (_groups.ONE, _groups.BROADCAST) or not counted
        assert slots["summary"].endswith(".")
        lit |= {name.removeprefix("part:") for name in slots if name.startswith("part:")}
        key = tuple((name, value) for name, value in state.items() if name != "flag")
        seen = (slots["summary"], got, counted, slots["value:source"])
        assert without_flag.setdefault(key, seen) == seen
    shown = {*_groups.OUT, *_groups.LO, *_groups.IN, *_groups.UDP, *_groups.INBOXES}
    assert lit == shown  # no part of the figure is always empty, and none is missing
