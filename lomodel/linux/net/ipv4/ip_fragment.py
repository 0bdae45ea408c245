"""net/ipv4/ip_fragment.c: IPv4 packets put together again.

Left out: timeouts and their ICMP message, ECN, distance limits per peer.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.skbuff import SkBuff, skb_orphan
from lomodel.linux.include.net.ip import IP_HLEN, IP_MF, IP_OFFSET
from lomodel.linux.net.core.net_namespace import Net, PernetOperations, register_pernet_subsys
from lomodel.linux.net.core.skbuff import kfree_skb
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
from lomodel.linux.net.ipv4.ip_output_fragment import ip_send_check
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv4/ip_fragment.c")


IP_MAX_LEN = 65535


@kernel_function
def ip_defrag(net: Net, skb: SkBuff) -> SkBuff | None:
    """Take a fragment; returns the whole packet when it was the last missing one, else None.

    What overlaps, contradicts or finds no memory is dropped.
    """
    head, at = skb.head, skb.network_header
    key = bytes(head[at + 12 : at + 20] + head[at + 4 : at + 6] + head[at + 9 : at + 10])
    q = inet_frag_find(net.ipv4.fqdir, key)
    if q is None:
        kfree_skb(skb)
        return None
    return ip_frag_queue(q, skb)


@kernel_function
def ip_frag_queue(q: InetFragQueue, skb: SkBuff) -> SkBuff | None:
    """Add a fragment to its packet; returns the packet when that completes it."""
    at = skb.network_header
    frag_off = int.from_bytes(skb.head[at + 6 : at + 8], "big")
    more = bool(frag_off & IP_MF)
    offset = (frag_off & IP_OFFSET) << 3
    end = offset + skb.len - IP_HLEN
    if more:
        end &= ~7
    if not inet_frag_queue_bounds(q, offset, end, more):
        inet_frag_kill(q)
        return None
    skb.data += IP_HLEN
    skb.len -= IP_HLEN
    if not inet_frag_queue_insert(q, skb, offset, end):
        inet_frag_kill(q)
        return None
    complete = inet_frag_complete(q)
    if trace.on:
        decide("is the packet complete?", complete, meat=q.meat, len=q.len, offset=offset)
    if complete:
        return ip_frag_reasm(q, skb)
    skb_orphan(skb)
    return None


@kernel_function
def ip_frag_reasm(q: InetFragQueue, skb: SkBuff) -> SkBuff | None:
    """Make ``skb`` the packet of all fragments, with a header that says so; None when it exceeds
    65535 bytes."""
    inet_frag_kill(q)
    if IP_HLEN + q.len > IP_MAX_LEN:
        return None
    inet_frag_reasm_finish(q, skb)
    skb.data -= IP_HLEN
    skb.len += IP_HLEN
    head, at = skb.head, skb.network_header
    head[at + 2 : at + 4] = skb.len.to_bytes(2, "big")
    head[at + 6 : at + 8] = b"\0\0"
    ip_send_check(head, at)
    return skb


def ipv4_frags_init_net(net: Net) -> None:
    """Nothing waits in a new namespace."""
    net.ipv4.fqdir = FqDir()


ip4_frags_ops = PernetOperations("ip4_frags_ops", init=ipv4_frags_init_net)


@kernel_function
def ipfrag_init(machine: Machine) -> None:
    """At boot."""
    register_pernet_subsys(machine, ip4_frags_ops)
