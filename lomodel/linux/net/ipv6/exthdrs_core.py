"""net/ipv6/exthdrs_core.c: finding what is behind the extension headers of IPv6."""

from __future__ import annotations

from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.net.ipv6 import (
    NEXTHDR_AUTH,
    NEXTHDR_DEST,
    NEXTHDR_FRAGMENT,
    NEXTHDR_HOP,
    NEXTHDR_NONE,
    NEXTHDR_ROUTING,
)
from lomodel.linux.net.core.skbuff import skb_copy_bits
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv6/exthdrs_core.c")

EXTENSION_HEADERS = frozenset(
    (NEXTHDR_HOP, NEXTHDR_ROUTING, NEXTHDR_FRAGMENT, NEXTHDR_AUTH, NEXTHDR_NONE, NEXTHDR_DEST)
)


def ipv6_ext_hdr(nexthdr: int) -> bool:
    """Whether it is an extension header, not a protocol. Source: net/ipv6/exthdrs_core.c."""
    return nexthdr in EXTENSION_HEADERS


@kernel_function
def ipv6_skip_exthdr(skb: SkBuff, start: int, nexthdr: int) -> tuple[int, int, int]:
    """Go behind the extension headers: where the rest begins, what it is, and the fragment's field
    (its place in bytes and three bits).

    ``start`` counts from data. The first of the three is negative when a header is cut off or
    nothing is behind it; it stays at the fragment header of any but a first fragment.
    """
    frag_off = 0
    while ipv6_ext_hdr(nexthdr):
        if nexthdr == NEXTHDR_NONE:
            return -1, nexthdr, frag_off
        if start + 2 > skb.len:
            return -1, nexthdr, frag_off
        following, length = skb_copy_bits(skb, start, 2)
        if nexthdr == NEXTHDR_FRAGMENT:
            if start + 4 > skb.len:
                return -1, nexthdr, frag_off
            frag_off = int.from_bytes(skb_copy_bits(skb, start + 2, 2), "big")
            if frag_off & ~7:
                break
            hdrlen = 8
        elif nexthdr == NEXTHDR_AUTH:
            hdrlen = (length + 2) * 4
        else:
            hdrlen = (length + 1) * 8
        nexthdr = following
        start += hdrlen
    return start, nexthdr, frag_off
