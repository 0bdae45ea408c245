"""The page about new namespaces: its picture, and its explorer in every state.

Seen red: `told` without a look at what was read; the history "up, then down" without its down; a
challenge that 127.0.0.1 meets; `why` that says "no table" wherever a bind succeeds.
"""

from __future__ import annotations

import subprocess

import pytest

from lomodel.explorers import fresh as explorer
from lomodel.figures import fresh
from lomodel.linux.net.core.dev_ioctl import set_up
from lomodel.predictions.new_namespaces import PREDICTIONS
from lomodel.scenario import Player

EXPLORER = explorer.EXPLORER
NO_ROUTE, NO_ADDRESS = "ENETUNREACH", "EADDRNOTAVAIL"
CALLS = {
    "bind 127.0.0.1": ("succeeds", "succeeds", "succeeds"),
    "bind 8.8.8.8": ("succeeds", NO_ADDRESS, NO_ADDRESS),
    "send to 127.0.0.1": (NO_ROUTE, "arrives", "succeeds, is lost"),
    "bind ::1": (NO_ADDRESS, "succeeds", NO_ADDRESS),
}


def test_four_calls_in_three_namespaces() -> None:
    found = fresh.four_calls()
    words = {call: tuple(each.word for each in told.values()) for call, told in found.items()}
    assert words == CALLS
    lost = found["send to 127.0.0.1"]
    assert [each.fate for each in lost.values()] == ["refused", "whole", "dropped"]
    assert [fresh.routes(each) for each in fresh.HISTORIES] == [0, 3, 2]


def test_the_picture_has_every_word() -> None:
    picture = fresh.fresh()
    html = picture.html.replace("<wbr>", "")
    for call, words in CALLS.items():
        for word in words:
            assert f"{call}: {word}" in picture.text and f">{word}</span>" in html
    assert picture.html.count("<td class=") == 12 and "no local IPv4 route" in picture.text


@pytest.mark.parametrize(
    "state, word, told",
    [
        ({}, "succeeds", "there is no table local"),
        ({"address": "8.8.8.8"}, "succeeds", "counts as broadcast"),
        ({"address": "8.8.8.8", "added": "10.0.0.1/24"}, NO_ADDRESS, "the table local is there"),
        ({"address": "10.0.0.77", "added": "10.0.0.1/24"}, NO_ADDRESS, "no route for 10.0.0.77"),
        ({"address": "10.0.0.77", "added": "10.0.0.1/24", "lo": "up"}, "succeeds", "has a route"),
        ({"address": "::1"}, NO_ADDRESS, "no device has ::1"),
        ({"address": "::1", "added": "::1/128"}, "succeeds", "lo has ::1"),
        ({"call": "send"}, NO_ROUTE, "no route to 127.0.0.1"),
        ({"call": "send", "address": "::1"}, NO_ADDRESS, "no address to send from"),
        ({"call": "send", "lo": "up"}, "arrives", "arrives"),
        ({"call": "send", "lo": "down"}, "succeeds, is lost", "tx_dropped"),
        ({"call": "connect", "lo": "down"}, "succeeds", "nothing is sent yet"),
    ],
)
def test_known_states(state: dict, word: str, told: str) -> None:
    slots = EXPLORER.run(state)
    assert slots["fate word"] == word and told in slots["summary"]


def test_every_state() -> None:
    met = 0
    for state in EXPLORER.states():
        slots = EXPLORER.run(state)
        word, said, routes = slots["fate word"], slots["summary"], slots["value:routes"]
        player = Player()
        *_, call, last = [player.step(each) for each in explorer.steps(state)]
        arrived = "datagrams" in last and bool(last["datagrams"])
        assert (word == "arrives") == arrived
        assert (word == "succeeds, is lost") == (slots["value:lost"] == 1)
        asked = call if state["call"] == "send" else last
        assert (slots["fate"] == "refused") == bool(asked["error"])
        assert (asked["error"] or "succeeds") in said
        ipv4 = "." in state["address"]
        bound = state["call"] == "bind" and not asked["error"]
        assert ("there is no table" in said) == (bound and ipv4 and not routes)
        assert ("met" in slots) <= (state["lo"] == "never" and state["added"] != "10.0.0.1/24")
        assert ("met" in slots) <= (bound and state["address"] not in ("127.0.0.1", "::1"))
        met += "met" in slots
    assert met == 6


def test_no_preset_meets_the_challenge() -> None:
    assert not any("met" in EXPLORER.run(preset) for preset in EXPLORER.presets.values())


def test_the_down_counts_what_is_lost() -> None:
    player, told = fresh.play("down", fresh.CALLS["send to 127.0.0.1"])
    assert told.word == "succeeds, is lost"
    set_up(player.lo, True)
    assert not player.step({"do": "recv", "socket": "server"})["datagrams"]


def test_every_prediction_of_the_page_is_one_of_its_facts() -> None:
    expected = [each.expected for each in PREDICTIONS]
    assert expected == ["both", NO_ROUTE, NO_ADDRESS, "lost", "1"]


COMMANDS = {
    "ip link del lo": "Operation not supported",
    "setpriv --bounding-set=-net_admin --inh-caps=-all ip link set lo up": "not permitted",
    "ip link set lo name x && ip link set x up && ip -br addr show x": "127.0.0.1/8 ::1/128",
    "unshare -n ip -br link show lo": "DOWN",
}


@pytest.mark.parametrize("command", COMMANDS)
def test_this_kernel_says_what_the_puzzles_say(command: str) -> None:
    try:
        subprocess.run(["unshare", "-rn", "ip", "link"], check=True, capture_output=True)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no namespace of one's own, or no ip, on this machine: {error}")
    ran = subprocess.run(["unshare", "-rn", "sh", "-c", command], capture_output=True, text=True)
    assert COMMANDS[command] in ran.stdout + ran.stderr
