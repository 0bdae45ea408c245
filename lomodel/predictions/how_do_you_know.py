"""Predictions of the page about how the book is checked."""

from __future__ import annotations

from lomodel.explore.prediction import Choice, Number, Prediction, Reckoned
from lomodel.witnesses import CHANGES, between, noticed

NUMBER = (5, 1)
TITLE = "How do you know?"

THREE = ("riddle", "longest", "down")
KERNEL = "6.18"
TWO = (
    "The question is about a model and a kernel together, so the kernel has been asked: its part "
    "of the answer is the recordings of this page."
)


def differing(model: str) -> int:
    """How many of the three scenarios a model answers otherwise than 6.18.44 did."""
    return sum(bool(between(name, KERNEL, model)) for name in THREE)


def blind_spot(release: str) -> str:
    """The one change that the recordings do not notice; ValueError where there is not one."""
    (found,) = [change for change in CHANGES if change and not noticed(change, release)]
    return found


PREDICTIONS = (
    Prediction(
        name="witness-old",
        title="the wrong release",
        question="Three scenarios: the riddle; 65507 bytes every 1400; a send while `lo` is down. "
        "Linux 6.18.44 was recorded with them. For how many does the model of 5.14 say anything "
        "else?",
        kind=Number("scenarios", 0, 3),
        source=Reckoned(lambda release: differing("5.14"), TWO),
        expected=2,
        why="5.14 does not ask how long a packet is, and does not count what is dropped while "
        "`lo` is down. The riddle is the same in both.",
    ),
    Prediction(
        name="witness-blind",
        title="a wrong line",
        question="The model's `loopback_xmit` is made wrong, in four ways, one at a time. Thirteen "
        "scenarios were recorded for this page. Which change do none of them notice?",
        kind=Choice({name: f"it {change.label}" for name, change in CHANGES.items() if name}),
        source=Reckoned(blind_spot, TWO),
        expected="always",
        why="In none of the thirteen is the backlog ever full, so nothing that was not taken could "
        "be counted. What no scenario comes to, no comparison checks.",
    ),
)
