"""net/core/dev.c, the way down: from ``dev_queue_xmit`` to the driver.

Left out: traffic control hooks, timestamps, netpoll, xfrm and TLS offload, queue selection (lo has
one queue), and locks that nobody contends for.
"""

from __future__ import annotations

import errno

from lomodel import trace
from lomodel.linux.include.linux.netdevice import (
    IFF_XMIT_DST_RELEASE,
    NETDEV_TX_MASK,
    NETDEV_TX_OK,
    XMIT_RECURSION_LIMIT,
    NetDevice,
    netif_needs_gso,
)
from lomodel.linux.include.linux.netdevice_softnet import SoftnetData
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_PARTIAL,
    NOT_SET,
    SKB_GSO_DODGY,
    SKB_GSO_TCPV4,
    SKB_GSO_TCPV6,
    SKB_GSO_UDP_L4,
    SkBuff,
    skb_transport_offset,
)
from lomodel.linux.include.uapi.linux.if_ import IFF_UP
from lomodel.linux.include.uapi.linux.if_packet import PACKET_OUTGOING
from lomodel.linux.kernel.softirq import do_softirq
from lomodel.linux.net.core.dev_features import netif_skb_features
from lomodel.linux.net.core.gso import skb_gso_segment
from lomodel.linux.net.core.skbuff import (
    checksum,
    kfree_skb,
    pskb_may_pull,
    skb_clone,
    skb_copy_bits,
)
from lomodel.trace import decide, kernel_file, tracepoint

inline_function = kernel_file("include/linux/netdevice.h")
kernel_function = kernel_file("net/core/dev.c")


@inline_function
def dev_queue_xmit(skb: SkBuff) -> int:
    """Hand a packet to its device.

    Returns 0, a positive NET_XMIT code of the queue, or a negative errno; the packet is gone in
    every case. Source: include/linux/netdevice.h, an exported function of net/core/dev.c before
    6.0.
    """
    return __dev_queue_xmit(skb, None)


@kernel_function
def __dev_queue_xmit(skb: SkBuff, sb_dev: NetDevice | None) -> int:
    """``dev_queue_xmit`` with the device that an upper one asks for (lo has none)."""
    dev = skb.dev
    machine = dev.machine
    skb.mac_header = skb.data
    if skb.gso_size and not _qdisc_pkt_len_init(skb):
        if trace.on:
            decide(
                "are the headers there that its gso_type needs?",
                False,
                len=skb.len,
                gso_type=skb.gso_type,
            )
        dev.core_stats.tx_dropped += 1
        kfree_skb(skb)
        return -errno.EINVAL
    sd = machine.softnet[machine.cpu]
    sd.bh_disabled += 1
    if dev.priv_flags & IFF_XMIT_DST_RELEASE:
        skb.dst = None
    if trace.tracepoints:
        tracepoint("net_dev_queue", dev, len=skb.len)
    enqueue = dev.txq.qdisc.enqueue
    rc = _xmit_noqueue(skb, dev, sd) if enqueue is None else enqueue(skb, dev)
    sd.bh_disabled = bh_disabled = sd.bh_disabled - 1
    if not bh_disabled and sd.net_rx_pending and not sd.in_softirq:
        do_softirq(sd)
    return rc


def _qdisc_pkt_len_init(skb: SkBuff) -> bool:
    """Whether the headers of an offloaded packet are there, as far as its gso_type needs them."""
    if not skb.dev.machine.release.bad_gso_header_einval:
        return True
    if skb.transport_header == NOT_SET:
        return True
    hdr_len = skb_transport_offset(skb)
    if skb.gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6):
        if not pskb_may_pull(skb, hdr_len + 20):
            return False
        tlen = (skb.head[skb.data + hdr_len + 12] >> 4) * 4
        if tlen < 20 or not pskb_may_pull(skb, hdr_len + tlen):
            return False
        hdr_len += tlen
    elif skb.gso_type & SKB_GSO_UDP_L4:
        if not pskb_may_pull(skb, hdr_len + 8):
            return False
        hdr_len += 8
    return not skb.gso_type & SKB_GSO_DODGY or skb.len > hdr_len


