"""net/ipv4/udp.c: datagrams on their way out, one or many in a send."""

from __future__ import annotations

import errno
import struct

from lomodel import trace
from lomodel.linux.include.linux.in_ import ipv4_is_multicast
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_NONE,
    CHECKSUM_PARTIAL,
    SKB_GSO_UDP_L4,
    SkBuff,
)
from lomodel.linux.include.linux.socket import MsgHdr
from lomodel.linux.include.linux.udp import UDP_HLEN
from lomodel.linux.include.net.checksum import CSUM_MANGLED_0
from lomodel.linux.include.net.ip import Rtable
from lomodel.linux.include.net.tcp_states import TCP_ESTABLISHED
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_UDP
from lomodel.linux.include.uapi.linux.in_route import RTCF_BROADCAST
from lomodel.linux.include.uapi.linux.snmp import (
    IPSTATS_MIB_OUTNOROUTES,
    UDP_MIB_OUTDATAGRAMS,
    UDP_MIB_SNDBUFERRORS,
)
from lomodel.linux.net.core.skbuff import (
    checksum,
    kfree_skb,
    skb_copy_bits,
)
from lomodel.linux.net.core.sock import InetCork, Sock, sock_error_raise
from lomodel.linux.net.ipv4.ip_output import ip_send_skb
from lomodel.linux.net.ipv4.ip_output_append import ip_make_skb
from lomodel.linux.net.ipv4.route import dst_rtable, ip_route_output_flow, rt_cache_valid
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/udp.c")


_udphdr = struct.Struct("!HHHH")
_u16 = struct.Struct("!H")


def udp_v4_check(length: int, saddr: int, daddr: int) -> int:
    """The folded sum of the pseudo header (source and destination, protocol, UDP length).

    Source: include/net/udp.h, which also inverts it. A 32-bit number is congruent to the sum of its
    halves modulo 0xffff.
    """
    return (saddr + daddr + IPPROTO_UDP + length) % 0xFFFF or 0xFFFF


@kernel_function
def udp_sendmsg(sk: Sock, msg: MsgHdr, length: int) -> int:
    """Send one datagram, or with UDP_SEGMENT many, in one go. Returns ``length``.

    OSError, in this order: EMSGSIZE for more than 65535 bytes, EDESTADDRREQ for an unconnected
    socket without an address, EINVAL for port 0, whatever routing says (ENETUNREACH counts as
    OutNoRoutes), EACCES for broadcast without SO_BROADCAST, and what ``ip_make_skb`` and
    ``udp_send_skb`` say, of which ENOBUFS counts as SndbufErrors.
    """
    if trace.on:
        decide("is it longer than UDP can say?", length > 0xFFFF, length=length)
    if length > 0xFFFF:
        raise sock_error_raise(errno.EMSGSIZE)
    fl4 = sk.cork
    if msg.msg_name is not None:
        fl4.daddr = msg.msg_name
        fl4.dport = msg.msg_port
        if trace.on:
            decide("is there a destination port?", bool(fl4.dport), dport=fl4.dport)
        if not fl4.dport:
            raise sock_error_raise(errno.EINVAL)
        rt = None
    else:
        if trace.on:
            decide("is the socket connected?", sk.sk_state == TCP_ESTABLISHED, state=sk.sk_state)
        if sk.sk_state != TCP_ESTABLISHED:
            raise sock_error_raise(errno.EDESTADDRREQ)
        rt = _connected_route(sk, fl4)
    fl4.gso_size = sk.gso_size if msg.msg_gso_size is None else msg.msg_gso_size
    if rt is None:
        rt = _route(sk, fl4, msg.msg_name is None)
    try:
        skb = ip_make_skb(sk, fl4, msg.msg_iter, length + UDP_HLEN, UDP_HLEN, rt)
        err = udp_send_skb(sk, skb, fl4)
        if err:
            raise sock_error_raise(-err)
    except OSError as error:
        if error.errno == errno.ENOBUFS:
            sk.net.mib.udp_statistics[UDP_MIB_SNDBUFERRORS] += 1
        raise
    return length


def _connected_route(sk: Sock, fl4: InetCork) -> Rtable | None:
    """The route that a connected socket remembers, if it has not expired; fills in the flow.

    With it goes the flow of the last connect(2), even of one that failed. Without it the flow is to
    the socket's peer. Nothing is remembered for a group.
    """
    fl4.daddr, fl4.dport = sk.inet_daddr, sk.inet_dport
    rt = sk.sk_dst_cache
    if rt is None or ipv4_is_multicast(fl4.daddr):
        return None
    valid = rt_cache_valid(dst_rtable(rt))
    if trace.on:
        decide("is the socket's route still valid?", valid, dev=rt.dev.name)
    if not valid:
        sk.sk_dst_cache = None
        return None
    fl4.saddr, fl4.daddr, fl4.dport = sk.cork_fl
    return dst_rtable(rt)


