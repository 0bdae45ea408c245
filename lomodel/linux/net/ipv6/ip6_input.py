"""net/ipv6/ip6_input.c: from the backlog to the protocols.

Left out: multicast, which has no route over lo, netfilter, forwarding, lists of packets, early
demultiplexing.
"""

from __future__ import annotations

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NET_RX_DROP, NET_RX_SUCCESS, NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff, skb_orphan
from lomodel.linux.include.net.ipv6 import IPV6_HLEN, NEXTHDR_HOP, in6addr_loopback
from lomodel.linux.include.uapi.linux.icmpv6 import ICMPV6_PARAMPROB, ICMPV6_UNK_NEXTHDR
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK
from lomodel.linux.include.uapi.linux.if_packet import PACKET_OTHERHOST
from lomodel.linux.include.uapi.linux.ipv6 import NEXTHDR
from lomodel.linux.include.uapi.linux.snmp import (
    IPSTATS_MIB_INDELIVERS,
    IPSTATS_MIB_INDISCARDS,
    IPSTATS_MIB_INHDRERRORS,
    IPSTATS_MIB_INPKTS,
    IPSTATS_MIB_INTRUNCATEDPKTS,
    IPSTATS_MIB_INUNKNOWNPROTOS,
)
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.skbuff import kfree_skb, pskb_may_pull, pskb_trim_rcsum
from lomodel.linux.net.ipv6.exthdrs import ipv6_parse_hopopts
from lomodel.linux.net.ipv6.ip6_icmp import icmpv6_send
from lomodel.linux.net.ipv6.raw import raw6_local_deliver
from lomodel.linux.net.ipv6.route import ip6_route_input
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv6/ip6_input.c")


@kernel_function
def ipv6_rcv(skb: SkBuff, dev: NetDevice) -> int:
    """The handler of ETH_P_IPV6 packets: check the header, then ``ip6_rcv_finish``.

    Another host's packets are counted (rx_otherhost_dropped, where the release has it); everything
    else that is wrong is dropped without a counter of the device.
    """
    if skb.pkt_type == PACKET_OTHERHOST:
        if trace.on:
            decide("is it for another host?", True, pkt_type=skb.pkt_type)
        if dev.machine.release.otherhost_counter:
            dev.core_stats.rx_otherhost_dropped += 1
        kfree_skb(skb)
        return NET_RX_DROP
    net = dev.nd_net
    counters = net.mib.ipv6_statistics
    counters[IPSTATS_MIB_INPKTS] += 1
    idev = dev.ip6_ptr
    if idev is None or idev.cnf.disable_ipv6:
        if trace.on:
            decide("does the device have IPv6?", False, dev=dev.name)
        return _drop(skb, counters, IPSTATS_MIB_INDISCARDS)
    if skb.len - skb.data_len < IPV6_HLEN and not pskb_may_pull(skb, IPV6_HLEN):
        if trace.on:
            decide("is the IPv6 header all there?", False, len=skb.len, least=IPV6_HLEN)
        return _drop(skb, counters, IPSTATS_MIB_INHDRERRORS)
    head, at = skb.head, skb.data
    if head[at] >> 4 != 6 or head[at + 8] == 0xFF or not _addresses_ok(head, at, dev):
        if trace.on:
            decide("is the IPv6 header right?", False, version=head[at] >> 4, saddr=head[at + 8])
        return _drop(skb, counters, IPSTATS_MIB_INHDRERRORS)
    skb.network_header = at
    skb.transport_header = at + IPV6_HLEN
    length = head[at + 4] << 8 | head[at + 5]
    nexthdr = head[at + NEXTHDR]
    # A length of 0 may mean that a hop-by-hop option has it.
    if length or nexthdr != NEXTHDR_HOP:
        length += IPV6_HLEN
        if length > skb.len:
            if trace.on:
                decide("is the packet as long as its header says?", False, payload_len=length - 40)
            return _drop(skb, counters, IPSTATS_MIB_INTRUNCATEDPKTS)
        if length < skb.len and not pskb_trim_rcsum(skb, length):
            if trace.on:
                decide("can it be trimmed to its length?", False, length=length, len=skb.len)
            return _drop(skb, counters, IPSTATS_MIB_INHDRERRORS)
    if nexthdr == NEXTHDR_HOP and ipv6_parse_hopopts(skb) < 0:
        counters[IPSTATS_MIB_INHDRERRORS] += 1
        return NET_RX_DROP
    if skb.sk is not None:
        skb_orphan(skb)
    return ip6_rcv_finish(net, skb)


def _drop(skb: SkBuff, counters: list[int], field: int) -> int:
    counters[field] += 1
    kfree_skb(skb)
    return NET_RX_DROP


def _addresses_ok(head: bytearray, at: int, dev: NetDevice) -> bool:
    """Groups without a scope are reserved; ::1 and the groups of one interface may only arrive over
    a loopback device (RFC 4291)."""
    if head[at + 24] != 0xFF and dev.flags & IFF_LOOPBACK:
        return True
    multicast, scope = head[at + 24] == 0xFF, head[at + 25] & 0xF
    if multicast and not scope:
        return False
    if dev.flags & IFF_LOOPBACK:
        return True
    ends = head[at + 8 : at + 24], head[at + 24 : at + 40]
    return in6addr_loopback not in ends and not (multicast and scope == 1)


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
    ip6_protocol_deliver_rcu(skb.dev.nd_net, skb)
    return NET_RX_SUCCESS


@kernel_function
def ip6_protocol_deliver_rcu(net: Net, skb: SkBuff) -> None:
    """Call the protocol, raw sockets before it; one that nobody serves is answered with an error.

    Extension headers are protocols, too: when their handler answers with more than 0, the packet
    goes on with what is behind.
    """
    protocols, raw_hash = net.machine.inet6_protos, net.ipv6.raw_hash
    counters = net.mib.ipv6_statistics
    while True:
        start = skb.transport_header
        skb.len -= start - skb.data
        skb.data = start
        nhoff = NEXTHDR if skb.cb is None else skb.cb.nhoff
        nexthdr = skb.head[skb.network_header + nhoff]
        raw = False
        if raw_hash:
            raw = raw6_local_deliver(skb, nexthdr)
        ipprot = protocols.get(nexthdr)
        if ipprot is None:
            break
        ret = ipprot.handler(skb)
        if ret <= 0:
            if not ret:
                counters[IPSTATS_MIB_INDELIVERS] += 1
            return
    if raw:
        counters[IPSTATS_MIB_INDELIVERS] += 1
        return
    if trace.on:
        decide("does somebody serve the next header?", False, nexthdr=nexthdr, nhoff=nhoff)
    counters[IPSTATS_MIB_INUNKNOWNPROTOS] += 1
    icmpv6_send(skb, ICMPV6_PARAMPROB, ICMPV6_UNK_NEXTHDR, nhoff)
    kfree_skb(skb)
