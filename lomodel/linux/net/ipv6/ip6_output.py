"""net/ipv6/ip6_output.c: from a socket's bytes to IPv6 packets, and the packets to the device.

As in IPv4, what a socket sends becomes one buffer or as many as there will be fragments. Room for a
fragment header (8 bytes) is kept in all of them, since it has to be put between the IPv6 header and
the rest. Source addresses are chosen before the route's error is looked at
(``ip6_dst_lookup_tail``).

Left out: extension headers and options, flow labels (they are 0), MSG_MORE and corking, zero-copy,
multicast, jumbograms, forwarding, netfilter, xfrm.
"""

from __future__ import annotations

import errno
import struct
from collections import deque

from lomodel import trace
from lomodel.linux.include.linux.ipv6 import IPV6_MAXPLEN
from lomodel.linux.include.linux.netdevice import LL_RESERVED_SPACE, NET_XMIT_CN
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_NONE,
    CHECKSUM_PARTIAL,
    MAX_SKB_FRAGS,
    SKB_MAX_ALLOC,
    SkBuff,
)
from lomodel.linux.include.linux.uio import IovIter
from lomodel.linux.include.net.ip6_route import IP6_MAX_MTU
from lomodel.linux.include.net.ipv6 import (
    FRAG_HLEN,
    IN6ADDR_ANY,
    IP6_MF,
    IPV6_HLEN,
    Rt6Info,
    ipv6_addr_v4mapped,
)
from lomodel.linux.include.uapi.linux.icmpv6 import ICMPV6_PKT_TOOBIG
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_IPV6
from lomodel.linux.include.uapi.linux.in6 import IPPROTO_FRAGMENT, IPPROTO_ICMPV6
from lomodel.linux.include.uapi.linux.in_ import (
    IP_PMTUDISC_DO,
    IP_PMTUDISC_OMIT,
    IP_PMTUDISC_PROBE,
    IPPROTO_UDP,
)
from lomodel.linux.include.uapi.linux.snmp import (
    ICMP6_MIB_OUTMSGS,
    IPSTATS_MIB_FRAGCREATES,
    IPSTATS_MIB_FRAGFAILS,
    IPSTATS_MIB_FRAGOKS,
    IPSTATS_MIB_OUTDISCARDS,
    IPSTATS_MIB_OUTNOROUTES,
    IPSTATS_MIB_OUTPKTS,
    IPSTATS_MIB_OUTREQUESTS,
)
from lomodel.linux.net.core.dev import netif_skb_features, skb_checksum_help
from lomodel.linux.net.core.gso import skb_gso_segment
from lomodel.linux.net.core.neighbour import neigh_hh_output, neigh_lookup
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.skbuff import alloc_truesize, consume_skb, kfree_skb, skb_copy_bits
from lomodel.linux.net.core.sock import (
    InetCork,
    Sock,
    skb_set_owner_w,
    sock_alloc_send_skb,
    sock_error_raise,
)
from lomodel.linux.net.ipv4.ip_output_append import (
    ICMPMSG_OUT,
    ip_append_page,
    ip_flush_pending_frames,
)
from lomodel.linux.net.ipv6.datagram_error import ipv6_local_error
from lomodel.linux.net.ipv6.ip6_icmp import icmpv6_send
from lomodel.linux.net.ipv6.output_core import (
    ip6_dst_hoplimit,
    ip6_local_out,
    ipv6_select_ident,
)
from lomodel.linux.net.ipv6.route import (
    ip6_dst_store,
    ip6_mtu,
    ip6_route_get_saddr,
    ip6_route_output,
)
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv6/ip6_output.c")

HEADROOM = LL_RESERVED_SPACE + FRAG_HLEN

_ipv6hdr = struct.Struct("!IHBB16s16s")
_frag_hdr = struct.Struct("!BBHI")
_u16 = struct.Struct("!H")


def ip6_sk_ignore_df(sk: Sock) -> bool:
    """Whether a packet of this socket may be fragmented here (include/net/ip6_route.h)."""
    return sk.np_pmtudisc < IP_PMTUDISC_DO or sk.np_pmtudisc == IP_PMTUDISC_OMIT


