"""Page 3.4: the figure of the turn, the packet walk, and the driver that is plugged in.

Seen red, one at a time: ACTS with the length noted before the header comes off (the order of the
trace and the lengths), turned() that keeps all headers, an open figure that shows an act's name,
Stop.returned turned round for eth_type_trans, waiting without what has been received, counted
without its limit, a step that lights the call it stops before, plug that sets nothing.
"""

from __future__ import annotations

import pytest

from lomodel import desk
from lomodel.explorers.walk import EXPLORER, PACKETS, STOPS
from lomodel.figures import turn
from lomodel.figures.turn import ACTS, turned
from lomodel.trace import Call

# --- the figure -----------------------------------------------------------------------------------


def test_the_packet_is_fourteen_bytes_shorter_after_the_turn() -> None:
    data = turned()
    assert (data.before.length, data.after.length) == (4042, 4028)
    assert [header.name for header in data.before.headers] == ["Ethernet", "IPv4", "UDP"]
    assert [header.name for header in data.after.headers] == ["IPv4", "UDP"]
    assert data.lengths == (4042, 4042, 4042, 4028, 4028, 4028, 4028)


def test_what_lo_counts_is_the_length_that_is_noted() -> None:
    lo = desk.lo_up()
    desk.send(lo, 4000, gso_size=1400)
    noted = next(n for n, act in enumerate(ACTS) if act.does == "note the length")
    assert turned().lengths[noted] == desk.counters(lo)["tx_bytes"]


def test_the_acts_stand_in_the_order_of_the_trace() -> None:
    trace = desk.send(desk.lo_up(), 4000, gso_size=1400)
    called = [record.name for record in trace if isinstance(record, Call)]
    acts = [name for act in ACTS for name in act.by if name in called]
    assert acts == [name for name in called if name in acts]
    assert acts == ["eth_type_trans", "__netif_rx", "dev_lstats_add"]


def test_the_open_figure_gives_no_act_away() -> None:
    closed, named = turn(), turn(named=True)
    for act in ACTS:
        assert act.does not in closed.html + closed.text
        assert act.does in named.html and act.does in named.text
    assert closed.html.count("<li>") == named.html.count("<li>") == len(ACTS) == 7


# --- the explorer ---------------------------------------------------------------------------------


def shown(packet: str, step: int) -> dict:
    return EXPLORER.run({"packet": packet, "step": step})


@pytest.mark.parametrize("packet", PACKETS)
def test_a_walk(packet: str) -> None:
    """What is true of each packet, step by step."""
    steps = [shown(packet, n) for n in range(1, len(STOPS) + 1)]
    owned = [each["value:sk"] == "a socket" for each in steps]
    assert owned == [True] * 3 + [False] * 6
    lengths = [each["value:len"] for each in steps]
    assert lengths[2] - lengths[4] == 14 and len(set(lengths[4:])) == 1
    assert [each["value:waiting"] for each in steps[:7]] == [0] * 5 + [1, 1]
    assert [each["value:counted"] for each in steps[:7]] == [0] * 6 + [1]
    for each in steps:
        marked = [slot for slot in each if slot.startswith("part:") and each[slot] == "here"]
        assert len(marked) == 1 and each["summary"].endswith(".")
    lit = [sum(slot.startswith("part:") for slot in each) for each in steps]
    assert lit == sorted(lit) and (lit[2], lit[3]) == (3, 3)


@pytest.mark.parametrize(
    ("packet", "waiting", "counted"), [("riddle", 0, 1), ("cut", 2, 3), ("fragments", 0, 1)]
)
def test_when_the_first_is_received(packet: str, waiting: int, counted: int) -> None:
    at = shown(packet, 8)
    assert (at["value:waiting"], at["value:counted"]) == (waiting, counted)


def test_the_challenge_is_met_by_one_state() -> None:
    met = [state for state in EXPLORER.states() if EXPLORER.run(state).get("met")]
    assert met == [{"packet": "riddle", "step": 5}]
    assert shown("riddle", 5)["value:len"] == 4028 and shown("riddle", 4)["value:len"] == 4042


def test_what_is_cut_is_followed_by_its_first_piece() -> None:
    assert "cut into 3" in shown("cut", 2)["summary"]
    assert [shown("cut", n)["value:len"] for n in (1, 2, 5)] == [4042, 1442, 1428]
    assert shown("cut", 8)["strip:counted"] == "1x1428 1x1428 1x1228"


# --- the desk -------------------------------------------------------------------------------------


def test_another_driver_is_plugged_into_one_lo_only() -> None:
    given = []
    lo = desk.plug(desk.lo_up(), ndo_start_xmit=lambda skb, dev: given.append((skb.len, dev)) or 0)
    desk.send(lo, 4000, gso_size=1400)
    assert given == [(4042, lo)] and desk.counters(lo)["tx_packets"] == 0
    other = desk.lo_up()
    desk.send(other, 4000, gso_size=1400)
    assert desk.counters(other)["tx_packets"] == 1
