"""Predictions of the page about ``loopback_ops``: what a plug is good for."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Any

from lomodel.contract import Step
from lomodel.desk import counters, lo_up, plug
from lomodel.explore.prediction import Choice, Played, Prediction, Reckoned
from lomodel.linux.include.linux.netdevice import NETDEV_TX_BUSY, NETDEV_TX_OK
from lomodel.predictions._steps import udp
from lomodel.scenario import Observed, Player

NUMBER = (1, 4)
TITLE = "The plug board"

NO_KERNEL = "No program can change the table of a running kernel's `lo`: it takes a kernel module."
SEND: Step = udp(4000, 1400)


def sent_with(release: str, **sockets: Callable[..., Any] | None) -> dict[str, Any]:
    """What is observed of one send over a lo with other plugs, and what it has counted."""
    lo = plug(lo_up(release, listening=False), **sockets)
    return Player.of(lo).step(SEND) | {"counted": counters(lo)}


def without_counters(release: str) -> str:
    """What a send leads to where nobody answers for the counters."""
    seen = sent_with(release, ndo_get_stats64=None)
    if seen["error"]:
        return "fails"
    if not seen["received"]:
        return "lost"
    return "counted" if seen["counted"]["tx_packets"] else "uncounted"


def idle_driver(release: str) -> str:
    """Who hears of a packet that the driver took and did nothing with."""
    seen = sent_with(release, ndo_start_xmit=lambda skb, dev: NETDEV_TX_OK)
    if seen["error"]:
        return "sender"
    heard = [name for name in ("tx_dropped", "tx_packets") if seen["counted"][name]]
    return heard[0] if heard else "nobody"


def busy_driver(release: str) -> str:
    """What comes of a packet that the driver has no time for."""
    seen = sent_with(release, ndo_start_xmit=lambda skb, dev: NETDEV_TX_BUSY)
    if seen["error"]:
        return "error" if seen["error"] == errno.errorcode[errno.ENETDOWN] else seen["error"]
    if seen["received"]:
        return "later"
    return "silent"


ZEROS, OTHER = "00:00:00:00:00:00", "02:00:00:00:00:01"


def address(value: str) -> Step:
    """lo gets this address."""
    return {"do": "link", "address": value}


def zeros(observed: Observed) -> str:
    """Which of two times lo took an address of zeros: as its first, and after another one."""
    first, between, again = (each["error"] for each in observed)
    if between:
        raise ValueError(f"{OTHER}: {between}, expected to be taken")
    return {(True, True): "both", (True, False): "once", (False, True): "later"}.get(
        (not first, not again), "never"
    )


PREDICTIONS = (
    Prediction(
        name="idle-driver",
        title="a driver that does nothing",
        question="The function in `ndo_start_xmit` is exchanged for one that takes the packet, "
        "does nothing, and returns `NETDEV_TX_OK`. A program sends a datagram. Who hears that it "
        "is lost?",
        kind=Choice(
            {
                "sender": "the sender: the call fails",
                "tx_dropped": "`tx_dropped`: it counts 1",
                "tx_packets": "`tx_packets`: it counts 1, and `rx_packets` 0",
                "nobody": "nobody",
            }
        ),
        source=Reckoned(idle_driver, NO_KERNEL),
        expected="nobody",
        why="`NETDEV_TX_OK` says that the driver has taken the packet and will see to the rest, "
        "counting included. The core asks no further.",
    ),
    Prediction(
        name="busy-driver",
        title="a driver without time",
        question="The function in `ndo_start_xmit` now always returns `NETDEV_TX_BUSY`. What comes "
        "of the send?",
        kind=Choice(
            {
                "later": "the packet waits, and the core tries again",
                "silent": "the packet is dropped, and the sender does not hear of it",
                "error": "the call fails with `ENETDOWN`",
            }
        ),
        source=Reckoned(busy_driver, NO_KERNEL),
        expected="error",
        why="`lo` has no queue where it could wait. `__dev_queue_xmit` drops it, counts it in "
        "`tx_dropped`, complains in the kernel's log and returns `ENETDOWN`.",
    ),
    Prediction(
        name="pulled-counters",
        title="the plug of the counters",
        question="The plug in `ndo_get_stats64` is pulled, all others are `lo`'s own. 4000 bytes "
        "are sent. What do the receiver and the counters say?",
        kind=Choice(
            {
                "fails": "the call fails: without counters nothing is sent",
                "lost": "nothing is received, and 0 packets are counted",
                "uncounted": "all of it is received, and 0 packets are counted",
                "counted": "all of it is received, and the core counts the packet itself",
            }
        ),
        source=Reckoned(without_counters, NO_KERNEL),
        expected="uncounted",
        why="The driver still counts each packet. But `dev_get_stats` finds the socket empty and "
        "takes the device's old counters, `dev->stats`, which the driver of `lo` never writes.",
    ),
    Prediction(
        name="zeros-for-an-address",
        title="the address that it has",
        question="A new `lo` has the address 00:00:00:00:00:00. You set that very address, then "
        "02:00:00:00:00:01, then the zeros again. How often are the zeros taken?",
        kind=Choice(
            {
                "both": "both times",
                "once": "the first time only",
                "later": "the second time only",
                "never": "never",
            }
        ),
        source=Played((address(ZEROS), address(OTHER), address(ZEROS)), zeros),
        expected="once",
        why="`dev_set_mac_address` compares first, and an address that does not change is not put "
        "to the driver. The second time it does, and `eth_mac_addr` takes no zeros: "
        "`EADDRNOTAVAIL`.",
    ),
)
