"""Predictions of the page about the backlog: how much it takes, and when it is emptied."""

from __future__ import annotations

from lomodel.contract import Step
from lomodel.desk import counters, lo_up, send
from lomodel.explore.prediction import Answer, Choice, Number, Played, Prediction, Reckoned
from lomodel.predictions._steps import UP, mtu, off, sent, udp
from lomodel.scenario import Observed

NUMBER = (3, 5)
TITLE = "The tray"

SEGMENTS = 1002
PIECES: Step = {"do": "tcp_frame", "family": "inet", "payload": 10 * SEGMENTS}
MANY = (UP, off("tx-tcp-segmentation"), PIECES | {"gso_size": 10, "flags": 16})
CUT = (UP, mtu(1500), off("tx-udp-segmentation"), udp(4000, 1400))
FRAGMENTS = (UP, mtu(1500), off("tx-udp-segmentation"), udp(4000))

LETTERS = {
    "net_dev_queue": "Q",
    "net_dev_start_xmit": "S",
    "netif_rx": "N",
    "net_dev_xmit": "X",
    "netif_receive_skb": "R",
}
WAYS = {
    "each received": "Q SNX R SNX R SNX R",
    "one after another": "QSNXR QSNXR QSNXR",
    "last received": "Q SNX SNX SNX R R R",
    "all together": "Q SSS NNN XXX RRR",
}
QUEUED, STARTED = "`Q` handed to the device's queue", "`S` to the driver"
MEANING = (
    f"{QUEUED}, {STARTED}, `N` to the backlog, `X` the driver has returned, `R` received: in which "
    "order do they come?"
)


def way(observed: Observed) -> Answer:
    """The order in which the tracepoints of the last step fired, as one of WAYS."""
    fired = "".join(LETTERS[name] for name, _ in observed[-1]["events"])
    return next(key for key, letters in WAYS.items() if letters.replace(" ", "") == fired)


def in_a_backlog_of_none(release: str) -> int:
    """The pieces of a cut send that arrive where netdev_max_backlog is 0."""
    lo = lo_up(release, off=["tx-udp-segmentation"])
    lo.machine.netdev_max_backlog = 0
    send(lo, 4000, gso_size=1400)
    return counters(lo)["rx_packets"]


PREDICTIONS = (
    Prediction(
        name="one-send-many-segments",
        title="one send, very many segments",
        question="`netdev_max_backlog` is 1000. One TCP packet is cut into 1002 segments. Suppose "
        "that all of them reach `lo` before the first is received: how many does `lo` count?",
        kind=Number("segments", 0, 10020),
        source=Played(MANY, sent("tx_packets")),
        expected=1001,
        why="`enqueue_to_backlog` refuses a packet when *more than* 1000 wait. With 1000 waiting "
        "there is room for one more.",
    ),
    Prediction(
        name="backlog-of-none",
        title="a backlog of none",
        question="`netdev_max_backlog` is 0, and your datagram is cut into three before it reaches "
        "`lo`. How many of the three arrive?",
        kind=Number("datagrams", 0, 4000),
        source=Reckoned(
            in_a_backlog_of_none,
            "No step of a scenario sets netdev_max_backlog: it is the whole machine's.",
        ),
        expected=1,
        why="The same test: an empty backlog does not hold more than 0 packets, so one gets in. "
        "The other two meet a backlog of one.",
    ),
    Prediction(
        name="letters-of-a-cut-send",
        title="five letters, cut in three",
        question=f"Your datagram is cut into three in software. {MEANING}",
        kind=Choice(WAYS),
        source=Played(CUT, way),
        expected="last received",
        why="`__dev_queue_xmit` keeps bottom halves off until all three have been handed over. The "
        "softirq runs when they come back on, and finds three packets.",
    ),
    Prediction(
        name="letters-of-fragments",
        title="five letters, three fragments",
        question="The same 4000 bytes without `UDP_SEGMENT`: IP cuts them into three fragments. "
        "And now?",
        kind=Choice(WAYS),
        source=Played(FRAGMENTS, way),
        expected="one after another",
        why="Each fragment goes through `__dev_queue_xmit` by itself, and at the end of each call "
        "bottom halves come back on.",
    ),
)