@kernel_function
def ip6_dst_lookup_flow(net: Net, sk: Sock | None, fl6: InetCork) -> Rt6Info:
    """The dst for a flow; fills in the source address where the flow has none.

    OSError EADDRNOTAVAIL when there is no address to send from, then the route's own error:
    ENETUNREACH when none leads there, which counts as OutNoRoutes. EAFNOSUPPORT from a mapped
    address to one that is none. Source: also ip6_dst_lookup_tail.
    """
    rt = ip6_route_output(net, fl6)
    if fl6.saddr == IN6ADDR_ANY:
        fl6.saddr = ip6_route_get_saddr(net, None if rt.error else rt, fl6.daddr)
    if rt.error:
        if trace.on:
            decide("does the route lead anywhere?", False, error=rt.error, daddr=fl6.daddr.hex())
        if rt.error == errno.ENETUNREACH:
            net.mib.ipv6_statistics[IPSTATS_MIB_OUTNOROUTES] += 1
        raise sock_error_raise(rt.error)
    if ipv6_addr_v4mapped(fl6.saddr) and not (
        ipv6_addr_v4mapped(fl6.daddr) or fl6.daddr == IN6ADDR_ANY
    ):
        if trace.on:
            decide("is the source alone an address of IPv4?", True, saddr=fl6.saddr.hex())
        raise sock_error_raise(errno.EAFNOSUPPORT)
    return rt


@kernel_function
def ip6_sk_dst_lookup_flow(sk: Sock, fl6: InetCork, connected: bool) -> Rt6Info:
    """The dst for a flow of a socket, which ``connected`` sockets remember.

    The remembered one would be what is found, or it has expired, and is forgotten here. OSError as
    ``ip6_dst_lookup_flow``.
    """
    dst = sk.sk_dst_cache
    if dst is not None and not dst.ops.check(dst, sk.dst_cookie):
        if trace.on:
            decide("is the socket's route still valid?", False, dev=dst.dev.name)
        sk.sk_dst_cache = None
    rt = ip6_dst_lookup_flow(sk.net, sk, fl6)
    if connected:
        ip6_dst_store(sk, rt)
    return rt


@kernel_function
def ip6_setup_cork(sk: Sock, cork: InetCork, rt: Rt6Info) -> None:
    """Begin a datagram: fix the MTU that it is made for."""
    mtu = rt.dev.mtu if sk.np_pmtudisc >= IP_PMTUDISC_PROBE else ip6_mtu(rt)
    if sk.np_frag_size and sk.np_frag_size < mtu:
        mtu = sk.np_frag_size
    if mtu > IP6_MAX_MTU and sk.machine.release.udp6_mtu_limited:
        mtu = IP6_MAX_MTU if sk.sk_protocol == IPPROTO_UDP else mtu
    cork.fragsize = mtu
    cork.dst = rt
    cork.length = 0


@kernel_function
def __ip6_append_data(
    sk: Sock, queue: list[SkBuff], cork: InetCork, data: IovIter, length: int, transhdrlen: int
) -> None:
    """Append ``length`` bytes (``transhdrlen`` of them a header to be filled in later) as buffers.

    OSError EMSGSIZE when they are more than 65535, or more than the MTU and must not be fragmented,
    or more than 17 pages of 32 KB hold; ENOBUFS when the buffers would exceed twice the socket's
    send buffer.
    """
    mtu = IP6_MAX_MTU if cork.gso_size else cork.fragsize
    _check_length(sk, cork, length, transhdrlen, mtu)
    dev = cork.dst.dev
    partial = (
        transhdrlen
        and sk.sk_protocol == IPPROTO_UDP
        and length <= mtu - IPV6_HLEN
        and dev.features & (dev.netif_f.HW_CSUM | dev.netif_f.IPV6_CSUM)
    )
    if trace.on:
        decide("may the device sum it?", partial, length=length + IPV6_HLEN, mtu=mtu)
    cork.length += length
    if transhdrlen and sk.sk_err:
        sk.net.mib.ipv6_statistics[IPSTATS_MIB_OUTDISCARDS] += 1
        sock_alloc_send_skb(sk)
    skb, offset = ip6_alloc_new_skb(sk, cork, data, 0, length, transhdrlen, mtu)
    if transhdrlen:
        skb_set_owner_w(skb, sk)
    if partial:
        skb.ip_summed = CHECKSUM_PARTIAL
    queue.append(skb)
    if offset < length - transhdrlen:
        _append_rest(sk, queue, cork, data, length - transhdrlen, offset, mtu)


