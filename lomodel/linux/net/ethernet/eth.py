"""net/ethernet/eth.c: the Ethernet header, on real bytes.

Left out: DSA, GRO, device-tree and NVMEM addresses, ``eth_header_len`` probing of received frames.
"""

from __future__ import annotations

import errno
import struct
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.netdevice import (
    HH_DATA_MOD,
    IFF_LIVE_ADDR_CHANGE,
    IFF_TX_SKB_SHARING,
    HeaderOps,
    NetDevice,
)
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.uapi.linux.if_ import (
    IFF_BROADCAST,
    IFF_LOOPBACK,
    IFF_MULTICAST,
    IFF_NOARP,
)
from lomodel.linux.include.uapi.linux.if_arp import ARPHRD_ETHER
from lomodel.linux.include.uapi.linux.if_ether import (
    ETH_ALEN,
    ETH_DATA_LEN,
    ETH_HLEN,
    ETH_MIN_MTU,
    ETH_P_802_2,
    ETH_P_802_3,
    ETH_P_802_3_MIN,
)
from lomodel.linux.include.uapi.linux.if_packet import (
    PACKET_BROADCAST,
    PACKET_MULTICAST,
    PACKET_OTHERHOST,
)
from lomodel.linux.net.core.dev import DEFAULT_TX_QUEUE_LEN
from lomodel.linux.net.core.skbuff import skb_push
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.linux.net.core.neighbour import HhCache, Neighbour

kernel_function = kernel_file("net/ethernet/eth.c")


_ETHHDR = struct.Struct("!6s6sH")
_DEST_AND_TYPE = struct.Struct("!6s6xH")


def is_zero_ether_addr(addr: bytes) -> bool:
    """Whether all six bytes are zero (include/linux/etherdevice.h)."""
    return not any(addr)


def is_multicast_ether_addr(addr: bytes) -> bool:
    """Whether the group bit is set; broadcast counts too (include/linux/etherdevice.h)."""
    return bool(addr[0] & 1)


def is_valid_ether_addr(addr: bytes) -> bool:
    """Whether a device may have this address (include/linux/etherdevice.h)."""
    return not is_multicast_ether_addr(addr) and not is_zero_ether_addr(addr)


@kernel_function
def eth_header(
    skb: SkBuff, dev: NetDevice, type: int, daddr: bytes | None, saddr: bytes | None, len: int
) -> int:
    """Push an Ethernet header in front of the data (header_ops.create).

    ``type`` is the protocol in host order; for 802.3 and 802.2 frames ``len`` (bytes) is written in
    its place. Returns 14, or -14 when no destination is known on a device that needs one.
    """
    at = skb_push(skb, ETH_HLEN)
    field = len if type in (ETH_P_802_3, ETH_P_802_2) else type
    known = daddr is not None or bool(dev.flags & (IFF_LOOPBACK | IFF_NOARP))
    destination = daddr if daddr is not None else bytes(ETH_ALEN)
    _ETHHDR.pack_into(skb.head, at, destination, saddr or dev.dev_addr, field)
    return ETH_HLEN if known else -ETH_HLEN


@kernel_function
def eth_header_parse(skb: SkBuff) -> bytes:
    """The source address of a received frame (header_ops.parse), six bytes."""
    start = skb.mac_header + ETH_ALEN
    return bytes(skb.head[start : start + ETH_ALEN])


@kernel_function
def eth_header_cache(neigh: Neighbour, hh: HhCache, type: int) -> int:
    """Keep a ready-made header for a neighbour (header_ops.cache).

    Returns 0, or -1 for 802.3, whose length field is different in every packet. ``hh_len`` is set
    last, because readers take it for the sign that the rest is there.
    """
    if type == ETH_P_802_3:
        return -1
    header = _ETHHDR.pack(neigh.ha, neigh.dev.dev_addr, type)
    hh.hh_data[HH_DATA_MOD - ETH_HLEN :] = header
    hh.hh_len = ETH_HLEN
    return 0


