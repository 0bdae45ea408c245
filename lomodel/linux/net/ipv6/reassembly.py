"""net/ipv6/reassembly.c: IPv6 packets put together again.

Left out: timeouts, ECN, parameter problems, extension headers before the fragment header.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.ipv6 import IPV6_MAXPLEN
from lomodel.linux.include.linux.skbuff import SkBuff, skb_orphan
from lomodel.linux.include.net.ipv6 import FRAG_HLEN, IP6_MF, IPV6_HLEN
from lomodel.linux.include.net.protocol import Inet6Protocol
from lomodel.linux.include.uapi.linux.in6 import IPPROTO_FRAGMENT
from lomodel.linux.net.core.net_namespace import Net, PernetOperations, register_pernet_subsys
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
from lomodel.linux.net.ipv6.protocol import inet6_add_protocol
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/reassembly.c")


_frag_hdr = struct.Struct("!BBHI")


@kernel_function
def ipv6_frag_rcv(skb: SkBuff) -> int:
    """Take a fragment. 1 when it was the last missing one, and ``skb`` is the whole packet now;
    else -1, and it waits or is dropped."""
    if not pskb_may_pull(skb, FRAG_HLEN):
        return -1
    head, at = skb.head, skb.network_header
    nexthdr, _, frag_off, ident = _frag_hdr.unpack_from(head, skb.data)
    key = bytes(head[at + 8 : at + 40]) + ident.to_bytes(4, "big")
    q = inet_frag_find(skb.dev.nd_net.ipv6.fqdir, key)
    if q is None:
        kfree_skb(skb)
        return -1
    return ip6_frag_queue(q, skb, nexthdr, frag_off)


@kernel_function
def ip6_frag_queue(q: InetFragQueue, skb: SkBuff, nexthdr: int, frag_off: int) -> int:
    """Add a fragment to its packet; 1 when that completes it, else -1."""
    offset, more = frag_off & ~7, bool(frag_off & IP6_MF)
    end = offset + skb.len - FRAG_HLEN
    if end > IPV6_MAXPLEN or (more and end & 7):
        return -1
    if not inet_frag_queue_bounds(q, offset, end, more):
        inet_frag_kill(q)
        return -1
    skb.data += FRAG_HLEN
    skb.len -= FRAG_HLEN
    if not inet_frag_queue_insert(q, skb, offset, end):
        inet_frag_kill(q)
        return -1
    complete = inet_frag_complete(q)
    if trace.on:
        decide("is the packet complete?", complete, meat=q.meat, len=q.len, offset=offset)
    if complete:
        return ip6_frag_reasm(q, skb, nexthdr)
    skb_orphan(skb)
    return -1


@kernel_function
def ip6_frag_reasm(q: InetFragQueue, skb: SkBuff, nexthdr: int) -> int:
    """Make ``skb`` the packet of all fragments: the IPv6 header moves up over the fragment header's
    place. 1, or -1 when its payload exceeds 65535 bytes."""
    inet_frag_kill(q)
    if q.len > IPV6_MAXPLEN:
        return -1
    inet_frag_reasm_finish(q, skb)
    head, at = skb.head, skb.network_header
    head[at + FRAG_HLEN : at + FRAG_HLEN + IPV6_HLEN] = head[at : at + IPV6_HLEN]
    skb.network_header = at = at + FRAG_HLEN
    skb.mac_header += FRAG_HLEN
    skb.transport_header = skb.data
    head[at + 6] = nexthdr
    head[at + 4 : at + 6] = q.len.to_bytes(2, "big")
    return 1


def ipv6_frags_init_net(net: Net) -> None:
    """Nothing waits in a new namespace."""
    net.ipv6.fqdir = FqDir()


frag_protocol = Inet6Protocol(handler=ipv6_frag_rcv)
ip6_frags_ops = PernetOperations("ip6_frags_ops", init=ipv6_frags_init_net)


@kernel_function
def ipv6_frag_init(machine: Machine) -> None:
    """At boot: the fragment header is a protocol that IPv6 hands packets to."""
    inet6_add_protocol(machine, frag_protocol, IPPROTO_FRAGMENT)
    register_pernet_subsys(machine, ip6_frags_ops)
