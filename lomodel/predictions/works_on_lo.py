"""Predictions of the page works_on_lo."""

from __future__ import annotations

from lomodel.explore.prediction import Number, Played, Prediction
from lomodel.predictions._steps import UP, mtu, sent, udp

NUMBER = (6, 8)
TITLE = "It works on lo"

# These steps are recorded; tools/recording/predictions.py says how others are.
STEPS = (UP, mtu(1500), udp(4000, 1400))

PREDICTIONS = (
    Prediction(
        name="works-on-lo-packets",
        title="Works on lo: packets",
        question="One send of 4000 bytes, datagrams of 1400 asked for. How many packets?",
        kind=Number("packets", 0, 4000),
        source=Played(STEPS, sent("tx_packets")),
        expected=1,
        why="`lo` takes a packet with its bit in `features` as it is.",
    ),
    Prediction(
        name="works-on-lo-bytes",
        title="Works on lo: bytes",
        question="And how many bytes does `lo` count, without Ethernet headers?",
        kind=Number("bytes", 0, 100000),
        source=Played(STEPS, sent("tx_bytes")),
        expected=4028,
        why="The payload, 20 bytes of IPv4 header and 8 of UDP.",
    ),
)
