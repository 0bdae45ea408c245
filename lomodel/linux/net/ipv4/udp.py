"""net/ipv4/udp.c: datagrams, one or many in a send, and the queue that they end in.

Left out: UDP-Lite, encapsulation, corking, multicast delivery, early demultiplexing, BPF, busy
polling, and memory that is scheduled over all sockets.
"""

from __future__ import annotations

import errno
import struct

from lomodel import trace
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.linux.udp import UDP_HLEN
from lomodel.linux.include.net.tcp_states import TCP_ESTABLISHED
from lomodel.linux.include.uapi.linux.icmp import (
    ICMP_DEST_UNREACH,
    ICMP_FRAG_NEEDED,
    ICMP_PARAMETERPROB,
    ICMP_REDIRECT,
    ICMP_SOURCE_QUENCH,
    NR_ICMP_UNREACH,
)
from lomodel.linux.include.uapi.linux.in_ import IP_PMTUDISC_DONT
from lomodel.linux.net.core.sock import Proto, Sock
from lomodel.linux.net.ipv4.datagram import ip4_datagram_release_cb
from lomodel.linux.net.ipv4.icmp_rcv import icmp_err_table, icmp_error_counted
from lomodel.linux.net.ipv4.ip_sockglue_error import ip_icmp_error
from lomodel.linux.net.ipv4.route_exception import ipv4_sk_update_pmtu
from lomodel.linux.net.ipv4.udp_hash4 import udp_connect
from lomodel.linux.net.ipv4.udp_options import udp_getsockopt, udp_setsockopt
from lomodel.linux.net.ipv4.udp_receive import udp_recvmsg
from lomodel.linux.net.ipv4.udp_send import udp_sendmsg
from lomodel.linux.net.ipv4.udp_table import (
    __udp4_lib_lookup,
    __udp_disconnect,
    udp_lib_get_port,
    udp_lib_hash,
    udp_lib_rehash,
    udp_lib_unhash,
)
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/udp.c")


_addresses = struct.Struct("!II")
_ports = struct.Struct("!HH")


@kernel_function
def __udp4_lib_err(skb: SkBuff, info: int) -> int:
    """An ICMP error about a packet that this host sent; ``skb`` begins with that packet's header.

    A connected socket hears of a fatal one at its next call (ECONNREFUSED for an unreachable port),
    one with IP_RECVERR of any, and finds it in its error queue. Returns 0, or -ENOENT when nobody
    sent such a packet.
    """
    head, at = skb.head, skb.data
    uh = at + (head[at] & 0x0F) * 4
    saddr, daddr = _addresses.unpack_from(head, at + 12)
    sport, dport = _ports.unpack_from(head, uh)
    net = skb.dev.nd_net
    sk = __udp4_lib_lookup(net, daddr, dport, saddr, sport, skb.dev.ifindex)
    if trace.on:
        decide("did a socket send the quoted packet?", sk is not None, sport=sport, dport=dport)
    if sk is None:
        icmp_error_counted(net)
        return -errno.ENOENT
    err, harderr = _meaning(skb, sk, info)
    if not err:
        return 0
    hears = sk.recverr or (harderr and sk.sk_state == TCP_ESTABLISHED)
    if trace.on:
        decide("does the socket hear of it?", bool(hears), recverr=sk.recverr, harderr=harderr)
    if not hears:
        return 0
    if sk.recverr:
        ip_icmp_error(sk, skb, err, dport, info, uh + UDP_HLEN)
    sk.sk_err = err
    return 0


def _meaning(skb: SkBuff, sk: Sock, info: int) -> tuple[int, bool]:
    """What an error means to its socket: an errno (0: nothing), and whether it is fatal."""
    type, code = skb.head[skb.transport_header], skb.head[skb.transport_header + 1]
    if type == ICMP_PARAMETERPROB:
        return errno.EPROTO, True
    if type in (ICMP_SOURCE_QUENCH, ICMP_REDIRECT):
        return 0, False
    if type == ICMP_DEST_UNREACH:
        if code == ICMP_FRAG_NEEDED:
            ipv4_sk_update_pmtu(skb, sk, info)
            return (errno.EMSGSIZE, True) if sk.pmtudisc != IP_PMTUDISC_DONT else (0, False)
        if code <= NR_ICMP_UNREACH:
            return icmp_err_table[code]
    return errno.EHOSTUNREACH, False


@kernel_function
def udp_err(skb: SkBuff, info: int) -> int:
    """An ICMP error about a UDP packet.

    The path's MTU is learned through the socket that sent it, and so only while there is one; the
    latest releases of older series learn it first, whoever sent the packet.
    """
    return __udp4_lib_err(skb, info)


udp_prot = Proto(
    name="UDP",
    connect=udp_connect,
    disconnect=__udp_disconnect,
    sendmsg=udp_sendmsg,
    recvmsg=udp_recvmsg,
    setsockopt=udp_setsockopt,
    getsockopt=udp_getsockopt,
    get_port=udp_lib_get_port,
    hash=udp_lib_hash,
    unhash=udp_lib_unhash,
    custom_sockopt=True,
    rehash=udp_lib_rehash,
    release_cb=ip4_datagram_release_cb,
)
