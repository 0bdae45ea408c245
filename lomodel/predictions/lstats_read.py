"""Predictions of the page about the sum of lo's counters."""

from __future__ import annotations

from lomodel.contract import Step
from lomodel.desk import counters, lo_up, send
from lomodel.explore.prediction import Answer, Choice, Number, Played, Prediction, Reckoned
from lomodel.linux.kernel.smp import cpu_down
from lomodel.predictions._steps import UP, mtu, sent, udp
from lomodel.scenario import Observed

NUMBER = (2, 4)
TITLE = "The sum"

FRAME: Step = {"do": "frame", "dst": "zero", "ethertype": 0x88B9, "payload": 1000}
"""A frame of a type that no protocol has registered."""
PING: Step = {"do": "ping", "family": "inet", "payload": 56}
DAY = (UP, mtu(1500), udp(4000, 1400), udp(4000) | {"listening": False}, PING, FRAME)
"""A day of traffic, in short."""
SENDERS = (0, 1, 1, 2)


def more_received(observed: Observed) -> int:
    """How many bytes more lo has counted as received than as sent, over all steps."""
    stats = [step["stats"] for step in observed if "stats" in step]
    return sum(each["rx_bytes"] - each["tx_bytes"] for each in stats)


def after_one_went_off(release: str) -> int:
    """tx_packets after sends on the CPUs of SENDERS, when CPU 2 has been switched off."""
    lo = lo_up(release, possible_cpus=4)
    for lo.machine.cpu in SENDERS:
        send(lo, 4000, gso_size=1400)
    cpu_down(lo.machine, 2)
    return counters(lo)["tx_packets"]


def two_looks(release: str) -> Answer:
    """tx_packets as a tap sees it while it gets each of the two copies of one datagram."""
    lo = lo_up(release)
    seen: list[int] = []
    lo.ptype_all.append(lambda skb, dev: seen.append(counters(dev)["tx_packets"]))
    send(lo, 4000, gso_size=1400)
    return " ".join(map(str, seen))


PREDICTIONS = (
    Prediction(
        name="one-cpu-off",
        title="one of four CPUs",
        question="A machine has four CPUs. CPU 0 sends the datagram once, CPU 1 twice, CPU 2 once; "
        "then CPU 2 is switched off. What does `tx_packets` show?",
        kind=Number("packets", 0, 100),
        source=Reckoned(
            after_one_went_off,
            "no step of a scenario chooses a CPU or switches one off.",
        ),
        expected=4,
        why="The loop goes over the possible CPUs. CPU 2 is still one of them, and its pair stays "
        "where it is.",
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
