"""net/ipv6/icmp.c: echo replies and errors of IPv6.

As in IPv4, messages about or over a loopback device are not limited.

Left out: neighbour discovery (``ndisc``), multicast listeners, extended echo, mobile IPv6, path
MTU.
"""

from __future__ import annotations

import errno
import struct
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.net import SOCK_RAW
from lomodel.linux.include.linux.skbuff import CHECKSUM_NONE, SkBuff
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
)
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK
from lomodel.linux.include.uapi.linux.if_packet import PACKET_HOST
from lomodel.linux.include.uapi.linux.in6 import IPPROTO_ICMPV6
from lomodel.linux.include.uapi.linux.ipv6 import IPV6_MIN_MTU
from lomodel.linux.kernel.softirq import local_bh_disable, local_bh_enable
from lomodel.linux.kernel.sysctl import proc_dou8vec_minmax
from lomodel.linux.net.core.net_namespace import Net, PernetOperations, register_pernet_subsys
from lomodel.linux.net.core.skbuff import checksum, pskb_may_pull, skb_copy_bits
from lomodel.linux.net.core.sock import InetCork, Sock
from lomodel.linux.net.ipv4.icmp import SKB_TRUESIZE_64K, icmp_global_allow, icmp_global_consume
from lomodel.linux.net.ipv4.inetpeer import inet_peer_xrlim_allow
from lomodel.linux.net.ipv4.ip_output import ip_flush_pending_frames
from lomodel.linux.net.ipv6.addrconf_addr import ipv6_chk_addr
from lomodel.linux.net.ipv6.ip6_icmp import inet6_register_icmp_sender
from lomodel.linux.net.ipv6.ip6_output import (
    __ip6_append_data,
    __ip6_make_skb,
    ip6_dst_lookup_flow,
    ip6_send_skb,
    ip6_setup_cork,
)
from lomodel.linux.net.ipv6.protocol import inet6_add_protocol
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/icmp.c")

ICMP6_HLEN = 8
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
    if type == ICMPV6_DEST_UNREACH and code < len(_UNREACH_ERRNO):
        return _UNREACH_ERRNO[code]
    if type == ICMPV6_PKT_TOOBIG:
        return errno.EMSGSIZE, False
    if type == ICMPV6_PARAMPROB:
        return errno.EPROTO, True
    return errno.EHOSTUNREACH, False


def icmpv6_sk(net: Net) -> Sock:
    """The socket that the kernel sends ICMPv6 from; its buffer limit is two packets of 64 KB."""
    sk = net.ipv6.icmp_sk
    if sk is None:
        sk = net.ipv6.icmp_sk = Sock(net, AF_INET6, SOCK_RAW, IPPROTO_ICMPV6, NULL)
        sk.sk_sndbuf = 2 * SKB_TRUESIZE_64K
    return sk


@kernel_function
def is_ineligible(skb: SkBuff) -> bool:
    """Whether the packet is an ICMPv6 error, or ICMPv6 too short to tell: never answer an error."""
    at = skb.network_header
    if skb.head[at + 6] != IPPROTO_ICMPV6:
        return False
    inner = skb_copy_bits(skb, at + IPV6_HLEN - skb.data, 1)
    return not inner or not inner[0] & ICMPV6_INFOMSG_MASK


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
    if (many and type != ICMPV6_PKT_TOOBIG) or is_ineligible(skb):
        return
    net = dev.nd_net
    local_bh_disable(net.machine)
    allowed, apply_ratelimit = bool(dev.flags & IFF_LOOPBACK), False
    if trace.on:
        decide("did it come over a loopback device?", allowed, dev=dev.name)
    if not allowed:
        allowed, apply_ratelimit = icmpv6_global_allow(net, type)
    if allowed:
        sk = icmpv6_sk(net)
        fl6 = sk.cork
        fl6.daddr = source
        own = ipv6_chk_addr(net, destination, dev)
        fl6.saddr = destination if own and not many else IN6ADDR_ANY
        _quote(net, sk, skb, _icmp6hdr.pack(type, code, 0, info), apply_ratelimit)
    local_bh_enable(net.machine)


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
    before = min(length, -offset)
    start = skb.network_header
    quote = bytes(skb.head[start : start + before]) + skb_copy_bits(skb, 0, length - before)
    fl6.tos = 0
    icmpv6_push_pending_frames(sk, fl6, header, quote, rt)


