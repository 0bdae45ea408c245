"""net/ipv4/ip_fragment.c: IPv4 packets put together again.

Left out: timeouts and their ICMP message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_NONE,
    CHECKSUM_UNNECESSARY,
    SkBuff,
    skb_orphan,
)
from lomodel.linux.include.net.ip import IP_DF, IP_MF, IP_OFFSET
from lomodel.linux.include.uapi.linux.snmp import (
    IPSTATS_MIB_REASMFAILS,
    IPSTATS_MIB_REASMOKS,
    IPSTATS_MIB_REASMREQDS,
)
from lomodel.linux.net.core.net_namespace import Net, PernetOperations, register_pernet_subsys
from lomodel.linux.net.core.skbuff import checksum, kfree_skb, pskb_trim_rcsum
from lomodel.linux.net.ipv4.inet_fragment import (
    IPFRAG_DUP,
    IPFRAG_OVERLAP,
    FqDir,
    InetFragQueue,
    inet_frag_add,
    inet_frag_complete,
    inet_frag_find,
    inet_frag_kill,
    inet_frag_queue_bounds,
    inet_frag_queue_flush,
    inet_frag_queue_insert,
    inet_frag_reasm_finish,
    ip_frag_ecn_table,
)
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
    counters = net.mib.ip_statistics
    counters[IPSTATS_MIB_REASMREQDS] += 1
    head, at = skb.head, skb.network_header
    key = bytes(head[at + 12 : at + 20] + head[at + 4 : at + 6] + head[at + 9 : at + 10])
    q = inet_frag_find(net.ipv4.fqdir, key)
    if q is None:
        if trace.on:
            decide("is there memory for one more packet in parts?", False)
        counters[IPSTATS_MIB_REASMFAILS] += 1
        kfree_skb(skb)
        return None
    return ip_frag_queue(q, skb, counters)


@kernel_function
def ip_frag_queue(q: InetFragQueue, skb: SkBuff, counters: list[int]) -> SkBuff | None:
    """Add a fragment to its packet; returns the packet when that completes it."""
    if ip_frag_too_far(q):
        counters[IPSTATS_MIB_REASMFAILS] += 1
        inet_frag_queue_flush(q)
    head, at = skb.head, skb.network_header
    tos, frag_off = head[at + 1], head[at + 6] << 8 | head[at + 7]
    ihl = skb.transport_header - at
    more, offset = bool(frag_off & IP_MF), (frag_off & IP_OFFSET) << 3
    end = offset + skb.len - ihl
    if more and end & 7:
        end &= ~7
        if skb.ip_summed != CHECKSUM_UNNECESSARY:
            skb.ip_summed = CHECKSUM_NONE
    if not inet_frag_queue_bounds(q, offset, end, more):
        if trace.on:
            decide(
                "does the fragment contradict the others?", True, offset=offset, end=end, more=more
            )
        _discard(q, skb, counters)
        return None
    skb.data += ihl
    skb.len -= ihl
    if not pskb_trim_rcsum(skb, end - offset):
        if trace.on:
            decide("can it be trimmed to its length?", False, length=end - offset, len=skb.len)
        _discard(q, skb, counters)
        return None
    err = inet_frag_queue_insert(q, skb, offset, end)
    if err == IPFRAG_OVERLAP:
        if trace.on:
            decide("does the fragment overlap with others?", True, offset=offset, end=end)
        _discard(q, skb, counters)
        return None
    if err == IPFRAG_DUP:
        if trace.on:
            decide("is the fragment there already?", True, offset=offset, end=end)
        kfree_skb(skb)
        return None
    inet_frag_add(q, skb, offset, tos)
    fragsize = skb.len + ihl
    if fragsize > q.max_size:
        q.max_size = fragsize
    if frag_off & IP_DF:
        q.max_df_size = max(q.max_df_size, fragsize)
    complete = inet_frag_complete(q)
    if trace.on:
        decide("is the packet complete?", complete, meat=q.meat, len=q.len, flags=q.flags)
    if complete:
        return ip_frag_reasm(q, skb, counters)
    skb_orphan(skb)
    return None


def _discard(q: InetFragQueue, skb: SkBuff, counters: list[int]) -> None:
    """A fragment that contradicts the others spoils them all."""
    inet_frag_kill(q)
    counters[IPSTATS_MIB_REASMFAILS] += 1
    kfree_skb(skb)


@kernel_function
def ip_frag_too_far(q: InetFragQueue) -> bool:
    """Whether more than 64 other fragments came from the sender since this packet's last one.

    Then the identification may have come round, and what is here is of an older packet.
    """
    fqdir, saddr = q.fqdir, q.key[:4]
    start, end = q.rid, fqdir.peers.get(saddr, 0) + 1
    fqdir.peers[saddr] = q.rid = end
    far = bool(q.fragments) and end - start > fqdir.max_dist
    if trace.on and far:
        decide("did too many other fragments come between?", far, distance=end - start)
    return far


@kernel_function
def ip_frag_reasm(q: InetFragQueue, skb: SkBuff, counters: list[int]) -> SkBuff | None:
    """Make ``skb`` the packet of all fragments, with a header that says so; None when it exceeds
    65535 bytes, or some of it allow ECN and some do not."""
    inet_frag_kill(q)
    ecn = ip_frag_ecn_table.get(q.ecn, 0)
    first = q.fragments[0][2]
    ihl = first.transport_header - first.network_header
    length = ihl + q.len
    if ecn is None or length > IP_MAX_LEN:
        if trace.on:
            decide("can it be one packet?", False, len=length, ecn=q.ecn)
        counters[IPSTATS_MIB_REASMFAILS] += 1
        return None
    inet_frag_reasm_finish(q, skb)
    skb.data -= ihl
    skb.len += ihl
    head, at = skb.head, skb.network_header
    head[at + 1] |= ecn
    head[at + 2 : at + 4] = skb.len.to_bytes(2, "big")
    head[at + 6 : at + 8] = b"\x40\0" if q.max_df_size == q.max_size else b"\0\0"
    head[at + 10 : at + 12] = b"\0\0"
    total = ~checksum(head[at : at + ihl]) & 0xFFFF
    head[at + 10 : at + 12] = total.to_bytes(2, "big")
    counters[IPSTATS_MIB_REASMOKS] += 1
    return skb


def ipv4_frags_init_net(net: Net) -> None:
    """Nothing waits in a new namespace."""
    net.ipv4.fqdir = FqDir()


ip4_frags_ops = PernetOperations("ip4_frags_ops", init=ipv4_frags_init_net)


@kernel_function
def ipfrag_init(machine: Machine) -> None:
    """At boot."""
    register_pernet_subsys(machine, ip4_frags_ops)
