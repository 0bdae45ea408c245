"""Predictions of the page about what changed from release to release."""

from __future__ import annotations

from lomodel.explore.prediction import Choice, Number, Played, Prediction, Reckoned
from lomodel.predictions._steps import sent
from lomodel.probes import ASKED
from lomodel.scenario import play

NUMBER = (5, 3)
TITLE = "5.14 to 6.18"

OLD = (
    "The question is about 5.14, which was read and never run. What the model says of the other "
    "releases was held against kernels."
)
NEW = (
    "The question is about 6.18, and the page is about 6.12. Linux 6.18.44 was recorded with "
    'these steps: the page "How do you know?" compares.'
)


def packets(name: str, release: str) -> int:
    """The packets that the model of a release counts of a scenario."""
    return sent("tx_packets")(play(list(ASKED[name].steps), release))


PREDICTIONS = (
    Prediction(
        name="releases-long",
        title="65507 bytes on 5.14",
        question="4000 bytes every 1400 are one packet in every release here. 65507 bytes every "
        "1400 are 47 packets in 6.12, being too long to pass whole. How many on Linux 5.14?",
        kind=Number("packets", 0, 65507),
        source=Reckoned(lambda release: packets("longest", "5.14"), OLD),
        expected=1,
        why="5.14 did not ask how long a packet is that is to be cut later. The test came with "
        "updates: 5.15.146, 6.1.70, 6.6.9, and all that is newer.",
    ),
    Prediction(
        name="releases-down",
        title="a send while lo is down",
        question="`lo` was up and is brought down, and a program sends 100 bytes to 127.0.0.1. "
        "The call succeeds, and no packet is counted as sent. What does `tx_dropped` say?",
        kind=Number("packets", 0, 100),
        source=Played(ASKED["down"].steps, sent("tx_dropped")),
        expected=1,
        why="The packet meets the queue of a device that is not in use, `noop`, and `noop_enqueue` "
        "counts what it drops. In 6.1 it dropped it just so, and counted nothing.",
    ),
    Prediction(
        name="releases-tiny",
        title="very small segments",
        question="A packet socket hands `lo` a TCP packet of 40 bytes, to be cut every 4, and "
        "`tx-tcp-segmentation` is off. On 5.14 that makes 10 packets. On 6.1.192 and 6.12.117 it "
        "makes 5: the kernel takes 8 as the least it cuts to. On 6.18.44?",
        kind=Choice(
            {"five": "5 packets", "ten": "10 packets", "one": "1 packet", "none": "EINVAL"}
        ),
        source=Reckoned(lambda release: {5: "five", 10: "ten"}[packets("tiny", "6.18")], NEW),
        expected="ten",
        why="A number is no date. The least of 8 bytes came into each series with an update: "
        "6.1.188, 6.12.110, 6.18.52. So 6.18.44 is older in this than 6.12.117.",
    ),
)
