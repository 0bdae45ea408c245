"""net/ipv6/reassembly.c: IPv6 packets put together again.

Left out: timeouts, ECN, parameter problems, extension headers before the fragment header.
"""

from __future__ import annotations

import struct
from typing import Any

from lomodel import trace
from lomodel.linux.include.linux.skbuff import SkBuff, skb_orphan
from lomodel.linux.include.net.ipv6 import FRAG_HLEN, IP6_MF, IPV6_HLEN, IPV6_MAXPLEN
from lomodel.linux.net.core.net_namespace import PernetOperations, register_pernet_subsys
from lomodel.linux.net.core.skbuff import kfree_skb, pskb_may_pull
from lomodel.linux.net.ipv4.inet_fragment import (
    FqDir,
    InetFragQueue,
    inet_frag_complete,
    inet_frag_find,
    inet_frag_kill,
    inet_frag_queue_bounds,
    inet_frag_queue_insert,
    inet_frag_reasm_finish,
)
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv6/reassembly.c")


_frag_hdr = struct.Struct("!BBHI")


@kernel_function
def ipv6_frag_rcv(net: Any, skb: SkBuff) -> SkBuff | None:
    """Take a fragment; returns the whole packet when it was the last missing one, else None."""
    if not pskb_may_pull(skb, FRAG_HLEN):
        return None
    head, at = skb.head, skb.network_header
    nexthdr, _, frag_off, ident = _frag_hdr.unpack_from(head, skb.data)
    key = bytes(head[at + 8 : at + 40]) + ident.to_bytes(4, "big")
    q = inet_frag_find(net.ipv6.fqdir, key)
    if q is None:
        kfree_skb(skb)
        return None
    return ip6_frag_queue(q, skb, nexthdr, frag_off)


@kernel_function
def ip6_frag_queue(q: InetFragQueue, skb: SkBuff, nexthdr: int, frag_off: int) -> SkBuff | None:
    """Add a fragment to its packet; returns the packet when that completes it."""
    offset, more = frag_off & ~7, bool(frag_off & IP6_MF)
    end = offset + skb.len - FRAG_HLEN
    if end > IPV6_MAXPLEN or (more and end & 7):
        return None
    if not inet_frag_queue_bounds(q, offset, end, more):
        inet_frag_kill(q)
        return None
    skb.data += FRAG_HLEN
    skb.len -= FRAG_HLEN
    if not inet_frag_queue_insert(q, skb, offset, end):
        inet_frag_kill(q)
        return None
    complete = inet_frag_complete(q)
    if trace.on:
        decide("is the packet complete?", complete, meat=q.meat, len=q.len, offset=offset)
    if complete:
        return ip6_frag_reasm(q, skb, nexthdr)
    skb_orphan(skb)
    return None


@kernel_function
def ip6_frag_reasm(q: InetFragQueue, last: SkBuff, nexthdr: int) -> SkBuff | None:
    """The packet of all fragments: the IPv6 header moves up over the fragment header's place.

    None when its payload exceeds 65535 bytes.
    """
    inet_frag_kill(q)
    if q.len > IPV6_MAXPLEN:
        return None
    skb = inet_frag_reasm_finish(q, last)
    head, at = skb.head, skb.network_header
    head[at + FRAG_HLEN : at + FRAG_HLEN + IPV6_HLEN] = head[at : at + IPV6_HLEN]
    skb.network_header = at = at + FRAG_HLEN
    skb.mac_header += FRAG_HLEN
    skb.transport_header = skb.data
    head[at + 6] = nexthdr
    head[at + 4 : at + 6] = q.len.to_bytes(2, "big")
    return skb


def ipv6_frags_init_net(net: Any) -> None:
    """Nothing waits in a new namespace."""
    net.ipv6.fqdir = FqDir()


ip6_frags_ops = PernetOperations("ip6_frags_ops", init=ipv6_frags_init_net)


@kernel_function
def ipv6_frag_init(machine: Any) -> None:
    """At boot."""
    register_pernet_subsys(machine, ip6_frags_ops)
