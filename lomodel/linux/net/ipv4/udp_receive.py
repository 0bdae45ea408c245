"""net/ipv4/udp.c: datagrams that come in, and the queue that they end in.

What does not ask whether it is IPv4 or IPv6 serves both; net/ipv6/udp_receive has the rest.
"""

from __future__ import annotations

import errno
import struct

from lomodel import trace
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_NONE,
    CHECKSUM_PARTIAL,
    CHECKSUM_UNNECESSARY,
    SKB_GSO_UDP_L4,
    SkBuff,
    skb_csum_unnecessary,
)
from lomodel.linux.include.linux.socket import AF_INET, MSG_ERRQUEUE, MSG_TRUNC, SOL_UDP, MsgHdr
from lomodel.linux.include.linux.udp import UDP_HLEN
from lomodel.linux.include.uapi.linux.icmp import ICMP_DEST_UNREACH, ICMP_PORT_UNREACH
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_IP
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_UDP
from lomodel.linux.include.uapi.linux.in_route import RTCF_BROADCAST, RTCF_MULTICAST
from lomodel.linux.include.uapi.linux.snmp import (
    UDP_MIB_CSUMERRORS,
    UDP_MIB_IGNOREDMULTI,
    UDP_MIB_INDATAGRAMS,
    UDP_MIB_INERRORS,
    UDP_MIB_NOPORTS,
    UDP_MIB_RCVBUFERRORS,
)
from lomodel.linux.include.uapi.linux.udp import UDP_GRO
from lomodel.linux.net.core.gso import __skb_gso_segment
from lomodel.linux.net.core.skbuff import (
    checksum,
    consume_skb,
    kfree_skb,
    pskb_may_pull,
    pskb_trim_rcsum,
    skb_clone,
    skb_condense,
    skb_copy_bits,
    skb_push,
)
from lomodel.linux.net.core.sock import Sock, sock_error, sock_error_raise
from lomodel.linux.net.ipv4.icmp import icmp_send
from lomodel.linux.net.ipv4.ip_sockglue_error import ip_recv_error
from lomodel.linux.net.ipv4.udp_table import __udp4_lib_lookup, __udp_is_mcast_sock
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/udp.c")

CHECKSUM_BREAK = 76
"""Up to so many bytes a packet is summed on arrival, not at the read (include/linux/skbuff.h)."""

_udphdr = struct.Struct("!HHHH")
_addresses = struct.Struct("!II")
_saddr = struct.Struct("!I")
_u16 = struct.Struct("!H")


def udp_mib(skb: SkBuff) -> list[int]:
    """The counters for a packet: UDP's, or those of UDP over IPv6 (__UDPX_MIB).

    A packet over IPv4 is counted as such, whatever its socket's family is.
    """
    mib = skb.dev.nd_net.mib
    return mib.udp_statistics if skb.protocol == ETH_P_IP else mib.udp_stats_in6


def udp_drop(skb: SkBuff, wrong_sum: bool = False) -> int:
    """Count a packet that is no use, and drop it; always 0."""
    mib = udp_mib(skb)
    mib[UDP_MIB_CSUMERRORS] += wrong_sum
    mib[UDP_MIB_INERRORS] += 1
    kfree_skb(skb)
    return 0


@kernel_function
def udp_rcv(skb: SkBuff) -> int:
    """A UDP packet for this host: find its socket, or tell the sender that there is none.

    Always 0; what is too short or wrongly summed is dropped and counted. Source: __udp4_lib_rcv.
    """
    if skb.len - skb.data_len < UDP_HLEN and not pskb_may_pull(skb, UDP_HLEN):
        if trace.on:
            decide("is the UDP header all there?", False, len=skb.len, least=UDP_HLEN)
        return udp_drop(skb)
    head = skb.head
    sport, dport, ulen, check = _udphdr.unpack_from(head, skb.data)
    if ulen != skb.len and not udp_trim(skb, ulen):
        return udp_drop(skb)
    # What the sender's device was to sum was never away, and is right (udp_csum_init).
    if skb.ip_summed != CHECKSUM_PARTIAL or skb.csum_start < skb.data:
        if udp_csum_init(skb, check):
            if trace.on:
                decide("is the checksum right?", False, sum=check)
            return udp_drop(skb, wrong_sum=True)
    head = skb.head
    saddr, daddr = _addresses.unpack_from(head, skb.network_header + 12)
    dev = skb.dev
    rt = skb.dst
    if rt is not None and rt.rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST):
        return __udp4_lib_mcast_deliver(skb, dport, sport, saddr, daddr)
    sk = __udp4_lib_lookup(dev.nd_net, saddr, sport, daddr, dport, dev.ifindex)
    if sk is not None:
        udp_queue_rcv_skb(sk, skb)
        return 0
    if trace.on:
        decide("does somebody listen?", False, port=dport)
    if udp_lib_checksum_complete(skb):
        if trace.on:
            decide("is the checksum right?", False, sum=check)
        return udp_drop(skb, wrong_sum=True)
    dev.nd_net.mib.udp_statistics[UDP_MIB_NOPORTS] += 1
    icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0)
    kfree_skb(skb)
    return 0


