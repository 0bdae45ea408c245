"""net/ipv4/udp.c: datagrams that come in, and the queue that they end in."""

from __future__ import annotations

import errno
import struct

from lomodel import trace
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_NONE,
    CHECKSUM_PARTIAL,
    CHECKSUM_UNNECESSARY,
    SkBuff,
)
from lomodel.linux.include.linux.socket import AF_INET, MSG_ERRQUEUE, MSG_TRUNC, MsgHdr
from lomodel.linux.include.linux.udp import UDP_HLEN
from lomodel.linux.include.uapi.linux.icmp import ICMP_DEST_UNREACH, ICMP_PORT_UNREACH
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_IP
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_UDP
from lomodel.linux.include.uapi.linux.snmp import UDP_MIB_NOPORTS
from lomodel.linux.net.core.gso import __skb_gso_segment
from lomodel.linux.net.core.skbuff import (
    checksum,
    kfree_skb,
    pskb_may_pull,
    pskb_trim,
    skb_copy_bits,
    skb_push,
)
from lomodel.linux.net.core.sock import Sock, sock_error, sock_error_raise
from lomodel.linux.net.ipv4.icmp import icmp_send
from lomodel.linux.net.ipv4.ip_sockglue_error import ip_recv_error
from lomodel.linux.net.ipv4.udp_table import __udp4_lib_lookup
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/udp.c")


_udphdr = struct.Struct("!HHHH")
_addresses = struct.Struct("!II")
_saddr = struct.Struct("!I")
_u16 = struct.Struct("!H")


@kernel_function
def udp_rcv(skb: SkBuff) -> int:
    """A UDP packet for this host: find its socket, or tell the sender that there is none.

    Always 0; what is too short or wrongly summed is dropped silently. Source: __udp4_lib_rcv.
    """
    length = skb.len
    if length - skb.data_len < UDP_HLEN and not pskb_may_pull(skb, UDP_HLEN):
        return 0
    head = skb.head
    sport, dport, ulen, check = _udphdr.unpack_from(head, skb.data)
    if ulen > length or ulen < UDP_HLEN:
        return 0
    if ulen < length:
        pskb_trim(skb, ulen)
    if not check and skb.ip_summed == CHECKSUM_NONE:
        # csum_valid, in C, here and below. What is PARTIAL stays so: its bytes were never away.
        skb.ip_summed = CHECKSUM_UNNECESSARY
    saddr, daddr = _addresses.unpack_from(head, skb.network_header + 12)
    dev = skb.dev
    sk = __udp4_lib_lookup(dev.nd_net, saddr, sport, daddr, dport, dev.ifindex)
    if sk is not None:
        return udp_queue_rcv_skb(sk, skb)
    if trace.on:
        decide("does somebody listen?", False, port=dport)
    if udp_lib_checksum_complete(skb):
        return 0
    skb.dev.nd_net.mib.udp_statistics[UDP_MIB_NOPORTS] += 1
    icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0)
    return 0


def udp_lib_checksum_complete(skb: SkBuff) -> int:
    """Whether the checksum is wrong, computed now if nobody has yet (include/net/udp.h)."""
    if skb.ip_summed in (CHECKSUM_UNNECESSARY, CHECKSUM_PARTIAL):
        return 0
    head, at = skb.head, skb.network_header
    if head[at] >> 4 == 6:
        pseudo = checksum(head[at + 8 : at + 40]) + IPPROTO_UDP + skb.len
    else:
        pseudo = checksum(head[at + 12 : at + 20]) + IPPROTO_UDP + skb.len
    if checksum(skb_copy_bits(skb, 0, skb.len), pseudo) != 0xFFFF:
        return 1
    skb.ip_summed = CHECKSUM_UNNECESSARY
    return 0


@kernel_function
def udp_queue_rcv_skb(sk: Sock, skb: SkBuff) -> int:
    """Queue what arrived on the socket: a packet that stands for many as all of them.

    A socket that asked for it (UDP_GRO) gets them in one piece.
    """
    if not skb.gso_size or sk.gro_enabled:
        return udp_queue_rcv_one_skb(sk, skb)
    skb_push(skb, skb.data - skb.mac_header)
    for segment in udp_rcv_segment(sk, skb):
        segment.len -= segment.transport_header - segment.data
        segment.data = segment.transport_header
        if segment.ip_summed == CHECKSUM_NONE:
            segment.ip_summed = CHECKSUM_UNNECESSARY  # udp_post_segment_fix_csum
        udp_queue_rcv_one_skb(sk, segment)
    return 0


