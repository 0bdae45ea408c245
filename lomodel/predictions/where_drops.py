"""Predictions of the page about drops: what a receive buffer holds, and who counts the rest."""

from __future__ import annotations

from collections.abc import Mapping

from lomodel.contract import Step
from lomodel.explore.prediction import Choice, Number, Played, Prediction
from lomodel.predictions._steps import UP
from lomodel.scenario import Observed

NUMBER = (6, 5)
TITLE = "Where drops are counted"

PORT, SENT = 7001, 300
MEMINFO: Step = {"do": "getsockopt", "socket": "inbox", "option": "SO_MEMINFO"}


def inbox(asked: int = 0) -> list[Step]:
    """A receiver at PORT, with SO_RCVBUF ``asked`` where it is not 0, and a sender."""
    buffer: Step = {"do": "setsockopt", "socket": "inbox", "option": "SO_RCVBUF", "value": asked}
    socket: Step = {"do": "socket", "family": "inet", "type": "dgram"}
    return [
        socket | {"name": "inbox"},
        *([buffer] if asked else []),
        {"do": "bind", "socket": "inbox", "address": "127.0.0.1", "port": PORT},
        socket | {"name": "out"},
    ]


def send(payload: int, count: int) -> Step:
    """``count`` datagrams of ``payload`` bytes to the receiver."""
    to = {"do": "send", "socket": "out", "payload": payload, "to": ["127.0.0.1", PORT]}
    return to | {"count": count}


def unread(payload: int) -> tuple[Step, ...]:
    """SENT datagrams for a receiver that reads none of them."""
    return UP, *inbox(), send(payload, SENT), MEMINFO


LATE = (
    *(UP, *inbox(20000), send(1000, 25), MEMINFO),
    *({"do": "recv", "socket": "inbox", "count": 3}, send(1000, 3), MEMINFO),
)
LARGE = (UP, *inbox(1), send(60000, 1), MEMINFO)
BUFFERS = {"6.12": 93, "6.18": 92}
SMALLEST = {"6.12": 238, "6.18": 256}
SIZES = {"6.12": 896, "6.18": 832}
OUTCOMES = {
    "taken": "it is taken",
    "dropped": "the send succeeds, and the datagram is dropped",
    "refused": "the send fails with an error",
}


def drops(observed: Observed) -> list[int]:
    """The socket's drops each time that they were asked for."""
    return [step["value"]["drops"] for step in observed if "value" in step]


def kept(observed: Observed) -> int:
    """How many of SENT the socket has."""
    return SENT - drops(observed)[0]


def dropped_by_lo(observed: Observed) -> int:
    """lo's rx_dropped after the send."""
    return int(observed[-2]["stats"]["rx_dropped"])


def outcome(observed: Observed) -> str:
    """What became of the last send, as a key of OUTCOMES."""
    if observed[-2]["error"]:
        return "refused"
    return "dropped" if drops(observed)[0] else "taken"


def room(observed: Observed) -> int:
    """How many of the last three got in."""
    before, after = drops(observed)
    return 3 - (after - before)


def sizes(release: str) -> Mapping[str, object]:
    """What one byte costs a receiver."""
    return {"size": SIZES[release]}


PREDICTIONS = (
    Prediction(
        name="where-drops-lo",
        title="what lo counts",
        question="A receiver is bound and does not read. 300 datagrams of 1000 bytes are sent to "
        "it, and no send fails. Most are lost. How many does `lo` count as dropped?",
        kind=Number("datagrams", 0, 300),
        source=Played(unread(1000), dropped_by_lo),
        expected=0,
        why="`lo` handed up all 300. The socket refused what it had no room for, and it counts "
        "that itself.",
    ),
    Prediction(
        name="where-drops-kept",
        title="what the socket keeps",
        question="Its receive buffer is the default, 212992 bytes. How many of the 300 datagrams "
        "of 1000 bytes can be read later?",
        kind=Number("datagrams", 0, 300),
        source=Played(unread(1000), kept),
        expected=BUFFERS,
        why="A datagram of 1000 bytes is charged with 2304, the memory that it lies in.",
    ),
    Prediction(
        name="where-drops-one-byte",
        title="one byte each",
        question="The same with 300 datagrams of one byte. How many can be read later?",
        kind=Number("datagrams", 0, 300),
        source=Played(unread(1), kept),
        expected=SMALLEST,
        why="One byte costs {size}: its header, its head, and what the kernel notes about both.",
        facts=sizes,
    ),
    Prediction(
        name="where-drops-large",
        title="one too large",
        question="`SO_RCVBUF` 1 gives a receiver the smallest buffer that there is, 2304 bytes. "
        "The first datagram that comes has 60000. What happens?",
        kind=Choice(OUTCOMES),
        source=Played(LARGE, outcome),
        expected="taken",
        why="An empty queue takes any datagram. Otherwise a small buffer would never get one.",
    ),
    Prediction(
        name="where-drops-room",
        title="three read, three sent",
        question="`SO_RCVBUF` 20000 gives a buffer of 40000 bytes. 25 datagrams of 1000 bytes have "
        "filled it. The receiver reads three, then three more are sent. How many of these get in?",
        kind=Number("datagrams", 0, 3),
        source=Played(LATE, room),
        expected=0,
        why="Memory is given back late: not before a quarter of the buffer has been read, or all "
        "of it. A quarter of 40000 is five datagrams.",
    ),
)
