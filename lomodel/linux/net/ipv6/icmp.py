"""net/ipv6/icmp.c: echo replies and errors of IPv6.

As in IPv4, messages about or over a loopback device are not limited.

Left out: neighbour discovery (``ndisc``), multicast listeners, extended echo, mobile IPv6, anycast,
raw and ping sockets' errors.
"""

from __future__ import annotations

import errno
import struct
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.icmpv6 import ICMP6_HLEN
from lomodel.linux.include.linux.net import SOCK_RAW
from lomodel.linux.include.linux.skbuff import CHECKSUM_NONE, SkBuff, skb_csum_unnecessary
from lomodel.linux.include.linux.socket import AF_INET6
from lomodel.linux.include.linux.stddef import NULL
from lomodel.linux.include.linux.sysctl import CtlTable
from lomodel.linux.include.net.ipv6 import IN6ADDR_ANY, IPV6_HLEN, Rt6Info
from lomodel.linux.include.net.netns.ipv6 import NetnsIpv6
from lomodel.linux.include.net.protocol import Inet6Protocol
from lomodel.linux.include.uapi.linux.icmpv6 import (
    ICMPV6_DEST_UNREACH,
    ICMPV6_ECHO_REPLY,
    ICMPV6_ECHO_REQUEST,
    ICMPV6_INFOMSG_MASK,
    ICMPV6_PARAMPROB,
    ICMPV6_PKT_TOOBIG,
    ICMPV6_TIME_EXCEED,
    ICMPV6_UNK_OPTION,
)
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK
from lomodel.linux.include.uapi.linux.if_packet import PACKET_HOST
from lomodel.linux.include.uapi.linux.in6 import IPPROTO_ICMPV6
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_RAW
from lomodel.linux.include.uapi.linux.ipv6 import IPV6_MIN_MTU
from lomodel.linux.include.uapi.linux.snmp import (
    ICMP6_MIB_CSUMERRORS,
    ICMP6_MIB_INERRORS,
    ICMP6_MIB_INMSGS,
    ICMP6_MIB_OUTERRORS,
)
from lomodel.linux.kernel.softirq import local_bh_disable, local_bh_enable
from lomodel.linux.kernel.sysctl import proc_dou8vec_minmax
from lomodel.linux.net.core.net_namespace import Net, PernetOperations, register_pernet_subsys
from lomodel.linux.net.core.skbuff import checksum, pskb_may_pull, skb_copy_bits
from lomodel.linux.net.core.sock import InetCork, Sock
from lomodel.linux.net.ipv4.icmp import (
    SKB_TRUESIZE_64K,
    icmp_global_allow,
    icmp_global_consume,
    icmp_xmit_unlock,
)
from lomodel.linux.net.ipv4.inetpeer import inet_peer_xrlim_allow
from lomodel.linux.net.ipv4.ip_output_append import ip_flush_pending_frames
from lomodel.linux.net.ipv6.addrconf_addr import ipv6_chk_addr
from lomodel.linux.net.ipv6.exthdrs_core import ipv6_skip_exthdr
from lomodel.linux.net.ipv6.ip6_icmp import inet6_register_icmp_sender
from lomodel.linux.net.ipv6.ip6_output import (
    __ip6_append_data,
    __ip6_make_skb,
    ip6_dst_lookup_flow,
    ip6_send_skb,
    ip6_setup_cork,
)
from lomodel.linux.net.ipv6.protocol import inet6_add_protocol
from lomodel.linux.net.ipv6.route_pmtu import ip6_update_pmtu
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/icmp.c")

ICMPV6_TIME = 1000

_icmp6hdr = struct.Struct("!BBHI")

_UNREACH_ERRNO = (
    (errno.ENETUNREACH, False),
    (errno.EACCES, True),
    (errno.EHOSTUNREACH, False),
    (errno.EHOSTUNREACH, False),
    (errno.ECONNREFUSED, True),
    (errno.EACCES, True),
    (errno.EACCES, True),
)


def icmpv6_err_convert(type: int, code: int) -> tuple[int, bool]:
    """The errno that an ICMPv6 error means to a socket, and whether it is fatal to it."""
    if type == ICMPV6_DEST_UNREACH:
        return _UNREACH_ERRNO[code] if code < len(_UNREACH_ERRNO) else (errno.EPROTO, True)
    if type == ICMPV6_PKT_TOOBIG:
        return errno.EMSGSIZE, False
    if type == ICMPV6_TIME_EXCEED:
        return errno.EHOSTUNREACH, False
    return errno.EPROTO, type == ICMPV6_PARAMPROB