def _xmit_noqueue(skb: SkBuff, dev: NetDevice, sd: SoftnetData) -> int:
    """The direct path of ``__dev_queue_xmit``, for a device without a queue."""
    if not dev.flags & IFF_UP:
        if trace.on:
            decide("is the device up?", False, flags=dev.flags)
        dev.core_stats.tx_dropped += 1
        kfree_skb(skb)
        return -dev.machine.release.xmit_down_errno
    if sd.xmit_recursion > XMIT_RECURSION_LIMIT:
        if trace.on:
            decide(
                "may a device send into itself so often?", False, xmit_recursion=sd.xmit_recursion
            )
        dev.machine.printk(f"Dead loop on virtual device {dev.name}, fix it urgently!")
        dev.core_stats.tx_dropped += 1
        kfree_skb(skb)
        return -errno.ENETDOWN
    packets = validate_xmit_skb(skb, dev)
    if packets is None:
        return -errno.ENOMEM
    sd.xmit_recursion += 1
    left, rc = dev_hard_start_xmit(packets, dev)
    sd.xmit_recursion -= 1
    if left:
        if trace.on:
            decide("did the driver take it?", False, left=len(left))
        dev.machine.printk(f"Virtual device {dev.name} asks to queue packet!")
        dev.core_stats.tx_dropped += 1
        for each in left:
            kfree_skb(each)
        return -errno.ENETDOWN if len(packets) == 1 else NETDEV_TX_OK
    return rc if len(packets) == 1 else NETDEV_TX_OK


@kernel_function
def validate_xmit_skb(skb: SkBuff, dev: NetDevice) -> list[SkBuff] | None:
    """Make the packet fit for the driver: cut it if the driver cannot, sum it if nobody will.

    Returns the packets to send, in order, or None when the packet had to be dropped
    (``tx_dropped`` then counts it).
    """
    features = netif_skb_features(skb)
    if netif_needs_gso(skb, features):
        try:
            segments = skb_gso_segment(skb, features)
        except OSError:
            dev.core_stats.tx_dropped += 1
            kfree_skb(skb)
            return None
        return [skb] if segments is None else segments
    if skb.ip_summed == CHECKSUM_PARTIAL:
        skb.transport_header = skb.csum_start
        if not features & dev.netif_f.HW_CSUM:
            skb_csum_hwoffload_help(skb, features)
    return [skb]


@kernel_function
def skb_csum_hwoffload_help(skb: SkBuff, features: int) -> int:
    """Leave the sum to the device when it can, else compute it now. Returns 0."""
    netif_f = skb.dev.netif_f
    if features & netif_f.HW_CSUM:
        return 0
    special = features & (netif_f.IP_CSUM | netif_f.IPV6_CSUM)
    if special and skb.csum_offset in (6, 16):
        return 0
    return skb_checksum_help(skb)


@kernel_function
def skb_checksum_help(skb: SkBuff) -> int:
    """Finish a CHECKSUM_PARTIAL sum in software. Returns 0."""
    start = skb.csum_start - skb.data
    total = checksum(skb_copy_bits(skb, start, skb.len - start))
    at = skb.csum_start + skb.csum_offset
    skb.head[at : at + 2] = ((~total & 0xFFFF) or 0xFFFF).to_bytes(2, "big")
    skb.ip_summed = 0
    return 0


@kernel_function
def dev_hard_start_xmit(packets: list[SkBuff], dev: NetDevice) -> tuple[list[SkBuff], int]:
    """Give the packets to the driver one after the other.

    Returns those that the driver did not take and its last answer. Source: net/core/dev.c.
    """
    rc = NETDEV_TX_OK
    for skb in packets:
        rc = xmit_one(skb, dev)
        if rc & NETDEV_TX_MASK:
            return packets[packets.index(skb) :], rc
    return [], rc


@kernel_function
def xmit_one(skb: SkBuff, dev: NetDevice) -> int:
    """Show one packet to the taps and give it to the driver. Returns the driver's answer."""
    if dev.ptype_all or dev.machine.ptype_all:
        dev_queue_xmit_nit(skb, dev)
    start_xmit = dev.netdev_ops.ndo_start_xmit
    if not trace.tracepoints:
        return start_xmit(skb, dev)
    length = skb.len
    tracepoint(
        "net_dev_start_xmit",
        dev,
        len=length,
        protocol=skb.protocol,
        ip_summed=skb.ip_summed,
        gso_size=skb.gso_size,
        gso_segs=skb.gso_segs,
        gso_type=skb.gso_type & 0xFFFF,  # the tracepoint's field has 16 bits
    )
    rc = start_xmit(skb, dev)
    tracepoint("net_dev_xmit", dev, len=length, rc=rc)
    return rc


@kernel_function
def dev_queue_xmit_nit(skb: SkBuff, dev: NetDevice) -> None:
    """Give every tap a copy of an outgoing packet; this comes after segmentation."""
    for tap in (*dev.machine.ptype_all, *dev.ptype_all):
        copy = skb_clone(skb)
        copy.mac_header = copy.data
        copy.pkt_type = PACKET_OUTGOING
        tap(copy, dev)
