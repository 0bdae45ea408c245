"""net/ipv6/udp.c: what is different about UDP over IPv6.

Left out: as in ``udp``, and IPv4 addresses mapped into IPv6 ones.
"""

from __future__ import annotations

import errno
import struct
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.net import SOCK_DGRAM
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_NONE,
    CHECKSUM_PARTIAL,
    SkBuff,
)
from lomodel.linux.include.linux.socket import SOL_UDP, MsgHdr
from lomodel.linux.include.linux.udp import UDP_HLEN
from lomodel.linux.include.net.checksum import CSUM_MANGLED_0
from lomodel.linux.include.net.ipv6 import IN6ADDR_ANY, IPV6_HLEN, in6addr_loopback
from lomodel.linux.include.net.protocol import Inet6Protocol, InetProtosw
from lomodel.linux.include.net.tcp_states import TCP_ESTABLISHED
from lomodel.linux.include.uapi.linux.icmpv6 import (
    ICMPV6_PKT_TOOBIG,
)
from lomodel.linux.include.uapi.linux.in_ import (
    IP_PMTUDISC_DONT,
    IP_PMTUDISC_INTERFACE,
    IP_PMTUDISC_OMIT,
    IPPROTO_IP,
    IPPROTO_IPV6,
    IPPROTO_UDP,
)
from lomodel.linux.include.vdso.limits import INT_MAX
from lomodel.linux.net.core.skbuff import (
    checksum,
    kfree_skb,
    skb_copy_bits,
)
from lomodel.linux.net.core.sock import InetCork, Proto, Sock, sock_error_raise
from lomodel.linux.net.ipv4.ip_sockglue import ip_getsockopt, ip_setsockopt
from lomodel.linux.net.ipv4.udp_options import udp_lib_getsockopt, udp_lib_setsockopt
from lomodel.linux.net.ipv4.udp_send import udp_gso_check
from lomodel.linux.net.ipv4.udp_table import (
    __udp_disconnect,
    udp_lib_get_port,
    udp_lib_hash,
    udp_lib_rehash,
    udp_lib_unhash,
)
from lomodel.linux.net.ipv6.af_inet6 import inet6_dgram_ops, inet6_register_protosw
from lomodel.linux.net.ipv6.datagram import ip6_datagram_connect
from lomodel.linux.net.ipv6.datagram_error import ipv6_icmp_error
from lomodel.linux.net.ipv6.icmp import icmp6_error_counted, icmpv6_err_convert
from lomodel.linux.net.ipv6.ip6_output import ip6_dst_lookup_flow, ip6_make_skb, ip6_send_skb
from lomodel.linux.net.ipv6.ipv6_sockglue import ipv6_getsockopt, ipv6_setsockopt
from lomodel.linux.net.ipv6.protocol import inet6_add_protocol
from lomodel.linux.net.ipv6.route_pmtu import ip6_update_pmtu
from lomodel.linux.net.ipv6.udp_receive import __udp6_lib_lookup, udpv6_rcv, udpv6_recvmsg
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/udp.c")


_udphdr = struct.Struct("!HHHH")
_u16 = struct.Struct("!H")


def udp_v6_check(length: int, saddr: bytes, daddr: bytes) -> int:
    """The folded sum of the pseudo header (addresses, UDP length, protocol).

    Source: include/net/ip6_checksum.h, which also inverts it.
    """
    total = int.from_bytes(saddr, "big") + int.from_bytes(daddr, "big") + length + IPPROTO_UDP
    return total % 0xFFFF or 0xFFFF


@kernel_function
def udpv6_setsockopt(sk: Sock, level: int, optname: int, optval: bytes) -> None:
    """setsockopt of levels that are not the socket's own."""
    if level == SOL_UDP:
        udp_lib_setsockopt(sk, optname, optval)
    elif level == IPPROTO_IPV6:
        ipv6_setsockopt(sk, optname, optval)
    elif level == IPPROTO_IP:
        ip_setsockopt(sk, level, optname, optval)
    else:
        raise sock_error_raise(errno.ENOPROTOOPT)


