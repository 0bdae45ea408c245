"""net/ipv6/datagram.c: errors put on a socket's queue, and read from it.

Left out: extensions of ICMPv6 messages (IPV6_RECVERR_RFC4884), IPV6_RECVPATHMTU, time stamps.
"""

from __future__ import annotations

import errno

from lomodel import trace
from lomodel.linux.include.linux.errqueue import ErrHdr, SockExterrSkb
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.linux.socket import InAddr, MsgHdr
from lomodel.linux.include.net.ipv6 import IPV6_HLEN, ipv6_addr_set_v4mapped
from lomodel.linux.include.uapi.linux.errqueue import (
    SO_EE_ORIGIN_ICMP6,
    SO_EE_ORIGIN_LOCAL,
    SockExtendedErr,
)
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_IPV6
from lomodel.linux.include.uapi.linux.in6 import IPV6_RECVERR
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_IPV6
from lomodel.linux.net.core.skbuff import (
    alloc_skb,
    alloc_truesize,
    kfree_skb,
    skb_clone,
    skb_pull,
)
from lomodel.linux.net.core.skbuff_errqueue import sock_dequeue_err_skb, sock_queue_err_skb
from lomodel.linux.net.core.sock import InetCork, Sock
from lomodel.linux.net.ipv4.ip_sockglue_error import copy_error
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv6/datagram.c")


@kernel_function
def ipv6_icmp_error(sk: Sock, skb: SkBuff, err: int, port: int, info: int, payload: int) -> None:
    """Queue what ICMPv6 said of a datagram of this socket, where it asked for errors.

    As ``ip_icmp_error``: ``payload`` is where in the head of ``skb`` the quoted payload begins.
    """
    if not sk.recverr6:
        return
    skb = skb_clone(skb)
    skb.protocol = ETH_P_IPV6
    head, icmph, quoted, at = skb.head, skb.transport_header, skb.data, skb.network_header
    ee = SockExtendedErr(err, SO_EE_ORIGIN_ICMP6, head[icmph], head[icmph + 1], info)
    daddr, saddr = bytes(head[quoted + 24 : quoted + 40]), bytes(head[at + 8 : at + 24])
    skb_pull(skb, payload - skb.data)
    skb.transport_header = skb.data
    if sock_queue_err_skb(sk, SockExterrSkb(skb, ee, daddr, port, saddr)):
        kfree_skb(skb)


@kernel_function
def ipv6_local_error(sk: Sock, err: int, fl6: InetCork, info: int) -> None:
    """Queue an error that this host found itself, where the socket asked for errors.

    Unlike IPv4 it names the port that the datagram was for, connected or not.
    """
    if not sk.recverr6:
        return
    skb = alloc_skb(IPV6_HLEN)
    skb.protocol = ETH_P_IPV6
    skb.truesize = alloc_truesize(sk.machine, IPV6_HLEN)
    ee = SockExtendedErr(err, SO_EE_ORIGIN_LOCAL, ee_info=info)
    if sock_queue_err_skb(sk, SockExterrSkb(skb, ee, fl6.daddr, fl6.dport, None)):
        kfree_skb(skb)


def _in_form_of_ipv6(skb: SkBuff, addr: InAddr) -> bytes:
    """An address of an error's packet, IPv4 ones mapped."""
    if skb.protocol == ETH_P_IPV6:
        assert isinstance(addr, bytes)
        return addr
    mapped: bytes = ipv6_addr_set_v4mapped(addr)
    return mapped


@kernel_function
def ipv6_recv_error(sk: Sock, msg: MsgHdr, length: int) -> int:
    """recvmsg(2) with MSG_ERRQUEUE: the oldest error; the bytes read, or -EAGAIN.

    What IPv4 said of datagrams to mapped addresses is there, too.
    """
    serr = sock_dequeue_err_skb(sk)
    if serr is None:
        if trace.on:
            decide("is an error in the queue?", False)
        return -errno.EAGAIN
    msg.msg_name, msg.msg_port = _in_form_of_ipv6(serr.skb, serr.addr), serr.port
    offender = None if serr.saddr is None else _in_form_of_ipv6(serr.skb, serr.saddr)
    msg.msg_control.append((IPPROTO_IPV6, IPV6_RECVERR, ErrHdr(serr.ee, offender)))
    return copy_error(msg, serr, length)