@kernel_function
def __udp4_lib_mcast_deliver(skb: SkBuff, dport: int, sport: int, saddr: int, daddr: int) -> int:
    """A packet for many: every socket that it is for gets one, the first of them the packet itself,
    after all others have got their clones. Always 0; nobody hears that there was no socket.
    """
    net, dif = skb.dev.nd_net, skb.dev.ifindex
    socks = [
        sk
        for sk in net.ipv4.udp_table.get(dport, ())
        if __udp_is_mcast_sock(sk, daddr, sport, saddr, dif)
    ]
    if trace.on:
        decide("is it for somebody?", bool(socks), port=dport, sockets=len(socks))
    for sk in socks[1:]:
        udp_queue_rcv_skb(sk, skb_clone(skb))
    if socks:
        return udp_queue_rcv_skb(socks[0], skb)
    kfree_skb(skb)
    net.mib.udp_statistics[UDP_MIB_IGNOREDMULTI] += 1
    return 0


def udp_trim(skb: SkBuff, ulen: int) -> bool:
    """Cut off what is behind the length in the UDP header; False for a length that cannot be."""
    fits = UDP_HLEN <= ulen <= skb.len and pskb_trim_rcsum(skb, ulen)
    if trace.on:
        decide("can the UDP length be true?", fits, ulen=ulen, len=skb.len)
    return fits


def udp_csum_init(skb: SkBuff, check: int) -> int:
    """Whether the checksum is wrong, as far as that is looked at on arrival.

    A sum of 0 means that there is none. A packet of at most CHECKSUM_BREAK bytes is summed at once,
    a longer one when it is read. One that the sender's device was to sum comes here only if it was
    to begin before the UDP header. Source: udp4_csum_init, udp6_csum_init and
    skb_checksum_init_zero_check.
    """
    if skb.ip_summed == CHECKSUM_UNNECESSARY:
        return 0
    partial = skb.ip_summed == CHECKSUM_PARTIAL and skb.protocol == ETH_P_IP
    if check and partial and skb.len > CHECKSUM_BREAK:
        # The pseudo-header's sum is kept for later where csum_start is kept, too (a union), and
        # the sum is believed when that number is no less than where the UDP header begins. IPv6
        # has made such a packet CHECKSUM_NONE already (skb_postpull_rcsum).
        skb.csum_start = inet_compute_pseudo(skb) & 0xFFFF
        if skb_csum_unnecessary(skb):
            return 0
    skb.ip_summed = CHECKSUM_NONE
    if not check:
        # csum_valid, in C, here and below.
        skb.ip_summed = CHECKSUM_UNNECESSARY
        return 0
    return udp_lib_checksum_complete(skb) if skb.len <= CHECKSUM_BREAK else 0


def inet_compute_pseudo(skb: SkBuff) -> int:
    """The sum of the pseudo-header as a little-endian machine has it in ``skb->csum``: 32 bits, not
    folded yet (include/net/ip.h)."""
    saddr, daddr = struct.unpack_from("<II", skb.head, skb.network_header + 12)
    total = saddr + daddr + (IPPROTO_UDP + skb.len << 8)
    return int((total & 0xFFFFFFFF) + (total >> 32))


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

    A socket that asked for it (UDP_GRO) gets them in one piece. Source: also udp_unexpected_gso.
    """
    if not skb.gso_size or sk.gro_enabled or not skb.gso_type & SKB_GSO_UDP_L4:
        return udp_queue_rcv_one_skb(sk, skb)
    if trace.on:
        decide("does the socket take it whole?", False, gso_size=skb.gso_size)
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
        udp_mib(skb)[UDP_MIB_INERRORS] += skb.gso_segs
        kfree_skb(skb)
        return []
    consume_skb(skb)
    return segments


@kernel_function
def udp_queue_rcv_one_skb(sk: Sock, skb: SkBuff) -> int:
    """Take the UDP header off and queue the packet; -1 when the socket's buffer is full.

    Source: also udpv6_queue_rcv_one_skb and what both call, __udp_queue_rcv_skb.
    """
    skb.data += UDP_HLEN
    skb.len -= UDP_HLEN
    if _peer(sk, skb):
        sk.sk_incoming_cpu = True  # sk_incoming_cpu_update
    if not __udp_enqueue_schedule_skb(sk, skb):
        return 0
    mib = udp_mib(skb)
    mib[UDP_MIB_RCVBUFERRORS] += 1
    mib[UDP_MIB_INERRORS] += 1
    kfree_skb(skb)
    return -1


def _peer(sk: Sock, skb: SkBuff) -> bool:
    """Whether the socket has a peer, as the packet's family sees it."""
    if skb.protocol == ETH_P_IP:
        return bool(sk.inet_daddr)
    return sk.sk_v6_daddr != bytes(16)


