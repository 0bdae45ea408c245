"""net/ipv4/ip_sockglue.c: errors put on a socket's queue, and read from it.

Left out: extensions of ICMP messages (IP_RECVERR_RFC4884), which the contract's programs do not ask
for, and time stamps.
"""

from __future__ import annotations

import errno

from lomodel import trace
from lomodel.linux.include.linux.errqueue import ErrHdr, SockExterrSkb
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.linux.socket import MSG_ERRQUEUE, MSG_TRUNC, MsgHdr
from lomodel.linux.include.net.ip import IP_HLEN
from lomodel.linux.include.uapi.linux.errqueue import (
    SO_EE_ORIGIN_ICMP,
    SO_EE_ORIGIN_LOCAL,
    SockExtendedErr,
)
from lomodel.linux.include.uapi.linux.in_ import IP_RECVERR, IPPROTO_IP
from lomodel.linux.net.core.skbuff import (
    alloc_skb,
    alloc_truesize,
    consume_skb,
    kfree_skb,
    skb_clone,
    skb_copy_bits,
    skb_pull,
)
from lomodel.linux.net.core.skbuff_errqueue import sock_dequeue_err_skb, sock_queue_err_skb
from lomodel.linux.net.core.sock import Sock
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/ip_sockglue.c")


@kernel_function
def ip_icmp_error(sk: Sock, skb: SkBuff, err: int, port: int, info: int, payload: int) -> None:
    """Queue what ICMP said of a datagram of this socket: errno ``err``, MTU or pointer ``info``.

    ``skb`` is the message, its data at the quoted IPv4 header; ``payload`` is where in its head the
    quoted payload begins, which is what a program will read. ``port``: where it was sent to.
    """
    skb = skb_clone(skb)
    head, icmph, quoted = skb.head, skb.transport_header, skb.data
    ee = SockExtendedErr(err, SO_EE_ORIGIN_ICMP, head[icmph], head[icmph + 1], info)
    daddr = int.from_bytes(head[quoted + 16 : quoted + 20], "big")
    at = skb.network_header
    saddr = int.from_bytes(head[at + 12 : at + 16], "big")
    if skb_pull(skb, payload - skb.data) is not None:
        skb.transport_header = skb.data
        if not sock_queue_err_skb(sk, SockExterrSkb(skb, ee, daddr, port, saddr)):
            return
    kfree_skb(skb)


@kernel_function
def ip_local_error(sk: Sock, err: int, daddr: int, port: int, info: int) -> None:
    """Queue an error that this host found itself, where the socket asked for errors (IP_RECVERR).

    A program reads no bytes with it. ``port`` is the peer's, 0 for an unconnected socket.
    """
    if not sk.recverr:
        return
    skb = alloc_skb(IP_HLEN)
    skb.truesize = alloc_truesize(sk.machine, IP_HLEN)
    ee = SockExtendedErr(err, SO_EE_ORIGIN_LOCAL, ee_info=info)
    if sock_queue_err_skb(sk, SockExterrSkb(skb, ee, daddr, port, None)):
        kfree_skb(skb)


def copy_error(msg: MsgHdr, serr: SockExterrSkb, length: int) -> int:
    """The bytes that a read of an error gets, at most ``length``; how many they are."""
    skb = serr.skb
    copied = skb.len
    if copied > length:
        msg.msg_flags |= MSG_TRUNC
        copied = length
    msg.msg_iter = skb_copy_bits(skb, 0, copied)
    msg.msg_flags |= MSG_ERRQUEUE
    consume_skb(skb)
    return copied


@kernel_function
def ip_recv_error(sk: Sock, msg: MsgHdr, length: int) -> int:
    """recvmsg(2) with MSG_ERRQUEUE: the oldest error; the bytes read, or -EAGAIN.

    ``msg`` names whom the datagram was for, and has who complained in a control message.
    """
    serr = sock_dequeue_err_skb(sk)
    if serr is None:
        if trace.on:
            decide("is an error in the queue?", False)
        return -errno.EAGAIN
    msg.msg_name, msg.msg_port = serr.addr, serr.port
    msg.msg_control.append((IPPROTO_IP, IP_RECVERR, ErrHdr(serr.ee, serr.saddr)))
    return copy_error(msg, serr, length)
