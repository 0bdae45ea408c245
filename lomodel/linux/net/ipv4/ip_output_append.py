"""net/ipv4/ip_output.c: from a socket's bytes to IPv4 packets.

What a socket sends becomes one or more buffers, each as long as the MTU lets a fragment be. One
alone is a packet; several are a packet whose further fragments hang on its ``frag_list``, ready for
``ip_do_fragment`` to put a header on each.

Left out: options, MSG_MORE and corking (so a buffer never has to give bytes back to the next one),
zero-copy and splicing, devices without scatter-gather.
"""

from __future__ import annotations

import errno
import struct

from lomodel import trace
from lomodel.linux.include.linux.netdevice import LL_RESERVED_SPACE
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_PARTIAL,
    MAX_SKB_FRAGS,
    SKB_MAX_ALLOC,
    SkBuff,
)
from lomodel.linux.include.linux.uio import IovIter
from lomodel.linux.include.net.ip import (
    IP_DF,
    IP_HLEN,
    IP_MAX_MTU,
    IPV4_MIN_MTU,
    Rtable,
)
from lomodel.linux.include.uapi.linux.in_ import (
    IP_PMTUDISC_DO,
    IP_PMTUDISC_OMIT,
    IP_PMTUDISC_PROBE,
    IP_PMTUDISC_WANT,
    IPPROTO_ICMP,
)
from lomodel.linux.include.uapi.linux.rtnetlink import RTN_MULTICAST
from lomodel.linux.include.uapi.linux.snmp import (
    ICMP_MIB_OUTMSGS,
    IPSTATS_MIB_OUTDISCARDS,
)
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.skbuff import alloc_truesize, kfree_skb, skb_add_frag
from lomodel.linux.net.core.sock import (
    InetCork,
    Sock,
    skb_set_owner_w,
    sock_alloc_send_skb,
    sock_error_raise,
)
from lomodel.linux.net.ipv4.ip_options_echo import ip_options_build
from lomodel.linux.net.ipv4.ip_sockglue_error import ip_local_error
from lomodel.linux.net.ipv4.route import __ip_select_ident, ipv4_mtu
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/ip_output.c")

ICMPMSG_OUT = 0x100
"""Types of messages that go out are counted from here on (include/net/icmp.h)."""

ALLOC_EXTRA = LL_RESERVED_SPACE + 15
"""What ``__ip_append_data`` adds to a buffer: hh_len + 15, bytes."""
SKB_FRAG_PAGE = 32768
"""The bytes of one page of sk_page_frag: order 3 (SKB_FRAG_PAGE_ORDER)."""

_iphdr = struct.Struct("!BBHHHBBHII")


def ip_sk_ignore_df(sk: Sock) -> bool:
    """Whether a packet of this socket may be fragmented here although it says DF."""
    return sk.pmtudisc < IP_PMTUDISC_DO or sk.pmtudisc == IP_PMTUDISC_OMIT


@kernel_function
def ip_setup_cork(sk: Sock, cork: InetCork, rt: Rtable) -> None:
    """Begin a datagram: fix the MTU that it is made for.

    OSError ENETUNREACH when the MTU is below 68, the least that IPv4 works with.
    """
    fragsize = ipv4_mtu(rt) if sk.pmtudisc < IP_PMTUDISC_PROBE else rt.dev.mtu
    if trace.on:
        decide("is the MTU too small for IPv4?", fragsize < IPV4_MIN_MTU, fragsize=fragsize)
    if fragsize < IPV4_MIN_MTU:
        raise sock_error_raise(errno.ENETUNREACH)
    cork.fragsize = fragsize
    cork.dst = rt
    cork.length = 0


