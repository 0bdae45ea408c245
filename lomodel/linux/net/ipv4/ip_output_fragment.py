"""net/ipv4/ip_output.c: packets that are longer than the MTU."""

from __future__ import annotations

import errno
import struct
from collections import deque
from collections.abc import Callable, Generator
from typing import TypeAlias

from lomodel import trace
from lomodel.linux.include.linux.netdevice import LL_RESERVED_SPACE
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_NONE,
    CHECKSUM_PARTIAL,
    SkBuff,
)
from lomodel.linux.include.net.ip import (
    IP_DF,
    IP_MAX_MTU,
    IP_MF,
    IP_OFFSET,
)
from lomodel.linux.include.uapi.linux.icmp import ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED
from lomodel.linux.include.uapi.linux.snmp import (
    IPSTATS_MIB_FRAGCREATES,
    IPSTATS_MIB_FRAGFAILS,
    IPSTATS_MIB_FRAGOKS,
)
from lomodel.linux.net.core.dev import skb_checksum_help
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.skbuff import alloc_truesize, consume_skb, kfree_skb, skb_copy_bits
from lomodel.linux.net.core.sock import (
    Sock,
    ip_sk_use_pmtu,
)
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/ip_output.c")


Output: TypeAlias = Callable[[Net, "Sock | None", SkBuff], int]
"""Who sends a fragment on its way."""

_u16 = struct.Struct("!H")


def ip_send_check(head: bytearray, at: int) -> None:
    """Compute the checksum of the 20-byte IPv4 header at offset ``at``.

    Source: net/ipv4/ip_output.c. The header is one big number here; modulo 0xffff it is congruent
    to the sum of its 16-bit words.
    """
    head[at + 10 : at + 12] = b"\0\0"
    total = int.from_bytes(head[at : at + (head[at] & 0xF) * 4], "big") % 0xFFFF
    _u16.pack_into(head, at + 10, 0xFFFF - total)


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
def ip_fragment(net: Net, sk: Sock | None, skb: SkBuff, mtu: int, output: Output) -> int:
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
    return ip_do_fragment(net, sk, skb, output)


@kernel_function
def ip_do_fragment(net: Net, sk: Sock | None, skb: SkBuff, output: Output) -> int:
    """Send a packet as fragments, in order; each goes all the way before the next.

    The first send that fails (a stopped device says NET_XMIT_CN) ends it, and the rest is dropped.
    Returns that error, or 0; -EMSGSIZE when not even 8 bytes fit a fragment.
    """
    if skb.ip_summed == CHECKSUM_PARTIAL:
        skb_checksum_help(skb)
    hlen = (skb.head[skb.network_header] & 0xF) * 4
    mtu = ip_skb_dst_mtu(sk, skb) - hlen
    stats = net.mib.ip_statistics
    if mtu < 8:
        if trace.on:
            decide("is there room for 8 bytes in a fragment?", False, room=mtu)
        stats[IPSTATS_MIB_FRAGFAILS] += 1
        kfree_skb(skb)
        return -errno.EMSGSIZE
    ready = _geometry_fits(skb, mtu, hlen)
    if trace.on:
        decide("are the fragments ready on the frag_list?", ready, mtu=mtu)
    fragments = _fraglist(skb, hlen) if ready else _slow_path(skb, mtu, hlen)
    for fragment in fragments:
        err = output(net, sk, fragment)
        if err:
            stats[IPSTATS_MIB_FRAGFAILS] += 1
            fragments.close()
            return err
        stats[IPSTATS_MIB_FRAGCREATES] += 1
    stats[IPSTATS_MIB_FRAGOKS] += 1
    return 0


def _geometry_fits(skb: SkBuff, mtu: int, hlen: int) -> bool:
    """Whether there are members, and head and members are what the fragments have to be."""
    members = skb.frag_list
    if members is None:
        return False
    first = skb.len - sum(member.len for member in members) - hlen
    if first > mtu or first & 7:
        return False
    last = members[-1]
    return all(m.len <= mtu and (m is last or not m.len & 7) for m in members)


def _fraglist(skb: SkBuff, hlen: int) -> Generator[SkBuff]:
    """ip_fraglist_init, _prepare and _next: every member gets a copy of the header in turn.

    A fragment is made ready before the one in front of it goes, as that one will be gone then.
    Closed early, it drops the rest.
    """
    waiting = deque(_detach_members(skb))
    at = skb.network_header
    header = bytes(skb.head[at : at + hlen])
    _fragment_header(skb, header, 0, True)
    offset = 0
    following: SkBuff | None = skb
    try:
        while following is not None:
            skb, following = following, waiting.popleft() if waiting else None
            if following is not None:
                offset += skb.len - hlen
                _copy_metadata(following, skb)
                following.ip_summed = CHECKSUM_NONE
                following.data -= hlen
                following.len += hlen
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
    skb.network_header, skb.transport_header = at, at + len(header)
    skb.head[at : at + len(header)] = header
    _u16.pack_into(skb.head, at + 2, skb.len)
    _u16.pack_into(skb.head, at + 6, offset >> 3 | (IP_MF if more else 0))
    ip_send_check(skb.head, at)


def _slow_path(skb: SkBuff, mtu: int, hlen: int) -> Generator[SkBuff]:
    """ip_frag_init and ip_frag_next: copy the packet piece by piece into new buffers."""
    at = skb.network_header
    header = bytes(skb.head[at : at + hlen])
    frag_off = int.from_bytes(header[6:8], "big")
    offset, not_last = (frag_off & IP_OFFSET) << 3, bool(frag_off & IP_MF)
    ptr, left = hlen, skb.len - hlen
    try:
        while left > 0:
            size = left if left <= mtu else mtu & ~7
            fragment = SkBuff(
                bytearray(LL_RESERVED_SPACE + hlen) + skb_copy_bits(skb, ptr, size),
                LL_RESERVED_SPACE,
            )
            fragment.truesize = alloc_truesize(skb.dev.machine, LL_RESERVED_SPACE + hlen + size)
            fragment.len = hlen + size
            fragment.tail = LL_RESERVED_SPACE + fragment.len
            _copy_metadata(fragment, skb)
            left -= size
            _fragment_header(fragment, header, offset, left > 0 or not_last)
            ptr += size
            offset += size
            yield fragment
    finally:
        consume_skb(skb)
