"""Predictions of the page about who asks for a device's type."""

from __future__ import annotations

from collections.abc import Callable

from lomodel.desk import counters, lo_up, new_lo, send
from lomodel.explore.prediction import Choice, Number, Prediction, Reckoned
from lomodel.figures.asked_by_type import askers, otherwise
from lomodel.linux.drivers.net.loopback import loopback_setup
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK
from lomodel.linux.include.uapi.linux.if_arp import ARPHRD_ETHER
from lomodel.linux.include.uapi.linux.netdevice import NET_NAME_UNKNOWN
from lomodel.linux.net.core.dev import alloc_netdev, dev_net_set, register_netdev
from lomodel.linux.net.core.dev_ioctl import set_up
from lomodel.scenario import addresses

NUMBER = (4, 1)
TITLE = "Who asks for 772"

NO_STEP = "No program can change lo's type, its flag or its pointer, so no kernel was asked."


def stayed(release: str) -> int:
    """How many of the files that asked in 5.14 ask in a release."""
    then, now = ({user.file for user in askers(each)} for each in ("5.14", release))
    return len(then & now)


def answer_otherwise(release: str) -> int:
    """How many answer otherwise when lo's type is that of an Ethernet device."""
    return len(otherwise(ARPHRD_ETHER, release))


def another(lo: NetDevice) -> NetDevice:
    """A second device like lo in its namespace, up."""
    dev = alloc_netdev(lo.machine, 0, "other", NET_NAME_UNKNOWN, loopback_setup)
    assert dev is not None  # this machine's memory has no end
    dev_net_set(dev, lo.nd_net)
    register_netdev(dev)
    set_up(dev, True)
    return dev


def change_type(lo: NetDevice) -> None:
    """Another type."""
    lo.type = ARPHRD_ETHER


def clear_flag(lo: NetDevice) -> None:
    """No IFF_LOOPBACK."""
    lo.flags &= ~IFF_LOOPBACK


def move_pointer(lo: NetDevice) -> None:
    """The namespace points to another device."""
    lo.nd_net.loopback_dev = another(lo)


CHANGES: dict[str, Callable[[NetDevice], None]] = {
    "type": change_type,
    "flag": clear_flag,
    "pointer": move_pointer,
}
"""What lo is known by, and how each is changed."""


def decides_where(release: str) -> str:
    """What of lo, when it is changed, sends the book's datagram somewhere else.

    Without the flag a kernel refuses the send (``__mkroute_output``), which the model leaves out;
    to another device it does not go there either.
    """
    found = []
    for name, change in CHANGES.items():
        lo = lo_up(release)
        change(lo)
        send(lo, 4000, gso_size=1400)
        if not counters(lo)["tx_packets"]:
            found.append(name)
    return " ".join(found)


def decides_v4(release: str) -> str:
    """What of a new lo, when it is changed, keeps 127.0.0.1 away when it comes up."""
    found = []
    for name, change in CHANGES.items():
        lo = new_lo(release)
        change(lo)
        set_up(lo, True)
        if "127.0.0.1/8" not in addresses(lo):
            found.append(name)
    return " ".join(found)


WAYS = {
    "type": "`dev->type`",
    "flag": "the flag `IFF_LOOPBACK` in `dev->flags`",
    "pointer": "whether the device is `net->loopback_dev`",
}

PREDICTIONS = (
    Prediction(
        name="arphrd-then-and-now",
        title="ten then, ten now",
        question="Ten files asked for the type in 5.14, ten ask today. How many of today's ten "
        "asked in 5.14?",
        kind=Number("files", 0, 10),
        source=Reckoned(stayed, "A running kernel does not have its source with it: trees were."),
        expected=7,
        why="DECnet left the kernel and took its three with it. Three others came: MCTP, IFE and "
        "the SMB server.",
    ),
    Prediction(
        name="arphrd-as-ethernet",
        title="were it Ethernet",
        question="Were `lo` of type 1, as an Ethernet device is, and all else as it is: how many "
        "of the ten would answer otherwise?",
        kind=Number("answers", 0, 10),
        source=Reckoned(answer_otherwise, NO_STEP),
        expected=4,
        why="Six take an Ethernet device and `lo` alike. IPv6, MCTP and the SMB server tell them "
        "apart, and the lock has another name.",
    ),
    Prediction(
        name="arphrd-127",
        title="before 127.0.0.1",
        question="`lo` comes up, and IPv4 gives it 127.0.0.1/8. What does IPv4 look at first?",
        kind=Choice(WAYS),
        source=Reckoned(decides_v4, NO_STEP),
        expected="flag",
        why="`inetdev_event` tests `IFF_LOOPBACK`. With another type, or with another device at "
        "the pointer, the address comes all the same.",
    ),
    Prediction(
        name="arphrd-where",
        title="where the datagram goes",
        question="`lo` is up. What is it that brings the book's datagram, to 127.0.0.1, to this "
        "very device?",
        kind=Choice(WAYS),
        source=Reckoned(decides_where, NO_STEP),
        expected="pointer",
        why="What has a local route goes to `net->loopback_dev`: `ip_route_output_key_hash_rcu` "
        "takes the pointer, whatever device the address is on.",
    ),
)
