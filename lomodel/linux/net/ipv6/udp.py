"""net/ipv6/udp.c: what is different about UDP over IPv6.

Left out: as in ``udp``.
"""

from __future__ import annotations

import errno
import struct
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.net import SOCK_DGRAM
from lomodel.linux.include.linux.skbuff import (
    SkBuff,
)
from lomodel.linux.include.linux.socket import SOL_UDP, SockAddr
from lomodel.linux.include.linux.udp import UDP_HLEN
from lomodel.linux.include.net.ipv6 import IN6ADDR_ANY, ipv6_addr_v4mapped
from lomodel.linux.include.net.protocol import Inet6Protocol, InetProtosw
from lomodel.linux.include.net.tcp_states import TCP_ESTABLISHED
from lomodel.linux.include.uapi.asm_generic.socket import SOL_SOCKET
from lomodel.linux.include.uapi.linux.icmpv6 import ICMPV6_PKT_TOOBIG
from lomodel.linux.include.uapi.linux.in_ import (
    IP_PMTUDISC_DONT,
    IP_PMTUDISC_INTERFACE,
    IP_PMTUDISC_OMIT,
    IPPROTO_UDP,
)
from lomodel.linux.net.core.sock import Proto, Sock, release_sock
from lomodel.linux.net.ipv4.udp_hash4 import udp4_hash4, udp_lib_hash4
from lomodel.linux.net.ipv4.udp_options import udp_lib_getsockopt, udp_lib_setsockopt
from lomodel.linux.net.ipv4.udp_table import (
    __udp_disconnect,
    udp_lib_get_port,
    udp_lib_hash,
    udp_lib_rehash,
    udp_lib_unhash,
)
from lomodel.linux.net.ipv6.af_inet6 import inet6_dgram_ops, inet6_register_protosw
from lomodel.linux.net.ipv6.datagram import __ip6_datagram_connect, ip6_datagram_release_cb
from lomodel.linux.net.ipv6.datagram_error import ipv6_icmp_error
from lomodel.linux.net.ipv6.icmp import icmp6_error_counted, icmpv6_err_convert
from lomodel.linux.net.ipv6.ipv6_sockglue import ipv6_getsockopt, ipv6_setsockopt
from lomodel.linux.net.ipv6.protocol import inet6_add_protocol
from lomodel.linux.net.ipv6.route_pmtu import ip6_update_pmtu
from lomodel.linux.net.ipv6.udp_receive import __udp6_lib_lookup, udpv6_rcv, udpv6_recvmsg
from lomodel.linux.net.ipv6.udp_send import udpv6_sendmsg
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/udp.c")


_udphdr = struct.Struct("!HHHH")
_u16 = struct.Struct("!H")


@kernel_function
def udpv6_setsockopt(sk: Sock, level: int, optname: int, optval: bytes) -> None:
    """setsockopt: what is not UDP's is IPv6's or IPv4's."""
    if level in (SOL_UDP, SOL_SOCKET):
        udp_lib_setsockopt(sk, level, optname, optval)
    else:
        ipv6_setsockopt(sk, level, optname, optval)


@kernel_function
def udpv6_getsockopt(sk: Sock, level: int, optname: int, length: int) -> bytes:
    """getsockopt of levels that are not the socket's own: what is not UDP's is IPv6's or IPv4's."""
    if level == SOL_UDP:
        return udp_lib_getsockopt(sk, optname, length)
    return ipv6_getsockopt(sk, level, optname, length)


