"""net/ipv4/ip_output.c: from a socket's bytes to IPv4 packets, and the packets to the device.

What a socket sends becomes one or more buffers, each as long as the MTU lets a fragment be. One
alone is a packet; several are a packet whose further fragments hang on its ``frag_list``, ready for
``ip_do_fragment`` to put a header on each.

Left out: options, MSG_MORE and corking (so a buffer never has to give bytes back to the next one),
zero-copy and splicing, devices without scatter-gather, multicast, netfilter, tunnels, xfrm.
"""

from __future__ import annotations

import errno
import struct
from collections import deque
from collections.abc import Generator

from lomodel import trace
from lomodel.linux.include.linux.netdevice import LL_RESERVED_SPACE, NET_XMIT_CN
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_NONE,
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
    IP_MF,
    IP_OFFSET,
    IPV4_MIN_MTU,
    Rtable,
)
from lomodel.linux.include.uapi.linux.icmp import ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_IP
from lomodel.linux.include.uapi.linux.in_ import (
    IP_PMTUDISC_DO,
    IP_PMTUDISC_OMIT,
    IP_PMTUDISC_PROBE,
    IP_PMTUDISC_WANT,
    IPPROTO_ICMP,
)
from lomodel.linux.include.uapi.linux.rtnetlink import RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST
from lomodel.linux.include.uapi.linux.snmp import (
    ICMP_MIB_OUTMSGS,
    IPSTATS_MIB_FRAGCREATES,
    IPSTATS_MIB_FRAGFAILS,
    IPSTATS_MIB_FRAGOKS,
    IPSTATS_MIB_OUTBCASTPKTS,
    IPSTATS_MIB_OUTDISCARDS,
    IPSTATS_MIB_OUTMCASTPKTS,
    IPSTATS_MIB_OUTPKTS,
    IPSTATS_MIB_OUTREQUESTS,
)
from lomodel.linux.net.core.dev import netif_skb_features, skb_checksum_help
from lomodel.linux.net.core.gso import skb_gso_segment
from lomodel.linux.net.core.neighbour import __neigh_create, neigh_hh_output
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.skbuff import alloc_truesize, kfree_skb, skb_add_frag, skb_copy_bits
from lomodel.linux.net.core.sock import (
    InetCork,
    Sock,
    ip_sk_use_pmtu,
    skb_set_owner_w,
    sock_alloc_send_skb,
    sock_error_raise,
)
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
_iphdr_parts = struct.Struct("!QQI")
_u16 = struct.Struct("!H")


def ip_sk_ignore_df(sk: Sock) -> bool:
    """Whether a packet of this socket may be fragmented here although it says DF."""
    return sk.pmtudisc < IP_PMTUDISC_DO or sk.pmtudisc == IP_PMTUDISC_OMIT


def ip_send_check(head: bytearray, at: int) -> None:
    """Compute the checksum of the 20-byte IPv4 header at offset ``at``.

    Source: net/ipv4/ip_output.c. The header is one big number here; modulo 0xffff it is congruent
    to the sum of its 16-bit words.
    """
    head[at + 10 : at + 12] = b"\0\0"
    total = int.from_bytes(head[at : at + IP_HLEN], "big") % 0xFFFF
    _u16.pack_into(head, at + 10, 0xFFFF - total)


@kernel_function
def ip_setup_cork(sk: Sock, cork: InetCork, rt: Rtable) -> None:
    """Begin a datagram: fix the MTU that it is made for.

    OSError ENETUNREACH when the MTU is below 68, the least that IPv4 works with.
    """
    fragsize = ipv4_mtu(rt) if sk.pmtudisc < IP_PMTUDISC_PROBE else rt.dev.mtu
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
    too_long = cork.length + length > maxnonfragsize - IP_HLEN
    if trace.on:
        decide("is it too long?", too_long, length=length, maxnonfragsize=maxnonfragsize)
    if too_long:
        ip_local_error(sk, errno.EMSGSIZE, cork.daddr, sk.inet_dport, mtu)
        raise sock_error_raise(errno.EMSGSIZE)
    cork.length += length
    dev = cork.dst.dev
    netif_f = dev.netif_f
    offloads = dev.features & (netif_f.HW_CSUM | netif_f.IP_CSUM)
    partial = transhdrlen and length + IP_HLEN <= mtu and offloads
    if trace.on:
        decide("may the device sum it?", partial, length=length + IP_HLEN, mtu=mtu)
    if transhdrlen and sk.sk_err:
        sk.net.mib.ip_statistics[IPSTATS_MIB_OUTDISCARDS] += 1
        sock_alloc_send_skb(sk)
    skb, offset = ip_alloc_new_skb(sk, data, 0, length, transhdrlen, mtu, gso_size)
    if transhdrlen:
        skb_set_owner_w(skb, sk)
    if partial:
        skb.ip_summed = CHECKSUM_PARTIAL
    queue.append(skb)
    if offset < length - transhdrlen:
        _append_rest(sk, queue, cork, data, length - transhdrlen, offset, mtu)


