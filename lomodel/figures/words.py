"""Feature words: which bits of a device's masks are set, and the AND of ``net_gso_ok``."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from operator import or_

from lomodel.figures.show import Figure
from lomodel.figures.table import table
from lomodel.linux.include.linux.netdev_features import NETIF_F_GSO_SHIFT, NetdevFeatures
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.net.ethtool.ioctl import feature_states

WORDS = {"hw": "hw_features", "wanted": "wanted_features", "features": "features"}
"""A column's short heading, and the field of struct net_device that it shows."""

SET, CLEAR = "1", "·"


def bit(word: int, position: int) -> str:
    """One bit of a word, for a column of them."""
    return SET if word >> position & 1 else CLEAR


def feature_table(dev: NetDevice, *names: str) -> Figure:
    """The features that are set in any of a device's words, lowest bit first, or the named ones.

    Names are the kernel's without ``NETIF_F_``. The last column is what ``ethtool -k`` prints.
    """
    words = [getattr(dev, word) for word in WORDS.values()]
    shown = names or dev.netif_f.names(reduce(or_, words))
    states = feature_states(dev)
    rows = [_feature(dev, name, words, states) for name in shown]
    head = ["NETIF_F_", "bit", *WORDS, "ethtool -k"]
    return table(f"Features of {dev.name}: {len(rows)} bits", head, rows)


def _feature(dev: NetDevice, name: str, words: Iterable[int], states: dict[str, str]) -> list[str]:
    position = dev.netif_f.bit[name]
    string = dev.netif_f.string.get(name, "")
    state = f"{string}: {states[string]}" if string else ""
    return [name, str(position), *(bit(word, position) for word in words), state]


def mask_test(netif_f: NetdevFeatures, features: int, gso_type: int) -> Figure:
    """The test of ``net_gso_ok``, bit by bit: what the packet asks for, what the device has.

    Only bits of NETIF_F_GSO_MASK that are set on either side get a row.
    """
    asked = gso_type << NETIF_F_GSO_SHIFT
    either = features & netif_f.GSO_MASK | asked
    names = {position: name for name, position in netif_f.bit.items()}
    rows = [
        [names.get(n, "?"), n, bit(features, n), bit(asked, n), _verdict(features, asked, n)]
        for n in range(64)
        if either >> n & 1
    ]
    caption = "(features & asked) == asked: " + ("yes" if features & asked == asked else "no")
    return table(
        "The AND of net_gso_ok", ["NETIF_F_", "bit", "features", "asked", "so"], rows, caption
    )


def _verdict(features: int, asked: int, position: int) -> str:
    if not asked >> position & 1:
        return ""
    return "there" if features >> position & 1 else "missing"
