"""net/core/neighbour.c: from the next hop to its hardware address, and the header made ready for
it.

On lo every neighbour is NOARP: nobody is asked, the address is lo's own. The first packet to a
neighbour has its Ethernet header built, all later ones copy it from the cache.

Left out: states other than NOARP, queues of packets that wait for an answer, timers, garbage
collection, proxies.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

from lomodel import trace
from lomodel.linux.include.linux.netdevice import HH_DATA_MOD, NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.uapi.linux.if_ether import ETH_HLEN
from lomodel.linux.include.uapi.linux.neighbour import NUD_FAILED
from lomodel.linux.net.core.dev_xmit import __dev_queue_xmit
from lomodel.linux.net.core.skbuff import kfree_skb
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/core/neighbour.c")
inline_function = kernel_file("include/net/neighbour.h")


class HhCache:
    """struct hh_cache: a hardware header ready to be copied.

    ``hh_data`` is 16 bytes, the header at their end; ``hh_len`` is 0 until there is one. ``header``
    is what a reader of the cache copies (a bytearray, as its target is one).
    """

    __slots__ = ("hh_data", "hh_len", "header")

    def __init__(self) -> None:
        self.hh_data = bytearray(HH_DATA_MOD)
        self.hh_len = 0
        self.header = bytearray()


class Neighbour:
    """struct neighbour: who is reached over ``dev`` at ``primary_key``, and its address ``ha``."""

    __slots__ = ("tbl", "dev", "primary_key", "ha", "nud_state", "hh", "output")

    def __init__(self, tbl: NeighTable, dev: NetDevice, key: int | bytes) -> None:
        self.tbl, self.dev, self.primary_key = tbl, dev, key
        self.ha = bytes(6)
        self.nud_state = NUD_FAILED
        self.hh = HhCache()
        self.output: Callable[[Neighbour, SkBuff], int] = neigh_blackhole


class NeighTable:
    """struct neigh_table: the neighbours of one protocol, for each device by their key."""

    __slots__ = ("family", "protocol", "constructor", "devices")

    def __init__(
        self, family: int, protocol: int, constructor: Callable[[Neighbour], None]
    ) -> None:
        self.family, self.protocol, self.constructor = family, protocol, constructor
        self.devices: dict[NetDevice, dict[int | bytes, Neighbour]] = {}


def neigh_lookup(tbl: NeighTable, dev: NetDevice, key: int | bytes) -> Neighbour:
    """The neighbour, made when the table does not have it (net/core/neighbour.c)."""
    try:
        return tbl.devices[dev][key]
    except KeyError:
        return __neigh_create(tbl, key, dev)


@kernel_function
def __neigh_create(tbl: NeighTable, key: int | bytes, dev: NetDevice) -> Neighbour:
    """A new neighbour, as the protocol's constructor makes it."""
    neigh = Neighbour(tbl, dev, key)
    tbl.constructor(neigh)
    tbl.devices.setdefault(dev, {})[key] = neigh
    return neigh


@inline_function
def neigh_hh_output(hh: HhCache, skb: SkBuff) -> int:
    """Copy the ready header in front of the packet and hand it to the device."""
    end = skb.data
    skb.data = at = end - ETH_HLEN
    skb.head[at:end] = hh.header
    skb.len += ETH_HLEN
    return __dev_queue_xmit(skb, None)


@kernel_function
def neigh_resolve_output(neigh: Neighbour, skb: SkBuff) -> int:
    """Build the header (and keep it for later packets), then hand the packet to the device.

    Returns what the device's queue says, or -EINVAL when the header cannot be built.
    """
    dev = neigh.dev
    ops = dev.header_ops
    assert ops is not None
    if ops.cache is not None and not neigh.hh.hh_len:
        neigh_hh_init(neigh)
    if ops.create(skb, dev, skb.protocol, neigh.ha, None, skb.len) < 0:
        if trace.on:
            decide("could the hardware header be built?", False, protocol=skb.protocol)
        kfree_skb(skb)
        return -errno.EINVAL
    return __dev_queue_xmit(skb, None)


@kernel_function
def neigh_hh_init(neigh: Neighbour) -> None:
    """Let the device's header_ops fill the cache."""
    hh, ops = neigh.hh, neigh.dev.header_ops
    assert ops is not None
    if ops.cache(neigh, hh, neigh.tbl.protocol) == 0:
        hh.header = hh.hh_data[HH_DATA_MOD - hh.hh_len :]


@kernel_function
def neigh_blackhole(neigh: Neighbour, skb: SkBuff) -> int:
    """The output of a neighbour that is gone: -ENETDOWN."""
    if trace.on:
        decide("is the neighbour still there?", False)
    kfree_skb(skb)
    return -errno.ENETDOWN


@kernel_function
def neigh_changeaddr(tbl: NeighTable, dev: NetDevice) -> None:
    """The device has another address: forget its neighbours, and the headers made for them."""
    tbl.devices.pop(dev, None)


@kernel_function
def neigh_ifdown(tbl: NeighTable, dev: NetDevice) -> None:
    """The device goes down: forget its neighbours."""
    tbl.devices.pop(dev, None)
