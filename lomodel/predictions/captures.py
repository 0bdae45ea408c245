"""Predictions of the page about captures of lo."""

from __future__ import annotations

from itertools import groupby

from lomodel.contract import Step
from lomodel.explore.prediction import Choice, Number, Played, Prediction
from lomodel.predictions._steps import UP, mtu, off, sent, udp
from lomodel.scenario import Observed

NUMBER = (6, 3)
TITLE = "Captures"

TAP: Step = {"do": "tap", "name": "t"}
READ: Step = {"do": "captured", "tap": "t"}
UNKNOWN: Step = {"do": "frame", "dst": "zero", "ethertype": 0x88B9, "payload": 1000}


def capture(*sends: Step) -> tuple[Step, ...]:
    """A lo with an MTU of 1500 and a tap, what is sent, and what the tap holds then."""
    return (UP, mtu(1500), TAP, *sends, READ)


def frames(observed: Observed) -> int:
    """How many frames the capture has."""
    return len(observed[-1]["frames"])


ORDERS = Choice(
    {
        "sides": "all outgoing ones, then all received ones",
        "turns": "in turns: outgoing, received, outgoing, received, ...",
        "back": "all received ones, then all outgoing ones",
    }
)


def order(observed: Observed) -> str:
    """The order of the classes as an option of ORDERS; KeyError for another one."""
    runs = [kind for kind, _ in groupby(frame["type"] for frame in observed[-1]["frames"])]
    if len(runs) > 2:
        return "turns"
    return {("outgoing", "host"): "sides", ("host", "outgoing"): "back"}[tuple(runs)]


SUMS = Choice(
    {
        "partial": "the sum of a pseudo-header, and nothing of the datagram",
        "good": "a right UDP checksum",
        "zero": "0, which means: none",
        "bad": "what was in memory there before",
    }
)


def udp_sum(observed: Observed) -> str:
    """The one verdict about all UDP sums of the capture; ValueError if there are several."""
    (found,) = {frame["udp"]["sum"] for frame in observed[-1]["frames"]}
    return found


PREDICTIONS = (
    Prediction(
        name="captures-frames",
        title="what a tap gets",
        question="A packet socket listens to `lo`. The riddle's datagram goes over it: 4000 bytes "
        "in one `sendto`, to be cut every 1400, with every feature on. How many frames does the "
        "packet socket read?",
        kind=Number("frames", 0, 4000),
        source=Played(capture(udp(4000, 1400)), frames),
        expected=2,
        why="One packet, and two places where taps are served: before the driver gets it, and when "
        "it is received.",
    ),
    Prediction(
        name="captures-cut",
        title="three segments",
        question="The same with `tx-udp-segmentation` off: now `lo` gets three packets. In which "
        "order does the packet socket read their frames?",
        kind=ORDERS,
        source=Played(capture(off("tx-udp-segmentation"), udp(4000, 1400)), order),
        expected="sides",
        why="The segments are one list, and the driver is given all of them in one go. The "
        "softirq, which receives, comes when the sender is done with the list.",
    ),
    Prediction(
        name="captures-fragments",
        title="three fragments",
        question="4000 bytes in one UDP datagram, MTU 1500: IP makes three fragments. In which "
        "order does the packet socket read their frames?",
        kind=ORDERS,
        source=Played(capture(udp(4000)), order),
        expected="turns",
        why="Each fragment is sent by itself, with the softirq after each.",
    ),
    Prediction(
        name="captures-sum",
        title="two bytes in the UDP header",
        question="`tcpdump -vv` calls the UDP checksum of a datagram on `lo` bad, yet the receiver "
        "reads it. What stands in the field?",
        kind=SUMS,
        source=Played(capture(udp(100)), udp_sum),
        expected="partial",
        why="`lo` says that it finishes checksums. So UDP leaves the part that a card would start "
        "from, and `lo` never looks at it.",
    ),
    Prediction(
        name="captures-counts",
        title="does it count?",
        question="A frame whose type no protocol knows is dropped by `lo`'s receiving side: "
        "`rx_dropped` 1. How much is `rx_dropped` for such a frame while a packet socket listens?",
        kind=Number("frames", 0, 4000),
        source=Played((UP, mtu(1500), TAP, UNKNOWN), sent("rx_dropped")),
        expected=0,
        why="A frame counts as dropped if nobody took it, and the packet socket did.",
    ),
)
