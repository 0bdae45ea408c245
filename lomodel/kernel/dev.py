"""net/core/dev.c, the way of a packet: from ``dev_queue_xmit`` down to the driver, and from
``netif_rx`` up to the protocols.

The same C file also registers devices (``dev_register``) and reckons with features
(``dev_features``). Left out: traffic control hooks, XDP, RPS, timestamps, netpoll, busy polling,
xfrm and TLS offload, queue selection (lo has one queue), and locks that nobody contends for.
"""

from __future__ import annotations

import errno
from typing import Any

from .. import trace
from ..trace import decide, kernel_file, tracepoint
from .dev_features import VLAN_TYPES, eth_type_vlan, netif_skb_features
from .gso import skb_gso_segment
from .netdevice import (
    IFF_UP,
    IFF_XMIT_DST_RELEASE,
    NET_RX_DROP,
    NET_RX_SUCCESS,
    NETDEV_TX_OK,
    XMIT_RECURSION_LIMIT,
    NetDevice,
    netif_needs_gso,
)
from .skbuff import (
    CHECKSUM_PARTIAL,
    NOT_SET,
    PACKET_OTHERHOST,
    PACKET_OUTGOING,
    SKB_GSO_DODGY,
    SKB_GSO_TCPV4,
    SKB_GSO_TCPV6,
    SKB_GSO_UDP_L4,
    SkBuff,
    checksum,
    kfree_skb,
    pskb_may_pull,
    skb_clone,
    skb_copy_bits,
    skb_transport_offset,
)
from .softirq import do_softirq, local_bh_disable, local_bh_enable
from .softnet import DEV_RX_WEIGHT, NETDEV_BUDGET, SoftnetData

kernel_function = kernel_file("net/core/dev.c")
inline_function = kernel_file("include/linux/netdevice.h")

NETDEV_TX_MASK = 0xF0


def dev_add_pack(machine: Any, protocol: int, func: Any) -> None:
    """Let ``func(skb, dev)`` receive the packets of an Ethernet protocol."""
    machine.ptype_base.setdefault(protocol, []).append(func)


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
        dev.core_stats.tx_dropped += 1
        kfree_skb(skb)
        return -errno.EINVAL
    sd = machine.softnet[machine.cpu]
    sd.bh_disabled += 1
    if dev.priv_flags & IFF_XMIT_DST_RELEASE:
        skb.dst = None
    if trace.on:
        tracepoint("net_dev_queue", dev.name, len=skb.len)
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
        dev.core_stats.tx_dropped += 1
        kfree_skb(skb)
        return -dev.machine.release.xmit_down_errno
    if sd.xmit_recursion > XMIT_RECURSION_LIMIT:
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
        dev.machine.printk(f"Virtual device {dev.name} asks to queue packet!")
        dev.core_stats.tx_dropped += 1
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
    if not trace.on:
        return start_xmit(skb, dev)
    length, name = skb.len, dev.name
    tracepoint(
        "net_dev_start_xmit",
        name,
        len=length,
        protocol=skb.protocol,
        ip_summed=skb.ip_summed,
        gso_size=skb.gso_size,
        gso_segs=skb.gso_segs,
        gso_type=skb.gso_type & 0xFFFF,  # the tracepoint's field has 16 bits
    )
    rc = start_xmit(skb, dev)
    tracepoint("net_dev_xmit", name, len=length, rc=rc)
    return rc


@kernel_function
def dev_queue_xmit_nit(skb: SkBuff, dev: NetDevice) -> None:
    """Give every tap a copy of an outgoing packet; this comes after segmentation."""
    for tap in (*dev.machine.ptype_all, *dev.ptype_all):
        copy = skb_clone(skb)
        copy.mac_header = copy.data
        copy.pkt_type = PACKET_OUTGOING
        tap(copy, dev)


@kernel_function
def netif_rx(skb: SkBuff) -> int:
    """Put a packet into this CPU's backlog, from any context.

    Returns NET_RX_SUCCESS, or NET_RX_DROP when the backlog is full or the device is not running.
    Bottom halves are off meanwhile; if they were on, the packet may be received before this
    returns.
    """
    machine = skb.dev.machine
    sd = machine.softnet[machine.cpu]
    if sd.bh_disabled or sd.in_softirq or not machine.release.netif_rx_disables_bh:
        return __netif_rx(skb)
    local_bh_disable(machine)
    ret = __netif_rx(skb)
    local_bh_enable(machine)
    return ret


@kernel_function
def __netif_rx(skb: SkBuff) -> int:
    """``netif_rx`` for a caller that has turned bottom halves off."""
    if not trace.on:
        return netif_rx_internal(skb)
    name = skb.dev.name
    tracepoint("netif_rx_entry", name, len=skb.len)
    ret = netif_rx_internal(skb)
    tracepoint("netif_rx_exit", name, ret=ret)
    return ret


