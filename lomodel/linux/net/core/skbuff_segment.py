"""The part of net/core/skbuff.c that divides one packet into many: ``skb_segment``.

Left out: GSO_BY_FRAGS (SCTP), GSO_PARTIAL, and members of a frag_list with linear bytes of their
own; none of them can reach lo from the senders that the model has.
"""

from __future__ import annotations

import errno
import struct

from lomodel import trace
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_NONE,
    CHECKSUM_PARTIAL,
    SK_BUFF_SIZE,
    SKB_SHARED_INFO_SIZE,
    SkBuff,
    skb_headlen,
)
from lomodel.linux.net.core.dev_features import can_checksum_protocol, skb_network_protocol
from lomodel.linux.net.core.skbuff import (
    _slice_frags,
    alloc_truesize,
    checksum,
    skb_copy_bits,
    skb_push,
)
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/core/skbuff.c")


_u16 = struct.Struct("!H")


def __copy_skb_header(new: SkBuff, old: SkBuff) -> None:
    """What a piece has from the whole, apart from its bytes (net/core/skbuff.c)."""
    new.tstamp, new.dev, new.dst = old.tstamp, old.dev, old.dst
    new.mac_header, new.mac_len = old.mac_header, old.mac_len
    new.network_header, new.transport_header = old.network_header, old.transport_header
    new.protocol, new.pkt_type, new.priority = old.protocol, old.pkt_type, old.priority
    new.ip_summed = old.ip_summed
    new.csum_start, new.csum_offset = old.csum_start, old.csum_offset
    new.encapsulation, new.hash = old.encapsulation, old.hash


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
        if trace.on:
            decide("does the packet end inside a VLAN tag?", True, len=head_skb.len)
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
    if last.destructor is not None:
        # The sender stays charged for what it was charged for.
        last.truesize, head_skb.truesize = head_skb.truesize, last.truesize
    return segments


def _segment(head: SkBuff, doffset: int, offset: int, size: int, sg: bool, summed: bool) -> SkBuff:
    """One piece: the headers, then ``size`` bytes from ``offset`` on."""
    headlen = skb_headlen(head)
    hsize = max(0, headlen - offset)
    if hsize > size or not sg:
        hsize = size
    # Headroom is kept, so that every header offset means the same place in the copy.
    linear = head.head[: head.data + doffset] + skb_copy_bits(head, offset, hsize)
    segment = SkBuff(linear, head.data)
    segment.tail = len(linear)
    __copy_skb_header(segment, head)
    paged = size - hsize
    segment.truesize = alloc_truesize(head.dev.machine, len(linear))
    segment.len, segment.data_len = doffset + size, paged
    if paged:
        skip = max(0, offset + hsize - headlen)
        segment.frags = _slice_frags(head, skip, paged)
        segment.end = segment.truesize - SK_BUFF_SIZE - SKB_SHARED_INFO_SIZE
        segment.truesize += paged
    if not summed:
        segment.ip_summed = CHECKSUM_NONE
    return segment


def gso_finish_checksum(skb: SkBuff, pseudo: int, at: int, zero: int = 0) -> None:
    """Write the transport checksum field at offset ``at`` of the head, given the pseudo-header sum.

    A device that sums gets the pseudo-header's sum only; for any other the sum is completed here,
    and ``zero`` stands for a sum of 0 (gso_reset_checksum and gso_make_checksum of
    include/linux/skbuff.h).
    """
    _u16.pack_into(skb.head, at, pseudo)
    if skb.ip_summed != CHECKSUM_PARTIAL:
        start = skb.transport_header - skb.data
        total = ~checksum(skb_copy_bits(skb, start, skb.len - start)) & 0xFFFF
        _u16.pack_into(skb.head, at, total or zero)