def ip_alloc_new_skb(
    sk: Sock, data: IovIter, offset: int, length: int, transhdrlen: int, mtu: int, gso_size: int
) -> tuple[SkBuff, int]:
    """One buffer for the next of ``length`` bytes, and how many bytes of ``data`` it took.

    Up to 16 KB are copied behind the headers; what is longer (and UDP_SEGMENT) has only its headers
    there, and its bytes will come as pages.
    """
    linear = length if length <= mtu - IP_HLEN else (mtu - IP_HLEN) & ~7
    if gso_size or linear + IP_HLEN + ALLOC_EXTRA >= SKB_MAX_ALLOC:
        linear = transhdrlen
    copy = linear - transhdrlen
    head = bytearray(LL_RESERVED_SPACE + IP_HLEN + transhdrlen)
    if copy:
        head += data[offset : offset + copy] if offset or copy < len(data) else data
    skb = SkBuff(head, LL_RESERVED_SPACE)
    skb.len = size = IP_HLEN + linear
    skb.tail = LL_RESERVED_SPACE + size
    skb.network_header = LL_RESERVED_SPACE
    skb.transport_header = LL_RESERVED_SPACE + IP_HLEN
    skb.truesize = alloc_truesize(sk.machine, size + ALLOC_EXTRA)
    return skb, copy


def _append_rest(
    sk: Sock, queue: list[SkBuff], cork: InetCork, data: IovIter, end: int, offset: int, mtu: int
) -> None:
    """The loop of ``__ip_append_data``: fill up the last buffer with pages, else begin another."""
    maxfraglen = ((mtu - IP_HLEN) & ~7) + IP_HLEN
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
                    sk_sndbuf=sk.sk_sndbuf,
                )
            if allocated > 2 * sk.sk_sndbuf:
                raise _append_error(sk, queue, errno.ENOBUFS)
            skb, taken = ip_alloc_new_skb(sk, view, offset, left, 0, mtu, cork.gso_size)
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
        member.data += IP_HLEN
        member.len -= IP_HLEN
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


@kernel_function
def ip_send_skb(net: Net, skb: SkBuff) -> int:
    """Send a packet of this host. Returns 0 or a negative errno.

    A queue's NET_XMIT_CN ("congestion") counts as success, its other refusals as -ENOBUFS.
    """
    err = ip_local_out(net, skb.sk, skb)
    if err > 0:
        err = 0 if err == NET_XMIT_CN else -errno.ENOBUFS
    if err:
        net.mib.ip_statistics[IPSTATS_MIB_OUTDISCARDS] += 1
    return err


