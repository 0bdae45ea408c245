"""Predictions of the page about what changed from release to release."""

from __future__ import annotations

from lomodel.explore.prediction import Choice, Number, Prediction, Reckoned
from lomodel.predictions._steps import sent
from lomodel.probes import ASKED
from lomodel.release import RELEASES
from lomodel.scenario import play

NUMBER = (5, 3)
TITLE = "5.14 to 6.18"

OLD = (
    "Three of the six, 5.14, 5.15 and 6.6, were never run. What the model says of the other three "
    "was held against kernels."
)
BEFORE = (
    "The question is about 6.1, and the page is about 6.12. Linux 6.12.117 and 6.18.44 were "
    'recorded with these steps: the page "How do you know?" compares.'
)
MOVED = {
    "tx_packets": "`tx_packets`",
    "tx_dropped": "`tx_dropped`",
    "rx_dropped": "`rx_dropped`",
    "none": "none",
}
NEW = (
    "The question is about 6.18, and the page is about 6.12. Linux 6.18.44 was recorded with "
    'these steps: the page "How do you know?" compares.'
)


def packets(name: str, release: str) -> int:
    """The packets that the model of a release counts of a scenario."""
    return sent("tx_packets")(play(list(ASKED[name].steps), release))


def moved(name: str, release: str) -> str:
    """The counters that the last step of a scenario moves in the model of a release, or "none"."""
    stats = play(list(ASKED[name].steps), release)[-1]["stats"]
    return " ".join(counter for counter, change in stats.items() if change) or "none"


PREDICTIONS = (
    Prediction(
        name="releases-long",
        title="65507 bytes, six times",
        question="4000 bytes every 1400 are one packet in every release here. 65507 bytes every "
        "1400 are 47 packets in 6.12. In how many of the page's six tables do they pass whole?",
        kind=Number("tables", 0, 6),
        source=Reckoned(lambda release: sum(packets("longest", r) == 1 for r in RELEASES), OLD),
        expected=1,
        why="In 5.14 only: the test was not left to new series. It came with updates to 5.15.146, "
        "6.1.70 and 6.6.9 as well, and is in all that is newer.",
    ),
    Prediction(
        name="releases-down",
        title="a send while lo is down",
        question="`lo` was up and is brought down, and a program sends 100 bytes to 127.0.0.1. "
        "The packet is dropped, and in 6.12 `tx_dropped` becomes 1. Which of `lo`'s counters "
        "moves in 6.1?",
        kind=Choice(MOVED),
        source=Reckoned(lambda release: moved("down", "6.1"), BEFORE),
        expected="none",
        why="The packet meets the queue of a device that is not in use, `noop`. In 6.12 "
        "`noop_enqueue` counts what it drops. In 6.1 it drops it just so, and counts nothing.",
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
