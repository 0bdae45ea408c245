"""include/linux/virtio_net.h: from a virtio header to the fields of a packet."""

from __future__ import annotations

import errno

from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_PARTIAL,
    GSO_BY_FRAGS,
    SKB_GSO_DODGY,
    SKB_GSO_TCP_ECN,
    SKB_GSO_TCPV4,
    SKB_GSO_TCPV6,
    SkBuff,
    skb_transport_offset,
)
from lomodel.linux.include.uapi.linux.virtio_net import (
    VIRTIO_NET_HDR_F_NEEDS_CSUM,
    VIRTIO_NET_HDR_GSO_ECN,
    VIRTIO_NET_HDR_GSO_NONE,
    VIRTIO_NET_HDR_GSO_TCPV4,
    VIRTIO_NET_HDR_GSO_TCPV6,
    VirtioNetHdr,
)
from lomodel.linux.net.core.skbuff import pskb_may_pull
from lomodel.trace import kernel_file

kernel_function = kernel_file("include/linux/virtio_net.h")


@kernel_function
def virtio_net_hdr_to_skb(skb: SkBuff, hdr: VirtioNetHdr) -> None:
    """Believe what the virtio header says, as far as it is possible; OSError EINVAL otherwise.

    A packet that asks for segmentation is marked DODGY: its headers were not checked by anybody.
    """
    gso_type = _gso_type(hdr)
    skb.mac_header = skb.data
    p_off = _set_partial_checksum(skb, hdr, gso_type)
    if not gso_type:
        return
    if skb.ip_summed == CHECKSUM_PARTIAL and skb.csum_offset != 16:
        raise OSError(errno.EINVAL, "TCP's checksum is 16 bytes into its header")
    gso_size = max(hdr.gso_size, skb.dev.machine.release.tcp_min_gso_size)
    if gso_size == GSO_BY_FRAGS:
        raise OSError(errno.EINVAL, f"a gso_size of {gso_size} means something else")
    if skb.len - p_off > gso_size:
        skb.gso_size = gso_size
        skb.gso_type = gso_type | SKB_GSO_DODGY
        skb.gso_segs = 0


def _gso_type(hdr: VirtioNetHdr) -> int:
    if hdr.gso_type == VIRTIO_NET_HDR_GSO_NONE:
        return 0
    kinds = {VIRTIO_NET_HDR_GSO_TCPV4: SKB_GSO_TCPV4, VIRTIO_NET_HDR_GSO_TCPV6: SKB_GSO_TCPV6}
    kind = kinds.get(hdr.gso_type & ~VIRTIO_NET_HDR_GSO_ECN)
    if kind is None or not hdr.gso_size:
        raise OSError(errno.EINVAL, f"no segmentation of type {hdr.gso_type}, {hdr.gso_size} bytes")
    return kind | (SKB_GSO_TCP_ECN if hdr.gso_type & VIRTIO_NET_HDR_GSO_ECN else 0)


def _set_partial_checksum(skb: SkBuff, hdr: VirtioNetHdr, gso_type: int) -> int:
    """Mark the packet CHECKSUM_PARTIAL; returns where its payload starts, in bytes from data."""
    thlen = 20 if gso_type else 0
    minimum = 40 if gso_type & SKB_GSO_TCPV6 else 20
    if not hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM:
        return minimum + thlen
    needed = hdr.csum_start + max(thlen, hdr.csum_offset + 2)
    if not pskb_may_pull(skb, needed):
        raise OSError(errno.EINVAL, f"the packet has no {needed} bytes")
    skb.csum_start = skb.transport_header = skb.data + hdr.csum_start
    skb.csum_offset = hdr.csum_offset
    skb.ip_summed = CHECKSUM_PARTIAL
    if skb_transport_offset(skb) < minimum:
        raise OSError(errno.EINVAL, "the checksum starts inside the network header")
    return skb_transport_offset(skb) + thlen
