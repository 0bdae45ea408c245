"""Predictions of the page about the Ethernet header that lo has."""

from __future__ import annotations

from lomodel.desk import lo_up, send
from lomodel.explore.prediction import Choice, Number, Played, Prediction, Reckoned
from lomodel.linux.include.uapi.linux.if_packet import (
    PACKET_BROADCAST,
    PACKET_HOST,
    PACKET_MULTICAST,
    PACKET_OTHERHOST,
)
from lomodel.linux.net.core.skbuff import alloc_skb
from lomodel.linux.net.ethernet.eth import eth_type_trans
from lomodel.predictions._steps import UP, udp
from lomodel.scenario import DESTINATION, Observed

NUMBER = (1, 5)
TITLE = "Fourteen bytes"

SENDS = 3
CLASSES = {
    PACKET_HOST: "host",
    PACKET_OTHERHOST: "otherhost",
    PACKET_BROADCAST: "broadcast",
    PACKET_MULTICAST: "multicast",
}


def made(release: str) -> int:
    """How often eth_header is called for three datagrams, one after the other."""
    lo = lo_up(release)
    called = [name for _ in range(SENDS) for name in send(lo, 4000, 1400).functions()]
    return called.count("eth_header")


def class_of_all_ones(release: str) -> str:
    """The class that a frame to ff:ff:ff:ff:ff:ff gets on its way back."""
    lo, skb = lo_up(release), alloc_skb(headroom=16)
    lo.header_ops.create(skb, lo, 0x0800, DESTINATION["broadcast"], None, 0)
    eth_type_trans(skb, lo)
    return CLASSES[skb.pkt_type]


def after_the_change(observed: Observed) -> str:
    """What became of the send after the change of address."""
    *_, changed, sent = observed
    if changed["error"]:
        return "address"
    if sent["error"]:
        return "send"
    return "arrives" if sent["received"] else "lost"


def bare(observed: Observed) -> str:
    """What lo counts of a frame without a payload, or that it was refused."""
    stats = observed[-1]["stats"]
    return observed[-1]["error"] or f"{stats['tx_packets']} {stats['tx_bytes']}"


DATAGRAM = udp(4000, 1400)
FRAME = {"do": "frame", "dst": "zero", "ethertype": 0x0800, "payload": 0}

PREDICTIONS = (
    Prediction(
        name="three-headers",
        title="three datagrams, three headers",
        question="The datagram is sent three times to 127.0.0.1, over a `lo` that has just come "
        "up. How often is `eth_header` called?",
        kind=Number("calls", 0, 9),
        source=Reckoned(
            made,
            "No step of a scenario reports which functions were called; a kernel would tell its "
            "own root through ftrace.",
        ),
        expected=1,
        why="`eth_header` makes the first one. The neighbour keeps the same 14 bytes ready, and "
        "`neigh_hh_output` copies them in front of the second and the third datagram.",
    ),
    Prediction(
        name="another-address",
        title="another address",
        question="`lo` is up and has carried the datagram. Now it gets the address "
        "02:00:00:00:00:01, and the datagram is sent once more. What happens?",
        kind=Choice(
            {
                "lost": "it is lost: its header is still the old one, so it is another host's",
                "arrives": "it arrives, with the new address on both sides",
                "address": "`lo` is up, so the address is refused with `EBUSY`",
                "send": "the send fails",
            }
        ),
        source=Played(
            (UP, DATAGRAM, {"do": "link", "address": "02:00:00:00:00:01"}, DATAGRAM),
            after_the_change,
        ),
        expected="arrives",
        why="`IFF_LIVE_ADDR_CHANGE` lets `lo` change its address while it is up. Whoever wants to "
        "know is told; ARP then forgets the neighbour, and the ready header with it.",
    ),
    Prediction(
        name="to-all-ones",
        title="to ff:ff:ff:ff:ff:ff",
        question="A packet socket sends a frame to ff:ff:ff:ff:ff:ff over a new `lo`. Which class "
        "does it get on its way back?",
        kind=Choice({name: f"`{name}`" for name in CLASSES.values()}),
        source=Reckoned(
            class_of_all_ones,
            "No step of a scenario reports a frame's class; the box on this page asks a kernel.",
        ),
        expected="multicast",
        why="The lowest bit of its first byte is set, so it is for a group. It would be broadcast "
        "if it were equal to the device's own broadcast address, and that of `lo` is all zeros.",
    ),
    Prediction(
        name="bare-header",
        title="a header and nothing else",
        question="A packet socket sends 14 bytes of header and no payload. What does `lo` count?",
        kind=Choice(
            {
                "0 0": "nothing: there is no packet",
                "1 14": "1 packet of 14 bytes",
                "EINVAL": "nothing: the send fails with `EINVAL`",
                "1 0": "1 packet of 0 bytes",
            }
        ),
        source=Played((UP, FRAME), bare),
        expected="1 0",
        why="14 bytes are a whole header, so the frame is sent. `loopback_xmit` looks at the "
        "length when `eth_type_trans` has taken them off.",
    ),
)
