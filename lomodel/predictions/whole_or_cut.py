"""Predictions of the page about whether a packet passes whole or is cut.

All but the last two are about 4000 bytes that are to become datagrams of 1400.
"""

from __future__ import annotations

from lomodel.explore.prediction import Choice, Number, Played, Prediction
from lomodel.predictions._steps import UP, mtu, off, sent, udp
from lomodel.scenario import Observed

NUMBER = (3, 2)
TITLE = "Whole or cut"

SEND = udp(4000, 1400)
UDP_OFF = (UP, mtu(1500), off("tx-udp-segmentation"), SEND)
GENERIC_OFF = (UP, mtu(1500), off("tx-generic-segmentation"), SEND)
PLAIN = (UP, mtu(1500), udp(4000))


def fate(observed: Observed) -> str:
    """What became of the last step's send: an errno's name, or "whole" or "cut"."""
    last = observed[-1]
    return last["error"] or ("whole" if last["stats"]["tx_packets"] == 1 else "cut")


PREDICTIONS = (
    Prediction(
        name="udp-off-bytes",
        title="UDP's lamp is off",
        question="4000 bytes are to become datagrams of 1400. `tx-udp-segmentation` is off. How "
        "many bytes does `lo` count (`tx_bytes`, without Ethernet headers)?",
        kind=Number("bytes", 0, 100000),
        source=Played(UDP_OFF, sent("tx_bytes")),
        expected=4084,
        why="Each piece gets headers of its own: 4000 + 3 x 28. In one packet they would be there "
        "once, 4028.",
    ),
    Prediction(
        name="generic-off",
        title="the general switch",
        question="The same send, but now only `tx-generic-segmentation` is off. How many packets "
        "does `lo` carry?",
        kind=Number("packets", 0, 4000),
        source=Played(GENERIC_OFF, sent("tx_packets")),
        expected=1,
        why="`net_gso_ok` asks for the bit of the packet's own type, and that of UDP is still "
        "there. The most general switch does nothing to your datagram.",
    ),
    Prediction(
        name="mtu-1427",
        title="an MTU of 1427",
        question="A piece of 1400 bytes is 1428 with its headers. The MTU of `lo` is 1427, every "
        "lamp is on. What becomes of the send?",
        kind=Choice(
            {
                "whole": "it passes in one packet",
                "cut": "it passes in several packets",
                "EMSGSIZE": "`EMSGSIZE`, nothing is sent",
            }
        ),
        source=Played((UP, mtu(1427), SEND), fate),
        expected="EMSGSIZE",
        why="A piece must fit into the MTU, cut or not. UDP tests that once the packet is built, "
        "and frees it again; nothing reaches IP.",
    ),
    Prediction(
        name="fragments-packets",
        title="one big datagram",
        question="The MTU is 1500 and every lamp is on. A program sends 4000 bytes as one "
        "datagram, without `UDP_SEGMENT`. How many packets does `lo` carry?",
        kind=Number("packets", 0, 4000),
        source=Played(PLAIN, sent("tx_packets")),
        expected=3,
        why="A datagram that does not say how it may be cut does not fit into 1500, so IP makes "
        "fragments of it. No segmentation feature is asked.",
    ),
)
