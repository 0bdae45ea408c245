"""net/ipv6/reassembly.c: IPv6 packets put together again.

Left out: timeouts and their ICMP message.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.icmpv6 import ICMP6_HLEN
from lomodel.linux.include.linux.ipv6 import IP6SKB_FRAGMENTED, IPV6_MAXPLEN, Inet6SkbParm
from lomodel.linux.include.linux.skbuff import NOT_SET, SkBuff, skb_orphan
from lomodel.linux.include.linux.tcp import TCP_HLEN
from lomodel.linux.include.linux.udp import UDP_HLEN
from lomodel.linux.include.net.ipv6 import FRAG_HLEN, IP6_MF, IP6_OFFSET, IPV6_HLEN
from lomodel.linux.include.net.protocol import Inet6Protocol
from lomodel.linux.include.uapi.linux.icmpv6 import ICMPV6_HDR_FIELD, ICMPV6_HDR_INCOMP
from lomodel.linux.include.uapi.linux.in6 import IPPROTO_FRAGMENT, IPPROTO_ICMPV6
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_TCP, IPPROTO_UDP
from lomodel.linux.include.uapi.linux.ipv6 import NEXTHDR, PAYLOAD_LEN
from lomodel.linux.include.uapi.linux.snmp import (
    IPSTATS_MIB_INHDRERRORS,
    IPSTATS_MIB_REASMFAILS,
    IPSTATS_MIB_REASMOKS,
    IPSTATS_MIB_REASMREQDS,
)
from lomodel.linux.net.core.net_namespace import Net, PernetOperations, register_pernet_subsys
from lomodel.linux.net.core.skbuff import kfree_skb, pskb_may_pull
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
    inet_frag_queue_insert,
    inet_frag_reasm_finish,
    ip_frag_ecn_table,
)
from lomodel.linux.net.ipv6.exthdrs_core import ipv6_skip_exthdr
from lomodel.linux.net.ipv6.ip6_icmp import icmpv6_param_prob
from lomodel.linux.net.ipv6.protocol import inet6_add_protocol
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/reassembly.c")


_frag_hdr = struct.Struct("!BBHI")
_HLEN = {IPPROTO_TCP: TCP_HLEN, IPPROTO_UDP: UDP_HLEN, IPPROTO_ICMPV6: ICMP6_HLEN}


@kernel_function
def ipv6_frag_rcv(skb: SkBuff) -> int:
    """Take a fragment. 1 when it was the last missing one, and ``skb`` is the whole packet now;
    else -1, and it waits or is dropped.

    A packet that has a fragment header and is whole goes on at once. One header is enough: a second
    is an error, and so is a first fragment that ends within the headers.
    """
    counters = skb.dev.nd_net.mib.ipv6_statistics
    head, at = skb.head, skb.network_header
    if skb.cb is not None and skb.cb.flags & IP6SKB_FRAGMENTED:
        return _wrong_header(skb, counters)
    counters[IPSTATS_MIB_REASMREQDS] += 1
    if not (head[at + 4] or head[at + 5]) or not pskb_may_pull(skb, FRAG_HLEN):
        return _wrong_header(skb, counters)
    head, at = skb.head, skb.network_header
    _, _, frag_off, ident = _frag_hdr.unpack_from(head, skb.data)
    if not frag_off & (IP6_OFFSET | IP6_MF):
        nhoff = skb.data - at
        skb.transport_header += FRAG_HLEN
        counters[IPSTATS_MIB_REASMOKS] += 1
        _parm(skb, nhoff)
        return 1
    if ipv6frag_thdr_truncated(skb, at + IPV6_HLEN - skb.data, head[at + NEXTHDR]):
        counters[IPSTATS_MIB_INHDRERRORS] += 1
        icmpv6_param_prob(skb, ICMPV6_HDR_INCOMP, 0)
        return -1
    key = bytes(head[at + 8 : at + 40]) + ident.to_bytes(4, "big")
    q = inet_frag_find(skb.dev.nd_net.ipv6.fqdir, key)
    if q is None:
        if trace.on:
            decide("is there memory for one more packet in parts?", False)
        counters[IPSTATS_MIB_REASMFAILS] += 1
        kfree_skb(skb)
        return -1
    ret, prob_offset = ip6_frag_queue(q, skb, frag_off, counters)
    if prob_offset:
        counters[IPSTATS_MIB_INHDRERRORS] += 1
        icmpv6_param_prob(skb, ICMPV6_HDR_FIELD, prob_offset)
    return ret


def _wrong_header(skb: SkBuff, counters: list[int]) -> int:
    counters[IPSTATS_MIB_INHDRERRORS] += 1
    icmpv6_param_prob(skb, ICMPV6_HDR_FIELD, skb.transport_header - skb.network_header)
    return -1


def _parm(skb: SkBuff, nhoff: int) -> None:
    """Note in the packet that its fragment header is behind it; what it had is not touched, as a
    clone may share it."""
    flags = 0 if skb.cb is None else skb.cb.flags
    skb.cb = Inet6SkbParm(nhoff, flags | IP6SKB_FRAGMENTED)


def ipv6frag_thdr_truncated(skb: SkBuff, start: int, nexthdr: int) -> bool:
    """Whether a first fragment ends before the header of its protocol does
    (include/net/ipv6_frag.h).

    ``start`` is where the header ``nexthdr`` begins, from data on: before it, if need be.
    """
    offset, nexthdr, frag_off = ipv6_skip_exthdr(skb, start, nexthdr)
    if offset < 0 or frag_off & IP6_OFFSET:
        return False
    truncated = offset + _HLEN.get(nexthdr, 1) > skb.len
    if trace.on:
        decide("does the first fragment end within a header?", truncated, nexthdr=nexthdr)
    return truncated


@kernel_function
def ip6_frag_queue(
    q: InetFragQueue, skb: SkBuff, frag_off: int, counters: list[int]
) -> tuple[int, int]:
    """Add a fragment to its packet: 1 when that completes it, else -1.

    With it the place of a field that is wrong, in bytes from the IPv6 header, or 0.
    """
    offset, more = frag_off & ~7, bool(frag_off & IP6_MF)
    end = offset + skb.len - FRAG_HLEN
    head, at = skb.head, skb.network_header
    if end > IPV6_MAXPLEN:
        if trace.on:
            decide("is the whole longer than IPv6 can say?", True, end=end, most=IPV6_MAXPLEN)
        return -1, skb.data + 2 - at
    if more and end & 7:
        if trace.on:
            decide("is the length of a part a multiple of 8?", False, end=end)
        return -1, PAYLOAD_LEN
    if not inet_frag_queue_bounds(q, offset, end, more):
        if trace.on:
            decide(
                "does the fragment contradict the others?", True, offset=offset, end=end, more=more
            )
        return _discard(q, skb, counters)
    skb.data += FRAG_HLEN
    skb.len -= FRAG_HLEN
    err = inet_frag_queue_insert(q, skb, offset, end)
    if err == IPFRAG_OVERLAP:
        if trace.on:
            decide("does the fragment overlap with others?", True, offset=offset, end=end)
        return _discard(q, skb, counters)
    if err == IPFRAG_DUP:
        if trace.on:
            decide("is the fragment there already?", True, offset=offset, end=end)
        kfree_skb(skb)
        return -1, 0
    inet_frag_add(q, skb, offset, (head[at] << 4 | head[at + 1] >> 4) & 0xFF)
    if not offset:
        q.nhoffset = NEXTHDR if skb.cb is None else skb.cb.nhoff
    complete = inet_frag_complete(q)
    if trace.on:
        decide("is the packet complete?", complete, meat=q.meat, len=q.len, flags=q.flags)
    if complete:
        return ip6_frag_reasm(q, skb, counters), 0
    skb_orphan(skb)
    return -1, 0


def _discard(q: InetFragQueue, skb: SkBuff, counters: list[int]) -> tuple[int, int]:
    """A fragment that contradicts the others spoils them all."""
    inet_frag_kill(q)
    counters[IPSTATS_MIB_REASMFAILS] += 1
    kfree_skb(skb)
    return -1, 0


@kernel_function
def ip6_frag_reasm(q: InetFragQueue, skb: SkBuff, counters: list[int]) -> int:
    """Make ``skb`` the packet of all fragments: the headers move up over the fragment header's
    place. 1, or -1 when its payload exceeds 65535 bytes, or some of it allow ECN and some not."""
    inet_frag_kill(q)
    ecn = ip_frag_ecn_table.get(q.ecn, 0)
    first = q.fragments[0][2]
    before = first.data - first.network_header - FRAG_HLEN
    payload_len = before - IPV6_HLEN + q.len
    if ecn is None or payload_len > IPV6_MAXPLEN:
        if trace.on:
            decide("can it be one packet?", False, payload_len=payload_len, ecn=q.ecn)
        counters[IPSTATS_MIB_REASMFAILS] += 1
        return -1
    nexthdr = first.head[first.data - FRAG_HLEN]
    inet_frag_reasm_finish(q, skb)
    head, at = skb.head, skb.network_header
    head[at + q.nhoffset] = nexthdr
    head[at + FRAG_HLEN : at + FRAG_HLEN + before] = head[at : at + before]
    skb.network_header = at = at + FRAG_HLEN
    if skb.mac_header != NOT_SET:
        skb.mac_header += FRAG_HLEN
    skb.transport_header = skb.data
    head[at + 4 : at + 6] = payload_len.to_bytes(2, "big")
    head[at + 1] |= ecn << 4
    _parm(skb, q.nhoffset)
    counters[IPSTATS_MIB_REASMOKS] += 1
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