def icmpv6_xmit_lock(net: Net) -> Sock | None:
    """The socket that the kernel sends ICMPv6 from; None while it is sending, as in IPv4.

    Its buffer limit is two packets of 64 KB. Source: net/ipv6/icmp.c.
    """
    sk = net.ipv6.icmp_sk
    if sk is None:
        sk = net.ipv6.icmp_sk = Sock(net, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, NULL)
        sk.sk_sndbuf = 2 * SKB_TRUESIZE_64K
    if sk.sk_lock:
        return None
    sk.sk_lock = True
    return sk


def icmp6_error_counted(net: Net) -> None:
    """A message that is of no use (``__ICMP6_INC_STATS`` of ICMP6_MIB_INERRORS)."""
    net.mib.icmpv6_statistics[ICMP6_MIB_INERRORS] += 1


@kernel_function
def is_ineligible(skb: SkBuff) -> bool:
    """Whether the packet is an ICMPv6 error, or ICMPv6 too short to tell: never answer an error."""
    at = skb.network_header
    ptr = at + IPV6_HLEN - skb.data
    if skb.len < ptr:
        return True
    ptr, nexthdr, frag_off = ipv6_skip_exthdr(skb, ptr, skb.head[at + 6])
    if ptr < 0 or nexthdr != IPPROTO_ICMPV6:
        return False
    inner = copy_from_offset(skb, ptr, 1) if ptr < skb.len else b""
    if not inner:
        return not frag_off
    return not inner[0] & ICMPV6_INFOMSG_MASK


def copy_from_offset(skb: SkBuff, offset: int, size: int) -> bytes:
    """``size`` bytes from ``offset`` on, which may be negative: before data."""
    before = max(min(size, -offset), 0)
    if not before:
        return skb_copy_bits(skb, offset, size)
    start = skb.data + offset
    return bytes(skb.head[start : start + before]) + skb_copy_bits(skb, 0, size - before)


def opt_unrec(skb: SkBuff, offset: int) -> bool:
    """Whether the option at ``offset`` of the packet asks for an answer even from many.

    Source: net/ipv6/icmp.c.
    """
    offset += skb.network_header - skb.data
    if offset >= skb.len:
        return True
    return copy_from_offset(skb, offset, 1)[0] & 0xC0 == 0x80


def icmpv6_global_allow(net: Net, type: int) -> tuple[bool, bool]:
    """Whether the message may go on, and whether the limits count it: Packet Too Big they do not.

    Source: net/ipv6/icmp.c.
    """
    if type > 255 or type == ICMPV6_PKT_TOOBIG:
        return True, False
    allowed = icmp_global_allow(net)
    return allowed, allowed


@kernel_function
def icmpv6_xrlim_allow(net: Net, rt: Rt6Info, daddr: bytes, apply_ratelimit: bool) -> bool:
    """Whether the destination may get one more message; over a loopback device it always may."""
    if not apply_ratelimit:
        return True
    loopback = bool(rt.dev.flags & IFF_LOOPBACK)
    if not loopback and not inet_peer_xrlim_allow(net, daddr, ICMPV6_TIME):
        return False
    icmp_global_consume(net)
    return True


@kernel_function
def icmp6_send(skb: SkBuff, type: int, code: int, info: int) -> None:
    """Tell the sender of a packet what is wrong with it, quoting as much as 1280 bytes hold.

    None is sent about packets for other hosts or many, from nobody or many, and ICMPv6 errors.
    """
    dev = skb.dev
    head, at = skb.head, skb.network_header
    source, destination = bytes(head[at + 8 : at + 24]), bytes(head[at + 24 : at + 40])
    if dev is None or source == IN6ADDR_ANY or source[0] == 0xFF:
        return
    many = destination[0] == 0xFF or skb.pkt_type != PACKET_HOST
    if many and not _may_answer_many(skb, type, code, info):
        return
    if is_ineligible(skb):
        return
    net = dev.nd_net
    local_bh_disable(net.machine)
    allowed, apply_ratelimit = bool(dev.flags & IFF_LOOPBACK), False
    if trace.on:
        decide("did it come over a loopback device?", allowed, dev=dev.name)
    if not allowed:
        allowed, apply_ratelimit = icmpv6_global_allow(net, type)
    sk = icmpv6_xmit_lock(net) if allowed else None
    if sk is not None:
        fl6 = sk.cork
        fl6.daddr = source
        own = ipv6_chk_addr(net, destination, dev)
        fl6.saddr = destination if own and not many else IN6ADDR_ANY
        _quote(net, sk, skb, _icmp6hdr.pack(type, code, 0, info), apply_ratelimit)
        icmp_xmit_unlock(sk)
    local_bh_enable(net.machine)


