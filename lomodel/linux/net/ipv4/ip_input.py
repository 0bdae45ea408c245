"""net/ipv4/ip_input.c: from the backlog to the protocols.

A packet that came over lo still has the dst that it was sent with, so no route is looked up again.

Left out: netfilter, lists of packets, early demultiplexing, and source routes, which a new
namespace does not take (net.ipv4.conf.all.accept_source_route).
"""

from __future__ import annotations

import struct

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NET_RX_DROP, NET_RX_SUCCESS, NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff, skb_orphan
from lomodel.linux.include.net.inet_sock import IpOptions
from lomodel.linux.include.net.ip import IP_HLEN
from lomodel.linux.include.uapi.linux.icmp import ICMP_DEST_UNREACH, ICMP_PROT_UNREACH
from lomodel.linux.include.uapi.linux.if_packet import PACKET_OTHERHOST
from lomodel.linux.include.uapi.linux.rtnetlink import RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST
from lomodel.linux.include.uapi.linux.snmp import (
    IPSTATS_MIB_CSUMERRORS,
    IPSTATS_MIB_INBCASTPKTS,
    IPSTATS_MIB_INDELIVERS,
    IPSTATS_MIB_INDISCARDS,
    IPSTATS_MIB_INHDRERRORS,
    IPSTATS_MIB_INMCASTPKTS,
    IPSTATS_MIB_INPKTS,
    IPSTATS_MIB_INTRUNCATEDPKTS,
    IPSTATS_MIB_INUNKNOWNPROTOS,
)
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.skbuff import checksum, kfree_skb, pskb_may_pull, pskb_trim_rcsum
from lomodel.linux.net.ipv4.icmp import icmp_send
from lomodel.linux.net.ipv4.ip_fragment import ip_defrag
from lomodel.linux.net.ipv4.ip_options import ip_options_compile
from lomodel.linux.net.ipv4.raw import raw_local_deliver
from lomodel.linux.net.ipv4.route_input import ip_route_input_noref
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/ip_input.c")

IP_MF_OR_OFFSET = 0x3FFF

_u16 = struct.Struct("!H")
_iphdr_parts = struct.Struct("!HHQQ")
"""Version and tos, total length, the rest."""


@kernel_function
def ip_rcv(skb: SkBuff, dev: NetDevice) -> int:
    """The handler of ETH_P_IP packets: check the header, then ``ip_rcv_finish``.

    Another host's packets are counted (rx_otherhost_dropped, where the release has it); broken ones
    are dropped without a counter of the device. Returns NET_RX_SUCCESS or NET_RX_DROP.
    """
    if skb.pkt_type == PACKET_OTHERHOST:
        if trace.on:
            decide("is it for another host?", True, pkt_type=skb.pkt_type)
        if dev.machine.release.otherhost_counter:
            dev.core_stats.rx_otherhost_dropped += 1
        kfree_skb(skb)
        return NET_RX_DROP
    net = dev.nd_net
    counters = net.mib.ip_statistics
    counters[IPSTATS_MIB_INPKTS] += 1
    if skb.len - skb.data_len < IP_HLEN and not pskb_may_pull(skb, IP_HLEN):
        return _inhdr_error(skb, counters, length=skb.len)
    at = skb.data
    version, length, fields, addresses = _iphdr_parts.unpack_from(skb.head, at)
    ihl = IP_HLEN
    # ip_fast_csum: modulo 0xffff a big number is congruent to the sum of its 16-bit words.
    if version >> 8 != 0x45 or (version + length + fields + addresses) % 0xFFFF:
        ihl = (version >> 8 & 0xF) * 4
        if version >> 12 != 4 or ihl < IP_HLEN or not pskb_may_pull(skb, ihl):
            return _inhdr_error(skb, counters, version=version >> 12, ihl=ihl, length=skb.len)
        at = skb.data
        if checksum(skb.head[at : at + ihl]) != 0xFFFF:
            counters[IPSTATS_MIB_CSUMERRORS] += 1
            return _inhdr_error(skb, counters, ihl=ihl, sum=checksum(skb.head[at : at + ihl]))
    if skb.len < length:
        if trace.on:
            decide("is the packet as long as its header says?", False, tot_len=length, len=skb.len)
        counters[IPSTATS_MIB_INTRUNCATEDPKTS] += 1
        kfree_skb(skb)
        return NET_RX_DROP
    if length < ihl:
        return _inhdr_error(skb, counters, tot_len=length, ihl=ihl)
    if length < skb.len and not pskb_trim_rcsum(skb, length):
        if trace.on:
            decide("can it be trimmed to its length?", False, tot_len=length, len=skb.len)
        counters[IPSTATS_MIB_INDISCARDS] += 1
        kfree_skb(skb)
        return NET_RX_DROP
    skb.network_header = at
    skb.transport_header = at + ihl
    if skb.sk is not None:
        skb_orphan(skb)
    return ip_rcv_finish(net, skb)


