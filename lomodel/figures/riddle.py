"""The riddle of the first page: one datagram, numbers that do not agree, and what is open."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lomodel.contract import Step
from lomodel.desk import RELEASE, counted
from lomodel.figures.ask import Asking, ask
from lomodel.figures.book_map import page_link
from lomodel.figures.opening import CAPTION
from lomodel.figures.packet import packet_bar, udp_packet
from lomodel.figures.picture import Picture
from lomodel.figures.plate import plate
from lomodel.figures.show import escape
from lomodel.figures.stack import DOWN, GSO_SIZE, PAYLOAD, datagram, here
from lomodel.pages import PAGES, QUESTIONS
from lomodel.trace import Call

STOPS: Mapping[str, str] = {
    "validate_xmit_skb": "Handed over. One packet of {len} bytes is about to be given to the "
    "device.",
    "loopback_xmit": "Turned round. `lo` counts one packet of {len} bytes, as sent and as "
    "received.",
    "recv": "Read. The receiving program asks for a datagram, and gets one of {result}.",
}
"""Where the packet is looked at on the first page; each sentence names one number."""

STEPS: tuple[Step, ...] = (
    {"do": "link", "up": True},
    {"do": "udp", "family": "inet", "payload": PAYLOAD, "gso_size": GSO_SIZE},
)
"""The riddle as a scenario."""


@dataclass(frozen=True)
class Numbers:
    """What is seen of the datagram: bytes sent, bytes handed to the device, what ``lo`` counts, and
    the bytes of each datagram that is read."""

    sent: int
    handed: int
    packets: int
    counted: int
    read: tuple[int, ...]


def numbers(release: str = RELEASE) -> Numbers:
    """The numbers, read off a trace of the datagram and off the counters."""
    trace = datagram(release)
    given = dict(map(tuple, trace.events()))["net_dev_start_xmit"]
    calls = (record for record in trace if isinstance(record, Call) and record.name == "recv")
    read = tuple(len(call.result) for call in calls if isinstance(call.result, bytes | bytearray))
    return Numbers(PAYLOAD, given["len"], *counted(PAYLOAD, GSO_SIZE, release=release), read)


def open_questions() -> Picture:
    """What the numbers leave open, each with the page that settles it; dashed until it is read."""
    items = "".join(
        f"<li>{page_link(name, escape(question))}<span>page {PAGES[name].number}</span></li>"
        for question, name in QUESTIONS.items()
    )
    text = " ".join(f"{asked} (page {PAGES[name].number})" for asked, name in QUESTIONS.items())
    html = f'<ul class="lo-riddle-open" aria-label="Open questions">{items}</ul>'
    return Picture("Open questions", html, text)


def first_screen() -> Picture:
    """The way, the packet on it, and the open questions."""
    way = here(DOWN[0])
    packet = packet_bar(udp_packet(PAYLOAD, GSO_SIZE), caption=CAPTION)
    asked = open_questions()
    html = (
        f'<div class="lo-opening"><div class="lo-opening-way margin">{way.html}</div>'
        f"{packet.html}{asked.html}</div>"
    )
    return Picture("One packet", html, "\n".join([way.text, packet.text, asked.text]))


def ask_the_riddle() -> Asking:
    """The riddle put to a kernel: a plate with the button."""
    said = (
        "<p>One scenario: <code>lo</code> comes up, and one send of "
        f"{PAYLOAD} bytes asks for datagrams of {GSO_SIZE}.</p>"
    )
    html = plate("Compare", "model and kernel", f"{said}{ask(STEPS)}", classes="lo-compare")
    return Asking("The riddle, put to a kernel", html, f"Scenario: {list(STEPS)}")
