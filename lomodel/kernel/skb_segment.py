"""The part of net/core/skbuff.c that divides one packet into many: ``skb_segment``.

Left out: GSO_BY_FRAGS (SCTP), GSO_PARTIAL, and members of a frag_list with linear bytes of their
own; none of them can reach lo from the senders that the model has.
"""

from __future__ import annotations

import errno

from ..trace import kernel_file
from .dev_features import can_checksum_protocol, skb_network_protocol
from .skbuff import (
    CHECKSUM_NONE,
    CHECKSUM_PARTIAL,
    SkBuff,
    _slice_frags,
    checksum,
    skb_copy_bits,
    skb_headlen,
    skb_push,
)

kernel_function = kernel_file("net/core/skbuff.c")

_COPIED = (
    "mac_header",
    "network_header",
    "transport_header",
    "mac_len",
    "protocol",
    "pkt_type",
    "ip_summed",
    "csum_start",
    "csum_offset",
    "encapsulation",
    "priority",
    "tstamp",
    "hash",
    "dev",
    "dst",
)


@kernel_function
def skb_segment(head_skb: SkBuff, features: int) -> list[SkBuff]:
    """Divide the payload of ``head_skb`` (whose data stands at it) into pieces of gso_size bytes.

    Every piece gets a copy of all headers; whoever calls this corrects them. The last piece takes
    over the sending socket. OSError EINVAL when the protocol cannot be told.
    """
    mss = head_skb.gso_size
    doffset = head_skb.data - head_skb.mac_header
    skb_push(head_skb, doffset)
    protocol = skb_network_protocol(head_skb)
    if not protocol:
        raise OSError(errno.EINVAL, "the packet ends inside a VLAN tag")
    netif_f = head_skb.dev.netif_f
    sg = bool(features & netif_f.SG)
    summed = can_checksum_protocol(netif_f, features, protocol)
    segments = [
        _segment(head_skb, doffset, offset, min(mss, head_skb.len - offset), sg, summed)
        for offset in range(doffset, head_skb.len, mss)
    ]
    last = segments[-1]
    last.sk, head_skb.sk = head_skb.sk, None
    last.destructor, head_skb.destructor = head_skb.destructor, None
    return segments


def _segment(head: SkBuff, doffset: int, offset: int, size: int, sg: bool, summed: bool) -> SkBuff:
    """One piece: the headers, then ``size`` bytes from ``offset`` on."""
    hsize = max(0, skb_headlen(head) - offset)
    if hsize > size or not sg:
        hsize = size
    # Headroom is kept, so that every header offset means the same place in the copy.
    linear = head.head[: head.data + doffset] + skb_copy_bits(head, offset, hsize)
    segment = SkBuff(linear, head.data)
    segment.tail = len(linear)
    for name in _COPIED:
        setattr(segment, name, getattr(head, name))
    paged = size - hsize
    segment.len, segment.data_len = doffset + size, paged
    if paged:
        skip = max(0, offset + hsize - skb_headlen(head))
        segment.frags = list(_slice_frags(head, skip, paged))
    if not summed:
        segment.ip_summed = CHECKSUM_NONE
    return segment


def gso_finish_checksum(skb: SkBuff, pseudo: int, at: int) -> None:
    """Write the transport checksum field at offset ``at`` of the head, given the pseudo-header sum.

    A device that sums gets the pseudo-header's sum only; for any other the sum is completed here
    (gso_reset_checksum and gso_make_checksum of include/linux/skbuff.h).
    """
    skb.head[at : at + 2] = pseudo.to_bytes(2, "big")
    if skb.ip_summed != CHECKSUM_PARTIAL:
        start = skb.transport_header - skb.data
        total = ~checksum(skb_copy_bits(skb, start, skb.len - start)) & 0xFFFF
        skb.head[at : at + 2] = (total or 0xFFFF).to_bytes(2, "big")
