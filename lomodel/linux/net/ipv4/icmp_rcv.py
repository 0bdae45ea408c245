"""net/ipv4/icmp.c: messages that come in.

A table says who takes which type. An error goes on to the protocol whose packet it quotes, which
finds the socket; what quotes too little, and what nobody sent, is counted as an error itself.

Left out: extended echo (PROBE), which is off, as a namespace begins; ping sockets and raw sockets,
to which errors go, too; and redirects, as lo's routes have no gateway.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Callable

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NET_RX_DROP, NET_RX_SUCCESS
from lomodel.linux.include.linux.skbuff import SkBuff, skb_csum_unnecessary
from lomodel.linux.include.net.ip import IP_HLEN
from lomodel.linux.include.uapi.linux.icmp import (
    ICMP_ADDRESS,
    ICMP_ADDRESSREPLY,
    ICMP_DEST_UNREACH,
    ICMP_ECHO,
    ICMP_ECHOREPLY,
    ICMP_EXC_FRAGTIME,
    ICMP_EXT_ECHO,
    ICMP_EXT_ECHOREPLY,
    ICMP_FRAG_NEEDED,
    ICMP_PARAMETERPROB,
    ICMP_REDIRECT,
    ICMP_SOURCE_QUENCH,
    ICMP_TIME_EXCEEDED,
    ICMP_TIMESTAMP,
    ICMP_TIMESTAMPREPLY,
    NR_ICMP_TYPES,
    NR_ICMP_UNREACH,
)
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_RAW, IPPROTO_TCP
from lomodel.linux.include.uapi.linux.in_route import RTCF_BROADCAST, RTCF_MULTICAST
from lomodel.linux.include.uapi.linux.snmp import (
    ICMP_MIB_CSUMERRORS,
    ICMP_MIB_INERRORS,
    ICMP_MIB_INMSGS,
)
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.skbuff import checksum, pskb_may_pull, skb_copy_bits
from lomodel.linux.net.ipv4.icmp import ICMP_HLEN, icmp_reply
from lomodel.linux.net.ipv4.route_exception import ipv4_update_pmtu
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/icmp.c")

_icmphdr = struct.Struct("!BBHI")
_times = struct.Struct("!III")

icmp_err_table = (
    (errno.ENETUNREACH, False),
    (errno.EHOSTUNREACH, False),
    (errno.ENOPROTOOPT, True),
    (errno.ECONNREFUSED, True),
    (errno.EMSGSIZE, False),
    (errno.EOPNOTSUPP, False),
    (errno.ENETUNREACH, True),
    (errno.EHOSTDOWN, True),
    (errno.ENONET, True),
    (errno.ENETUNREACH, True),
    (errno.EHOSTUNREACH, True),
    (errno.ENETUNREACH, False),
    (errno.EHOSTUNREACH, False),
    (errno.EHOSTUNREACH, True),
    (errno.EHOSTUNREACH, True),
    (errno.EHOSTUNREACH, True),
)
"""icmp_err_convert[]: by the code of an unreachable, the errno that it means to a socket, and
whether that is fatal to it."""


def icmp_error_counted(net: Net) -> None:
    """A message that is of no use (``__ICMP_INC_STATS`` of ICMP_MIB_INERRORS)."""
    net.mib.icmp_statistics[ICMP_MIB_INERRORS] += 1


@kernel_function
def icmp_rcv(skb: SkBuff) -> int:
    """An ICMP message for this host. NET_RX_SUCCESS, or NET_RX_DROP for one that is of no use: its
    sum is wrong, it has no header, its type is unknown or not meant for many."""
    rt = skb.dst
    assert rt is not None
    net = rt.net
    statistics = net.mib.icmp_statistics
    statistics[ICMP_MIB_INMSGS] += 1
    if not skb_csum_unnecessary(skb) and checksum(skb_copy_bits(skb, 0, skb.len)) != 0xFFFF:
        statistics[ICMP_MIB_CSUMERRORS] += 1
        icmp_error_counted(net)
        return NET_RX_DROP
    if not pskb_may_pull(skb, ICMP_HLEN):
        icmp_error_counted(net)
        return NET_RX_DROP
    type = skb.head[skb.data]
    skb.data += ICMP_HLEN
    skb.len -= ICMP_HLEN
    net.mib.icmpmsg_statistics[type] += 1
    if type == ICMP_EXT_ECHO:
        return NET_RX_SUCCESS
    for_many = rt.rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST)
    refused = (type > NR_ICMP_TYPES and type != ICMP_EXT_ECHOREPLY) or (
        for_many and not _may_be_for_many(net, type)
    )
    if trace.on:
        decide("is it a type to take?", not refused, type=type, for_many=bool(for_many))
    if refused:
        icmp_error_counted(net)
        return NET_RX_DROP
    handler = icmp_pointers.get(type, icmp_discard)
    return handler(skb)


def _may_be_for_many(net: Net, type: int) -> bool:
    """Whether this type is taken when it was sent to a broadcast or multicast address."""
    if type in (ICMP_ECHO, ICMP_TIMESTAMP):
        return not net.ipv4.sysctl_icmp_echo_ignore_broadcasts
    return type in (ICMP_ADDRESS, ICMP_ADDRESSREPLY)


def icmp_discard(skb: SkBuff) -> int:
    """Types that nobody minds, echo replies among them: raw sockets have seen them already.

    Source: net/ipv4/icmp.c.
    """
    return NET_RX_SUCCESS


@kernel_function
def icmp_echo(skb: SkBuff) -> int:
    """Answer an echo request with its own data, unless icmp_echo_ignore_all says otherwise."""
    assert skb.dst is not None
    ignored = skb.dst.net.ipv4.sysctl_icmp_echo_ignore_all
    if trace.on:
        decide("are echo requests ignored?", bool(ignored), icmp_echo_ignore_all=ignored)
    if not ignored:
        _, code, _, rest = _icmphdr.unpack_from(skb.head, skb.transport_header)
        header = _icmphdr.pack(ICMP_ECHOREPLY, code, 0, rest)
        icmp_reply(skb, header, skb_copy_bits(skb, 0, skb.len))
    return NET_RX_SUCCESS


@kernel_function
def icmp_timestamp(skb: SkBuff) -> int:
    """Answer with the time, in ms since midnight; the model's clock begins at midnight.

    The answer has the sender's own time and ours, twice, and nothing else of the request.
    """
    assert skb.dst is not None
    net = skb.dst.net
    if skb.len < 4:
        icmp_error_counted(net)
        return NET_RX_DROP
    _, _, _, rest = _icmphdr.unpack_from(skb.head, skb.transport_header)
    sent = int.from_bytes(skb_copy_bits(skb, 0, 4), "big")
    now = net.machine.jiffies
    header = _icmphdr.pack(ICMP_TIMESTAMPREPLY, 0, 0, rest) + _times.pack(sent, now, now)
    icmp_reply(skb, header, b"")
    return NET_RX_SUCCESS


@kernel_function
def icmp_unreach(skb: SkBuff) -> int:
    """Pass an error on to the protocol whose packet it quotes, with an MTU where it has one."""
    assert skb.dst is not None
    net = skb.dst.net
    if not pskb_may_pull(skb, IP_HLEN) or skb.head[skb.data] & 0x0F < 5:
        icmp_error_counted(net)
        return NET_RX_DROP
    type, code, _, rest = _icmphdr.unpack_from(skb.head, skb.transport_header)
    info = 0
    if type == ICMP_DEST_UNREACH:
        if code & 15 == ICMP_FRAG_NEEDED:
            if _mtu_is_ignored(net, skb.head[skb.data + 9]):
                return NET_RX_SUCCESS
            info = 0 if net.ipv4.sysctl_ip_no_pmtu_disc not in (0, 3) else rest & 0xFFFF
        if code > NR_ICMP_UNREACH:
            return NET_RX_SUCCESS
    elif type == ICMP_PARAMETERPROB:
        info = rest >> 24
    elif type == ICMP_TIME_EXCEEDED and code == ICMP_EXC_FRAGTIME:
        return NET_RX_SUCCESS
    icmp_socket_deliver(skb, info)
    return NET_RX_SUCCESS


def _mtu_is_ignored(net: Net, protocol: int) -> bool:
    """Whether ip_no_pmtu_disc says not to mind "fragmentation needed" for this protocol.

    3 takes it for protocols that can tell their own packets (icmp_tag_validation): TCP.
    """
    mode = net.ipv4.sysctl_ip_no_pmtu_disc
    ignored = mode == 2 or (mode == 3 and protocol != IPPROTO_TCP)
    if trace.on:
        decide("is the MTU ignored?", ignored, ip_no_pmtu_disc=mode, protocol=protocol)
    return ignored


@kernel_function
def icmp_redirect(skb: SkBuff) -> int:
    """A router knows a better way: the protocol hears of it, and lo's routes have none."""
    assert skb.dst is not None
    if not pskb_may_pull(skb, IP_HLEN):
        icmp_error_counted(skb.dst.net)
        return NET_RX_DROP
    _, _, _, gateway = _icmphdr.unpack_from(skb.head, skb.transport_header)
    icmp_socket_deliver(skb, gateway)
    return NET_RX_SUCCESS


