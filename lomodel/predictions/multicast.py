"""Predictions of the page about multicast and broadcast over lo."""

from __future__ import annotations

from lomodel.contract.making import put, recv, sock
from lomodel.explore.prediction import Choice, Number, Played, Prediction
from lomodel.figures.group_steps import GROUP, inbox, send
from lomodel.predictions._steps import UP
from lomodel.scenario import Observed

NUMBER = (6, 7)
TITLE = "Multicast, broadcast"

INBOXES = ("first", "second", "third")
ARRIVES, NO_ROUTE, FORBIDDEN, LOST = "arrives", "ENETUNREACH", "EACCES", "lost"
ENDS = Choice(
    {
        ARRIVES: "it arrives",
        NO_ROUTE: "the send fails with ENETUNREACH",
        FORBIDDEN: "the send fails with EACCES",
        LOST: "the send succeeds, and nobody gets it",
    }
)


JOINED = (*inbox("first"), put("first", "IP_ADD_MEMBERSHIP", [GROUP, 1]))
NAMED = (sock("out"), put("out", "IP_MULTICAST_IF", "127.0.0.1"))
THREE = tuple(step for name in INBOXES for step in inbox(name))
READ = tuple(recv(name) for name in INBOXES)


def end(observed: Observed) -> str:
    """What became of the one datagram: the send's error, or what the reader then got."""
    sent, read = observed[-2:]
    return sent["error"] or (ARRIVES if read["datagrams"] else LOST)


def readers(observed: Observed) -> int:
    """How many of the three read a datagram."""
    return sum(bool(read["datagrams"]) for read in observed[-3:])


def first_class(observed: Observed) -> str:
    """The class of the frame that came in."""
    return str(observed[-1]["frames"][-1]["type"])


PREDICTIONS = (
    Prediction(
        name="multicast-plain",
        title="to a group",
        question="A socket has joined 239.1.1.1 on `lo`. Another, with no option set, sends to "
        "that group. The namespace has only `lo`.",
        kind=ENDS,
        source=Played((UP, *JOINED, sock("out"), send(GROUP), recv("first")), end),
        expected=NO_ROUTE,
        why="The sender has to find a device, and the tables have no route for 239.1.1.1. Who has "
        "joined is not asked.",
    ),
    Prediction(
        name="multicast-three",
        title="three receivers",
        question="Three sockets share port 7001, bound to 0.0.0.0. One of them has joined "
        "239.1.1.1 on `lo`, and the sender names `lo`. How many get the datagram?",
        kind=Number("receivers", 0, 3),
        source=Played(
            (UP, *THREE, put("first", "IP_ADD_MEMBERSHIP", [GROUP, 1]), *NAMED, send(GROUP), *READ),
            readers,
        ),
        expected=3,
        why="The device is in the group when one socket has joined. Then every socket on the port "
        "gets a copy, since `IP_MULTICAST_ALL` is 1 at first.",
    ),
    Prediction(
        name="multicast-last-address",
        title="to 127.255.255.255",
        question="A receiver is bound to 0.0.0.0. Another socket, with no option set, sends to "
        "127.255.255.255.",
        kind=ENDS,
        source=Played(
            (UP, *inbox("first"), sock("out"), send("127.255.255.255"), recv("first")), end
        ),
        expected=FORBIDDEN,
        why="There is a route, and its type is broadcast. `udp_sendmsg` then asks for "
        "`SO_BROADCAST`.",
    ),
    Prediction(
        name="multicast-all-nodes",
        title="to ff02::1",
        question="`ip link set lo multicast on`. An IPv6 socket names `lo` with "
        "`IPV6_MULTICAST_IF`, and sends to ff02::1, which `lo` is a member of.",
        kind=ENDS,
        source=Played(
            (
                UP,
                {"do": "link", "multicast": True},
                *inbox("first", "::", "inet6"),
                sock("out", "inet6"),
                put("out", "IPV6_MULTICAST_IF", 1),
                send("ff02::1"),
                recv("first"),
            ),
            end,
        ),
        expected=NO_ROUTE,
        why="IPv6 asks its tables even when the device is named, and `lo` has no route ff00::/8.",
    ),
    Prediction(
        name="multicast-class",
        title="in a capture",
        question="A capture on `lo` sees the datagram to 239.1.1.1 come in. Which class does the "
        "frame have?",
        kind=Choice({name: name for name in ("multicast", "broadcast", "host", "otherhost")}),
        source=Played(
            (
                UP,
                *JOINED,
                *NAMED,
                {"do": "tap", "name": "capture"},
                send(GROUP),
                {"do": "captured", "tap": "capture"},
            ),
            first_class,
        ),
        expected="host",
        why="The class comes from the frame's destination MAC. On `lo` it is all zeros, and that "
        "is the device's own.",
    ),
)