def _may_answer_many(skb: SkBuff, type: int, code: int, info: int) -> bool:
    """The errors that are sent about packets to many, too."""
    if type == ICMPV6_PKT_TOOBIG:
        return True
    return (type, code) == (ICMPV6_PARAMPROB, ICMPV6_UNK_OPTION) and opt_unrec(skb, info)


def _quote(net: Net, sk: Sock, skb: SkBuff, header: bytes, apply_ratelimit: bool) -> None:
    """The second half of ``icmp6_send``: route the error, decide how much to quote, send it."""
    fl6 = sk.cork
    try:
        rt = ip6_dst_lookup_flow(net, sk, fl6)
    except OSError:
        return
    if not icmpv6_xrlim_allow(net, rt, fl6.daddr, apply_ratelimit):
        return
    offset = skb.network_header - skb.data
    length = min(skb.len - offset, IPV6_MIN_MTU - IPV6_HLEN - ICMP6_HLEN)
    if trace.on:
        decide("is the packet quoted whole?", length == skb.len - offset, len=skb.len - offset)
    quote = copy_from_offset(skb, offset, length)
    fl6.tos = 0
    icmpv6_push_pending_frames(sk, fl6, header, quote, rt)


@kernel_function
def icmpv6_push_pending_frames(
    sk: Sock, fl6: InetCork, header: bytes, data: bytes, rt: Rt6Info
) -> None:
    """Put the message together, sum it, and send it; whatever fails, fails in silence."""
    queue: list[SkBuff] = []
    fl6.gso_size, fl6.icmp_type = 0, header[0]
    try:
        ip6_setup_cork(sk, fl6, rt)
        __ip6_append_data(sk, queue, fl6, data, len(data) + ICMP6_HLEN, ICMP6_HLEN)
    except OSError as error:
        if trace.on:
            decide("does the message fit the kernel's socket?", False, errno=error.errno)
        sk.net.mib.icmpv6_statistics[ICMP6_MIB_OUTERRORS] += 1
        ip_flush_pending_frames(queue)
        return
    skb = queue[0]
    at = skb.transport_header
    skb.head[at : at + ICMP6_HLEN] = header
    length = len(data) + ICMP6_HLEN
    pseudo = icmpv6_pseudo(fl6.saddr, fl6.daddr, length)
    total = ~checksum(data, checksum(header) + pseudo) & 0xFFFF
    skb.head[at + 2 : at + 4] = total.to_bytes(2, "big")
    skb.ip_summed = CHECKSUM_NONE
    ip6_send_skb(__ip6_make_skb(sk, queue, fl6))


def icmpv6_pseudo(saddr: bytes, daddr: bytes, length: int) -> int:
    """The sum of the pseudo header: addresses, length in bytes, protocol."""
    return checksum(saddr + daddr, length + IPPROTO_ICMPV6)


@kernel_function
def icmpv6_rcv(skb: SkBuff) -> int:
    """An ICMPv6 message for this host. Always 0; one whose sum is wrong is dropped.

    Errors, also of types that are not known, go on to the protocol whose packet they quote.
    """
    net = skb.dev.nd_net
    statistics = net.mib.icmpv6_statistics
    statistics[ICMP6_MIB_INMSGS] += 1
    if not skb_csum_unnecessary(skb) and _wrong_sum(skb):
        statistics[ICMP6_MIB_CSUMERRORS] += 1
        icmp6_error_counted(net)
        return 0
    if not pskb_may_pull(skb, ICMP6_HLEN):
        icmp6_error_counted(net)
        return 0
    type, code, _, rest = _icmp6hdr.unpack_from(skb.head, skb.data)
    skb.data += ICMP6_HLEN
    skb.len -= ICMP6_HLEN
    net.mib.icmpv6msg_statistics[type] += 1
    if type == ICMPV6_ECHO_REQUEST:
        ignored = net.ipv6.sysctl_icmpv6_echo_ignore_all
        if trace.on:
            decide("are echo requests ignored?", bool(ignored), echo_ignore_all=ignored)
        if not ignored:
            icmpv6_echo_reply(skb, code, rest)
    elif not type & ICMPV6_INFOMSG_MASK:
        icmpv6_notify(skb, type, code, rest)
    return 0


