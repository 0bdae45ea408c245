"""net/ipv4/udp_offload.c and net/ipv6/udp_offload.c: cutting UDP.

Left out: GRO, list segmentation, tunnels.
"""

from __future__ import annotations

import errno
import struct

from lomodel import trace
from lomodel.linux.include.linux.netdevice import PacketOffload, skb_gso_ok
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_NONE,
    CHECKSUM_PARTIAL,
    CHECKSUM_UNNECESSARY,
    SKB_GSO_UDP,
    SKB_GSO_UDP_L4,
    SkBuff,
)
from lomodel.linux.include.linux.udp import UDP_CHECK, UDP_HLEN
from lomodel.linux.include.net.checksum import CSUM_MANGLED_0, csum16_add, csum16_sub
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_UDP
from lomodel.linux.net.core.skbuff import (
    checksum,
    pskb_may_pull,
    skb_copy_bits,
    skb_pull,
)
from lomodel.linux.net.core.skbuff_segment import gso_finish_checksum, skb_segment
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/udp_offload.c")


_u16 = struct.Struct("!H")
_len_and_check = struct.Struct("!HH")


@kernel_function
def udp4_ufo_fragment(skb: SkBuff, features: int) -> list[SkBuff] | None:
    """Cut UDP over IPv4: into datagrams (UDP_L4), or into IP fragments (UFO, which only a virtio
    header can ask for). OSError EINVAL for any other gso_type."""
    check_udp(skb)
    if skb.gso_type & SKB_GSO_UDP_L4:
        return __udp_gso_segment(skb, features, False)
    at = skb.network_header
    finish_udp_sum(skb, skb.head[at + 12 : at + 20])
    return skb_segment(skb, features | skb.dev.netif_f.HW_CSUM)


def check_udp(skb: SkBuff) -> None:
    """What udp4_ufo_fragment and udp6_ufo_fragment ask first: OSError EINVAL for a packet that is
    not UDP, and for one that has nothing to be cut."""
    if not skb.gso_type & (SKB_GSO_UDP | SKB_GSO_UDP_L4) or not pskb_may_pull(skb, UDP_HLEN):
        if trace.on:
            decide("does it ask for UDP segmentation?", False, gso_type=skb.gso_type)
        raise OSError(errno.EINVAL, "not a UDP GSO packet")
    if skb.gso_type & SKB_GSO_UDP and skb.len <= skb.gso_size:
        if trace.on:
            decide("is there more than one piece?", False, len=skb.len, gso_size=skb.gso_size)
        raise OSError(errno.EINVAL, f"{skb.len} bytes are not longer than {skb.gso_size}")


def finish_udp_sum(skb: SkBuff, addresses: bytes | bytearray) -> None:
    """Sum a datagram that fragments will carry: no device can, since it sees only one at a time."""
    at = skb.transport_header + UDP_CHECK
    _u16.pack_into(skb.head, at, 0)
    total = checksum(skb_copy_bits(skb, 0, skb.len))
    total = ~checksum(addresses, total + IPPROTO_UDP + skb.len) & 0xFFFF
    _u16.pack_into(skb.head, at, total or CSUM_MANGLED_0)
    skb.ip_summed = CHECKSUM_UNNECESSARY


@kernel_function
def __udp_gso_segment(gso_skb: SkBuff, features: int, is_ipv6: bool) -> list[SkBuff] | None:
    """Cut one send into datagrams of gso_size bytes, each with a UDP header of its own.

    None when nothing but the headers had to be checked. OSError EINVAL for a payload that is not
    longer than gso_size, or a checksum that does not start at the UDP header.
    """
    mss = gso_skb.gso_size
    if gso_skb.len <= UDP_HLEN + mss or gso_skb.csum_start != gso_skb.transport_header:
        if trace.on:
            decide(
                "can it be cut into datagrams?",
                False,
                len=gso_skb.len,
                gso_size=mss,
                csum_start=gso_skb.csum_start,
            )
        raise OSError(errno.EINVAL, f"{gso_skb.len} bytes cannot be cut every {mss}")
    netif_f = gso_skb.dev.netif_f
    whole_without_sum = gso_skb.dev.machine.release.udp_gso_whole_without_sum
    if gso_skb.ip_summed != CHECKSUM_PARTIAL and not whole_without_sum:
        features &= ~(netif_f.GSO_UDP_L4 | netif_f.CSUM_MASK)
    fine = skb_gso_ok(gso_skb, features | netif_f.GSO_ROBUST)
    if trace.on:
        decide(
            "would it pass if it were trusted?", fine, features=features, gso_type=gso_skb.gso_type
        )
    if fine:
        gso_skb.gso_segs = -(-(gso_skb.len - UDP_HLEN) // mss)
        return None
    skb_pull(gso_skb, UDP_HLEN)
    sk, destructor = gso_skb.sk, gso_skb.destructor
    # Or else skb_segment would hand it to the last segment.
    gso_skb.sk = gso_skb.destructor = None
    segments = skb_segment(gso_skb, features)
    for segment in segments:
        segment.sk, segment.destructor = sk, destructor
        _correct_header(segment)
    if destructor is not None:
        # The sender is now charged for the segments instead of the packet.
        assert sk is not None, "a destructor, but no socket: skb_orphan lets a packet go"
        sk.sk_wmem_alloc += sum(segment.truesize for segment in segments) - gso_skb.truesize
    if gso_skb.ip_summed == CHECKSUM_NONE:
        gso_skb.ip_summed = CHECKSUM_UNNECESSARY
    return segments


def _correct_header(segment: SkBuff) -> None:
    """Write the length, and adjust the pseudo-header's sum by what the length was before."""
    uh = segment.transport_header
    length = segment.len - (uh - segment.data) & 0xFFFF
    oldlen, base = _len_and_check.unpack_from(segment.head, uh + 4)
    _u16.pack_into(segment.head, uh + 4, length)
    pseudo = csum16_add(csum16_sub(base, oldlen), length)
    gso_finish_checksum(segment, pseudo, uh + UDP_CHECK, CSUM_MANGLED_0)


udpv4_offload = PacketOffload(gso_segment=udp4_ufo_fragment)
