"""Page 3.5: the trays, how they fill and empty, and what the explorer of drops says.

Seen red, one at a time: enqueue_to_backlog with ``<`` in place of not more than (1001, 1 of 3, the
challenge), DEV_RX_WEIGHT 32 and MAX_SOFTIRQ_RESTART 5 (the polls), filled() that takes a refused
packet in or does not take a received one out, lying() with bottom halves on, ``beyond`` that is
None for every state, received_by_sender with ksoftirqd's.
"""

from __future__ import annotations

import pytest

from lomodel.desk import lo_up, send, send_tcp
from lomodel.explorers.backlog import BACKLOGS, BORN, EXPLORER, FEATURE, PRESETS, SEGMENTS
from lomodel.figures import filling, tray
from lomodel.figures.tray import filled, lying

# --- figures --------------------------------------------------------------------------------------


def test_the_datagram_lies_in_one_tray() -> None:
    assert lying() == [[4028], []]
    assert "CPU 0: a packet of 4028 bytes; CPU 1: empty" in tray().text
    assert "netdev_max_backlog is 1000" in tray().text


def told(gso_size: int) -> tuple[str, list[int]]:
    moments = filled(send(lo_up(off=["tx-udp-segmentation"]), 4000, gso_size))
    return "".join(m.letter for m in moments), [m.waiting for m in moments]


def test_how_the_tray_fills() -> None:
    assert told(1400) == ("QSNXSNXSNXRRR", [0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 2, 1, 0])
    assert told(0) == ("QSNXR" * 3, [0, 0, 1, 1, 0] * 3)


def test_a_refused_packet_does_not_lie_there() -> None:
    lo = lo_up(off=["tx-tcp-segmentation"])
    lo.machine.netdev_max_backlog = 0
    moments = filled(send_tcp(lo, 20, gso_size=10))
    assert [m.letter for m in moments if m.refused] == ["N"]
    assert max(m.waiting for m in moments) == 1 and moments[-1].waiting == 0
    figure = filling(send_tcp(lo, 20, gso_size=10), "Two pieces")
    assert "N refused" in figure.text and figure.html.count('class="no"') == 1


# --- the explorer ---------------------------------------------------------------------------------


def shown(**changes: int | bool) -> dict:
    return EXPLORER.run(changes)


@pytest.mark.parametrize("backlog", BACKLOGS)
@pytest.mark.parametrize("segments", [n for n in SEGMENTS if n <= 12 or n >= 1000])
def test_a_tray_holds_one_more_than_its_label(segments: int, backlog: int) -> None:
    at = shown(segments=segments, netdev_max_backlog=backlog)
    assert at["value:tx_packets"] == at["value:rx_packets"] == min(segments, backlog + 1)
    assert at["value:rx_dropped"] == segments - at["value:tx_packets"] == at["value:softnet"]
    assert at["point:segments:all get in"] == backlog + 1
    assert ("dropped" in at["summary"]) == (segments > backlog + 1) == (at["fate"] == "dropped")


def test_whole_it_is_one_packet() -> None:
    for preset in PRESETS.values():
        at = shown(**preset | {FEATURE: True})
        assert (at["value:tx_packets"], at["value:rx_dropped"], at["value:polls"]) == (1, 0, 1)


@pytest.mark.parametrize(
    ("segments", "polls", "own"),
    [(1, 1, 1), (64, 2, 64), (65, 2, 65), (641, 11, 640), (1001, 16, 640)],
)
def test_who_receives(segments: int, polls: int, own: int) -> None:
    """Polls of 64; ten of them in the sender's own call. A full one does not know that it is the
    last. Linux 6.18.44 was seen to do 10 and 6 of the 16."""
    at = shown(segments=segments)
    assert (at["value:polls"], at["value:own"]) == (polls, own)


def test_the_challenge() -> None:
    few = [state for state in EXPLORER.states() if state["segments"] <= 12]
    met = [state for state in few if EXPLORER.run(state).get("met")]
    assert {"segments": 4, "netdev_max_backlog": 1, FEATURE: False} in met
    for state in met:
        assert state["segments"] == 2 * (state["netdev_max_backlog"] + 1) and not state[FEATURE]
    assert EXPLORER.initial() not in met


def test_a_state_is_a_scenario_at_1000_only() -> None:
    for state in EXPLORER.states():
        assert (EXPLORER.steps(state) is None) == (state["netdev_max_backlog"] != BORN)