@kernel_function
def icmp_socket_deliver(skb: SkBuff, info: int) -> None:
    """Find the error handler of the quoted packet's protocol; 8 bytes of its header must be
    there."""
    ihl = (skb.head[skb.data] & 0x0F) * 4
    protocol = skb.head[skb.data + 9]
    enough = pskb_may_pull(skb, ihl + 8)
    if trace.on:
        decide("is enough of the packet quoted?", enough, len=skb.len, protocol=protocol)
    if not enough or protocol == IPPROTO_RAW:
        icmp_error_counted(skb.dev.nd_net)
        return
    ipprot = skb.dev.machine.inet_protos.get(protocol)
    if ipprot is not None and ipprot.err_handler is not None:
        ipprot.err_handler(skb, info)


@kernel_function
def icmp_err(skb: SkBuff, info: int) -> int:
    """An error about a message of ICMP itself: about an echo reply, the path's MTU is learned.

    About all others ping sockets would hear. Always 0.
    """
    quoted = skb.data + (skb.head[skb.data] & 0x0F) * 4
    type, code = skb.head[skb.transport_header], skb.head[skb.transport_header + 1]
    about_reply = skb.head[quoted] == ICMP_ECHOREPLY
    if about_reply and (type, code) == (ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED):
        ipv4_update_pmtu(skb, skb.dev.nd_net, info)
    return 0


icmp_pointers: dict[int, Callable[[SkBuff], int]] = {
    ICMP_DEST_UNREACH: icmp_unreach,
    ICMP_SOURCE_QUENCH: icmp_unreach,
    ICMP_REDIRECT: icmp_redirect,
    ICMP_ECHO: icmp_echo,
    ICMP_TIME_EXCEEDED: icmp_unreach,
    ICMP_PARAMETERPROB: icmp_unreach,
    ICMP_TIMESTAMP: icmp_timestamp,
}
"""Who takes messages of which type; all others up to 18 are discarded."""
