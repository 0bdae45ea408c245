"""The page about several datagrams in one read: its picture, and its explorer in every state.

Seen red: a reader that asks and one that does not, swapped; marks every 1000 bytes; the segment
size of the send in place of the message; nothing lost where a buffer is too small; UDP_GRO left as
it was before the read; what UDP delivers counted as a drop; a union of readers that ask.
"""

from __future__ import annotations

import pytest

from lomodel.explorers import _one_read, one_read
from lomodel.figures import two_readers
from lomodel.figures.two_readers import Read

EXPLORER = one_read.EXPLORER


def test_one_packet_two_readers() -> None:
    without, asked = two_readers.readers()
    assert without.reads == (Read(1400), Read(1400), Read(1200))
    assert asked.reads == (Read(4000, 1400),)
    assert without.packet == asked.packet and asked.packet.segments == [1400, 1400, 1200]
    assert asked.packet.length - 14 == 4028


def test_the_picture_has_a_box_for_each_read_and_a_mark_for_each_end() -> None:
    shown = two_readers.two_readers()
    without, asked = shown.html.split('<div class="lo-reads"')[1:]
    assert [part.split("</b>")[0] for part in without.split("<b>")[1:]] == ["1400", "1400", "1200"]
    assert "<i " not in without and "no control message" in without
    assert '<i style="left:35.00%"></i><i style="left:70.00%"></i>' in asked
    assert asked.count("<i ") == 2 and "the control message says 1400" in asked
    assert "without UDP_GRO: 3 reads" in shown.text and "with UDP_GRO: 1 read," in shown.text


@pytest.mark.parametrize(
    "state, reads, message, lost, carried",
    [
        ({}, "4000", "1400", 0, 1),
        ({"gro": "off"}, "2 × 1400, 1200", "none", 0, 1),
        ({"tx-udp-segmentation": False}, "2 × 1400, 1200", "none", 0, 3),
        ({"gso_max_segs": 2}, "2 × 1400, 1200", "none", 0, 3),
        ({"gso_max_segs": 2, "payload": 2800}, "2800", "1400", 0, 1),
        ({"payload": 1400}, "1400", "none", 0, 1),
        ({"payload": 1401}, "1401", "1400", 0, 1),
        ({"gro": "turned off"}, "4000", "none", 0, 1),
        ({"gro": "turned on"}, "2 × 1400, 1200", "none", 0, 1),
        ({"size": 1500}, "1500", "1400", 2500, 1),
        ({"size": 1000, "gro": "off"}, "3 × 1000", "none", 1000, 1),
        ({"size": 1000, "gso_size": None}, "1000", "none", 3000, 1),
    ],
)
def test_known_states(state: dict, reads: str, message: str, lost: int, carried: int) -> None:
    slots = EXPLORER.run(state)
    assert (slots["value:lengths"], slots["value:message"]) == (reads, message)
    assert (slots["value:lost"], slots["value:carried"]) == (lost, carried)


def test_every_state() -> None:
    parts, lit = set(_one_read.union()[1].values()), set()
    for state in EXPLORER.states():
        slots = EXPLORER.run(state)
        size, payload = state["gso_size"], state["payload"]
        segments = -(-payload // size) if size else 1
        whole = state["tx-udp-segmentation"] and segments <= state["gso_max_segs"]
        asked = state["gro"] in ("on", "turned off")
        joined = whole and asked and segments > 1
        reads = 1 if joined else segments
        assert slots["value:carried"] == (1 if whole else segments)
        assert slots["value:reads"] == reads
        told = joined and state["gro"] == "on"
        assert slots["value:message"] == (str(size) if told else "none")
        each = payload if reads == 1 else size
        lengths = [min(each, payload - at) for at in range(0, payload, each)]
        lost = sum(max(0, length - state["size"]) for length in lengths)
        assert slots["value:lost"] == lost and slots["value:dropped"] == 0
        assert slots["value:truncated"] == sum(length > state["size"] for length in lengths)
        assert ("met" in slots) == (lost > 0) == (slots["fate"] == "dropped")
        assert ("MSG_TRUNC" in slots["summary"]) == (lost > 0) and slots["summary"].endswith(".")
        lit |= {name.removeprefix("part:") for name in slots if name.startswith("part:")}
    assert lit == parts
