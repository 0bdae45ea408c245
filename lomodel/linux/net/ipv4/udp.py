"""net/ipv4/udp.c: datagrams, one or many in a send, and the queue that they end in.

Left out: UDP-Lite, encapsulation, corking, multicast delivery, early demultiplexing, BPF, busy
polling, and memory that is scheduled over all sockets.
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
)
from lomodel.linux.include.linux.socket import AF_INET, AF_INET6, SOL_UDP, MsgHdr
from lomodel.linux.include.linux.udp import UDP_HLEN
from lomodel.linux.include.net.checksum import CSUM_MANGLED_0
from lomodel.linux.include.net.ip import IP_HLEN
from lomodel.linux.include.net.tcp_states import TCP_ESTABLISHED
from lomodel.linux.include.uapi.linux.icmp import ICMP_DEST_UNREACH, ICMP_PORT_UNREACH
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_IP, IPPROTO_UDP
from lomodel.linux.include.uapi.linux.in_route import RTCF_BROADCAST
from lomodel.linux.include.uapi.linux.udp import UDP_GRO, UDP_NO_CHECK6_TX, UDP_SEGMENT
from lomodel.linux.include.vdso.limits import USHRT_MAX
from lomodel.linux.net.core.gso import __skb_gso_segment
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.skbuff import (
    checksum,
    kfree_skb,
    pskb_may_pull,
    pskb_trim,
    skb_copy_bits,
    skb_push,
)
from lomodel.linux.net.core.sock import InetCork, Proto, Sock, sock_error, sock_error_raise
from lomodel.linux.net.ipv4.datagram import ip4_datagram_connect
from lomodel.linux.net.ipv4.icmp import icmp_err_convert, icmp_send
from lomodel.linux.net.ipv4.ip_output import ip_make_skb, ip_send_skb
from lomodel.linux.net.ipv4.ip_sockglue import ip_setsockopt
from lomodel.linux.net.ipv4.route import ip_route_output_flow
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/udp.c")


_udphdr = struct.Struct("!HHHH")
_u16 = struct.Struct("!H")
_addresses = struct.Struct("!II")


def udp_v4_check(length: int, saddr: int, daddr: int) -> int:
    """The folded sum of the pseudo header (source and destination, protocol, UDP length).

    Source: include/net/udp.h, which also inverts it. A 32-bit number is congruent to the sum of its
    halves modulo 0xffff.
    """
    return (saddr + daddr + IPPROTO_UDP + length) % 0xFFFF or 0xFFFF


@kernel_function
def udp_lib_setsockopt(sk: Sock, optname: int, val: int) -> None:
    """Set an option of SOL_UDP. OSError EINVAL for a segment size that 16 bits cannot hold,
    ENOPROTOOPT for an option that is not known."""
    if optname == UDP_SEGMENT:
        if not 0 <= val <= USHRT_MAX:
            raise sock_error_raise(errno.EINVAL)
        sk.gso_size = val
    elif optname == UDP_GRO:
        sk.gro_enabled = int(bool(val))
    elif optname == UDP_NO_CHECK6_TX:
        sk.no_check6_tx = int(bool(val))
    else:
        raise sock_error_raise(errno.ENOPROTOOPT)


@kernel_function
def udp_setsockopt(sk: Sock, level: int, optname: int, val: int) -> None:
    """setsockopt of levels that are not the socket's own."""
    if level == SOL_UDP:
        udp_lib_setsockopt(sk, optname, val)
    elif level == IPPROTO_IP:
        ip_setsockopt(sk, optname, val)
    else:
        raise sock_error_raise(errno.ENOPROTOOPT)


@kernel_function
def udp_sendmsg(sk: Sock, msg: MsgHdr, length: int) -> int:
    """Send one datagram, or with UDP_SEGMENT many, in one go. Returns ``length``.

    OSError EMSGSIZE for more than 65535 bytes or what ``ip_make_skb`` finds too long, EINVAL for
    port 0, EDESTADDRREQ for an unconnected socket without an address, EACCES for broadcast without
    SO_BROADCAST, and whatever routing says.
    """
    if length > 0xFFFF:
        raise sock_error_raise(errno.EMSGSIZE)
    fl4 = sk.cork
    if msg.msg_name is not None:
        fl4.daddr = msg.msg_name
        fl4.dport = msg.msg_port
        if not fl4.dport:
            raise sock_error_raise(errno.EINVAL)
    else:
        if sk.sk_state != TCP_ESTABLISHED:
            raise sock_error_raise(errno.EDESTADDRREQ)
        fl4.daddr, fl4.dport = sk.inet_daddr, sk.inet_dport
    fl4.gso_size = sk.gso_size if msg.msg_gso_size is None else msg.msg_gso_size
    fl4.saddr = sk.inet_saddr
    rt = ip_route_output_flow(sk.net, fl4)
    if rt.rt_flags & RTCF_BROADCAST and not sk.sk_broadcast:
        raise sock_error_raise(errno.EACCES)
    skb = ip_make_skb(sk, fl4, msg.msg_iter, length + UDP_HLEN, UDP_HLEN, rt)
    err = udp_send_skb(sk, skb, fl4)
    if err:
        raise sock_error_raise(-err)
    return length


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
    err = ip_send_skb(sk.net, skb)
    if err == -errno.ENOBUFS and not sk.recverr:
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
    if counted > gso_size * release.udp_max_segments:
        return -errno.EINVAL
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
    net = skb.dev.nd_net
    sk = __udp4_lib_lookup(net, saddr, sport, daddr, dport)
    if sk is not None:
        return udp_queue_rcv_skb(sk, skb)
    if trace.on:
        decide("does somebody listen?", False, port=dport)
    if udp_lib_checksum_complete(skb):
        return 0
    icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0)
    return 0


