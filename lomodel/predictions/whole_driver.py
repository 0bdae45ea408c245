"""Predictions of the page about the driver's whole file."""

from __future__ import annotations

from lomodel.explore.prediction import Number, Order, Prediction, Reckoned
from lomodel.life import BLOCKS, MOMENTS, Life

NUMBER = (5, 4)
TITLE = "The whole driver"

UNSEEN = (
    "No program sees a function run, so no scenario can say it. The figure below has what a "
    "kernel's function tracer saw."
)
BIRTH = ("gen_lo_setup", "loopback_net_init", "loopback_dev_init", "loopback_setup")


def crossing(release: str) -> int:
    """The driver's functions that run while the datagram crosses."""
    life = Life(release)
    life.live("up")
    life.live("packet")
    return len(set(life.ran["packet"]))


def birth(release: str) -> tuple[str, ...]:
    """The driver's functions in the order in which a new namespace calls them."""
    return tuple(Life(release).ran["namespace"])


def never(release: str) -> int:
    """The driver's functions that a whole life does not run."""
    life = Life(release)
    for moment in list(MOMENTS)[2:]:
        life.live(moment)
    ran = {name for names in life.ran.values() for name in names}
    return len(BLOCKS) - len(ran)


PREDICTIONS = (
    Prediction(
        name="driver-crossing",
        title="between send and receive",
        question="`lo` is up. 4000 bytes are sent in one call, datagrams of 1400 asked for, and "
        "the receiver reads all three. How many of the fourteen functions run meanwhile?",
        kind=Number("functions", 0, 14),
        source=Reckoned(crossing, UNSEEN),
        expected=1,
        why="`loopback_xmit`, and it returns before anybody reads. Cutting, queueing and waking "
        "the receiver is done by code that every device shares.",
    ),
    Prediction(
        name="driver-birth",
        title="a new namespace",
        question="A namespace is made, and with it a `lo`. In which order are these four called?",
        kind=Order(BIRTH),
        source=Reckoned(birth, UNSEEN),
        expected=("loopback_net_init", "loopback_setup", "gen_lo_setup", "loopback_dev_init"),
        why="The namespace calls `loopback_net_init`. `alloc_netdev` calls `loopback_setup`, which "
        "hands its six arguments to `gen_lo_setup`; only then does `register_netdevice` call "
        "`ndo_init`, which is `loopback_dev_init`.",
    ),
    Prediction(
        name="driver-never",
        title="what is left",
        question="A machine boots. A namespace is made, its `lo` is brought up, the datagram "
        "crosses, counters and link are read, and the namespace ends. How many of the fourteen "
        "have not run?",
        kind=Number("functions", 0, 14),
        source=Reckoned(never, UNSEEN),
        expected=3,
        why="`blackhole_netdev_xmit` and the two functions for neighbours. They wait for a packet "
        "whose route was taken away while it was on its way.",
    ),
)