def udp_rcv_segment(sk: Sock, skb: SkBuff) -> list[SkBuff]:
    """The datagrams that a packet stands for; none, and all of them counted as dropped, when it
    cannot be cut (include/net/udp.h)."""
    netif_f = skb.dev.netif_f
    try:
        segments = __skb_gso_segment(skb, netif_f.SG | netif_f.HW_CSUM, False)
    except OSError:
        segments = None
    if segments is None:
        sk.sk_drops += skb.gso_segs
        kfree_skb(skb)
        return []
    return segments


@kernel_function
def udp_queue_rcv_one_skb(sk: Sock, skb: SkBuff) -> int:
    """Take the UDP header off and queue the packet; -1 when the socket's buffer is full."""
    skb.data += UDP_HLEN
    skb.len -= UDP_HLEN
    rmem = sk.sk_rmem_alloc
    with_this = rmem + skb.truesize
    if sk.inet_daddr:
        sk.sk_incoming_cpu = True  # sk_incoming_cpu_update
    # __udp_enqueue_schedule_skb: one packet is always let in.
    if rmem and with_this > sk.sk_rcvbuf and _rcvbuf_full(sk, rmem):
        return _udp_drop(sk, skb)
    sk.sk_rmem_alloc = with_this
    sk.sk_receive_queue.append(skb)
    return 0


def _rcvbuf_full(sk: Sock, rmem: int) -> bool:
    """A packet would go beyond sk_rcvbuf: older releases let in one that begins below it."""
    return sk.machine.release.udp_rcvbuf_strict or rmem > sk.sk_rcvbuf


def _udp_drop(sk: Sock, skb: SkBuff) -> int:
    sk.sk_drops += 1
    kfree_skb(skb)
    return -1


@kernel_function
def udp_recvmsg(sk: Sock, msg: MsgHdr, length: int, flags: int) -> int:
    """Read the next datagram into ``msg``; its bytes, or -EAGAIN when there is none.

    Whom it is from is said only where there is room for it: ``msg_name`` is not None then. OSError
    of an error pending on the socket. A datagram whose checksum is wrong is dropped now.
    """
    if flags & MSG_ERRQUEUE:
        return ip_recv_error(sk, msg, length)
    if sk.sk_err:
        raise sock_error_raise(sock_error(sk))
    queue = sk.sk_receive_queue
    while queue:
        skb = queue.popleft()
        sk.sk_rmem_alloc -= skb.truesize
        if skb.ip_summed == CHECKSUM_NONE and _wrong_sum(skb):
            sk.sk_drops += 1
            continue
        copied = skb.len
        if copied > length:
            msg.msg_flags |= MSG_TRUNC
            copied = length
        if not skb.data_len:
            start = skb.data
            msg.msg_iter = skb.head[start : start + copied]
        else:
            msg.msg_iter = skb_copy_bits(skb, 0, copied)
        if msg.msg_name is not None:
            # udpv6_recvmsg, in C a function of its own, has the address in its own form.
            msg.msg_name = ip_saddr(skb) if sk.sk_family == AF_INET else _source6(skb)
            msg.msg_port = udp_source(skb)
        return copied
    return -errno.EAGAIN


def ip_saddr(skb: SkBuff) -> int:
    """The source address in a packet's IPv4 header (ip_hdr(skb)->saddr)."""
    saddr: int = _saddr.unpack_from(skb.head, skb.network_header + 12)[0]
    return saddr


def _source6(skb: SkBuff) -> bytes:
    if skb.protocol == ETH_P_IP:
        return bytes(10) + b"\xff\xff" + ip_saddr(skb).to_bytes(4, "big")
    at = skb.network_header + 8
    return bytes(skb.head[at : at + 16])


def udp_source(skb: SkBuff) -> int:
    """The source port in a packet's UDP header (udp_hdr(skb)->source)."""
    source: int = _u16.unpack_from(skb.head, skb.transport_header)[0]
    return source


def _wrong_sum(skb: SkBuff) -> int:
    skb_push(skb, UDP_HLEN)
    wrong = udp_lib_checksum_complete(skb)
    skb.data += UDP_HLEN
    skb.len -= UDP_HLEN
    return wrong
