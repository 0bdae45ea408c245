"""net/core/dev.c, the way up: from ``netif_rx`` and the backlog to the protocols.

Left out: RPS, XDP, timestamps, busy polling, and locks that nobody contends for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.if_vlan import VLAN_VID_MASK
from lomodel.linux.include.linux.netdevice import NET_RX_DROP, NET_RX_SUCCESS, NetDevice, PacketFunc
from lomodel.linux.include.linux.netdevice_softnet import DEV_RX_WEIGHT, NETDEV_BUDGET, SoftnetData
from lomodel.linux.include.linux.skbuff import NOT_SET, SkBuff
from lomodel.linux.include.uapi.linux.if_packet import PACKET_OTHERHOST
from lomodel.linux.kernel.softirq import local_bh_disable, local_bh_enable
from lomodel.linux.net.core.dev_features import VLAN_TYPES, eth_type_vlan
from lomodel.linux.net.core.skbuff import kfree_skb, skb_clone, skb_vlan_untag
from lomodel.trace import decide, kernel_file, tracepoint

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/core/dev.c")


def dev_add_pack(machine: Machine, protocol: int, func: PacketFunc) -> None:
    """Let ``func(skb, dev)`` receive the packets of an Ethernet protocol."""
    machine.ptype_base.setdefault(protocol, []).append(func)


@kernel_function
def netif_rx(skb: SkBuff) -> int:
    """Put a packet into this CPU's backlog, from any context.

    Returns NET_RX_SUCCESS, or NET_RX_DROP when the backlog is full or the device is not running.
    Bottom halves are off meanwhile; if they were on, the packet may be received before this
    returns.
    """
    dev = skb.dev
    machine = dev.machine
    sd = machine.softnet[machine.cpu]
    disables = machine.release.netif_rx_disables_bh
    need_bh_off = disables and not (sd.bh_disabled or sd.in_softirq)
    if need_bh_off:
        local_bh_disable(machine)
    if trace.tracepoints:
        tracepoint("netif_rx_entry", dev, len=skb.len)
    ret = netif_rx_internal(skb)
    if trace.tracepoints:
        tracepoint("netif_rx_exit", dev, ret=ret)
    if need_bh_off:
        local_bh_enable(machine)
    return ret


@kernel_function
def __netif_rx(skb: SkBuff) -> int:
    """``netif_rx`` for a caller that has turned bottom halves off. Since 5.18."""
    if not trace.tracepoints:
        return netif_rx_internal(skb)
    dev = skb.dev
    tracepoint("netif_rx_entry", dev, len=skb.len)
    ret = netif_rx_internal(skb)
    tracepoint("netif_rx_exit", dev, ret=ret)
    return ret


@kernel_function
def netif_rx_internal(skb: SkBuff) -> int:
    """Choose the CPU (this one: RPS is left out) and queue the packet there."""
    dev = skb.dev
    if trace.tracepoints:
        tracepoint("netif_rx", dev, len=skb.len)
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
        kfree_skb(skb)
        return NET_RX_DROP
    if not dev.running:
        if trace.on:
            decide("does the device run?", False, flags=dev.flags)
        sd.dropped += machine.release.backlog_down_softnet
        dev.core_stats.rx_dropped += 1
        kfree_skb(skb)
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
    if trace.tracepoints:
        tracepoint("netif_receive_skb", dev, len=skb.len)
    skb.network_header = data = skb.data
    if skb.transport_header == NOT_SET:
        skb.transport_header = data
    skb.mac_len = data - skb.mac_header
    sd.processed += 1
    tagged = skb.protocol in VLAN_TYPES
    if tagged and (tci := skb_vlan_untag(skb)) is None:
        return NET_RX_DROP
    machine = dev.machine
    taps = dev.ptype_all or machine.ptype_all
    if taps:
        _deliver_to_taps(skb, dev)
    if tagged:
        taps = []  # they have had the packet before anybody looked for a VLAN device
        if not _check_vlan_id(skb, tci):
            return NET_RX_DROP
    handlers = machine.ptype_base.get(skb.protocol)
    if handlers is not None:
        for func in handlers:
            func(skb, dev)
        return NET_RX_SUCCESS
    if trace.on:
        decide("does somebody take this protocol?", False, protocol=skb.protocol)
    if not taps:
        dev.core_stats.rx_dropped += 1
    kfree_skb(skb)
    return NET_RX_DROP


def _deliver_to_taps(skb: SkBuff, dev: NetDevice) -> None:
    for tap in (*dev.machine.ptype_all, *dev.ptype_all):
        tap(skb_clone(skb), dev)


def _check_vlan_id(skb: SkBuff, tci: int | None) -> bool:
    """A tag was taken off. Nobody has VLANs on lo, so a packet of one is for another host.

    A priority tag (id 0) hides nothing: what is behind it is received as usual. False when the
    packet ends within another tag there.
    """
    while tci is not None and not tci & VLAN_VID_MASK:
        if not eth_type_vlan(skb.protocol):
            return True
        tci = skb_vlan_untag(skb)
    skb.pkt_type = PACKET_OTHERHOST
    return tci is not None