@kernel_function
def __udp_enqueue_schedule_skb(sk: Sock, skb: SkBuff) -> int:
    """Queue a packet and charge it; -ENOMEM, and a drop is counted, when the buffer is full.

    An empty queue takes any packet. Under pressure pages are given back where it can be done.
    """
    rmem, rcvbuf = sk.sk_rmem_alloc, sk.sk_rcvbuf
    full = rmem + skb.truesize > rcvbuf and rmem and _no_exception(sk, rmem)
    if trace.on:
        size = skb.truesize
        decide("is the receive buffer full?", bool(full), rmem=rmem, truesize=size, rcvbuf=rcvbuf)
    if full:
        sk.sk_drops += 1
        return -errno.ENOMEM
    if rmem > rcvbuf >> 1:
        skb_condense(skb)
    sk.sk_rmem_alloc = rmem + skb.truesize
    sk.sk_receive_queue.append(skb)
    return 0


def _no_exception(sk: Sock, rmem: int) -> bool:
    """A packet would go beyond sk_rcvbuf: older releases let in one that begins below it."""
    return sk.machine.release.udp_rcvbuf_strict or rmem > sk.sk_rcvbuf


@kernel_function
def udp_rmem_release(sk: Sock, size: int) -> None:
    """Give memory back to the receive buffer, but late: not before a quarter of it has come
    together, or the reader has all that it took from the queue.

    Then the reader takes what was queued meanwhile.
    """
    size += sk.forward_deficit
    forward_threshold, queued = sk.sk_rcvbuf >> 2, len(sk.reader_queue)
    keeps = queued > 0 and size < forward_threshold
    if trace.on:
        seen = {"deficit": size, "forward_threshold": forward_threshold, "queued": queued}
        decide("is so little memory kept for now?", keeps, **seen)
    if keeps:
        sk.forward_deficit = size
        return
    sk.forward_deficit = 0
    sk.sk_rmem_alloc -= size
    if sk.sk_receive_queue:
        sk.reader_queue += sk.sk_receive_queue
        sk.sk_receive_queue.clear()


@kernel_function
def udp_recvmsg(sk: Sock, msg: MsgHdr, length: int, flags: int) -> int:
    """Read the next datagram into ``msg``; its bytes, or -EAGAIN when there is none.

    The reader has a queue of its own, and takes all that came in when it is empty. Whom a datagram
    is from is said only where there is room for it: ``msg_name`` is not None then. OSError of an
    error pending on the socket, which comes before all that is queued. A datagram whose checksum is
    wrong is dropped now. Source: also udpv6_recvmsg and __skb_recv_udp.
    """
    if flags & MSG_ERRQUEUE:
        return ip_recv_error(sk, msg, length)
    if sk.sk_err:
        if trace.on:
            decide("is an error pending on the socket?", True, sk_err=sk.sk_err)
        raise sock_error_raise(sock_error(sk))
    queue = sk.reader_queue
    if not queue:
        queue = sk.sk_receive_queue
        if not queue:
            if trace.on:
                decide("is a datagram in the queue?", False, queued=0)
            return -errno.EAGAIN
        sk.sk_receive_queue, sk.reader_queue = sk.reader_queue, queue
    skb = queue.popleft()
    udp_rmem_release(sk, skb.truesize)
    if skb.ip_summed == CHECKSUM_NONE and _wrong_sum(skb):
        if trace.on:
            decide("is the checksum right?", False, len=skb.len)
        sk.sk_drops += 1
        udp_drop(skb, wrong_sum=True)
        return udp_recvmsg(sk, msg, length, flags)
    copied = skb.len
    if copied > length:
        if trace.on:
            decide("is the buffer too small for the datagram?", True, len=copied, size=length)
        msg.msg_flags |= MSG_TRUNC
        copied = length
    if not skb.data_len:
        start = skb.data
        msg.msg_iter = skb.head[start : start + copied]
    else:
        msg.msg_iter = skb_copy_bits(skb, 0, copied)
    mib = sk.net.mib
    stats = mib.udp_statistics if skb.protocol == ETH_P_IP else mib.udp_stats_in6
    stats[UDP_MIB_INDATAGRAMS] += 1
    if msg.msg_name is not None:
        msg.msg_name = ip_saddr(skb) if sk.sk_family == AF_INET else _source6(skb)
        msg.msg_port = udp_source(skb)
    if sk.gro_enabled:
        udp_cmsg_recv(msg, sk, skb)
    return copied


def udp_cmsg_recv(msg: MsgHdr, sk: Sock, skb: SkBuff) -> None:
    """Say of a packet that stands for many how long each of them is (include/linux/udp.h)."""
    if skb.gso_type & SKB_GSO_UDP_L4:
        if trace.on:
            decide(
                "does one read stand for several datagrams?",
                True,
                len=skb.len,
                gso_size=skb.gso_size,
            )
        msg.msg_control.append((SOL_UDP, UDP_GRO, skb.gso_size))


def ip_saddr(skb: SkBuff) -> int:
    """The source address in a packet's IPv4 header (ip_hdr(skb)->saddr)."""
    saddr: int = _saddr.unpack_from(skb.head, skb.network_header + 12)[0]
    return saddr


def _source6(skb: SkBuff) -> bytes:
    """The source address as an IPv6 socket has it: one of IPv4 is mapped into IPv6."""
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