@kernel_function
def __udp6_lib_err(skb: SkBuff, type: int, code: int, offset: int, info: int) -> int:
    """An ICMPv6 error about a packet that this host sent; ``skb`` begins with that packet's header.

    As ``__udp4_lib_err``: connected sockets hear of it, and those with IPV6_RECVERR, and the path's
    MTU is learned through a socket that minds it. Returns 0 or -ENOENT.
    """
    net = skb.dev.nd_net
    head, at, uh = skb.head, skb.data, skb.data + offset
    saddr, daddr = bytes(head[at + 8 : at + 24]), bytes(head[at + 24 : at + 40])
    sport, dport = struct.unpack_from("!HH", head, uh)
    sk = __udp6_lib_lookup(net, daddr, dport, saddr, sport, skb.dev.ifindex)
    if trace.on:
        decide("did a socket send the quoted packet?", sk is not None, sport=sport, dport=dport)
    if sk is None:
        icmp6_error_counted(net)
        return -errno.ENOENT
    err, harderr = icmpv6_err_convert(type, code)
    if type == ICMPV6_PKT_TOOBIG:
        if not ip6_sk_accept_pmtu(sk):
            return 0
        ip6_update_pmtu(skb, net, info)
        if sk.sk_dst_cache is not None:
            ip6_datagram_release_cb(sk)  # ip6_sk_update_pmtu: the socket's route, too
        harderr = harderr or sk.np_pmtudisc != IP_PMTUDISC_DONT
    hears = sk.recverr6 or (harderr and sk.sk_state == TCP_ESTABLISHED)
    if trace.on:
        decide("does the socket hear of it?", bool(hears), recverr=sk.recverr6, harderr=harderr)
    if not hears:
        return 0
    if sk.recverr6:
        ipv6_icmp_error(sk, skb, err, dport, info, uh + UDP_HLEN)
    sk.sk_err = err
    return 0


def ip6_sk_accept_pmtu(sk: Sock) -> bool:
    """Whether the socket minds what ICMPv6 says of path MTUs (include/net/ip6_route.h)."""
    return sk.np_pmtudisc not in (IP_PMTUDISC_INTERFACE, IP_PMTUDISC_OMIT)


@kernel_function
def udpv6_err(skb: SkBuff, type: int, code: int, offset: int, info: int) -> int:
    """An ICMPv6 error about a UDP packet."""
    return __udp6_lib_err(skb, type, code, offset, info)


def udp6_hash4(sk: Sock) -> None:
    """Put a socket that was connected into the table of those, as one of the peer's family
    (net/ipv6/udp.c)."""
    if ipv6_addr_v4mapped(sk.sk_v6_rcv_saddr):
        udp4_hash4(sk)
    elif sk.inet_num and sk.sk_v6_rcv_saddr != IN6ADDR_ANY:
        udp_lib_hash4(sk)


def udpv6_connect(sk: Sock, uaddr: SockAddr) -> None:
    """Connect, and let packets of the peer find the socket first. OSError as
    ``__ip6_datagram_connect``. Source: net/ipv6/udp.c."""
    try:
        __ip6_datagram_connect(sk, uaddr)
        udp6_hash4(sk)
    finally:
        release_sock(sk)


@kernel_function
def udpv6_destroy_sock(sk: Sock) -> None:
    """The socket is closed: it is locked once more, and so its route is looked up once more if
    there it is no longer. (IPv4's ``udp_destroy_sock`` has a lock that does not do that.)"""
    release_sock(sk)


udpv6_prot = Proto(
    name="UDPv6",
    connect=udpv6_connect,
    disconnect=__udp_disconnect,
    sendmsg=udpv6_sendmsg,
    recvmsg=udpv6_recvmsg,
    setsockopt=udpv6_setsockopt,
    getsockopt=udpv6_getsockopt,
    get_port=udp_lib_get_port,
    hash=udp_lib_hash,
    unhash=udp_lib_unhash,
    custom_sockopt=True,
    rehash=udp_lib_rehash,
    release_cb=ip6_datagram_release_cb,
    destroy=udpv6_destroy_sock,
)

udpv6_protocol = Inet6Protocol(handler=udpv6_rcv, err_handler=udpv6_err)
udpv6_protosw = InetProtosw(
    type=SOCK_DGRAM, protocol=IPPROTO_UDP, prot=udpv6_prot, ops=inet6_dgram_ops
)


@kernel_function
def udpv6_init(machine: Machine) -> None:
    """At boot: take UDP's packets over IPv6, and make its sockets."""
    inet6_add_protocol(machine, udpv6_protocol, IPPROTO_UDP)
    inet6_register_protosw(machine, udpv6_protosw)