@kernel_function
def udpv6_getsockopt(sk: Sock, level: int, optname: int, length: int) -> bytes:
    """getsockopt of levels that are not the socket's own."""
    if level == SOL_UDP:
        return udp_lib_getsockopt(sk, optname, length)
    if level == IPPROTO_IPV6:
        return ipv6_getsockopt(sk, optname, length)
    if level == IPPROTO_IP:
        return ip_getsockopt(sk, level, optname, length)
    raise sock_error_raise(errno.ENOPROTOOPT)


@kernel_function
def udpv6_sendmsg(sk: Sock, msg: MsgHdr, length: int) -> int:
    """Send one datagram, or with UDP_SEGMENT many, in one go. Returns ``length``.

    Unlike IPv4 this asks for the route before it asks for the length: without IPv6 on lo even a
    datagram that is too long hears EADDRNOTAVAIL. OSError EMSGSIZE, EINVAL for port 0,
    EDESTADDRREQ, and whatever routing says.
    """
    if length > INT_MAX - UDP_HLEN:
        raise sock_error_raise(errno.EMSGSIZE)
    fl6 = sk.cork
    if msg.msg_name is not None:
        fl6.daddr, fl6.dport = msg.msg_name, msg.msg_port
        if not fl6.dport:
            raise sock_error_raise(errno.EINVAL)
        if fl6.daddr == IN6ADDR_ANY:
            fl6.daddr = in6addr_loopback
    else:
        if sk.sk_state != TCP_ESTABLISHED:
            raise sock_error_raise(errno.EDESTADDRREQ)
        fl6.daddr, fl6.dport = sk.sk_v6_daddr, sk.inet_dport
    fl6.gso_size = sk.gso_size if msg.msg_gso_size is None else msg.msg_gso_size
    fl6.saddr = sk.np_saddr
    rt = ip6_dst_lookup_flow(sk.net, sk, fl6)
    skb = ip6_make_skb(sk, msg.msg_iter, length + UDP_HLEN, UDP_HLEN, rt, fl6)
    err = udp_v6_send_skb(sk, skb, fl6)
    if err:
        raise sock_error_raise(-err)
    return length


@kernel_function
def udp_v6_send_skb(sk: Sock, skb: SkBuff, fl6: InetCork) -> int:
    """Write the UDP header, mark a packet that is to be segmented, and send it.

    Returns 0 or a negative errno. The socket's SO_NO_CHECK means nothing here: IPv6 has an option
    of its own for that.
    """
    uh = skb.transport_header
    length = skb.len - (uh - skb.data)
    if fl6.gso_size:
        hlen = IPV6_HLEN + UDP_HLEN
        err = udp_gso_check(sk, skb, fl6, hlen, length - UDP_HLEN, sk.no_check6_tx)
        if err:
            kfree_skb(skb)
            return err
    pseudo = udp_v6_check(length, fl6.saddr, fl6.daddr)
    _udphdr.pack_into(skb.head, uh, sk.inet_num, fl6.dport, length & 0xFFFF, 0)
    if sk.no_check6_tx:
        skb.ip_summed = CHECKSUM_NONE
    elif skb.ip_summed == CHECKSUM_PARTIAL:
        skb.csum_start, skb.csum_offset = uh, 6
        _u16.pack_into(skb.head, uh + 6, pseudo)
    else:
        total = checksum(skb_copy_bits(skb, uh - skb.data, length), pseudo)
        _u16.pack_into(skb.head, uh + 6, (~total & 0xFFFF) or CSUM_MANGLED_0)
    err = ip6_send_skb(skb)
    if err == -errno.ENOBUFS and not sk.recverr6:
        return 0
    return err


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
    sk = __udp6_lib_lookup(net, daddr, dport, saddr, sport)
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


udpv6_prot = Proto(
    name="UDPv6",
    connect=ip6_datagram_connect,
    disconnect=__udp_disconnect,
    sendmsg=udpv6_sendmsg,
    recvmsg=udpv6_recvmsg,
    setsockopt=udpv6_setsockopt,
    getsockopt=udpv6_getsockopt,
    get_port=udp_lib_get_port,
    hash=udp_lib_hash,
    unhash=udp_lib_unhash,
    rehash=udp_lib_rehash,
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
