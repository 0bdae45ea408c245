"""net/ipv6/udp.c: datagrams on their way out over IPv6, or over IPv4 to a mapped address."""

from __future__ import annotations

import errno
import struct

from lomodel import trace
from lomodel.linux.include.linux.skbuff import CHECKSUM_NONE, CHECKSUM_PARTIAL, SkBuff
from lomodel.linux.include.linux.socket import MsgHdr
from lomodel.linux.include.linux.udp import UDP_HLEN
from lomodel.linux.include.net.checksum import CSUM_MANGLED_0
from lomodel.linux.include.net.ipv6 import (
    IN6ADDR_ANY,
    IPV6_HLEN,
    Rt6Info,
    in6addr_loopback,
    ipv6_addr_set_v4mapped,
    ipv6_addr_to_v4,
    ipv6_addr_v4mapped,
)
from lomodel.linux.include.net.tcp_states import TCP_ESTABLISHED
from lomodel.linux.include.uapi.linux.in_ import INADDR_LOOPBACK, IPPROTO_UDP
from lomodel.linux.include.uapi.linux.snmp import UDP_MIB_OUTDATAGRAMS, UDP_MIB_SNDBUFERRORS
from lomodel.linux.include.vdso.limits import INT_MAX
from lomodel.linux.net.core.skbuff import checksum, kfree_skb, skb_copy_bits
from lomodel.linux.net.core.sock import InetCork, Sock, sock_error_raise
from lomodel.linux.net.ipv4.udp_send import udp_gso_check, udp_sendmsg
from lomodel.linux.net.ipv6.ip6_output import ip6_make_skb, ip6_send_skb, ip6_sk_dst_lookup_flow
from lomodel.trace import decide, kernel_file

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
def udpv6_sendmsg(sk: Sock, msg: MsgHdr, length: int) -> int:
    """Send one datagram, or with UDP_SEGMENT many, in one go. Returns ``length``.

    To a mapped address ``udp_sendmsg`` sends, always as if that had been named, even to the peer.
    Unlike IPv4 this asks for the route before it asks for the length. OSError, in this order:
    EDESTADDRREQ for an unconnected socket without an address, ENETUNREACH for a mapped address on a
    socket of IPv6 alone, EINVAL for port 0, whatever ``ip6_dst_lookup_flow`` says, and what
    ``ip6_make_skb`` and ``udp_v6_send_skb`` say, of which ENOBUFS counts as SndbufErrors.
    """
    daddr = msg.msg_name
    if daddr is None:
        if trace.on:
            decide("is the socket connected?", sk.sk_state == TCP_ESTABLISHED, state=sk.sk_state)
        if sk.sk_state != TCP_ESTABLISHED:
            raise sock_error_raise(errno.EDESTADDRREQ)
        daddr = sk.sk_v6_daddr
    elif daddr == IN6ADDR_ANY and ipv6_addr_v4mapped(sk.np_saddr):
        daddr = ipv6_addr_set_v4mapped(INADDR_LOOPBACK)
    if ipv6_addr_v4mapped(daddr):
        return _send_v4(sk, msg, daddr, length)
    if length > INT_MAX - UDP_HLEN:
        raise sock_error_raise(errno.EMSGSIZE)
    try:
        rt = _route(sk, msg, daddr)
        fl6 = sk.cork
        skb = ip6_make_skb(sk, msg.msg_iter, length + UDP_HLEN, UDP_HLEN, rt, fl6)
        err = udp_v6_send_skb(sk, skb, fl6)
        if err:
            raise sock_error_raise(-err)
    except OSError as error:
        if error.errno == errno.ENOBUFS:
            sk.net.mib.udp_stats_in6[UDP_MIB_SNDBUFERRORS] += 1
        raise
    return length


def _send_v4(sk: Sock, msg: MsgHdr, daddr: bytes, length: int) -> int:
    """The part for a mapped address."""
    if trace.on:
        decide("is the socket for IPv6 only?", bool(sk.ipv6only), ipv6only=sk.ipv6only)
    if sk.ipv6only:
        raise sock_error_raise(errno.ENETUNREACH)
    if msg.msg_name is None:
        msg.msg_port = sk.inet_dport
    msg.msg_name = ipv6_addr_to_v4(daddr)
    return udp_sendmsg(sk, msg, length)


def _route(sk: Sock, msg: MsgHdr, daddr: bytes) -> Rt6Info:
    """The middle of ``udpv6_sendmsg``: fill in the flow and look up its route.

    All devices that a flow could name are lo, so it names none.
    """
    fl6 = sk.cork
    if msg.msg_name is None:
        fl6.dport = sk.inet_dport
    else:
        fl6.dport = msg.msg_port
        if trace.on:
            decide("is there a destination port?", bool(fl6.dport), dport=fl6.dport)
        if not fl6.dport:
            raise sock_error_raise(errno.EINVAL)
    fl6.gso_size = sk.gso_size if msg.msg_gso_size is None else msg.msg_gso_size
    fl6.daddr = daddr if daddr != IN6ADDR_ANY else in6addr_loopback
    fl6.saddr = sk.np_saddr
    connected = msg.msg_name is None and daddr[0] != 0xFF
    return ip6_sk_dst_lookup_flow(sk, fl6, connected)


@kernel_function
def udp_v6_send_skb(sk: Sock, skb: SkBuff, fl6: InetCork) -> int:
    """Write the UDP header, mark a packet that is to be segmented, and send it.

    Returns 0 or a negative errno; -ENOBUFS only for a socket that asked for errors (IPV6_RECVERR).
    The socket's SO_NO_CHECK means nothing here: IPv6 has an option of its own for that.
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
    if not err:
        sk.net.mib.udp_stats_in6[UDP_MIB_OUTDATAGRAMS] += 1
    elif err == -errno.ENOBUFS and not sk.recverr6:
        sk.net.mib.udp_stats_in6[UDP_MIB_SNDBUFERRORS] += 1
        return 0
    return err