@kernel_function
def icmpv6_push_pending_frames(
    sk: Sock, fl6: InetCork, header: bytes, data: bytes, rt: Rt6Info
) -> None:
    """Put the message together, sum it, and send it; whatever fails, fails in silence."""
    queue: list[SkBuff] = []
    fl6.gso_size = 0
    try:
        ip6_setup_cork(sk, fl6, rt)
        __ip6_append_data(sk, queue, fl6, data, len(data) + ICMP6_HLEN, ICMP6_HLEN)
    except OSError as error:
        if trace.on:
            decide("does the message fit the kernel's socket?", False, errno=error.errno)
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
    """An ICMPv6 message for this host. Always 0; one that is wrongly summed is dropped."""
    head, at = skb.head, skb.network_header
    pseudo = checksum(head[at + 8 : at + 40], skb.len + IPPROTO_ICMPV6)
    summed = skb.ip_summed != CHECKSUM_NONE
    if not summed and checksum(skb_copy_bits(skb, 0, skb.len), pseudo) != 0xFFFF:
        return 0
    if not pskb_may_pull(skb, ICMP6_HLEN):
        return 0
    type, code, _, rest = _icmp6hdr.unpack_from(skb.head, skb.data)
    skb.data += ICMP6_HLEN
    skb.len -= ICMP6_HLEN
    if type == ICMPV6_ECHO_REQUEST:
        icmpv6_echo_reply(skb, code, rest)
    elif type in (ICMPV6_DEST_UNREACH, ICMPV6_PKT_TOOBIG, ICMPV6_TIME_EXCEED, ICMPV6_PARAMPROB):
        icmpv6_notify(skb, type, code, rest)
    return 0


@kernel_function
def icmpv6_echo_reply(skb: SkBuff, code: int, rest: int) -> None:
    """Answer an echo request with its own data, from the address it was sent to."""
    net = skb.dev.nd_net
    head, at = skb.head, skb.network_header
    sk = icmpv6_sk(net)
    fl6 = sk.cork
    fl6.daddr = bytes(head[at + 8 : at + 24])
    destination = bytes(head[at + 24 : at + 40])
    fl6.saddr = IN6ADDR_ANY if destination[0] == 0xFF else destination
    fl6.tos = (head[at] & 0x0F) << 4 | head[at + 1] >> 4
    local_bh_disable(net.machine)
    try:
        rt = ip6_dst_lookup_flow(net, sk, fl6)
    except OSError:
        rt = None
    apply_ratelimit = False
    allowed = bool(skb.dev.flags & IFF_LOOPBACK)
    if not allowed:
        allowed, apply_ratelimit = icmpv6_global_allow(net, ICMPV6_ECHO_REPLY)
    if rt and allowed and icmpv6_xrlim_allow(net, rt, fl6.daddr, apply_ratelimit):
        header = _icmp6hdr.pack(ICMPV6_ECHO_REPLY, code, 0, rest)
        icmpv6_push_pending_frames(sk, fl6, header, skb_copy_bits(skb, 0, skb.len), rt)
    local_bh_enable(net.machine)


@kernel_function
def icmpv6_notify(skb: SkBuff, type: int, code: int, info: int) -> None:
    """Pass an error on to the protocol whose packet it quotes."""
    if not pskb_may_pull(skb, IPV6_HLEN + 8):
        return
    ipprot = skb.dev.machine.inet6_protos.get(skb.head[skb.data + 6])
    if ipprot is not None and ipprot.err_handler is not None:
        ipprot.err_handler(skb, type, code, info)


def icmpv6_sk_init(net: Net) -> None:
    """A new namespace has sent nothing yet."""
    net.ipv6.icmp_sk = None
    net.ipv6.frag_id = 0
    net.ipv6.sysctl_icmpv6_echo_ignore_all = 0


def _ipv6(net: Net, name: str) -> NetnsIpv6:
    return net.ipv6


ipv6_icmp_table = (
    CtlTable("echo_ignore_all", "sysctl_icmpv6_echo_ignore_all", _ipv6, proc_dou8vec_minmax),
)
icmpv6_protocol = Inet6Protocol(handler=icmpv6_rcv)
icmpv6_sk_ops = PernetOperations("icmpv6_sk_ops", init=icmpv6_sk_init)


@kernel_function
def icmpv6_init(machine: Machine) -> None:
    """At boot: take ICMPv6's packets, and send its errors for others."""
    register_pernet_subsys(machine, icmpv6_sk_ops)
    inet6_add_protocol(machine, icmpv6_protocol, IPPROTO_ICMPV6)
    inet6_register_icmp_sender(machine, icmp6_send)
