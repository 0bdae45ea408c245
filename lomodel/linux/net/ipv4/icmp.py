"""net/ipv4/icmp.c: echo replies, and errors about packets that could not be delivered, on their
way out. ``icmp_rcv`` has what comes in.

An ICMP message is sent by a socket of the kernel's own, from the softirq that received its cause;
on lo it therefore waits in the backlog until the softirq comes to it.

How often messages may be sent is limited twice: by a bucket of tokens for the namespace
(icmp_msgs_per_sec, icmp_msgs_burst), which errors about packets that came in over a loopback device
never ask, and by one for each destination, which nothing sent over a loopback device asks. So on lo
nothing is limited.

Left out: redirects, options, and the random part of the global limit (each message takes 0, 1 or 2
tokens; here 1).
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.jiffies import HZ
from lomodel.linux.include.linux.net import SOCK_RAW
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_NONE,
    SK_BUFF_SIZE,
    SKB_SHARED_INFO_SIZE,
    SkBuff,
)
from lomodel.linux.include.linux.socket import AF_INET
from lomodel.linux.include.linux.stddef import NULL
from lomodel.linux.include.net.dst import DstEntry
from lomodel.linux.include.net.ip import IP_HLEN, Rtable
from lomodel.linux.include.uapi.linux.icmp import (
    ICMP_DEST_UNREACH,
    ICMP_ECHOREPLY,
    ICMP_FRAG_NEEDED,
    NR_ICMP_TYPES,
)
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK
from lomodel.linux.include.uapi.linux.if_packet import PACKET_HOST
from lomodel.linux.include.uapi.linux.in_ import INADDR_DUMMY, IP_PMTUDISC_DONT, IPPROTO_ICMP
from lomodel.linux.include.uapi.linux.in_route import RTCF_BROADCAST, RTCF_LOCAL, RTCF_MULTICAST
from lomodel.linux.include.uapi.linux.ip import IPTOS_PREC_INTERNETCONTROL
from lomodel.linux.include.uapi.linux.snmp import ICMP_MIB_OUTERRORS
from lomodel.linux.kernel.softirq import local_bh_disable, local_bh_enable
from lomodel.linux.net.core.net_namespace import Net, PernetOperations, register_pernet_subsys
from lomodel.linux.net.core.skbuff import checksum, skb_copy_bits
from lomodel.linux.net.core.sock import InetCork, Sock
from lomodel.linux.net.ipv4.fib_frontend import fib_compute_spec_dst
from lomodel.linux.net.ipv4.inetpeer import inet_peer_xrlim_allow
from lomodel.linux.net.ipv4.ip_options_echo import __ip_options_echo
from lomodel.linux.net.ipv4.ip_output import ip_send_skb
from lomodel.linux.net.ipv4.ip_output_append import (
    __ip_append_data,
    __ip_make_skb,
    ip_flush_pending_frames,
    ip_setup_cork,
)
from lomodel.linux.net.ipv4.route import ip_route_output_flow, ipv4_mtu
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv4/icmp.c")


ICMP_HLEN = 8
ICMP_QUOTE_MTU = 576
"""An error is at most this long, in bytes, as RFC 1812 asks."""

ERRORS = frozenset({3, 4, 5, 6, 7, 9, 10, 11, 12})
"""The types of icmp_pointers that are errors, or unknown enough to be taken for one."""
RATEMASK = 0x1818
SKB_TRUESIZE_64K = 64 * 1024 + SK_BUFF_SIZE + SKB_SHARED_INFO_SIZE

_icmphdr = struct.Struct("!BBHI")


@kernel_function
def icmp_global_allow(net: Net) -> bool:
    """Whether the namespace may send one more limited message; refills its bucket by the clock."""
    ipv4 = net.ipv4
    if ipv4.icmp_global_credit > 0:
        return True
    now = net.machine.jiffies
    delta = min(now - ipv4.icmp_global_stamp, HZ)
    incr = ipv4.sysctl_icmp_msgs_per_sec * delta // HZ
    if delta < HZ // 50 or not incr:
        return False
    ipv4.icmp_global_stamp = now
    credit = ipv4.icmp_global_credit + incr
    ipv4.icmp_global_credit = min(credit, ipv4.sysctl_icmp_msgs_burst)
    return True


def icmp_global_consume(net: Net) -> None:
    """A limited message was sent. Source: net/ipv4/icmp.c."""
    net.ipv4.icmp_global_credit -= 1


def icmpv4_mask_allow(type: int, code: int) -> bool:
    """Whether this kind of message is never limited (net.ipv4.icmp_ratemask)."""
    if type > NR_ICMP_TYPES or (type == ICMP_DEST_UNREACH and code == ICMP_FRAG_NEEDED):
        return True
    return not RATEMASK >> type & 1


@kernel_function
def icmpv4_global_allow(net: Net, type: int, code: int) -> tuple[bool, bool]:
    """Whether the message may go on, and whether the limits count it at all."""
    if icmpv4_mask_allow(type, code):
        return True, False
    allowed = icmp_global_allow(net)
    return allowed, allowed


@kernel_function
def icmpv4_xrlim_allow(net: Net, rt: Rtable, daddr: int, apply_ratelimit: bool) -> bool:
    """Whether the destination may get one more message; over a loopback device it always may."""
    if not apply_ratelimit:
        return True
    loopback = bool(rt.dev.flags & IFF_LOOPBACK)
    if trace.on:
        decide("does it leave over a loopback device?", loopback, dev=rt.dev.name)
    if not loopback and not inet_peer_xrlim_allow(net, daddr, net.ipv4.sysctl_icmp_ratelimit):
        return False
    icmp_global_consume(net)
    return True


def icmp_xmit_lock(net: Net) -> Sock | None:
    """The socket that the kernel sends ICMP from; None while it is sending: a message that goes
    nowhere brings no other message about. Source: net/ipv4/icmp.c.

    Its buffer limit, two packets of 64 KB, is why a long echo request in very small fragments gets
    no answer.
    """
    sk = net.ipv4.icmp_sk
    if sk is None:
        sk = net.ipv4.icmp_sk = Sock(net, AF_INET, SOCK_RAW, IPPROTO_ICMP, NULL)
        sk.sk_sndbuf = 2 * SKB_TRUESIZE_64K
        sk.pmtudisc = IP_PMTUDISC_DONT
    if sk.sk_lock:
        return None
    sk.sk_lock = True
    return sk


def icmp_xmit_unlock(sk: Sock) -> None:
    """The message has gone. Source: net/ipv4/icmp.c."""
    sk.sk_lock = False


@kernel_function
def icmp_push_reply(sk: Sock, fl4: InetCork, header: bytes, data: bytes, rt: Rtable) -> None:
    """Put the message together, sum it, and send it; whatever fails, fails in silence."""
    queue: list[SkBuff] = []
    fl4.gso_size = 0
    try:
        ip_setup_cork(sk, fl4, rt)
        __ip_append_data(sk, queue, fl4, data, len(data) + len(header), len(header))
    except OSError as error:
        if trace.on:
            decide("does the message fit the kernel's socket?", False, errno=error.errno)
        sk.net.mib.icmp_statistics[ICMP_MIB_OUTERRORS] += 1
        ip_flush_pending_frames(queue)
        return
    skb = queue[0]
    at = skb.transport_header
    skb.head[at : at + len(header)] = header
    # Copying and summing begins with all ones, so that the sum of zeros is no 0.
    total = 0xFFFF - (checksum(data, checksum(header)) or 0xFFFF)
    skb.head[at + 2 : at + 4] = total.to_bytes(2, "big")
    skb.ip_summed = CHECKSUM_NONE
    ip_send_skb(sk.net, __ip_make_skb(sk, queue, fl4))


@kernel_function
def icmp_reply(skb: SkBuff, header: bytes, data: bytes) -> None:
    """Answer a message, from the address it was sent to; ``header`` has the sum's field 0.

    Replies are not limited: their types are not in the rate mask. Whatever they are, they are
    counted as echo replies, since nobody sets the flow's type.
    """
    rt = skb.dst
    assert rt is not None
    net = rt.net
    machine = net.machine
    opt = None
    if skb.cb is not None:
        opt = __ip_options_echo(net, skb, skb.cb)
        if opt is None:
            return
    local_bh_disable(machine)
    allowed, apply_ratelimit = icmpv4_global_allow(net, header[0], header[1])
    sk = icmp_xmit_lock(net) if allowed else None
    if sk is not None:
        head, at = skb.head, skb.network_header
        sk.tos = head[at + 1]
        fl4 = sk.cork
        fl4.daddr = int.from_bytes(head[at + 12 : at + 16], "big")
        fl4.saddr = fib_compute_spec_dst(skb)
        fl4.icmp_type = ICMP_ECHOREPLY
        fl4.opt = opt
        if opt is not None and opt.srr:
            fl4.daddr = opt.faddr
        try:
            reply_rt = ip_route_output_flow(net, fl4)
        except OSError:
            reply_rt = None
        if reply_rt and icmpv4_xrlim_allow(net, reply_rt, fl4.daddr, apply_ratelimit):
            icmp_push_reply(sk, fl4, header, data, reply_rt)
        icmp_xmit_unlock(sk)
    local_bh_enable(machine)


def icmp_send(skb_in: SkBuff, type: int, code: int, info: int) -> None:
    """Tell the sender of a packet what is wrong with it (include/net/icmp.h)."""
    __icmp_send(skb_in, type, code, info)


@kernel_function
def __icmp_send(skb_in: SkBuff, type: int, code: int, info: int) -> None:
    """``icmp_send``: an error that quotes the packet, as much of it as 576 bytes hold.

    None is sent about packets for other hosts or many, fragments but the first, and ICMP errors.
    """
    rt = skb_in.dst
    if rt is None or not _may_send_error(skb_in, rt, type):
        return
    net = rt.net
    machine = net.machine
    local_bh_disable(machine)
    dev = skb_in.dev
    apply_ratelimit = False
    allowed = dev is not None and bool(dev.flags & IFF_LOOPBACK)
    if trace.on:
        decide("did it come over a loopback device?", allowed, dev=dev.name if dev else "")
    if not allowed:
        allowed, apply_ratelimit = icmpv4_global_allow(net, type, code)
    sk = icmp_xmit_lock(net) if allowed else None
    if sk is not None:
        _quote(sk, skb_in, rt, (type, code, info), apply_ratelimit)
        icmp_xmit_unlock(sk)
    local_bh_enable(machine)


def _may_send_error(skb_in: SkBuff, rt: DstEntry, type: int) -> bool:
    """The tests at the beginning of ``__icmp_send``."""
    if skb_in.pkt_type != PACKET_HOST or rt.rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST):
        return False
    head, at = skb_in.head, skb_in.network_header
    if (head[at + 6] << 8 | head[at + 7]) & 0x1FFF:
        return False
    if type in ERRORS and head[at + 9] == IPPROTO_ICMP:
        ihl = (head[at] & 0x0F) * 4
        inner = _copy_from_network(skb_in, at + ihl - skb_in.data, 1)
        return bool(inner) and inner[0] <= NR_ICMP_TYPES and inner[0] not in ERRORS
    return True


def _quote(
    sk: Sock, skb_in: SkBuff, rt: DstEntry, what: tuple[int, int, int], apply_ratelimit: bool
) -> None:
    """The second half of ``__icmp_send``: route the error, decide how much to quote, send it."""
    type, code, info = what
    net, head, at = sk.net, skb_in.head, skb_in.network_header
    sk.tos = (head[at + 1] & 0x1E) | IPTOS_PREC_INTERNETCONTROL if type in ERRORS else head[at + 1]
    fl4 = sk.cork
    fl4.daddr = int.from_bytes(head[at + 12 : at + 16], "big")
    fl4.saddr = int.from_bytes(head[at + 16 : at + 20], "big") if rt.rt_flags & RTCF_LOCAL else 0
    fl4.icmp_type, fl4.opt = type, None
    if skb_in.cb is not None:
        fl4.opt = __ip_options_echo(net, skb_in, skb_in.cb)
        if fl4.opt is None:
            return
        if fl4.opt.srr:
            fl4.daddr = fl4.opt.faddr
    optlen = fl4.opt.optlen if fl4.opt is not None else 0
    try:
        rt = ip_route_output_flow(net, fl4)
    except OSError:
        return
    if not icmpv4_xrlim_allow(net, rt, fl4.daddr, apply_ratelimit):
        return
    offset = at - skb_in.data
    room = min(ipv4_mtu(rt), ICMP_QUOTE_MTU) - IP_HLEN - optlen - ICMP_HLEN
    data_len = min(skb_in.len - offset, room)
    if trace.on:
        decide(
            "is the packet quoted whole?",
            data_len == skb_in.len - offset,
            room=room,
            len=skb_in.len - offset,
        )
    if room <= IP_HLEN:
        return
    fl4.saddr = fl4.saddr or INADDR_DUMMY
    quote = _copy_from_network(skb_in, offset, data_len)
    icmp_push_reply(sk, fl4, _icmphdr.pack(type, code, 0, info), quote, rt)


def _copy_from_network(skb: SkBuff, offset: int, size: int) -> bytes:
    """``size`` bytes from ``offset`` on, which may be negative: before data."""
    before = max(min(size, -offset), 0)
    if not before:
        return skb_copy_bits(skb, offset, size)
    start = skb.data + offset
    return bytes(skb.head[start : start + before]) + skb_copy_bits(skb, 0, size - before)


def icmp_sk_init(net: Net) -> None:
    """The limits of a new namespace, with a full bucket."""
    ipv4 = net.ipv4
    ipv4.icmp_sk = None
    ipv4.sysctl_icmp_echo_ignore_all, ipv4.sysctl_icmp_echo_ignore_broadcasts = 0, 1
    ipv4.sysctl_icmp_ratelimit = HZ
    ipv4.sysctl_icmp_msgs_per_sec = 1000
    ipv4.sysctl_icmp_msgs_burst = ipv4.icmp_global_credit = 50
    ipv4.icmp_global_stamp = net.machine.jiffies
    ipv4.peers = {}


icmp_sk_ops = PernetOperations("icmp_sk_ops", init=icmp_sk_init)


@kernel_function
def icmp_init(machine: Machine) -> None:
    """At boot."""
    register_pernet_subsys(machine, icmp_sk_ops)