@kernel_function
def __ip_append_data(
    sk: Sock, queue: list[SkBuff], cork: InetCork, data: IovIter, length: int, transhdrlen: int
) -> None:
    """Append ``length`` bytes (``transhdrlen`` of them a header to be filled in later) as buffers.

    Every buffer but the last is as long as a fragment may be, a multiple of 8 behind its header.
    With UDP_SEGMENT there is one buffer, whatever the MTU. OSError EMSGSIZE when it is longer than
    65535 bytes, or than the MTU and must not be fragmented; ENOBUFS when the buffers would exceed
    twice the socket's send buffer.
    """
    gso_size = cork.gso_size
    mtu = IP_MAX_MTU if gso_size else cork.fragsize
    ignore_df = sk.pmtudisc < IP_PMTUDISC_DO or ip_sk_ignore_df(sk)
    maxnonfragsize = IP_MAX_MTU if ignore_df else mtu
    opt = cork.opt
    fragheaderlen = IP_HLEN if opt is None else IP_HLEN + opt.optlen
    most = maxnonfragsize - fragheaderlen
    too_long = cork.length + length > most
    if trace.on:
        decide("is it too long?", too_long, length=cork.length + length, most=most)
    if too_long:
        ip_local_error(sk, errno.EMSGSIZE, cork.daddr, sk.inet_dport, mtu)
        raise sock_error_raise(errno.EMSGSIZE)
    cork.length += length
    dev = cork.dst.dev
    netif_f = dev.netif_f
    offloads = dev.features & (netif_f.HW_CSUM | netif_f.IP_CSUM)
    partial = transhdrlen and length + fragheaderlen <= mtu and offloads
    if trace.on:
        decide("may the device sum it?", partial, length=length + fragheaderlen, mtu=mtu)
    if transhdrlen and sk.sk_err:
        sk.net.mib.ip_statistics[IPSTATS_MIB_OUTDISCARDS] += 1
        sock_alloc_send_skb(sk)
    skb, offset = ip_alloc_new_skb(sk, data, 0, length, transhdrlen, mtu, gso_size, fragheaderlen)
    if transhdrlen:
        skb_set_owner_w(skb, sk)
    if partial:
        skb.ip_summed = CHECKSUM_PARTIAL
    queue.append(skb)
    if offset < length - transhdrlen:
        _append_rest(sk, queue, cork, data, length - transhdrlen, offset, mtu, fragheaderlen)


def ip_alloc_new_skb(
    sk: Sock,
    data: IovIter,
    offset: int,
    length: int,
    transhdrlen: int,
    mtu: int,
    gso_size: int,
    fragheaderlen: int,
) -> tuple[SkBuff, int]:
    """One buffer for the next of ``length`` bytes, and how many bytes of ``data`` it took.

    Up to 16 KB are copied behind the headers; what is longer (and UDP_SEGMENT) has only its headers
    there, and its bytes will come as pages.
    """
    linear = length if length <= mtu - fragheaderlen else (mtu - fragheaderlen) & ~7
    if gso_size or linear + fragheaderlen + ALLOC_EXTRA >= SKB_MAX_ALLOC:
        linear = transhdrlen
    copy = linear - transhdrlen
    head = bytearray(LL_RESERVED_SPACE + fragheaderlen + transhdrlen)
    if copy:
        head += data[offset : offset + copy] if offset or copy < len(data) else data
    skb = SkBuff(head, LL_RESERVED_SPACE)
    skb.len = size = fragheaderlen + linear
    skb.tail = LL_RESERVED_SPACE + size
    skb.network_header = LL_RESERVED_SPACE
    skb.transport_header = LL_RESERVED_SPACE + fragheaderlen
    skb.truesize = alloc_truesize(sk.machine, size + ALLOC_EXTRA)
    return skb, copy


def _append_rest(
    sk: Sock,
    queue: list[SkBuff],
    cork: InetCork,
    data: IovIter,
    end: int,
    offset: int,
    mtu: int,
    fragheaderlen: int,
) -> None:
    """The loop of ``__ip_append_data``: fill up the last buffer with pages, else begin another."""
    maxfraglen = ((mtu - fragheaderlen) & ~7) + fragheaderlen
    view = memoryview(data)
    wmem_alloc_delta = 0 if queue[0].sk else queue[0].truesize
    while offset < end:
        skb = queue[-1]
        left = end - offset
        copy = mtu - skb.len
        if copy < left:
            copy = maxfraglen - skb.len
        if copy <= 0:
            allocated = sk.sk_wmem_alloc + wmem_alloc_delta
            if trace.on:
                decide(
                    "is the send buffer full?",
                    allocated > 2 * sk.sk_sndbuf,
                    allocated=allocated,
                    twice_sk_sndbuf=2 * sk.sk_sndbuf,
                )
            if allocated > 2 * sk.sk_sndbuf:
                raise _append_error(sk, queue, errno.ENOBUFS)
            skb, taken = ip_alloc_new_skb(
                sk, view, offset, left, 0, mtu, cork.gso_size, fragheaderlen
            )
            wmem_alloc_delta += skb.truesize
            offset += taken
            queue.append(skb)
            continue
        copy = ip_append_page(sk, queue, view[offset : offset + min(copy, left)])
        wmem_alloc_delta += 0 if skb.sk else copy
        offset += copy