def _check_length(sk: Sock, cork: InetCork, length: int, transhdrlen: int, mtu: int) -> None:
    """The tests of ``__ip6_append_data`` that end in EMSGSIZE."""
    maxnonfragsize = IPV6_HLEN + IPV6_MAXPLEN if ip6_sk_ignore_df(sk) else mtu
    # IPV6_DONTFRAG: not even what could be cut may be longer than the MTU.
    most = (min(mtu, maxnonfragsize) if sk.dontfrag else maxnonfragsize) - IPV6_HLEN
    too_long = length > most or IPV6_HLEN + transhdrlen > mtu
    if trace.on:
        decide("is it too long?", too_long, length=length, most=most)
    if too_long:
        ipv6_local_error(sk, errno.EMSGSIZE, cork, mtu)
        raise sock_error_raise(errno.EMSGSIZE)


def _maxfraglen(mtu: int) -> int:
    """The longest fragment but the last, without its fragment header, in bytes."""
    return ((mtu - IPV6_HLEN) & ~7) + IPV6_HLEN - FRAG_HLEN


def ip6_alloc_new_skb(
    sk: Sock, cork: InetCork, data: IovIter, offset: int, length: int, transhdrlen: int, mtu: int
) -> tuple[SkBuff, int]:
    """One buffer for the next of ``length`` bytes, and how many bytes of ``data`` it took."""
    datalen = length
    if datalen > (mtu if cork.length <= mtu else _maxfraglen(mtu)) - IPV6_HLEN:
        datalen = _maxfraglen(mtu) - IPV6_HLEN
    linear = datalen
    if cork.gso_size or datalen + IPV6_HLEN + HEADROOM >= SKB_MAX_ALLOC:
        linear = transhdrlen
    copy = linear - transhdrlen
    skb = SkBuff(bytearray(HEADROOM + IPV6_HLEN + transhdrlen), HEADROOM)
    if copy:
        skb.head += data[offset : offset + copy] if offset or copy < len(data) else data
    skb.len = IPV6_HLEN + linear
    skb.tail = HEADROOM + skb.len
    skb.network_header = HEADROOM
    skb.transport_header = HEADROOM + IPV6_HLEN
    skb.protocol = ETH_P_IPV6
    skb.truesize = alloc_truesize(sk.machine, IPV6_HLEN + linear + HEADROOM)
    return skb, copy


def _append_rest(
    sk: Sock, queue: list[SkBuff], cork: InetCork, data: IovIter, end: int, offset: int, mtu: int
) -> None:
    """The loop of ``__ip6_append_data``: fill up the last buffer with pages, else begin another."""
    maxfraglen = _maxfraglen(mtu)
    view = memoryview(data)
    wmem_alloc_delta = 0 if queue[0].sk else queue[0].truesize
    while offset < end:
        skb = queue[-1]
        left = end - offset
        copy = (mtu if cork.length <= mtu else maxfraglen) - skb.len
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
            skb, taken = ip6_alloc_new_skb(sk, cork, view, offset, left, 0, mtu)
            wmem_alloc_delta += skb.truesize
            offset += taken
            queue.append(skb)
            continue
        if len(skb.frags) == MAX_SKB_FRAGS:
            if trace.on:
                decide("is there room for one more page?", False, pages=MAX_SKB_FRAGS)
            raise _append_error(sk, queue, errno.EMSGSIZE)
        copy = ip_append_page(sk, queue, view[offset : offset + min(copy, left)])
        wmem_alloc_delta += 0 if skb.sk else copy
        offset += copy