def __udp4_lib_lookup(net: Net, saddr: int, sport: int, daddr: int, hnum: int) -> Sock | None:
    """The socket that fits best, as ``compute_score`` counts (net/ipv4/udp.c)."""
    socks = net.ipv4.udp_table.get(hnum)
    if not socks:
        return None
    if len(socks) == 1:
        sk = socks[0]
        return sk if compute_score(sk, saddr, sport, daddr) >= 0 else None
    best, badness = None, -1
    for sk in socks:
        score = compute_score(sk, saddr, sport, daddr)
        if score > badness:
            best, badness = sk, score
    return best


def compute_score(sk: Sock, saddr: int, sport: int, daddr: int) -> int:
    """How well a socket fits a packet to its port; -1 when it does not."""
    if sk.sk_family == AF_INET6:
        return -1 if sk.ipv6only or sk.inet_rcv_saddr != bytes(16) else 1
    score = 2
    rcv_saddr = sk.inet_rcv_saddr
    if rcv_saddr:
        if rcv_saddr != daddr:
            return -1
        score += 4
    if sk.inet_daddr:
        if (sk.inet_daddr, sk.inet_dport) != (saddr, sport):
            return -1
        score += 8
    return score


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
def udp_recvmsg(sk: Sock) -> bytes | bytearray | None:
    """The payload of the next datagram, as bytes, or None when there is none.

    OSError of an error pending on the socket. A datagram whose checksum is wrong is dropped now.
    """
    if sk.sk_err:
        raise sock_error_raise(sock_error(sk))
    queue = sk.sk_receive_queue
    while queue:
        skb = queue.popleft()
        sk.sk_rmem_alloc -= skb.truesize
        if skb.ip_summed == CHECKSUM_NONE and _wrong_sum(skb):
            sk.sk_drops += 1
            continue
        if not skb.data_len:
            start = skb.data
            return skb.head[start : start + skb.len]
        return skb_copy_bits(skb, 0, skb.len)
    return None


def _wrong_sum(skb: SkBuff) -> int:
    skb_push(skb, UDP_HLEN)
    wrong = udp_lib_checksum_complete(skb)
    skb.data += UDP_HLEN
    skb.len -= UDP_HLEN
    return wrong


@kernel_function
def udp_err(skb: SkBuff, type: int, code: int, info: int) -> int:
    """An ICMP error about a packet that this host sent; ``skb`` begins with that packet's header.

    A connected socket hears of it at its next call (ECONNREFUSED for an unreachable port), another
    one only with IP_RECVERR. Returns 0, or -ENOENT when nobody sent such a packet.
    """
    head, at = skb.head, skb.data
    saddr, daddr = _addresses.unpack_from(head, at + 12)
    sport, dport = struct.unpack_from("!HH", head, at + IP_HLEN)
    sk = __udp4_lib_lookup(skb.dev.nd_net, daddr, dport, saddr, sport)
    if sk is None:
        return -errno.ENOENT
    code_errno, harderr = icmp_err_convert(type, code)
    if sk.recverr or (harderr and sk.sk_state == TCP_ESTABLISHED):
        sk.sk_err = code_errno
    return 0


def udp_table(sk: Sock) -> dict[int, list[Sock]]:
    """Who listens on which port; one table for both families (net->ipv4.udp_table)."""
    return sk.net.ipv4.udp_table


@kernel_function
def udp_lib_get_port(sk: Sock, snum: int) -> None:
    """Take port ``snum``, or any free one for 0, and begin to listen there.

    OSError EADDRINUSE when it is taken (or none is free).
    """
    table = udp_table(sk)
    if not snum:
        snum = _free_port(sk, table)
    elif any(_conflict(sk, other) for other in table.get(snum, ())):
        raise sock_error_raise(errno.EADDRINUSE)
    sk.inet_num = snum
    table.setdefault(snum, []).append(sk)


def _free_port(sk: Sock, table: dict[int, list[Sock]]) -> int:
    # The kernel begins at a random one; 32768 to 60999 is net.ipv4.ip_local_port_range.
    state = sk.net.ipv4
    for _ in range(32768, 61000):
        state.next_port = state.next_port + 1 if state.next_port < 60999 else 32768
        if state.next_port not in table:
            return state.next_port
    raise sock_error_raise(errno.EADDRINUSE)


def _conflict(sk: Sock, other: Sock) -> bool:
    """Whether two sockets cannot share a port (inet_rcv_saddr_equal)."""
    if sk.sk_reuse and other.sk_reuse:
        return False
    if sk.sk_family != other.sk_family:
        six = sk if sk.sk_family == AF_INET6 else other
        return not six.ipv6only and six.inet_rcv_saddr == bytes(16)
    wild = 0 if sk.sk_family == AF_INET else bytes(16)
    same = sk.inet_rcv_saddr == other.inet_rcv_saddr
    return same or wild in (sk.inet_rcv_saddr, other.inet_rcv_saddr)


def udp_lib_hash(sk: Sock) -> None:
    """UDP sockets are found by their port, which they do not have yet."""


@kernel_function
def udp_lib_unhash(sk: Sock) -> None:
    """Listen no more."""
    socks = udp_table(sk).get(sk.inet_num, [])
    if sk in socks:
        socks.remove(sk)
    if not socks:
        udp_table(sk).pop(sk.inet_num, None)


udp_prot = Proto(
    name="UDP",
    connect=ip4_datagram_connect,
    sendmsg=udp_sendmsg,
    recvmsg=udp_recvmsg,
    setsockopt=udp_setsockopt,
    get_port=udp_lib_get_port,
    hash=udp_lib_hash,
    unhash=udp_lib_unhash,
)
