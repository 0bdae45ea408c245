"""Predictions of the page several_in_one_read."""

from __future__ import annotations

from lomodel.contract import Step
from lomodel.explore.prediction import Choice, Number, Played, Prediction
from lomodel.predictions._steps import UP, off
from lomodel.scenario import Observed

NUMBER = (6, 4)
TITLE = "Several in one read"

READER: tuple[Step, ...] = (
    UP,
    {"do": "socket", "name": "r", "family": "inet", "type": "dgram"},
    {"do": "bind", "socket": "r", "address": "127.0.0.1", "port": 7000},
    {"do": "setsockopt", "socket": "r", "option": "UDP_GRO", "value": 1},
    {"do": "socket", "name": "s", "family": "inet", "type": "dgram"},
)
"""lo is up, a reader that asked for UDP_GRO waits at port 7000, and there is a sender."""


def sends(payload: int, gso_size: int = 0, count: int = 1) -> Step:
    """So many sends to the reader; ``gso_size`` is UDP_SEGMENT's."""
    sent: Step = {"do": "send", "socket": "s", "payload": payload, "to": ["127.0.0.1", 7000]}
    return sent | ({"gso_size": gso_size} if gso_size else {}) | {"count": count}


def reads(size: int = 65536) -> Step:
    """Read until nothing is left, each time into a buffer of ``size`` bytes."""
    return {"do": "recv", "socket": "r", "size": size, "count": 10}


def how_often(observed: Observed) -> int:
    """How many reads gave a datagram."""
    return len(observed[-1]["datagrams"])


def missing(observed: Observed) -> int:
    """The bytes of a send of 4000 that no read gave."""
    return 4000 - sum(each["length"] for each in observed[-1]["datagrams"])


NOTHING, LENGTH, ONE = "nothing", "length", "one"


def message(observed: Observed) -> str:
    """What the only read said of a segment size."""
    [read] = observed[-1]["datagrams"]
    size = read.get("gso_size")
    return NOTHING if size is None else LENGTH if size == read["length"] else ONE


PREDICTIONS = (
    Prediction(
        name="several-joined",
        title="three sends",
        question="Three sends of 1400 bytes each, without `UDP_SEGMENT`. The reader has set "
        "`UDP_GRO`. How many reads does it take to get all of it?",
        kind=Number("reads", 0, 4200),
        source=Played((*READER, sends(1400, count=3), reads()), how_often),
        expected=3,
        why="Three packets come, and no function on the way back from `lo` joins packets.",
    ),
    Prediction(
        name="several-cut",
        title="cut on the way",
        question="`tx-udp-segmentation` is off. One send of 4000 bytes every 1400; the reader has "
        "set `UDP_GRO`. How many reads?",
        kind=Number("reads", 0, 4000),
        source=Played((*READER, off("tx-udp-segmentation"), sends(4000, 1400), reads()), how_often),
        expected=3,
        why="`lo` does not take the packet whole, so three packets come. What is cut stays cut.",
    ),
    Prediction(
        name="several-one",
        title="one segment",
        question="One send of 1400 bytes every 1400; the reader has set `UDP_GRO`. What does the "
        "control message of its read say?",
        kind=Choice(
            {
                LENGTH: "1400",
                ONE: "1",
                NOTHING: "there is no such message",
            }
        ),
        source=Played((*READER, sends(1400, 1400), reads()), message),
        expected=NOTHING,
        why="A payload that is no longer than one segment makes a plain packet. The message speaks "
        "of a packet that stands for several.",
    ),
    Prediction(
        name="several-buffer",
        title="a buffer of 1500",
        question="One send of 4000 bytes every 1400; the reader has set `UDP_GRO`, and reads into "
        "a buffer of 1500 bytes until nothing is left. How many bytes does it never get?",
        kind=Number("bytes", 0, 4000),
        source=Played((*READER, sends(4000, 1400), reads(1500)), missing),
        expected=2500,
        why="One read takes one packet off the queue. What does not fit into the buffer is gone.",
    ),
)