@kernel_function
def ip_local_out(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """Finish the header (total length and checksum) and let the dst send the packet."""
    net.mib.ip_statistics[IPSTATS_MIB_OUTREQUESTS] += 1
    at = skb.network_header
    head = skb.head
    length = skb.len
    _u16.pack_into(head, at + 2, length if length <= IP_MAX_MTU else 0)
    # ip_send_check, with the checksum field still 0.
    first, second, third = _iphdr_parts.unpack_from(head, at)
    _u16.pack_into(head, at + 10, 0xFFFF - (first + second + third) % 0xFFFF)
    skb.protocol = ETH_P_IP
    dst = skb.dst
    assert dst is not None
    output = dst.output
    return output(net, sk, skb)


@kernel_function
def ip_output(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """The output of a dst: from here on the packet belongs to its device."""
    dst = skb.dst
    assert dst is not None
    skb.dev = dst.dev
    skb.protocol = ETH_P_IP
    return ip_finish_output(net, sk, skb)


@kernel_function
def ip_finish_output(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """Send it whole, or in fragments when it is longer than the MTU.

    A GSO packet counts by its segments, which the device will cut, not by its length.
    """
    mtu = ip_skb_dst_mtu(sk, skb)
    if skb.gso_size:
        return ip_finish_output_gso(net, sk, skb, mtu)
    if trace.on:
        decide("is it longer than the MTU?", skb.len > mtu, len=skb.len, mtu=mtu)
    if skb.len > mtu:
        return ip_fragment(net, sk, skb, mtu)
    return ip_finish_output2(net, sk, skb)


def ip_skb_dst_mtu(sk: Sock | None, skb: SkBuff) -> int:
    """The MTU, in bytes, that a packet has to fit on its way out (include/net/ip.h).

    The path's as ICMP taught it, or the device's; a socket may choose the device's
    (IP_PMTUDISC_PROBE).
    """
    dst = skb.dst
    assert dst is not None
    if dst.rt_pmtu and (sk is None or ip_sk_use_pmtu(sk)):
        return dst.rt_pmtu
    mtu = dst.dev.mtu
    return mtu if mtu < IP_MAX_MTU else IP_MAX_MTU


@kernel_function
def ip_finish_output_gso(net: Net, sk: Sock | None, skb: SkBuff, mtu: int) -> int:
    """Send a GSO packet; should its segments not fit the MTU, cut it and fragment each of them."""
    header = skb.transport_header - skb.network_header + 8
    fits = header + skb.gso_size <= mtu
    if trace.on:
        decide("does every segment fit the MTU?", fits, segment=header + skb.gso_size, mtu=mtu)
    if fits:
        return ip_finish_output2(net, sk, skb)
    features = netif_skb_features(skb) & ~skb.dev.netif_f.GSO_MASK
    try:
        segments = skb_gso_segment(skb, features)
    except OSError:
        segments = None
    if segments is None:
        kfree_skb(skb)
        return -errno.ENOMEM
    ret = 0
    for segment in segments:
        ret = ret or ip_fragment(net, sk, segment, mtu)
    return ret


@kernel_function
def ip_finish_output2(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """Find the neighbour that the route leads to, and put its hardware header in front."""
    dev, dst = skb.dev, skb.dst
    stats = net.mib.ip_statistics
    stats[IPSTATS_MIB_OUTPKTS] += 1
    assert dst is not None
    if dst.rt_type != RTN_LOCAL:
        if dst.rt_type == RTN_MULTICAST:
            stats[IPSTATS_MIB_OUTMCASTPKTS] += 1
        elif dst.rt_type == RTN_BROADCAST:
            stats[IPSTATS_MIB_OUTBCASTPKTS] += 1
    # arp_constructor's neighbours of a loopback device all have the key INADDR_ANY.
    tbl = dev.machine.arp_tbl
    try:
        neigh = tbl.devices[dev][0]
    except KeyError:
        neigh = __neigh_create(tbl, 0, dev)
    hh = neigh.hh
    if hh.hh_len:
        return neigh_hh_output(hh, skb)
    return neigh.output(neigh, skb)


@kernel_function
def ip_fragment(net: Net, sk: Sock | None, skb: SkBuff, mtu: int) -> int:
    """Fragment, unless the header says DF and nobody here may ignore that.

    Returns what ``ip_do_fragment`` does, or -EMSGSIZE after telling the sender (ICMP).
    """
    at = skb.network_header
    df = skb.head[at + 6] & (IP_DF >> 8)
    if trace.on:
        decide("does DF forbid it?", df and not skb.ignore_df, df=bool(df), ignore_df=skb.ignore_df)
    if df and not skb.ignore_df:
        net.mib.ip_statistics[IPSTATS_MIB_FRAGFAILS] += 1
        net.machine.icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, mtu)
        kfree_skb(skb)
        return -errno.EMSGSIZE
    return ip_do_fragment(net, sk, skb)


@kernel_function
def ip_do_fragment(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """Send a packet as fragments, in order; each goes all the way before the next.

    The first send that fails (a stopped device says NET_XMIT_CN) ends it, and the rest is dropped.
    Returns that error, or 0; -EMSGSIZE when not even 8 bytes fit a fragment.
    """
    if skb.ip_summed == CHECKSUM_PARTIAL:
        skb_checksum_help(skb)
    mtu = ip_skb_dst_mtu(sk, skb) - IP_HLEN
    stats = net.mib.ip_statistics
    if mtu < 8:
        stats[IPSTATS_MIB_FRAGFAILS] += 1
        kfree_skb(skb)
        return -errno.EMSGSIZE
    ready = _geometry_fits(skb, mtu)
    if trace.on:
        decide("are the fragments ready on the frag_list?", ready, mtu=mtu)
    fragments = _fraglist(skb) if ready else _slow_path(skb, mtu)
    for fragment in fragments:
        err = ip_finish_output2(net, sk, fragment)
        if err:
            stats[IPSTATS_MIB_FRAGFAILS] += 1
            fragments.close()
            return err
        stats[IPSTATS_MIB_FRAGCREATES] += 1
    stats[IPSTATS_MIB_FRAGOKS] += 1
    return 0


def _geometry_fits(skb: SkBuff, mtu: int) -> bool:
    """Whether there are members, and head and members are what the fragments have to be."""
    members = skb.frag_list
    if members is None:
        return False
    first = skb.len - sum(member.len for member in members) - IP_HLEN
    if first > mtu or first & 7:
        return False
    last = members[-1]
    return all(m.len <= mtu and (m is last or not m.len & 7) for m in members)


def _fraglist(skb: SkBuff) -> Generator[SkBuff]:
    """ip_fraglist_init, _prepare and _next: every member gets a copy of the header in turn.

    A fragment is made ready before the one in front of it goes, as that one will be gone then.
    Closed early, it drops the rest.
    """
    waiting = deque(_detach_members(skb))
    at = skb.network_header
    header = bytes(skb.head[at : at + IP_HLEN])
    _fragment_header(skb, header, 0, True)
    offset = 0
    following: SkBuff | None = skb
    try:
        while following is not None:
            skb, following = following, waiting.popleft() if waiting else None
            if following is not None:
                offset += skb.len - IP_HLEN
                _copy_metadata(following, skb)
                following.ip_summed = CHECKSUM_NONE
                following.data -= IP_HLEN
                following.len += IP_HLEN
                _fragment_header(following, header, offset, bool(waiting))
            yield skb
    finally:
        if following is not None:
            for fragment in (following, *waiting):
                kfree_skb(fragment)


def _detach_members(skb: SkBuff) -> list[SkBuff]:
    """Take the members off the frag_list; each is charged for itself from now on."""
    members, skb.frag_list = skb.frag_list or [], None
    for member in members:
        skb.len -= member.len
        skb.data_len -= member.len
        if skb.sk:
            member.sk, member.destructor = skb.sk, skb.destructor
        skb.truesize -= member.truesize
    return members


def _copy_metadata(to: SkBuff, source: SkBuff) -> None:
    """ip_copy_metadata: what a fragment has from the packet."""
    to.pkt_type, to.priority, to.protocol = source.pkt_type, source.priority, source.protocol
    to.dst, to.dev, to.hash = source.dst, source.dev, source.hash


def _fragment_header(skb: SkBuff, header: bytes, offset: int, more: bool) -> None:
    """Write a fragment's header: the packet's, with its own length, place, and sum."""
    at = skb.data
    skb.network_header, skb.transport_header = at, at + IP_HLEN
    skb.head[at : at + IP_HLEN] = header
    _u16.pack_into(skb.head, at + 2, skb.len)
    _u16.pack_into(skb.head, at + 6, offset >> 3 | (IP_MF if more else 0))
    ip_send_check(skb.head, at)


def _slow_path(skb: SkBuff, mtu: int) -> Generator[SkBuff]:
    """ip_frag_init and ip_frag_next: copy the packet piece by piece into new buffers."""
    at = skb.network_header
    header = bytes(skb.head[at : at + IP_HLEN])
    frag_off = int.from_bytes(header[6:8], "big")
    offset, not_last = (frag_off & IP_OFFSET) << 3, bool(frag_off & IP_MF)
    ptr, left = IP_HLEN, skb.len - IP_HLEN
    try:
        while left > 0:
            size = left if left <= mtu else mtu & ~7
            fragment = SkBuff(
                bytearray(LL_RESERVED_SPACE + IP_HLEN) + skb_copy_bits(skb, ptr, size),
                LL_RESERVED_SPACE,
            )
            fragment.truesize = alloc_truesize(skb.dev.machine, LL_RESERVED_SPACE + IP_HLEN + size)
            fragment.len = IP_HLEN + size
            fragment.tail = LL_RESERVED_SPACE + fragment.len
            _copy_metadata(fragment, skb)
            left -= size
            _fragment_header(fragment, header, offset, left > 0 or not_last)
            ptr += size
            offset += size
            yield fragment
    finally:
        kfree_skb(skb)