def _wrong_sum(skb: SkBuff) -> bool:
    at = skb.network_header
    pseudo = checksum(skb.head[at + 8 : at + 40], skb.len + IPPROTO_ICMPV6)
    return checksum(skb_copy_bits(skb, 0, skb.len), pseudo) != 0xFFFF


@kernel_function
def icmpv6_echo_reply(skb: SkBuff, code: int, rest: int) -> None:
    """Answer an echo request with its own data, from the address it was sent to."""
    net = skb.dev.nd_net
    local_bh_disable(net.machine)
    sk = icmpv6_xmit_lock(net)
    if sk is not None:
        _echo(net, sk, skb, _icmp6hdr.pack(ICMPV6_ECHO_REPLY, code, 0, rest))
        icmp_xmit_unlock(sk)
    local_bh_enable(net.machine)


def _echo(net: Net, sk: Sock, skb: SkBuff, header: bytes) -> None:
    """The rest of ``icmpv6_echo_reply``: route the reply, see that it may be sent, send it."""
    head, at = skb.head, skb.network_header
    fl6 = sk.cork
    fl6.daddr = bytes(head[at + 8 : at + 24])
    destination = bytes(head[at + 24 : at + 40])
    fl6.saddr = IN6ADDR_ANY if destination[0] == 0xFF else destination
    fl6.tos = (head[at] & 0x0F) << 4 | head[at + 1] >> 4
    try:
        rt = ip6_dst_lookup_flow(net, sk, fl6)
    except OSError:
        return
    apply_ratelimit = False
    allowed = bool(skb.dev.flags & IFF_LOOPBACK)
    if not allowed:
        allowed, apply_ratelimit = icmpv6_global_allow(net, ICMPV6_ECHO_REPLY)
    if allowed and icmpv6_xrlim_allow(net, rt, fl6.daddr, apply_ratelimit):
        icmpv6_push_pending_frames(sk, fl6, header, skb_copy_bits(skb, 0, skb.len), rt)


@kernel_function
def icmpv6_notify(skb: SkBuff, type: int, code: int, info: int) -> None:
    """Pass an error on to the protocol whose packet it quotes; 8 bytes of its header must be
    there."""
    net = skb.dev.nd_net
    inner_offset = -1
    if pskb_may_pull(skb, IPV6_HLEN):
        nexthdr = skb.head[skb.data + 6]
        inner_offset, nexthdr, _ = ipv6_skip_exthdr(skb, IPV6_HLEN, nexthdr)
    enough = inner_offset >= 0 and pskb_may_pull(skb, inner_offset + 8)
    if trace.on:
        decide("is enough of the packet quoted?", enough, len=skb.len, offset=inner_offset)
    if not enough or nexthdr == IPPROTO_RAW:
        icmp6_error_counted(net)
        return
    ipprot = net.machine.inet6_protos.get(nexthdr)
    if ipprot is not None and ipprot.err_handler is not None:
        ipprot.err_handler(skb, type, code, inner_offset, info)


@kernel_function
def icmpv6_err(skb: SkBuff, type: int, code: int, offset: int, info: int) -> int:
    """An error about a message of ICMPv6 itself: the path's MTU is learned. Always 0."""
    if type == ICMPV6_PKT_TOOBIG:
        ip6_update_pmtu(skb, skb.dev.nd_net, info)
    return 0


def icmpv6_sk_init(net: Net) -> None:
    """A new namespace has sent nothing yet."""
    net.ipv6.icmp_sk = None
    net.ipv6.sysctl_icmpv6_echo_ignore_all = 0
    net.ipv6.frag_id = 0


def _ipv6(net: Net, name: str) -> NetnsIpv6:
    return net.ipv6


ipv6_icmp_table = (
    CtlTable("echo_ignore_all", "sysctl_icmpv6_echo_ignore_all", _ipv6, proc_dou8vec_minmax),
)
icmpv6_protocol = Inet6Protocol(handler=icmpv6_rcv, err_handler=icmpv6_err)
icmpv6_sk_ops = PernetOperations("icmpv6_sk_ops", init=icmpv6_sk_init)


@kernel_function
def icmpv6_init(machine: Machine) -> None:
    """At boot: take ICMPv6's packets, and send its errors for others."""
    register_pernet_subsys(machine, icmpv6_sk_ops)
    inet6_add_protocol(machine, icmpv6_protocol, IPPROTO_ICMPV6)
    inet6_register_icmp_sender(machine, icmp6_send)
