"""net/ipv6/udp_offload.c: cutting UDP over IPv6."""

from __future__ import annotations

import struct

from lomodel.linux.include.linux.netdevice import PacketOffload
from lomodel.linux.include.linux.skbuff import SKB_GSO_UDP_L4, SkBuff
from lomodel.linux.include.net.ipv6 import FRAG_HLEN, NEXTHDR_FRAGMENT
from lomodel.linux.net.core.skbuff import pskb_expand_head
from lomodel.linux.net.core.skbuff_segment import skb_segment
from lomodel.linux.net.ipv4.udp_offload import __udp_gso_segment, check_udp, finish_udp_sum
from lomodel.linux.net.ipv6.output_core import ip6_find_1stfragopt, ipv6_select_ident
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv6/udp_offload.c")

_frag_hdr = struct.Struct("!BBHI")


@kernel_function
def udp6_ufo_fragment(skb: SkBuff, features: int) -> list[SkBuff] | None:
    """Cut UDP over IPv6: into datagrams (UDP_L4), or into IP fragments (UFO), for whose header room
    is made. OSError EINVAL for any other gso_type."""
    check_udp(skb)
    if skb.gso_type & SKB_GSO_UDP_L4:
        return __udp_gso_segment(skb, features, True)
    at = skb.network_header
    finish_udp_sum(skb, skb.head[at + 8 : at + 40])
    _insert_fragment_header(skb)
    return skb_segment(skb, features | skb.dev.netif_f.HW_CSUM)


def _insert_fragment_header(skb: SkBuff) -> None:
    """Move the headers that every fragment has towards the head, and write a fragment header behind
    them. OSError EINVAL as ``ip6_find_1stfragopt``."""
    if skb.mac_header < FRAG_HLEN:
        pskb_expand_head(skb, FRAG_HLEN, 0)
    prevhdr, size = ip6_find_1stfragopt(skb)
    nexthdr, skb.head[prevhdr] = skb.head[prevhdr], NEXTHDR_FRAGMENT
    start, end = skb.mac_header, skb.network_header + size
    skb.head[start - FRAG_HLEN : end - FRAG_HLEN] = skb.head[start:end]
    skb.mac_header -= FRAG_HLEN
    skb.network_header -= FRAG_HLEN
    ident = ipv6_select_ident(skb.dev.nd_net)
    _frag_hdr.pack_into(skb.head, end - FRAG_HLEN, nexthdr, 0, 0, ident)


udpv6_offload = PacketOffload(gso_segment=udp6_ufo_fragment)
