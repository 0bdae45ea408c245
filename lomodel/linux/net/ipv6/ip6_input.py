"""net/ipv6/ip6_input.c: from the backlog to the protocols.

Left out: extension headers but the fragment header, statistics, multicast, netfilter, forwarding,
lists of packets.
"""

from __future__ import annotations

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NET_RX_DROP, NET_RX_SUCCESS, NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff, skb_orphan
from lomodel.linux.include.net.ipv6 import IPV6_HLEN, in6addr_loopback
from lomodel.linux.include.uapi.linux.icmpv6 import ICMPV6_PARAMPROB, ICMPV6_UNK_NEXTHDR
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK
from lomodel.linux.include.uapi.linux.if_packet import PACKET_OTHERHOST
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.skbuff import pskb_may_pull, pskb_trim
from lomodel.linux.net.ipv6.ip6_icmp import icmpv6_send
from lomodel.linux.net.ipv6.raw import raw6_local_deliver
from lomodel.linux.net.ipv6.route import ip6_route_input
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv6/ip6_input.c")

NEXTHDR = 6
"""Where the IPv6 header says what is behind it (bytes from its start)."""


@kernel_function
def ipv6_rcv(skb: SkBuff, dev: NetDevice) -> int:
    """The handler of ETH_P_IPV6 packets: check the header, then ``ip6_rcv_finish``.

    Another host's packets are counted (rx_otherhost_dropped, where the release has it); everything
    else that is wrong is dropped without a counter of the device.
    """
    if skb.pkt_type == PACKET_OTHERHOST:
        if dev.machine.release.otherhost_counter:
            dev.core_stats.rx_otherhost_dropped += 1
        return NET_RX_DROP
    idev = dev.ip6_ptr
    if idev is None or idev.cnf.disable_ipv6:
        return NET_RX_DROP
    if skb.len - skb.data_len < IPV6_HLEN and not pskb_may_pull(skb, IPV6_HLEN):
        return NET_RX_DROP
    head, at = skb.head, skb.data
    if head[at] >> 4 != 6 or head[at + 8] == 0xFF or not _loopback_address_ok(head, at, dev):
        return NET_RX_DROP
    length = (head[at + 4] << 8 | head[at + 5]) + IPV6_HLEN
    if length > skb.len:
        return NET_RX_DROP
    if length < skb.len:
        pskb_trim(skb, length)
    skb.network_header = at
    skb.transport_header = at + IPV6_HLEN
    if skb.sk is not None:
        skb_orphan(skb)
    return ip6_rcv_finish(dev.nd_net, skb)


def _loopback_address_ok(head: bytearray, at: int, dev: NetDevice) -> bool:
    """::1 may only arrive over a loopback device (RFC 4291)."""
    if dev.flags & IFF_LOOPBACK:
        return True
    return in6addr_loopback not in (head[at + 8 : at + 24], head[at + 24 : at + 40])


@kernel_function
def ip6_rcv_finish(net: Net, skb: SkBuff) -> int:
    """Make sure that the packet has a dst, and let the dst take it."""
    if trace.on:
        decide("does it still have its dst?", skb.dst is not None, dst=skb.dst)
    dst = skb.dst
    if dst is None:
        ip6_route_input(skb)
        dst = skb.dst
        assert dst is not None
    return dst.input(skb)


@kernel_function
def ip6_input(skb: SkBuff) -> int:
    """The input of a dst to this host: hand the packet up."""
    net = skb.dev.nd_net
    nexthdr = skb.head[skb.network_header + NEXTHDR]
    skb.len -= skb.transport_header - skb.data
    skb.data = skb.transport_header
    ip6_protocol_deliver_rcu(net, skb, nexthdr)
    return NET_RX_SUCCESS


@kernel_function
def ip6_protocol_deliver_rcu(net: Net, skb: SkBuff, nexthdr: int) -> None:
    """Call the protocol, raw sockets before it; one that nobody serves is answered with an error.

    The fragment header is a protocol, too: when its handler has put a packet together, the packet
    goes on with the protocol that it holds.
    """
    protocols, raw_hash = net.machine.inet6_protos, net.ipv6.raw_hash
    while True:
        raw = False
        if raw_hash:
            raw = raw6_local_deliver(skb, nexthdr)
        ipprot = protocols.get(nexthdr)
        if ipprot is None:
            if not raw:
                icmpv6_send(skb, ICMPV6_PARAMPROB, ICMPV6_UNK_NEXTHDR, NEXTHDR)
            return
        if ipprot.handler(skb) <= 0:
            return
        nexthdr = skb.head[skb.network_header + NEXTHDR]