def _route(sk: Sock, fl4: InetCork, connected: bool) -> Rtable:
    """The route of a send that has none yet, which a connected socket remembers.

    OSError as ``ip_route_output_flow``, EACCES for broadcast without SO_BROADCAST.
    """
    fl4.saddr, fl4.oif = sk.inet_saddr, sk.sk_bound_dev_if
    if ipv4_is_multicast(fl4.daddr):
        fl4.oif = fl4.oif or sk.mc_index
        fl4.saddr = fl4.saddr or sk.mc_addr
        connected = False
    try:
        rt = ip_route_output_flow(sk.net, fl4)
    except OSError as error:
        if error.errno == errno.ENETUNREACH:
            sk.net.mib.ip_statistics[IPSTATS_MIB_OUTNOROUTES] += 1
        raise
    if rt.rt_flags & RTCF_BROADCAST and not sk.sk_broadcast:
        if trace.on:
            decide("may it broadcast?", False, rt_flags=rt.rt_flags, broadcast=sk.sk_broadcast)
        raise sock_error_raise(errno.EACCES)
    if connected:
        sk.sk_dst_cache = rt
    return rt


@kernel_function
def udp_send_skb(sk: Sock, skb: SkBuff, fl4: InetCork) -> int:
    """Write the UDP header, mark a packet that is to be segmented, and send it.

    Returns 0 or a negative errno; -ENOBUFS only for a socket that asked for errors (IP_RECVERR).
    """
    uh = skb.transport_header
    length = skb.len - (uh - skb.data)
    no_check = sk.sk_no_check_tx
    if fl4.gso_size:
        hlen = uh - skb.data + UDP_HLEN
        err = udp_gso_check(sk, skb, fl4, hlen, length - UDP_HLEN, no_check)
        if err:
            kfree_skb(skb)
            return err
    check = 0
    if no_check:
        skb.ip_summed = CHECKSUM_NONE
    elif skb.ip_summed == CHECKSUM_PARTIAL:
        # udp4_hwcsum: the device adds the rest to the pseudo header's sum.
        skb.csum_start, skb.csum_offset = uh, 6
        check = (fl4.saddr + fl4.daddr + IPPROTO_UDP + length) % 0xFFFF or 0xFFFF
    _udphdr.pack_into(skb.head, uh, sk.inet_num, fl4.dport, length & 0xFFFF, check)
    if not check and not no_check:
        _software_sum(skb, uh, udp_v4_check(length, fl4.saddr, fl4.daddr))
    net = sk.net
    err = ip_send_skb(net, skb)
    if not err:
        net.mib.udp_statistics[UDP_MIB_OUTDATAGRAMS] += 1
    elif err == -errno.ENOBUFS and not sk.recverr:
        net.mib.udp_statistics[UDP_MIB_SNDBUFERRORS] += 1
        return 0
    return err


def _software_sum(skb: SkBuff, uh: int, pseudo: int) -> None:
    """udp_csum and csum_tcpudp_magic: the whole sum, here and now; 0 is written as all ones."""
    start = uh - skb.data
    total = checksum(skb_copy_bits(skb, start, skb.len - start), pseudo)
    _u16.pack_into(skb.head, uh + 6, (~total & 0xFFFF) or CSUM_MANGLED_0)


def udp_gso_check(
    sk: Sock, skb: SkBuff, cork: InetCork, hlen: int, datalen: int, no_check: int
) -> int:
    """The tests of ``udp_send_skb`` for UDP_SEGMENT; marks the packet when it is to be cut.

    ``hlen`` and ``datalen`` are the bytes of headers and payload, ``no_check`` whether the socket
    wants no checksum. Returns 0 or a negative errno: a segment that does not fit the MTU, too many
    segments, no checksum, or no way to have one.
    """
    release = sk.machine.release
    gso_size = cork.gso_size
    segment = hlen + (min(datalen, gso_size) if release.udp_gso_fits_payload else gso_size)
    counted = datalen if release.udp_gso_counts_payload else skb.len
    if trace.on:
        decide(
            "is a segment longer than the MTU?",
            segment > cork.fragsize,
            segment=segment,
            fragsize=cork.fragsize,
        )
    if segment > cork.fragsize:
        return -release.udp_gso_too_long
    most = gso_size * release.udp_max_segments
    if trace.on:
        decide("are there too many segments?", counted > most, bytes=counted, most=most)
    if counted > most:
        return -errno.EINVAL
    if trace.on:
        decide("does the socket want no checksum?", bool(no_check), no_check=no_check)
    if no_check:
        return -errno.EINVAL
    if release.udp_gso_needs_partial and skb.ip_summed != CHECKSUM_PARTIAL:
        return -errno.EIO
    more = datalen > gso_size
    if trace.on:
        decide("is there more than one segment?", more, datalen=datalen, gso_size=gso_size)
    if more:
        skb.gso_size = gso_size
        skb.gso_type = SKB_GSO_UDP_L4
        skb.gso_segs = -(-datalen // gso_size)
        skb.ip_summed = CHECKSUM_PARTIAL
    return 0
