"""Predictions of the page about lo and other devices."""

from __future__ import annotations

from lomodel.desk import counters, send
from lomodel.explore.prediction import Choice, Number, Played, Prediction, Reckoned
from lomodel.figures.card import as_card
from lomodel.predictions._steps import SHOW, off
from lomodel.scenario import Observed
from lomodel.sockets import tried

NUMBER = (6, 8)
TITLE = "It works on lo"

OLD, NEW = "6.6", "6.12"
REFUSED = "EIO"


def sent(release: str) -> str:
    """What becomes of the riddle on a plain card: an errno, or the packets."""
    card = as_card(release=release)
    done = tried(send, card, 4000, 1400)
    return done if isinstance(done, str) else str(counters(card)["tx_packets"])


def before_and_after(_: str) -> str:
    """The same in both releases that the question is about."""
    return f"{sent(OLD)} {sent(NEW)}"


def changed(observed: Observed) -> int:
    """How many features the first and the last step show otherwise."""
    first, last = observed[0]["features"], observed[-1]["features"]
    return sum(first[name] != last[name] for name in first)


PREDICTIONS = (
    Prediction(
        name="works-on-lo-card",
        title="a card that sums nothing",
        question="A card computes no checksums and cuts nothing. A program sends 4000 bytes over "
        "it in one call, with `UDP_SEGMENT` 1400. What happens in Linux 6.6, and what in 6.12?",
        kind=Choice(
            {
                "3 3": "three packets in both: software cuts",
                f"{REFUSED} 3": "`EIO` in 6.6, three packets in 6.12",
                f"{REFUSED} {REFUSED}": "`EIO` in both",
                "1 1": "one packet in both",
            }
        ),
        source=Reckoned(
            before_and_after,
            "A scenario plays on `lo`, whose checksum lamp nobody can switch off.",
        ),
        expected=f"{REFUSED} 3",
        why="Up to 6.10 `udp_send_skb` refuses a batch whose checksum nobody below will finish. "
        "Since 6.11 it goes on, and the code that cuts also sums.",
    ),
    Prediction(
        name="works-on-lo-sum-off",
        title="the lamp off",
        question="So you want such a card for a test, and type `ethtool -K lo "
        "tx-checksum-ip-generic off`, as root. How many lamps of `lo` change?",
        kind=Number("lamps", 0, 64),
        source=Played((SHOW, off("tx-checksum-ip-generic"), SHOW), changed),
        expected=0,
        why="The lamp has no switch: `gen_lo_setup` sets the bit in `features` and not in "
        "`hw_features`.",
    ),
)
