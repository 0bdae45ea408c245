"""Predictions of the page about the sum of lo's counters."""

from __future__ import annotations

from lomodel.contract import Step
from lomodel.desk import counters, lo_up, read_while, send
from lomodel.explore.prediction import Answer, Choice, Number, Played, Prediction, Reckoned
from lomodel.predictions._steps import UP, mtu, sent, udp
from lomodel.scenario import Observed

NUMBER = (2, 4)
TITLE = "The sum"

FRAME: Step = {"do": "frame", "dst": "zero", "ethertype": 0x88B9, "payload": 1000}
"""A frame of a type that no protocol has registered."""
PING: Step = {"do": "ping", "family": "inet", "payload": 56}
DAY = (UP, mtu(1500), udp(4000, 1400), udp(4000) | {"listening": False}, PING, FRAME)
"""A day of traffic, in short."""
MEANWHILE = ((0, 1000), (1, 4000))
"""Who sends how many bytes while the loop is on its way from CPU 0 to CPU 1."""


def more_received(observed: Observed) -> int:
    """How many bytes more lo has counted as received than as sent, over all steps."""
    stats = [step["stats"] for step in observed if "stats" in step]
    return sum(each["rx_bytes"] - each["tx_bytes"] for each in stats)


def read_meanwhile(release: str) -> str:
    """The bytes that dev_lstats_read returns if MEANWHILE happens before it is at CPU 1."""
    return str(read_while(lo_up(release), 1, MEANWHILE, gso_size=1400)[1])


def two_looks(release: str) -> Answer:
    """tx_packets as a tap sees it while it gets each of the two copies of one datagram."""
    lo = lo_up(release)
    seen: list[int] = []
    lo.ptype_all.append(lambda skb, dev: seen.append(counters(dev)["tx_packets"]))
    send(lo, 4000, gso_size=1400)
    return " ".join(map(str, seen))


PREDICTIONS = (
    Prediction(
        name="while-it-adds",
        title="while the loop adds",
        question="A machine has two CPUs, and nothing has been counted. The loop has read CPU 0's "
        "pair. Before it comes to CPU 1's, CPU 0 counts a packet of 1028 bytes, and after that CPU "
        "1 one of 4028 bytes. How many bytes does the loop return?",
        kind=Choice({"0": "0", "1028": "1028", "4028": "4028", "5056": "5056"}),
        source=Reckoned(
            read_meanwhile,
            "no step of a scenario chooses a CPU, or says what happens inside a loop.",
        ),
        expected="4028",
        why="CPU 0's pair was read before its packet, CPU 1's after. The later packet is in the "
        "sum, the earlier one is not.",
    ),
    Prediction(
        name="rx-and-tx-bytes",
        title="a day of traffic",
        question="`lo` has carried a day of traffic: some of it to closed ports, some of it of a "
        "type that no protocol knows. How many bytes more has it received than sent?",
        kind=Number("bytes", 0, 10**6),
        source=Played(DAY, more_received),
        expected=0,
        why="There is one pair of numbers. `loopback_get_stats64` writes it down twice.",
    ),
    Prediction(
        name="unknown-type-sent",
        title="a type that nobody knows",
        question="A program sends one frame of type 0x88b9, which no protocol has registered. "
        "`rx_dropped` becomes 1. And `tx_packets`?",
        kind=Number("packets", 0, 10),
        source=Played((UP, mtu(1500), FRAME), sent("tx_packets")),
        expected=1,
        why="`loopback_xmit` counts what the backlog took. Whether anybody wants the frame is "
        "found out later, when it is received, and nobody takes the count back.",
    ),
    Prediction(
        name="two-looks",
        title="two copies of one datagram",
        question="A tap in the kernel gets two copies of one datagram, one as it goes out and one "
        "as it comes in. It reads `tx_packets` while it gets the first, and again while it gets "
        "the second, on a `lo` that has carried nothing before. What does it read?",
        kind=Choice({"0 0": "0 and 0", "0 1": "0 and 1", "1 1": "1 and 1"}),
        source=Reckoned(
            two_looks,
            "no step of a scenario runs inside the kernel while a tap gets its copy.",
        ),
        expected="0 1",
        why="The first copy is made before the driver is called. The driver counts after "
        "`__netif_rx` has queued the packet, and the softirq that makes the second copy runs after "
        "the driver has returned.",
    ),
)