@kernel_function
def netif_rx_internal(skb: SkBuff) -> int:
    """Choose the CPU (this one: RPS is left out) and queue the packet there."""
    dev = skb.dev
    if trace.on:
        tracepoint("netif_rx", dev.name, len=skb.len)
    return enqueue_to_backlog(skb, dev.machine.cpu)


@kernel_function
def enqueue_to_backlog(skb: SkBuff, cpu: int) -> int:
    """Queue the packet on a CPU's backlog. Returns NET_RX_SUCCESS or NET_RX_DROP.

    The queue may hold one packet more than netdev_max_backlog, as the test is for "not more than".
    """
    dev = skb.dev
    machine = dev.machine
    sd = machine.softnet[cpu]
    qlen = len(sd.input_pkt_queue)
    if trace.on:
        decide(
            "is there room in the backlog?",
            qlen <= machine.netdev_max_backlog,
            qlen=qlen,
            netdev_max_backlog=machine.netdev_max_backlog,
        )
    if qlen > machine.netdev_max_backlog:
        sd.dropped += 1
        dev.core_stats.rx_dropped += 1
        return NET_RX_DROP
    if not dev.running:
        sd.dropped += machine.release.backlog_down_softnet
        dev.core_stats.rx_dropped += 1
        return NET_RX_DROP
    if not sd.backlog_scheduled:
        sd.backlog_scheduled = sd.net_rx_pending = True
    sd.input_pkt_queue.append(skb)
    return NET_RX_SUCCESS


@kernel_function
def net_rx_action(sd: SoftnetData) -> None:
    """NET_RX_SOFTIRQ: poll what is scheduled, one round, within the budget of 300 packets."""
    budget = NETDEV_BUDGET
    while sd.backlog_scheduled:
        work = process_backlog(sd, DEV_RX_WEIGHT)
        budget -= work
        if budget <= 0:
            sd.time_squeeze += 1
            break
        if work >= DEV_RX_WEIGHT:
            break  # it wants another poll, and that is another turn of the softirq
    if sd.backlog_scheduled:
        sd.net_rx_pending = True


@kernel_function
def process_backlog(sd: SoftnetData, quota: int) -> int:
    """Receive up to ``quota`` packets of this CPU's backlog; returns how many it were."""
    work = 0
    process_queue = sd.process_queue
    while True:
        while process_queue:
            __netif_receive_skb(process_queue.popleft(), sd)
            work += 1
            if work >= quota:
                return work
        if not sd.input_pkt_queue:
            sd.backlog_scheduled = False
            return work
        sd.process_queue, sd.input_pkt_queue = sd.input_pkt_queue, process_queue
        process_queue = sd.process_queue


@kernel_function
def __netif_receive_skb(skb: SkBuff, sd: SoftnetData) -> int:
    """Receive one packet: taps first, then the protocol that asked for its type."""
    dev = skb.dev
    if trace.on:
        tracepoint("netif_receive_skb", dev.name, len=skb.len)
    skb.network_header = data = skb.data
    if skb.transport_header == NOT_SET:
        skb.transport_header = data
    skb.mac_len = data - skb.mac_header
    sd.processed += 1
    if skb.protocol in VLAN_TYPES and not _skb_vlan_untag(skb):
        return NET_RX_DROP
    machine = dev.machine
    taps = dev.ptype_all or machine.ptype_all
    if taps:
        _deliver_to_taps(skb, dev)
    handlers = machine.ptype_base.get(skb.protocol)
    if handlers is not None:
        for func in handlers:
            func(skb, dev)
        return NET_RX_SUCCESS
    if not taps:
        dev.core_stats.rx_dropped += 1
    return NET_RX_DROP


def _deliver_to_taps(skb: SkBuff, dev: NetDevice) -> None:
    for tap in (*dev.machine.ptype_all, *dev.ptype_all):
        tap(skb_clone(skb), dev)


def _skb_vlan_untag(skb: SkBuff) -> bool:
    """Take VLAN tags off; nobody has VLANs on lo, so a tagged packet is for another host.

    False when the packet ends within the tag. A priority tag (id 0) hides nothing: what is behind
    it is received as usual. Source: skb_vlan_untag of net/core/skbuff.c and the test after it.
    """
    while eth_type_vlan(skb.protocol):
        if not pskb_may_pull(skb, 6):
            return False
        tci = int.from_bytes(skb.head[skb.data : skb.data + 2], "big")
        inner = int.from_bytes(skb.head[skb.data + 2 : skb.data + 4], "big")
        skb.data += 4
        skb.len -= 4
        behind = skb.head[skb.data : skb.data + 2]
        # As in eth_type_trans: a small value is a length, and Novell's raw 802.3 starts with ones.
        skb.protocol = inner if inner >= 0x0600 else (1 if behind == b"\xff\xff" else 4)
        skb.network_header = skb.data
        if tci & 0x0FFF:
            skb.pkt_type = PACKET_OTHERHOST
            break
    return True
