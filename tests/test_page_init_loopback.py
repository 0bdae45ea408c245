"""The page about lo's two addresses: its pictures, and its explorer in every state.

Seen red: the listeners in the order of their names; a bell that also counts NETDEV_PRE_UP; the
value of the whole word under IPv4's question; no broadcast in ``local_table``; a challenge without
the MTU; the sentence about a short MTU said of 1500; a union of up and down only.
"""

from __future__ import annotations

import subprocess

import pytest

from lomodel.desk import new_lo
from lomodel.explorers import states
from lomodel.figures import two_questions
from lomodel.linux.net.core.dev_ioctl import set_up

EXPLORER = states.EXPLORER
V4, V6 = "127.0.0.1/8", "::1/128"
LOCAL = ["local 127.0.0.1", "local 127.0.0.0/8"]


def test_who_hears_the_bell_and_what_drops_out() -> None:
    heard = two_questions.ring()
    assert [each.name for each in heard] == [
        "arp_netdev_event",
        "inetdev_event",
        "fib_netdev_event",
        "addrconf_notify",
        "ndisc_netdev_event",
        "ip6_route_dev_notify",
    ]
    assert [each.priority for each in heard] == [0, 0, 0, 0, -5, -10]
    brought = {each.name: each.brings for each in heard if each.brings}
    assert brought == {
        "inetdev_event": (V4, *LOCAL, "broadcast 127.255.255.255"),
        "addrconf_notify": (V6, "local ::1"),
    }
    shown = two_questions.bell()
    places = [shown.text.index(each.name) for each in heard]
    assert places == sorted(places) and shown.html.count("<b>") == 2


def test_the_bell_leaves_lo_as_it_is_without_it() -> None:
    lo = new_lo()
    set_up(lo, True)
    brought = [what for each in two_questions.ring() for what in each.brings]
    assert sorted(two_questions.state(lo)) == sorted(brought)


def test_two_questions_are_the_kernels() -> None:
    v4, v6 = two_questions.questions()
    assert (v4.function, v4.value, v4.gives) == ("inetdev_event", "0x8", V4)
    assert (v6.function, v6.value, v6.gives) == ("addrconf_init_auto_addrs", "772", V6)
    html = two_questions.two_questions().html
    for each in (v4, v6):
        assert f"<code>{each.function}</code>" in html and f"<code>{each.gives}</code>" in html


@pytest.mark.parametrize(
    "state, addresses, v6, table",
    [
        ({"first": ""}, "none", "there, not ready", "empty"),
        ({}, f"{V4} and {V6}", "ready", [*LOCAL, "broadcast 127.255.255.255", "local ::1"]),
        ({"second": "down"}, V4, "there, not ready", LOCAL),
        ({"second": "1279", "third": "65536"}, V4, "there, not ready",
         [*LOCAL, "broadcast 127.255.255.255"]),
        ({"second": "67"}, "none", "there, not ready", "empty"),
    ],
)  # fmt: skip
def test_known_states(state: dict, addresses: str, v6: str, table: str | list[str]) -> None:
    slots = EXPLORER.run(state)
    assert (slots["value:found"], slots["value:v6"]) == (addresses, v6)
    assert slots["value:table"] == (table if isinstance(table, str) else ", ".join(table))


def test_what_the_last_change_called_is_lit() -> None:
    up, down, short = (EXPLORER.run(each) for each in ({}, {"second": "down"}, {"second": "67"}))
    assert "part:inet_insert_ifa" in up and "part:init_loopback" in up
    assert "part:addrconf_ifdown" in down and "part:inet_insert_ifa" not in down
    assert "part:inetdev_destroy" in short and "part:inet_del_ifa" in short
    assert not [name for name in EXPLORER.run({"first": ""}) if name.startswith("part:")]


def test_every_state() -> None:
    parts = set(states.union()[1].values())
    lit = set()
    for state in EXPLORER.states():
        slots = EXPLORER.run(state)
        found = slots["value:found"]
        up, mtu = slots["value:up"] == "up", slots["value:mtu"]
        assert (V6 not in found) or (up and mtu >= 1280)
        assert (V4 not in found) or mtu >= 68
        assert (slots["value:v4"] == "there") == (mtu >= 68)
        assert ("met" in slots) == (up and mtu == 65536 and found == "none")
        said = slots["summary"]
        assert said.endswith(".") and ("Below 1280" in said) == (up and 68 <= mtu < 1280)
        assert ("What is missing" in said) == (up and mtu >= 1280 and V6 not in found)
        lit |= {name.removeprefix("part:") for name in slots if name.startswith("part:")}
    assert lit == parts  # KeyError in outcome for a part that the figure has not


def commands(state: dict) -> str:
    """A state as ``ip`` is told it, and what is asked then."""
    done = (f"mtu {c}" if c.isdigit() else c for c in states.changes(EXPLORER.initial() | state))
    changed = "".join(f"ip link set lo {each}; " for each in done)
    return f"{changed}ip route show table local; ip -6 route show table local"


@pytest.mark.parametrize(
    "state",
    [{}, {"second": "down"}, {"second": "1279", "third": "65536"}, {"second": "67"},
     {"second": "down", "third": "67", "fourth": "65536"}],
)  # fmt: skip
def test_this_kernel_has_the_same_routes(state: dict) -> None:
    """The contract does not look at routes, so ``ip`` is asked."""
    command = ["unshare", "-rn", "sh", "-c", commands(state)]
    try:
        ran = subprocess.run(command, capture_output=True, text=True, check=True)
    except (FileNotFoundError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no namespace of one's own, or no ip, on this machine: {error}")
    kinds = ("local ", "broadcast ")
    found = [" ".join(line.split()[:2]) for line in ran.stdout.splitlines()
             if line.startswith(kinds)]  # fmt: skip
    said = EXPLORER.run(state)["value:table"]
    assert sorted(found) == sorted([] if said == "empty" else said.split(", "))
