"""A card beside lo: registered on the model, with the lamps that its driver claims."""

from __future__ import annotations

from collections.abc import Iterable

from lomodel.desk import RELEASE, lo_up, new_lo
from lomodel.figures.bits import feature_words
from lomodel.figures.picture import Picture
from lomodel.figures.show import Figure
from lomodel.figures.table import table
from lomodel.linux.include.linux.netdevice import NetDevice, NetDeviceOps
from lomodel.linux.include.uapi.linux.netdevice import NET_NAME_ENUM
from lomodel.linux.net.core.dev import alloc_netdev, dev_net_set, register_netdev
from lomodel.linux.net.ethernet.eth import ether_setup
from lomodel.linux.net.ethtool.ioctl import feature_states

PLAIN = ("SG",)
"""What the driver of a plain card claims: it takes a packet in several pieces, and sums nothing."""

MATTER = (
    "tx-udp-segmentation",
    "tx-tcp-segmentation",
    "tx-checksum-ip-generic",
    "tx-scatter-gather",
    "tx-generic-segmentation",
    "rx-gro",
)
"""What a program may meet of a card, by ethtool's strings."""


def card_of(lo: NetDevice, claims: Iterable[str] = PLAIN) -> NetDevice:
    """An Ethernet device in lo's namespace whose driver claims these features, by short name.

    Its three words are what ``register_netdevice`` makes of that.
    """

    def setup(dev: NetDevice) -> None:
        ether_setup(dev)
        dev.netdev_ops = NetDeviceOps(ndo_start_xmit=lo.netdev_ops.ndo_start_xmit)
        for name in claims:
            dev.features |= 1 << dev.netif_f.bit[name]
        dev.hw_features = dev.features

    dev = alloc_netdev(lo.machine, 0, "eth%d", NET_NAME_ENUM, setup)
    assert dev is not None  # this machine's memory has no end
    dev_net_set(dev, lo.nd_net)
    register_netdev(dev)
    return dev


def as_card(claims: Iterable[str] = PLAIN, release: str = RELEASE) -> NetDevice:
    """A lo that is up, with a card's three words in the place of its own."""
    lo = lo_up(release)
    card = card_of(lo, claims)
    lo.hw_features, lo.wanted_features = card.hw_features, card.wanted_features
    lo.features = card.features
    return lo


def said_of_both() -> Figure:
    """What ``ethtool -k`` prints of lo and of a plain card, about the features that matter."""
    lo = new_lo()
    claims = ", ".join(lo.netif_f.string[name] for name in PLAIN)
    of_lo, of_card = feature_states(lo), feature_states(card_of(lo))
    rows = [
        [name, of_lo[name], of_card[name], "≠" if of_lo[name] != of_card[name] else "="]
        for name in MATTER
    ]
    return table(
        "What ethtool -k says of lo and of a plain card",
        ["ethtool -k", "lo", "a plain card", ""],
        rows,
        f"A new lo, and a card whose driver claims {claims} alone; Linux {RELEASE}.",
    )


def beside_a_card() -> Picture:
    """The three words of lo, and below them those of a plain card."""
    lo = new_lo()
    return feature_words({"lo": lo, "a plain card": card_of(lo)}, "lo and a plain card")
