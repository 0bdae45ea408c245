"""What the driver's file consists of, and which of its functions run at which moment of a life."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from lomodel.desk import DRIVER, RELEASE, counters, ran, send
from lomodel.linux.include.linux.net import SOCK_DGRAM
from lomodel.linux.include.linux.socket import AF_INET
from lomodel.linux.net.core.dev_ioctl import set_up
from lomodel.linux.net.ethtool.ioctl import ethtool_get_link, ethtool_set_features
from lomodel.linux.net.socket import bind, socket_create
from lomodel.machine import Machine
from lomodel.scenario import PORT
from lomodel.trace import Trace, open_trace

LINES = 292
"""Of the whole file."""
TREE = "6.12.117"
"""The kernel whose lines these are; a test compares them with its tree."""


@dataclass(frozen=True)
class Block:
    """A function of the file: its lines, from 1, and the page of the book that is about it."""

    symbol: str
    first: int
    last: int
    page: str

    @property
    def lines(self) -> int:
        """How many lines it has."""
        return self.last - self.first + 1


BLOCKS = (
    Block("loopback_xmit", 69, 93, "xmit"),
    Block("dev_lstats_read", 95, 116, "lstats_read"),
    Block("loopback_get_stats64", 119, 130, "lstats_read"),
    Block("always_on", 132, 135, "ops"),
    Block("loopback_dev_init", 142, 146, "pcpu_stats"),
    Block("loopback_dev_free", 148, 151, "dev_free"),
    Block("gen_lo_setup", 160, 194, "setup"),
    Block("loopback_setup", 199, 203, "setup"),
    Block("loopback_net_init", 206, 231, "net_init"),
    Block("blackhole_netdev_xmit", 239, 245, "whole_driver"),
    Block("blackhole_neigh_output", 247, 251, "whole_driver"),
    Block("blackhole_neigh_construct", 253, 258, "whole_driver"),
    Block("blackhole_netdev_setup", 268, 271, "whole_driver"),
    Block("blackhole_netdev_init", 274, 290, "whole_driver"),
)
"""The fourteen functions, in the file's order."""

ANNOUNCED = ("loopback_get_stats64", "dev_lstats_read")
"""What runs when netlink tells its listeners of a device: its counters are part of the message. The
model has no netlink."""
KERNEL = "6.12.117"
RECORDED: dict[str, tuple[str, ...]] = {
    "namespace": ("loopback_net_init", "loopback_setup", "loopback_dev_init", *ANNOUNCED),
    "up": ANNOUNCED,
    "packet": ("loopback_xmit",),
    "counters": ANNOUNCED,
    "link": ("always_on",),
    "gone": (*ANNOUNCED, *ANNOUNCED, "loopback_dev_free"),
}
"""What ftrace saw on Debian's KERNEL, by moment, in order; its lo was up when it ended
(``tools/recording/functions.py``)."""
INLINED = ("gen_lo_setup",)
"""What ftrace cannot see there: the compiler has built it into its two callers."""

MOMENTS = {
    "boot": "a machine boots",
    "namespace": "a namespace is made",
    "up": "lo is brought up",
    "packet": "the datagram crosses",
    "counters": "its counters are read",
    "link": "ethtool asks for the link",
    "gone": "the namespace ends",
}
"""A life of lo, in its order."""


class _NotBooted:
    """What a trace is of while there is no machine yet."""

    tracer: Trace | None = None


class Life:
    """A machine, a namespace and its lo, one moment after the other.

    ``ran`` has the driver's functions that each moment called, in order; ``errors`` the errno of
    those that failed.
    """

    def __init__(self, release: str = RELEASE) -> None:
        self.ran: dict[str, list[str]] = {}
        self.errors: dict[str, OSError] = {}
        with open_trace(_NotBooted()) as trace:
            self.machine = Machine(release)
        self.ran["boot"] = ran(trace, DRIVER)
        with self.machine.trace() as trace:
            self.net = self.machine.new_net()
        self.ran["namespace"] = ran(trace, DRIVER)

    def live(self, moment: str, *given: Any) -> None:
        """One of the later moments: a method of this class."""
        with self.machine.trace() as trace:
            try:
                getattr(self, moment)(*given)
            except OSError as error:
                self.errors[moment] = error
        self.ran[moment] = ran(trace, DRIVER)

    def up(self) -> None:
        """lo is brought up."""
        set_up(self.net.loopback_dev, True)

    def packet(self, off: tuple[str, ...] = ()) -> None:
        """The book's datagram; ``off`` names features that are switched off before."""
        lo = self.net.loopback_dev
        with suppress(OSError):
            bind(socket_create(self.net, AF_INET, SOCK_DGRAM), "", PORT)
        if off:
            ethtool_set_features(lo, dict.fromkeys(off, False))
        send(lo, 4000, gso_size=1400)

    def counters(self) -> None:
        """Somebody reads lo's counters."""
        counters(self.net.loopback_dev)

    def link(self) -> None:
        """``ethtool lo`` asks whether there is a link."""
        ethtool_get_link(self.net.loopback_dev)

    def gone(self) -> None:
        """The last process leaves the namespace."""
        self.machine.end_net(self.net)


def whole_life() -> dict[str, list[str]]:
    """Every moment in order: the driver's functions that it called."""
    life = Life()
    for moment in list(MOMENTS)[2:]:
        life.live(moment)
    return life.ran


def times(names: list[str]) -> Counter[str]:
    """How often each function was called."""
    return Counter(names)
