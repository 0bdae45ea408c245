"""net/ipv6/ip6_offload.c: cutting an IPv6 packet.

Left out: tunnels, and GRO. Extension headers in front of TCP or UDP are passed over.
"""

from __future__ import annotations

import errno
import struct
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.netdevice import PacketOffload
from lomodel.linux.include.linux.skbuff import SKB_GSO_UDP, SkBuff, skb_headlen, skb_network_offset
from lomodel.linux.include.net.ipv6 import (
    FRAG_HLEN,
    IP6_MF,
    IPV6_HLEN,
    NEXTHDR_DEST,
    NEXTHDR_HOP,
    NEXTHDR_ROUTING,
)
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_IPV6
from lomodel.linux.include.uapi.linux.in6 import IPV6_TLV_JUMBO
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_TCP, IPPROTO_UDP
from lomodel.linux.net.core.gso import dev_add_offload
from lomodel.linux.net.core.skbuff import pskb_may_pull, skb_pull
from lomodel.linux.net.ipv6.output_core import ip6_find_1stfragopt
from lomodel.linux.net.ipv6.tcpv6_offload import tcpv6_offload
from lomodel.linux.net.ipv6.udp_offload import udpv6_offload
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/ip6_offload.c")

_u16 = struct.Struct("!H")
HOP_JUMBO_HLEN = 8
GRO_LEGACY_MAX_SIZE = 65536

inet6_offloads = {IPPROTO_TCP: tcpv6_offload, IPPROTO_UDP: udpv6_offload}


@kernel_function
def ipv6_gso_segment(skb: SkBuff, features: int) -> list[SkBuff] | None:
    """Let the transport protocol cut, then give every piece its own payload length.

    OSError EINVAL for a packet that ends inside its header, EPROTONOSUPPORT for a protocol that
    nobody cuts.
    """
    skb.network_header = skb.data
    ipv6_hopopt_jumbo_remove(skb)
    nhoff = skb.network_header - skb.mac_header
    if not pskb_may_pull(skb, IPV6_HLEN):
        if trace.on:
            decide("is the IPv6 header all there?", False, len=skb.len)
        raise OSError(errno.EINVAL, "the packet ends inside the IPv6 header")
    next_header = skb.head[skb.data + 6]
    skb_pull(skb, IPV6_HLEN)
    protocol = ipv6_gso_pull_exthdrs(skb, next_header)
    offload = inet6_offloads.get(protocol)
    if offload is None:
        if trace.on:
            decide("does somebody cut this protocol?", False, protocol=protocol)
        raise OSError(errno.EPROTONOSUPPORT, "nobody cuts this protocol")
    skb.transport_header = skb.data
    segments = offload.gso_segment(skb, features)
    if segments is None:
        skb.network_header = skb.mac_header + nhoff
        return None
    for segment in segments:
        start = segment.mac_header + nhoff
        payload_len = segment.len - nhoff - IPV6_HLEN & 0xFFFF
        segment.head[start + 4 : start + 6] = payload_len.to_bytes(2, "big")
        segment.network_header, segment.mac_len = start, nhoff
    if protocol == IPPROTO_UDP and skb.gso_type & SKB_GSO_UDP:
        _make_fragments(segments, nhoff)
    return segments


def _make_fragments(segments: list[SkBuff], nhoff: int) -> None:
    """The pieces of a UFO packet are fragments: where each one belongs, and that more come.

    OSError EINVAL for extension headers that do not end inside the packet.
    """
    offset = 0
    for segment in segments:
        _, size = ip6_find_1stfragopt(segment)
        start = segment.network_header + size
        more = IP6_MF if segment is not segments[-1] else 0
        _u16.pack_into(segment.head, start + 2, (offset | more) & 0xFFFF)
        offset += (segment.len - nhoff - IPV6_HLEN & 0xFFFF) - FRAG_HLEN


def ipv6_has_hopopt_jumbo(skb: SkBuff) -> int:
    """The protocol behind the jumbo header of an IPv6 packet, or 0 when it has none.

    TCP writes that header when it makes a packet of more than 65535 bytes, which its length field
    cannot tell (5.19; no earlier TCP makes such packets). Source: include/net/ipv6.h.
    """
    if skb.len <= GRO_LEGACY_MAX_SIZE or skb.protocol != 0x86DD:
        return 0
    if skb_network_offset(skb) + IPV6_HLEN + HOP_JUMBO_HLEN > skb_headlen(skb):
        return 0
    start = skb.network_header
    nexthdr, hdrlen, tlv_type = skb.head[start + IPV6_HLEN : start + IPV6_HLEN + 3]
    is_jumbo = skb.head[start + 6] == NEXTHDR_HOP and tlv_type == IPV6_TLV_JUMBO and not hdrlen
    return nexthdr if is_jumbo and nexthdr == IPPROTO_TCP else 0


def ipv6_hopopt_jumbo_remove(skb: SkBuff) -> None:
    """Take the jumbo header out: the segments need none. The headers before it move up to TCP's."""
    nexthdr = ipv6_has_hopopt_jumbo(skb)
    if not nexthdr:
        return
    start, end = skb.mac_header, skb.network_header + IPV6_HLEN
    skb.head[start + HOP_JUMBO_HLEN : end + HOP_JUMBO_HLEN] = skb.head[start:end]
    skb_pull(skb, HOP_JUMBO_HLEN)
    skb.mac_header += HOP_JUMBO_HLEN
    skb.network_header += HOP_JUMBO_HLEN
    skb.head[skb.network_header + 6] = nexthdr


def ipv6_gso_pull_exthdrs(skb: SkBuff, protocol: int) -> int:
    """Move data past the extension headers; returns the protocol behind them."""
    while protocol in (NEXTHDR_HOP, NEXTHDR_ROUTING, NEXTHDR_DEST):
        if not pskb_may_pull(skb, 8):
            break
        length = (skb.head[skb.data + 1] + 1) * 8
        if not pskb_may_pull(skb, length):
            break
        protocol = skb.head[skb.data]
        skb_pull(skb, length)
    return protocol


ipv6_packet_offload = PacketOffload(gso_segment=ipv6_gso_segment)


def ipv6_offload_init(machine: Machine) -> None:
    """At boot: cut IPv6 packets."""
    dev_add_offload(machine, ETH_P_IPV6, ipv6_packet_offload)
