"""net/ipv6/output_core.c: the last step of IPv6 before the dst's output, and what fragments
have."""

from __future__ import annotations

import errno
import struct

from lomodel import trace
from lomodel.linux.include.linux.ipv6 import IPV6_MAXPLEN
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.net.dst import DstEntry
from lomodel.linux.include.net.ipv6 import IPV6_HLEN, NEXTHDR_DEST, NEXTHDR_HOP, NEXTHDR_ROUTING
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_IPV6
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.sock import Sock
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv6/output_core.c")

_u16 = struct.Struct("!H")


@kernel_function
def ip6_dst_hoplimit(dst: DstEntry) -> int:
    """The hop limit of packets that take this route: the setting of its device."""
    idev = dst.dev.ip6_ptr
    if idev is not None:
        return idev.cnf.hop_limit
    return dst.dev.nd_net.ipv6.devconf_all.hop_limit


@kernel_function
def ip6_find_1stfragopt(skb: SkBuff) -> tuple[int, int]:
    """What every fragment of a packet must have: the offset in head of the last next header field
    of that part, and the part's length in bytes from the network header on.

    OSError EINVAL for extension headers that do not end inside the linear part.
    """
    start, offset = skb.network_header, IPV6_HLEN
    nexthdr, found_rhdr = start + 6, False
    packet_len = skb.tail - start
    while offset <= packet_len:
        kind = skb.head[nexthdr]
        if kind not in (NEXTHDR_HOP, NEXTHDR_ROUTING, NEXTHDR_DEST):
            return nexthdr, offset
        if kind == NEXTHDR_DEST and found_rhdr:
            return nexthdr, offset
        found_rhdr = found_rhdr or kind == NEXTHDR_ROUTING
        if offset + 2 > packet_len:
            break
        nexthdr = start + offset
        offset += (skb.head[nexthdr + 1] + 1) * 8
        if offset > IPV6_MAXPLEN:
            break
    if trace.on:
        decide("do the extension headers end?", False, len=skb.len)
    raise OSError(errno.EINVAL, "the extension headers do not end")


@kernel_function
def ip6_local_out(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """Write the payload length and let the dst send the packet."""
    length = skb.len - IPV6_HLEN
    _u16.pack_into(skb.head, skb.network_header + 4, length if length <= IPV6_MAXPLEN else 0)
    skb.protocol = ETH_P_IPV6
    dst = skb.dst
    assert dst is not None
    return dst.output(net, sk, skb)


def ipv6_select_ident(net: Net) -> int:
    """The identification of the next fragmented packet: here it counts, in the kernel it is random
    (ipv6_proxy_select_ident, too)."""
    net.ipv6.frag_id += 1
    return net.ipv6.frag_id