def _inhdr_error(skb: SkBuff, counters: list[int], **operands: int) -> int:
    if trace.on:
        decide("is the IPv4 header right?", False, **operands)
    counters[IPSTATS_MIB_INHDRERRORS] += 1
    kfree_skb(skb)
    return NET_RX_DROP


@kernel_function
def ip_rcv_finish(net: Net, skb: SkBuff) -> int:
    """Make sure that the packet has a dst, look at its options, and let the dst take it."""
    if trace.on:
        decide("does it still have its dst?", skb.dst is not None, dst=skb.dst)
    dst = skb.dst
    at = skb.network_header
    if dst is None:
        head = skb.head
        saddr = int.from_bytes(head[at + 12 : at + 16], "big")
        daddr = int.from_bytes(head[at + 16 : at + 20], "big")
        if ip_route_input_noref(skb, daddr, saddr, skb.dev):
            kfree_skb(skb)
            return NET_RX_DROP
        dst = skb.dst
        assert dst is not None
    if skb.transport_header - at != IP_HLEN and ip_rcv_options(skb, skb.dev):
        kfree_skb(skb)
        return NET_RX_DROP
    if dst.rt_type > RTN_LOCAL:
        if dst.rt_type == RTN_MULTICAST:
            net.mib.ip_statistics[IPSTATS_MIB_INMCASTPKTS] += 1
        elif dst.rt_type == RTN_BROADCAST:
            net.mib.ip_statistics[IPSTATS_MIB_INBCASTPKTS] += 1
    deliver = dst.input
    return deliver(skb)


@kernel_function
def ip_rcv_options(skb: SkBuff, dev: NetDevice) -> bool:
    """Read the options of a packet, and write into them what they ask for. True: drop it."""
    # skb_cow: who was shown the packet before keeps the bytes as they were.
    skb.head = bytearray(skb.head)
    opt = skb.cb = IpOptions(skb.transport_header - skb.network_header - IP_HLEN)
    if ip_options_compile(dev.nd_net, opt, skb):
        dev.nd_net.mib.ip_statistics[IPSTATS_MIB_INHDRERRORS] += 1
        return True
    if trace.on:
        decide("does it name its route?", bool(opt.srr), srr=opt.srr)
    return bool(opt.srr) and dev.ip_ptr is not None


@kernel_function
def ip_local_deliver(skb: SkBuff) -> int:
    """The input of a dst to this host: put fragments together, and hand up what is whole."""
    net = skb.dev.nd_net
    (frag_off,) = _u16.unpack_from(skb.head, skb.network_header + 6)
    if frag_off & IP_MF_OR_OFFSET:
        whole = ip_defrag(net, skb)
        if whole is None:
            return NET_RX_SUCCESS
        skb = whole
    return ip_local_deliver_finish(net, skb)


@kernel_function
def ip_local_deliver_finish(net: Net, skb: SkBuff) -> int:
    """Take the IPv4 header off and call the protocol, raw sockets before it.

    A protocol that nobody serves is answered with an ICMP error. Source: ip_protocol_deliver_rcu.
    """
    start = skb.transport_header
    skb.len -= start - skb.data
    skb.data = start
    protocol = skb.head[skb.network_header + 9]
    raw = False
    if net.ipv4.raw_hash:
        raw = raw_local_deliver(skb, protocol)
    ipprot = net.machine.inet_protos.get(protocol)
    if ipprot is not None:
        ipprot.handler(skb)
    elif not raw:
        if trace.on:
            decide("does somebody serve the protocol?", False, protocol=protocol)
        net.mib.ip_statistics[IPSTATS_MIB_INUNKNOWNPROTOS] += 1
        icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, 0)
        kfree_skb(skb)
        return NET_RX_SUCCESS
    net.mib.ip_statistics[IPSTATS_MIB_INDELIVERS] += 1
    return NET_RX_SUCCESS
