"""net/ipv6/udp.c: datagrams that come in over IPv6, and what is read from IPv6 sockets."""

from __future__ import annotations

import struct

from lomodel import trace
from lomodel.linux.include.linux.skbuff import CHECKSUM_PARTIAL, SkBuff
from lomodel.linux.include.linux.socket import AF_INET6, MSG_ERRQUEUE, MsgHdr
from lomodel.linux.include.linux.udp import UDP_HLEN
from lomodel.linux.include.net.ipv6 import IN6ADDR_ANY
from lomodel.linux.include.uapi.linux.icmpv6 import ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH
from lomodel.linux.include.uapi.linux.snmp import UDP_MIB_NOPORTS
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.skbuff import kfree_skb, pskb_may_pull
from lomodel.linux.net.core.sock import Sock
from lomodel.linux.net.ipv4.udp_hash4 import udp_lib_lookup4
from lomodel.linux.net.ipv4.udp_receive import (
    udp_csum_init,
    udp_drop,
    udp_lib_checksum_complete,
    udp_queue_rcv_skb,
    udp_recvmsg,
    udp_trim,
)
from lomodel.linux.net.ipv6.datagram_error import ipv6_recv_error
from lomodel.linux.net.ipv6.ip6_icmp import icmpv6_send
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv6/udp.c")

_udphdr = struct.Struct("!HHHH")
_addresses = struct.Struct("!16s16s")


@kernel_function
def udpv6_rcv(skb: SkBuff) -> int:
    """A UDP packet for this host: find its socket, or tell the sender that there is none.

    Always 0; what is too short, wrongly summed or not summed at all is dropped and counted.
    Source: __udp6_lib_rcv.
    """
    if skb.len - skb.data_len < UDP_HLEN and not pskb_may_pull(skb, UDP_HLEN):
        if trace.on:
            decide("is the UDP header all there?", False, len=skb.len, least=UDP_HLEN)
        return udp_drop(skb)
    sport, dport, ulen, check = _udphdr.unpack_from(skb.head, skb.data)
    # A length of 0 means a jumbogram: as long as IPv6 says.
    if ulen != skb.len and ulen and not udp_trim(skb, ulen):
        return udp_drop(skb)
    if skb.ip_summed != CHECKSUM_PARTIAL or skb.csum_start < skb.data:
        if udp_csum_init(skb, check):
            if trace.on:
                decide("is the checksum right?", False, sum=check)
            return udp_drop(skb, wrong_sum=True)
    saddr, daddr = _addresses.unpack_from(skb.head, skb.network_header + 8)
    net = skb.dev.nd_net
    sk = __udp6_lib_lookup(net, saddr, sport, daddr, dport, skb.dev.ifindex)
    if sk is not None and (check or sk.no_check6_rx):
        udp_queue_rcv_skb(sk, skb)
        return 0
    if trace.on:
        decide("is there a checksum, as IPv6 wants one?", bool(check), sum=check)
        if check:
            decide("does somebody listen?", False, port=dport)
    if not check or udp_lib_checksum_complete(skb):
        return udp_drop(skb, wrong_sum=True)
    net.mib.udp_stats_in6[UDP_MIB_NOPORTS] += 1
    icmpv6_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH, 0)
    kfree_skb(skb)
    return 0


@kernel_function
def udpv6_recvmsg(sk: Sock, msg: MsgHdr, length: int, flags: int) -> int:
    """Read the next datagram, or with MSG_ERRQUEUE the oldest error, into ``msg``; see
    ``udp_recvmsg``."""
    if flags & MSG_ERRQUEUE:
        return ipv6_recv_error(sk, msg, length)
    return udp_recvmsg(sk, msg, length, flags)


def __udp6_lib_lookup(
    net: Net, saddr: bytes, sport: int, daddr: bytes, hnum: int, dif: int
) -> Sock | None:
    """The socket that a packet which came over device ``dif`` to port ``hnum`` is for, or None.

    First one that is connected to the sender, then those at the address, then those at the
    wildcard (net/ipv6/udp.c).
    """
    socks = net.ipv4.udp_table.get(hnum)
    if not socks:
        return None
    if len(socks) == 1 and not net.ipv4.udp_hash4:
        sk = socks[0]
        daddr = daddr if sk.sk_v6_rcv_saddr != IN6ADDR_ANY else IN6ADDR_ANY
        return sk if compute_score(sk, saddr, sport, daddr, dif) >= 0 else None
    if net.ipv4.udp_hash4:
        result = udp_lib_lookup4(net, (daddr, hnum, saddr, sport), dif)
        if result is not None:
            return result
    for addr in (daddr, IN6ADDR_ANY):
        result = udp6_lib_lookup2(socks, saddr, sport, addr, dif)
        if result is not None:
            return result
    return None


def udp6_lib_lookup2(
    slot: list[Sock], saddr: bytes, sport: int, daddr: bytes, dif: int
) -> Sock | None:
    """The first of those that fit best (net/ipv6/udp.c)."""
    result, badness = None, -1
    for sk in slot:
        score = compute_score(sk, saddr, sport, daddr, dif)
        if score > badness:
            result, badness = sk, score
    return result


def compute_score(sk: Sock, saddr: bytes, sport: int, daddr: bytes, dif: int) -> int:
    """How well a socket at ``daddr`` fits a packet to its port; -1 when it does not.

    Every further thing that fits counts 1: the peer's port and address, and the device. What a
    socket remembers of a peer that it has no more still counts.
    """
    if sk.sk_family != AF_INET6 or sk.sk_v6_rcv_saddr != daddr:
        return -1
    score = 0
    if sk.inet_dport:
        if sk.inet_dport != sport:
            return -1
        score += 1
    if sk.sk_v6_daddr != IN6ADDR_ANY:
        if sk.sk_v6_daddr != saddr:
            return -1
        score += 1
    if sk.sk_bound_dev_if:
        if sk.sk_bound_dev_if != dif:
            return -1
        score += 1
    return score + sk.sk_incoming_cpu
