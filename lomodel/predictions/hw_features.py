"""Predictions of the page about the three feature words and ethtool."""

from __future__ import annotations

from lomodel.desk import counters, lo_up, new_lo, send
from lomodel.explore.prediction import Choice, Number, Played, Prediction, Reckoned
from lomodel.predictions._steps import SHOW, off
from lomodel.scenario import Observed

NUMBER = (3, 1)
TITLE = "Three words and ethtool"

WORDS = ("hw_features", "wanted_features", "features")
UDP_BIT = "GSO_UDP_L4"


def lamps(states: dict[str, str]) -> set[str]:
    """The features that are on, by ethtool's names, ``[fixed]`` or not."""
    return {name for name, state in states.items() if state.split()[0] == "on"}


def switchable(observed: Observed) -> int:
    """How many features of the last step's device are on and not ``[fixed]``."""
    return sum(state == "on" for state in observed[-1]["features"].values())


def gone_out(observed: Observed) -> int:
    """How many features were on at the first step and are not at the last."""
    before, after = (lamps(observed[at]["features"]) for at in (0, -1))
    return len(before - after)


def returned(observed: Observed) -> str:
    """What the last step's call returned: a number, or an errno's name."""
    return observed[-1]["error"] or str(observed[-1]["rc"])


def word_that_counts(release: str) -> str:
    """The one word in which a missing UDP bit changes how many packets a send becomes."""
    whole = packets_without_bit(release, None)
    changed = [word for word in WORDS if packets_without_bit(release, word) != whole]
    return " ".join(changed)


def packets_without_bit(release: str, word: str | None) -> int:
    """Packets of a send of 4000 bytes, every 1400, when one word lacks the bit for UDP."""
    lo = lo_up(release)
    if word is not None:
        bit = 1 << lo.netif_f.bit[UDP_BIT]
        setattr(lo, word, getattr(lo, word) & ~bit)
    send(lo, 4000, gso_size=1400)
    return counters(lo)["tx_packets"]


def of_a_new_lo(release: str) -> dict[str, int]:
    """How many bits the words of a new lo have."""
    lo = new_lo(release)
    on, both = lo.features.bit_count(), (lo.features & lo.hw_features).bit_count()
    return {"on": on, "both": both, "fixed": on - both, "switches": lo.hw_features.bit_count()}


PREDICTIONS = (
    Prediction(
        name="switchable",
        title="lamps with a switch",
        question="{on} features of a new `lo` are on. How many of these {on} can a user switch "
        "off?",
        kind=Number("features", 0, 64),
        source=Played((SHOW,), switchable),
        expected={"6.12": 9, "6.18": 10},
        why="A feature can be switched off if it is on and its bit is in `hw_features`: "
        "`features & hw_features` has {both} bits. The other {fixed} are `[fixed]`. "
        "`hw_features` has {switches} bits, because two of its switches are down from birth.",
        facts=of_a_new_lo,
    ),
    Prediction(
        name="tcp-off",
        title="one switch",
        question="Everything is as at birth. `ethtool -K lo tx-tcp-segmentation off`: how many "
        "lamps go out?",
        kind=Number("lamps", 0, 64),
        source=Played((SHOW, off("tx-tcp-segmentation"), SHOW), gone_out),
        expected=2,
        why="The one that you asked for, and `tx-tcp-mangleid-segmentation`: it says how TCP over "
        "IPv4 may be cut, and `netdev_fix_features` takes it away where that is off. Its switch "
        "stays up: `ethtool -k` prints `off [requested on]`.",
    ),
    Prediction(
        name="word-for-a-packet",
        title="the word that a packet meets",
        question="A packet of 4000 bytes is on its way to `lo`. Which of the three words decides "
        "whether it is cut?",
        kind=Choice({word: f"`{word}`" for word in WORDS}),
        source=Reckoned(
            word_that_counts,
            "A recording cannot say it: no program can clear the bit in one word alone.",
        ),
        expected="features",
        why="Packets see lamps only. With the bit for UDP cleared in `hw_features` or in "
        "`wanted_features` the same send is still one packet; cleared in `features`, it is cut "
        "into three.",
    ),
    Prediction(
        name="scatter-gather-off",
        title="a lamp without a switch",
        question="`tx-scatter-gather` is on and `[fixed]`. A program asks the kernel to switch it "
        "off (`ETHTOOL_SFEATURES`). What does the call return?",
        kind=Choice(
            {
                "0": "0, and the lamp goes out",
                "1": "1, and nothing changes",
                "2": "2, and the wish is kept",
                "EINVAL": "the error `EINVAL`",
            }
        ),
        source=Played((off("tx-scatter-gather"),), returned),
        expected="1",
        why="1 is `ETHTOOL_F_UNSUPPORTED`: something was asked for that this device does not let "
        "you change. It is no error, and what could be changed in the same call would be. "
        "Today's `ethtool` asks over netlink, which returns 0 or an error: it sees in the reply "
        'that nothing changed, prints "Could not change any device features", and exits with 1.',
    ),
)