def _append_error(sk: Sock, queue: list[SkBuff], code: int) -> OSError:
    """The end of ``__ip6_append_data`` where it fails: what was appended goes, and counts."""
    sk.net.mib.ipv6_statistics[IPSTATS_MIB_OUTDISCARDS] += 1
    ip_flush_pending_frames(queue)
    return sock_error_raise(code)


@kernel_function
def __ip6_make_skb(sk: Sock, queue: list[SkBuff], cork: InetCork) -> SkBuff:
    """Make one packet of the buffers and write its IPv6 header (its length comes later)."""
    skb = queue[0]
    if len(queue) > 1:
        _gather(sk, skb, queue)
    if not skb.sk:
        skb_set_owner_w(skb, sk)
    skb.ignore_df = ip6_sk_ignore_df(sk)
    sk.net.mib.ipv6_statistics[IPSTATS_MIB_OUTREQUESTS] += 1
    _ipv6hdr.pack_into(
        skb.head,
        skb.network_header,
        6 << 28 | cork.tos << 20,
        0,
        sk.sk_protocol,
        ip6_sk_dst_hoplimit(sk, cork),
        cork.saddr,
        cork.daddr,
    )
    skb.dst = cork.dst
    if sk.sk_protocol == IPPROTO_ICMPV6:
        # C has the type in the flow (fl6_icmp_type), as a raw socket's own header may be paged.
        sk.net.mib.icmpv6msg_statistics[cork.icmp_type | ICMPMSG_OUT] += 1
        sk.net.mib.icmpv6_statistics[ICMP6_MIB_OUTMSGS] += 1
    return skb


def ip6_sk_dst_hoplimit(sk: Sock, cork: InetCork) -> int:
    """The hop limit of a socket's packet: for a group or not, or else what the route has.

    Source: include/net/ipv6.h.
    """
    hlimit = sk.np_mcast_hops if cork.daddr[0] == 0xFF else sk.np_hop_limit
    return hlimit if hlimit >= 0 else ip6_dst_hoplimit(cork.dst)


def _gather(sk: Sock, skb: SkBuff, queue: list[SkBuff]) -> None:
    """Hang the further buffers, without the room for their headers, on the first one's
    frag_list."""
    skb.frag_list = members = queue[1:]
    truesize = 0
    for member in members:
        member.data += IPV6_HLEN
        member.len -= IPV6_HLEN
        skb.len += member.len
        skb.data_len += member.len
        truesize += member.truesize
    skb.truesize += truesize
    if skb.sk:
        sk.sk_wmem_alloc += truesize


@kernel_function
def ip6_make_skb(
    sk: Sock, data: IovIter, length: int, transhdrlen: int, rt: Rt6Info, cork: InetCork
) -> SkBuff:
    """One IPv6 packet with room for a transport header and ``data`` behind it.

    OSError as ``__ip6_append_data``.
    """
    queue: list[SkBuff] = []
    ip6_setup_cork(sk, cork, rt)
    __ip6_append_data(sk, queue, cork, data, length, transhdrlen)
    return __ip6_make_skb(sk, queue, cork)


@kernel_function
def ip6_send_skb(skb: SkBuff) -> int:
    """Send a packet of this host. Returns 0 or a negative errno; see ``ip_send_skb``."""
    dst = skb.dst
    assert dst is not None
    err = ip6_local_out(dst.net, skb.sk, skb)
    if err > 0:
        err = 0 if err == NET_XMIT_CN else -errno.ENOBUFS
    if err:
        dst.net.mib.ipv6_statistics[IPSTATS_MIB_OUTDISCARDS] += 1
    return err


