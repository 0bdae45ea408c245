"""The page about the Ethernet header: its figure, and what its explorer says.

Seen red: the type field drawn from the header's beginning; "counted by lo" with the header; in the
model the group bit asked before ``lo``'s own address, and 0x0600 taken for a length; a challenge
met without a drop; the address set where it is as born; a refused frame with a class.
"""

from __future__ import annotations

import itertools
import re
from typing import Any

import pytest

from lomodel.desk import counters, lo_up, send
from lomodel.explore.declaration import Outcome
from lomodel.explorers.header import ADDRESS, EXPLORER, TYPES
from lomodel.figures.ethernet import datagram_frame, fields, opened_frame
from lomodel.figures.frames import sniff
from lomodel.figures.packet import packet_of


def outcome(**changes: Any) -> Outcome:
    return EXPLORER.outcome(EXPLORER.initial() | changes)


# --- the figure -----------------------------------------------------------------------------------


def test_the_picture_shows_the_bytes_of_the_frame() -> None:
    frame, html = datagram_frame(), opened_frame().html
    cells = re.findall(r"<i>(\w\w)</i>", html)
    assert bytes.fromhex("".join(cells)) == frame[:14] == bytes(12) + b"\x08\x00"
    assert f"handed to the device: {len(frame)}" in html


def test_what_is_left_is_what_lo_counts() -> None:
    lo = lo_up()
    send(lo, 4000, gso_size=1400)
    assert f"counted by lo: {counters(lo)['tx_bytes']}" in opened_frame().html
    assert packet_of(datagram_frame()).length - counters(lo)["tx_bytes"] == 14


def test_the_picture_of_another_frame() -> None:
    lo = lo_up()
    with sniff(lo) as frames:
        send(lo, 100, family="inet6")
    assert "86 dd (IPv6)" in opened_frame(frames[0]).text
    assert [field.means for field in fields(bytes(range(14)))] == [
        "00:01:02:03:04:05",
        "06:07:08:09:0a:0b",
        "0x0c0d",
    ]
    with pytest.raises(ValueError, match="13 bytes"):
        fields(bytes(13))


# --- the explorer ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dst", "address", "kind"),
    [
        ("zero", "", "host"),
        ("other", "", "otherhost"),
        ("broadcast", "", "multicast"),
        ("multicast", "", "multicast"),
        ("zero", ADDRESS, "otherhost"),
        ("other", ADDRESS, "host"),
    ],
)
def test_classes(dst: str, address: str, kind: str) -> None:
    made = outcome(dst=dst, address=address)
    assert made.values["class"] == kind
    assert kind in made.parts
    assert made.values["rx_otherhost_dropped"] == (kind == "otherhost")


@pytest.mark.parametrize(
    ("field", "protocol", "taker"),
    [
        (0x0800, "0x0800", "ip_rcv"),
        (0x86DD, "0x86dd", "ipv6_rcv"),
        (0x88B9, "0x88b9", "nobody"),
        (0x0600, "0x0600", "nobody"),
        (0x05FF, "0x0004", "llc_rcv"),
        (0x002E, "0x0004", "llc_rcv"),
    ],
)
def test_protocols(field: int, protocol: str, taker: str) -> None:
    made = outcome(ethertype=field)
    assert (made.values["protocol"], made.values["taker"]) == (protocol, taker)
    assert taker in made.parts
    assert ("a length" in made.parts) == (protocol == "0x0004")


def test_a_frame_that_is_too_long_is_refused() -> None:
    assert outcome(payload=1500).values["tx_bytes"] == 1500
    made = outcome(payload=1501)
    assert made.fate == ("refused", "refused: EMSGSIZE")
    assert "1515 bytes, and 1514" in made.summary
    assert set(made.parts) == {"destination", "source", "type"}


def test_every_state_has_its_bytes_and_what_became_of_them() -> None:
    for state in EXPLORER.states():
        made = EXPLORER.outcome(state)
        assert len(bytes.fromhex("".join(made.parts[n] for n in ("destination", "source")))) == 12
        refused = state["payload"] > 1500
        dropped = TYPES[state["ethertype"]] in ("0x88b9", "0x0600")
        assert made.met == (dropped and not refused), state
        assert made.summary.endswith(".")
        assert len(made.parts) == (3 if refused else 6)


def test_a_state_says_its_address_where_it_is_not_as_born() -> None:
    """The steps are what a kernel is asked."""
    does = [list(step) for step in EXPLORER.steps(EXPLORER.initial() | {"address": ADDRESS})]
    assert ["do", "address"] in does
    born = EXPLORER.steps(EXPLORER.initial())
    assert not any("address" in step for step in born)


def test_the_figure_has_every_part() -> None:
    svg = EXPLORER.figure()
    drawn = set(re.findall(r'data-part="([^"]*)"', svg))
    lit = set(itertools.chain.from_iterable(outcome(**s).parts for s in EXPLORER.states()))
    assert lit <= drawn
    assert drawn - lit == {"broadcast"}  # there is none on lo