def ip_append_page(sk: Sock, queue: list[SkBuff], data: memoryview) -> int:
    """Add as much of ``data`` as one page of the task holds to the last buffer; returns how much.

    OSError EMSGSIZE when the buffer has 17 pages already (MAX_SKB_FRAGS).
    """
    skb = queue[-1]
    if len(skb.frags) == MAX_SKB_FRAGS:
        if trace.on:
            decide(
                "is there room for one more page?", False, pages=len(skb.frags), most=MAX_SKB_FRAGS
            )
        raise _append_error(sk, queue, errno.EMSGSIZE)
    page = data[:SKB_FRAG_PAGE]
    skb_add_frag(skb, page)
    skb.truesize += len(page)
    if skb.sk:
        sk.sk_wmem_alloc += len(page)
    return len(page)


def _append_error(sk: Sock, queue: list[SkBuff], code: int) -> OSError:
    """The end of ``__ip_append_data`` where it fails: what was appended goes, and counts."""
    sk.net.mib.ip_statistics[IPSTATS_MIB_OUTDISCARDS] += 1
    ip_flush_pending_frames(queue)
    return sock_error_raise(code)


def ip_flush_pending_frames(queue: list[SkBuff]) -> None:
    """Throw away what was appended. Source: net/ipv4/ip_output.c."""
    for skb in queue:
        kfree_skb(skb)
    queue.clear()


@kernel_function
def __ip_make_skb(sk: Sock, queue: list[SkBuff], cork: InetCork) -> SkBuff:
    """Make one packet of the buffers and write its IPv4 header (its length and sum come later)."""
    skb = queue[0]
    if len(queue) > 1:
        _gather(sk, skb, queue)
    elif not skb.sk:
        skb_set_owner_w(skb, sk)
    rt = cork.dst
    pmtudisc = sk.pmtudisc
    skb.ignore_df = ignore_df = pmtudisc < IP_PMTUDISC_DO or ip_sk_ignore_df(sk)
    if pmtudisc == IP_PMTUDISC_WANT:
        # The cork's fragsize is the route's MTU in this mode (ip_dont_fragment).
        df = IP_DF if skb.len <= cork.fragsize and not cork.dst.rt_mtu_locked else 0
    else:
        df = IP_DF if pmtudisc in (IP_PMTUDISC_DO, IP_PMTUDISC_PROBE) else 0
    saddr, daddr, protocol = cork.saddr, cork.daddr, sk.sk_protocol
    if sk.inet_daddr:
        sk.inet_id = ident = (sk.inet_id + 1) & 0xFFFF
    elif df and not ignore_df:
        ident = 0
    else:
        ident = __ip_select_ident(rt.net, saddr, daddr, protocol)
    ttl = sk.mc_ttl if rt.rt_type == RTN_MULTICAST else sk.uc_ttl
    if ttl < 0:
        ttl = rt.net.ipv4.sysctl_ip_default_ttl
    _iphdr.pack_into(
        skb.head, skb.network_header, 0x45, sk.tos, 0, ident, df, ttl, protocol, 0, saddr, daddr
    )
    if cork.opt is not None:
        ip_options_build(skb, cork.opt)
    skb.dst = rt
    if protocol == IPPROTO_ICMP:
        # C has the type in the flow (fl4_icmp_type), as a raw socket's own header may be paged.
        icmp_out_count(sk.net, cork.icmp_type)
    return skb


def icmp_out_count(net: Net, type: int) -> None:
    """An ICMP message goes out. Source: net/ipv4/icmp.c."""
    net.mib.icmpmsg_statistics[type | ICMPMSG_OUT] += 1
    net.mib.icmp_statistics[ICMP_MIB_OUTMSGS] += 1


def _gather(sk: Sock, skb: SkBuff, queue: list[SkBuff]) -> None:
    """Hang the further buffers, without the room for their headers, on the first one's
    frag_list."""
    skb.frag_list = members = queue[1:]
    truesize = 0
    for member in members:
        header = member.transport_header - member.network_header
        member.data += header
        member.len -= header
        skb.len += member.len
        skb.data_len += member.len
        truesize += member.truesize
    if skb.sk:
        sk.sk_wmem_alloc += truesize
        skb.truesize += truesize
    else:
        skb.truesize += truesize
        skb_set_owner_w(skb, sk)


@kernel_function
def ip_make_skb(
    sk: Sock, fl4: InetCork, data: IovIter, length: int, transhdrlen: int, rt: Rtable
) -> SkBuff:
    """One IPv4 packet with room for a transport header and ``data`` behind it.

    The flow and the cork are one object here. OSError as ``ip_setup_cork`` and
    ``__ip_append_data``.
    """
    ip_setup_cork(sk, fl4, rt)
    queue: list[SkBuff] = []
    __ip_append_data(sk, queue, fl4, data, length, transhdrlen)
    return __ip_make_skb(sk, queue, fl4)