@kernel_function
def ip6_output(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """The output of a dst; while IPv6 is disabled on the device the packet is dropped in
    silence."""
    dst = skb.dst
    assert dst is not None
    skb.dev = dev = dst.dev
    skb.protocol = ETH_P_IPV6
    idev = dev.ip6_ptr
    if idev is None or idev.cnf.disable_ipv6:
        if trace.on:
            decide("may IPv6 use the device?", False, dev=dev.name)
        net.mib.ipv6_statistics[IPSTATS_MIB_OUTDISCARDS] += 1
        kfree_skb(skb)
        return 0
    return ip6_finish_output(net, sk, skb)


@kernel_function
def ip6_finish_output(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """Send it whole, or in fragments when it is longer than the MTU (a GSO packet is not cut)."""
    mtu = ip6_skb_dst_mtu(sk, skb)
    if skb.gso_size:
        return ip6_finish_output_gso(net, sk, skb, mtu)
    if trace.on:
        decide("is it longer than the MTU?", skb.len > mtu, len=skb.len, mtu=mtu)
    if skb.len > mtu:
        return ip6_fragment(net, sk, skb)
    return ip6_finish_output2(net, sk, skb)


def ip6_skb_dst_mtu(sk: Sock | None, skb: SkBuff) -> int:
    """The MTU, in bytes, that a packet has to fit on its way out (include/net/ip6_route.h)."""
    dst = skb.dst
    assert dst is not None
    if sk is not None and sk.np_pmtudisc >= IP_PMTUDISC_PROBE:
        return dst.dev.mtu
    return ip6_mtu(dst)


@kernel_function
def ip6_finish_output_gso(net: Net, sk: Sock | None, skb: SkBuff, mtu: int) -> int:
    """Send a GSO packet; should its segments not fit the MTU, cut it and fragment the long ones."""
    segment = skb.transport_header - skb.network_header + 8 + skb.gso_size
    if trace.on:
        decide("does every segment fit the MTU?", segment <= mtu, segment=segment, mtu=mtu)
    if segment <= mtu:
        return ip6_finish_output2(net, sk, skb)
    features = netif_skb_features(skb) & ~skb.dev.netif_f.GSO_MASK
    try:
        segments = skb_gso_segment(skb, features)
    except OSError:
        segments = None
    if segments is None:
        kfree_skb(skb)
        return -errno.ENOMEM
    ret = 0
    for piece in segments:
        send = ip6_fragment if piece.len > mtu else ip6_finish_output2
        ret = ret or send(net, sk, piece)
    return ret


@kernel_function
def ip6_finish_output2(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """Find the neighbour that the route leads to, and put its hardware header in front."""
    net.mib.ipv6_statistics[IPSTATS_MIB_OUTPKTS] += 1
    dev = skb.dev
    at = skb.network_header
    neigh = neigh_lookup(dev.machine.nd_tbl, dev, bytes(skb.head[at + 24 : at + 40]))
    if neigh.hh.hh_len:
        return neigh_hh_output(neigh.hh, skb)
    return neigh.output(neigh, skb)


@kernel_function
def ip6_fragment(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """Send a packet as fragments, in order; each goes all the way before the next.

    The first send that fails ends it. Returns that error, or 0; -EMSGSIZE for a packet that must
    not be fragmented.
    """
    mtu = ip6_skb_dst_mtu(sk, skb)
    if sk is not None and sk.np_frag_size and sk.np_frag_size < mtu:
        mtu = sk.np_frag_size
    if (not skb.ignore_df and skb.len > mtu) or mtu < IPV6_HLEN + FRAG_HLEN + 8:
        if trace.on:
            decide("may it be cut here?", False, ignore_df=skb.ignore_df, mtu=mtu)
        icmpv6_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu)
        net.mib.ipv6_statistics[IPSTATS_MIB_FRAGFAILS] += 1
        kfree_skb(skb)
        return -errno.EMSGSIZE
    if skb.ip_summed == CHECKSUM_PARTIAL:
        skb_checksum_help(skb)
    mtu -= IPV6_HLEN + FRAG_HLEN
    ready = _geometry_fits(skb, mtu)
    if trace.on:
        decide("are the fragments ready on the frag_list?", ready, mtu=mtu)
    if not ready:
        return _slow_path(net, sk, skb, mtu)
    return _fraglist_output(net, sk, skb)


def _geometry_fits(skb: SkBuff, mtu: int) -> bool:
    """Whether there are members, and head and members are what the fragments have to be."""
    members = skb.frag_list
    if members is None:
        return False
    first = skb.len - sum(member.len for member in members) - IPV6_HLEN
    if first > mtu or first & 7:
        return False
    last = members[-1]
    return all(m.len <= mtu and (m is last or not m.len & 7) for m in members)


def _fraglist_output(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """ip6_fraglist_init, _prepare and _next: every member gets both headers in turn."""
    members, skb.frag_list = skb.frag_list or [], None
    at = skb.network_header
    header = bytearray(skb.head[at : at + IPV6_HLEN])
    nexthdr, header[6] = header[6], IPPROTO_FRAGMENT
    for member in members:
        skb.len -= member.len
        skb.data_len -= member.len
        skb.truesize -= member.truesize
        if skb.sk:
            member.sk, member.destructor = skb.sk, skb.destructor
    skb.data += IPV6_HLEN
    skb.len -= IPV6_HLEN
    ident = ipv6_select_ident(net)
    waiting = deque(members)
    _fragment_headers(skb, header, nexthdr, 0, True, ident)
    offset = 0
    while True:
        following = waiting.popleft() if waiting else None
        if following is not None:
            offset += skb.len - IPV6_HLEN - FRAG_HLEN
            _copy_metadata(following, skb)
            _fragment_headers(following, header, nexthdr, offset, bool(waiting), ident)
        err = ip6_finish_output2(net, sk, skb)
        if not err:
            net.mib.ipv6_statistics[IPSTATS_MIB_FRAGCREATES] += 1
        if following is None or err:
            net.mib.ipv6_statistics[IPSTATS_MIB_FRAGFAILS if err else IPSTATS_MIB_FRAGOKS] += 1
            for fragment in [following, *waiting] if following else ():
                kfree_skb(fragment)
            return err
        skb = following


def _copy_metadata(to: SkBuff, source: SkBuff) -> None:
    """ip6_copy_metadata: what a fragment has from the packet."""
    to.pkt_type, to.priority, to.protocol = source.pkt_type, source.priority, source.protocol
    to.dst, to.dev, to.hash = source.dst, source.dev, source.hash


def _fragment_headers(
    skb: SkBuff, header: bytearray, nexthdr: int, offset: int, more: bool, ident: int
) -> None:
    """Push a fragment header and in front of it the packet's IPv6 header, with its own length."""
    skb.ip_summed = CHECKSUM_NONE
    skb.transport_header = skb.data
    skb.data -= FRAG_HLEN
    _frag_hdr.pack_into(skb.head, skb.data, nexthdr, 0, offset | (IP6_MF if more else 0), ident)
    skb.data -= IPV6_HLEN
    skb.len += FRAG_HLEN + IPV6_HLEN
    skb.network_header = skb.data
    skb.head[skb.data : skb.data + IPV6_HLEN] = header
    _u16.pack_into(skb.head, skb.data + 4, skb.len - IPV6_HLEN)


def _slow_path(net: Net, sk: Sock | None, skb: SkBuff, mtu: int) -> int:
    """ip6_frag_init and ip6_frag_next: copy the packet piece by piece into new buffers."""
    at = skb.network_header
    header = bytearray(skb.head[at : at + IPV6_HLEN])
    nexthdr, header[6] = header[6], IPPROTO_FRAGMENT
    ident = ipv6_select_ident(net)
    left, offset = skb.len - IPV6_HLEN, 0
    while left > 0:
        size = left if left <= mtu else mtu & ~7
        room = LL_RESERVED_SPACE + IPV6_HLEN + FRAG_HLEN
        fragment = SkBuff(bytearray(room) + skb_copy_bits(skb, IPV6_HLEN + offset, size), room)
        fragment.truesize = alloc_truesize(net.machine, room + size)
        fragment.len = size
        fragment.tail = room + size
        _copy_metadata(fragment, skb)
        left -= size
        _fragment_headers(fragment, header, nexthdr, offset, left > 0, ident)
        offset += size
        err = ip6_finish_output2(net, sk, fragment)
        if err:
            break
        net.mib.ipv6_statistics[IPSTATS_MIB_FRAGCREATES] += 1
    net.mib.ipv6_statistics[IPSTATS_MIB_FRAGFAILS if err else IPSTATS_MIB_FRAGOKS] += 1
    consume_skb(skb)
    return err