@kernel_function
def eth_header_cache_update(hh: HhCache, dev: NetDevice, haddr: bytes) -> None:
    """Write another destination into a cached header (header_ops.cache_update)."""
    start = HH_DATA_MOD - ETH_HLEN
    hh.hh_data[start : start + ETH_ALEN] = haddr


@kernel_function
def eth_header_parse_protocol(skb: SkBuff) -> int:
    """The type field of the frame (header_ops.parse_protocol), here in host order."""
    start = skb.mac_header + 2 * ETH_ALEN
    return int.from_bytes(skb.head[start : start + 2], "big")


eth_header_ops = HeaderOps(
    create=eth_header,
    parse=eth_header_parse,
    cache=eth_header_cache,
    cache_update=eth_header_cache_update,
    parse_protocol=eth_header_parse_protocol,
)


@kernel_function
def ether_setup(dev: NetDevice) -> None:
    """What every Ethernet device has in common: header, type, lengths, limits of the MTU, broadcast
    address. lo's setup does not call it; a driver that does changes afterwards what is different
    with it."""
    dev.header_ops = eth_header_ops
    dev.type = ARPHRD_ETHER
    dev.hard_header_len = dev.min_header_len = ETH_HLEN
    dev.mtu = dev.max_mtu = ETH_DATA_LEN
    dev.min_mtu = ETH_MIN_MTU
    dev.addr_len = ETH_ALEN
    dev.tx_queue_len = DEFAULT_TX_QUEUE_LEN
    dev.flags = IFF_BROADCAST | IFF_MULTICAST
    dev.priv_flags |= IFF_TX_SKB_SHARING
    dev.broadcast = b"\xff" * ETH_ALEN


@kernel_function
def eth_type_trans(skb: SkBuff, dev: NetDevice) -> int:
    """Read and take off the Ethernet header of a packet that ``dev`` received.

    Sets the device, the MAC header and pkt_type, moves data behind the 14 bytes, and returns the
    protocol in host order: the type field, or one of 802.3 / 802.2 when the field is a length.
    """
    start = skb.data
    skb.dev = dev
    skb.mac_header = start
    skb.data = payload = start + ETH_HLEN
    skb.len -= ETH_HLEN
    field: int
    destination, field = _DEST_AND_TYPE.unpack_from(skb.head, start)
    if destination != dev.dev_addr:
        skb.pkt_type = _foreign_pkt_type(destination, dev)
    if field >= ETH_P_802_3_MIN:
        return field
    # Novell's way of using raw 802.3: no LLC header, and the IPX checksum field is all ones.
    if skb.len >= 2 and skb.head[payload : payload + 2] == b"\xff\xff":
        return ETH_P_802_3
    return ETH_P_802_2


def _foreign_pkt_type(destination: bytes, dev: NetDevice) -> int:
    if not is_multicast_ether_addr(destination):
        return PACKET_OTHERHOST
    return PACKET_BROADCAST if destination == dev.broadcast else PACKET_MULTICAST


@kernel_function
def eth_mac_addr(dev: NetDevice, addr: bytes) -> None:
    """Give the device another address (ndo_set_mac_address).

    OSError EBUSY while it is running, unless it has IFF_LIVE_ADDR_CHANGE (lo has); EADDRNOTAVAIL
    for a zero or multicast address.
    """
    eth_prepare_mac_addr_change(dev, addr)
    eth_commit_mac_addr_change(dev, addr)


def eth_prepare_mac_addr_change(dev: NetDevice, addr: bytes) -> None:
    """The checks of ``eth_mac_addr``."""
    if not dev.priv_flags & IFF_LIVE_ADDR_CHANGE and dev.running:
        if trace.on:
            decide("may the address change while the device runs?", False, running=dev.running)
        raise OSError(errno.EBUSY, f"{dev.name} is running")
    if not is_valid_ether_addr(addr):
        if trace.on:
            decide("is it an address that a device may have?", False, address=addr.hex(":"))
        raise OSError(errno.EADDRNOTAVAIL, f"no device may have the address {addr.hex(':')}")


def eth_commit_mac_addr_change(dev: NetDevice, addr: bytes) -> None:
    """The change of ``eth_mac_addr``."""
    dev.dev_addr = bytes(addr)
