"""net/ipv4/ip_input.c: from the backlog to the protocols.

A packet that came over lo still has the dst that it was sent with, so no route is looked up again.

Left out: options, statistics, netfilter, forwarding, lists of packets, early demultiplexing.
"""

from __future__ import annotations

import struct

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NET_RX_DROP, NET_RX_SUCCESS, NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff, skb_orphan
from lomodel.linux.include.net.ip import IP_HLEN
from lomodel.linux.include.uapi.linux.icmp import ICMP_DEST_UNREACH, ICMP_PROT_UNREACH
from lomodel.linux.include.uapi.linux.if_packet import PACKET_OTHERHOST
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.skbuff import pskb_may_pull, pskb_trim
from lomodel.linux.net.ipv4.icmp import icmp_send
from lomodel.linux.net.ipv4.ip_fragment import ip_defrag
from lomodel.linux.net.ipv4.raw import raw_local_deliver
from lomodel.linux.net.ipv4.route import ip_route_input_noref
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
        if dev.machine.release.otherhost_counter:
            dev.core_stats.rx_otherhost_dropped += 1
        return NET_RX_DROP
    if skb.len - skb.data_len < IP_HLEN and not pskb_may_pull(skb, IP_HLEN):
        return NET_RX_DROP
    at = skb.data
    version, length, fields, addresses = _iphdr_parts.unpack_from(skb.head, at)
    # ip_fast_csum: modulo 0xffff a big number is congruent to the sum of its 16-bit words.
    if version >> 8 != 0x45 or (version + length + fields + addresses) % 0xFFFF:
        return NET_RX_DROP
    if not IP_HLEN <= length <= skb.len:
        return NET_RX_DROP
    if length < skb.len:
        pskb_trim(skb, length)
    skb.network_header = at
    skb.transport_header = at + IP_HLEN
    if skb.sk is not None:
        skb_orphan(skb)
    return ip_rcv_finish(dev.nd_net, skb)


@kernel_function
def ip_rcv_finish(net: Net, skb: SkBuff) -> int:
    """Make sure that the packet has a dst, and let the dst take it."""
    if trace.on:
        decide("does it still have its dst?", skb.dst is not None, dst=skb.dst)
    dst = skb.dst
    if dst is None:
        head, at = skb.head, skb.network_header
        saddr = int.from_bytes(head[at + 12 : at + 16], "big")
        daddr = int.from_bytes(head[at + 16 : at + 20], "big")
        if ip_route_input_noref(skb, daddr, saddr, skb.dev):
            return NET_RX_DROP
        dst = skb.dst
        assert dst is not None
    deliver = dst.input
    return deliver(skb)


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
    skb.data += IP_HLEN
    skb.len -= IP_HLEN
    protocol = skb.head[skb.network_header + 9]
    raw = False
    if net.ipv4.raw_hash:
        raw = raw_local_deliver(skb, protocol)
    ipprot = net.machine.inet_protos.get(protocol)
    if ipprot is not None:
        ipprot.handler(skb)
    elif not raw:
        icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PROT_UNREACH, 0)
    return NET_RX_SUCCESS
