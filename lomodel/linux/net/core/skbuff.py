"""net/core/skbuff.c: packets made, filled, copied and freed. ``skbuff_segment`` cuts them."""

from __future__ import annotations

import errno
import struct
from itertools import repeat
from operator import attrgetter
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.arch.x86.include.asm.page_types import PAGE_SIZE
from lomodel.linux.include.linux.if_vlan import VLAN_HLEN
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_PARTIAL,
    MAX_SKB_FRAGS,
    SK_BUFF_SIZE,
    SKB_SHARED_INFO_SIZE,
    SkBuff,
    skb_cloned,
    skb_end_offset,
    skb_headlen,
    skb_orphan,
    skb_truesize,
)
from lomodel.linux.include.linux.slab import KMALLOC_MAX_SIZE
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_802_2, ETH_P_802_3, ETH_P_802_3_MIN
from lomodel.trace import decide, kernel_file, tracepoint_without_device

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/core/skbuff.c")


def alloc_skb(headroom: int, size: int = 0) -> SkBuff:
    """A packet with ``headroom`` free bytes before its data and ``size`` bytes of room after."""
    return SkBuff(bytearray(headroom + size), headroom)


def skb_put(skb: SkBuff, size: int) -> int:
    """Extend the linear part by ``size`` bytes; returns the offset of the first of them."""
    start = skb.tail
    skb.tail = end = start + size
    skb.len += size
    if end > len(skb.head):
        skb.head.extend(bytes(end - len(skb.head)))
    return start


def skb_push(skb: SkBuff, size: int) -> int:
    """Move data ``size`` bytes towards the head; returns the new data offset."""
    if size > skb.data:
        raise AssertionError(f"skb_under_panic: push of {size} with {skb.data} bytes of headroom")
    skb.data -= size
    skb.len += size
    return skb.data


def skb_pull(skb: SkBuff, size: int) -> int | None:
    """Move data ``size`` bytes towards the tail; None when the packet is shorter than that."""
    if size > skb.len:
        return None
    skb.data += size
    skb.len -= size
    return skb.data


def pskb_may_pull(skb: SkBuff, size: int) -> bool:
    """Whether the first ``size`` bytes are, or can be made, linear."""
    if size <= skb.len - skb.data_len:
        return True
    if size > skb.len:
        return False
    __pskb_pull_tail(skb, size - skb_headlen(skb))
    return True


@kernel_function
def __pskb_pull_tail(skb: SkBuff, delta: int) -> None:
    """Move ``delta`` bytes from the paged part to the end of the linear one.

    A head that has no room for them is made longer, with 128 bytes to spare.
    """
    eat = skb.tail + delta - skb_end_offset(skb)
    if eat > 0 or skb_cloned(skb):
        pskb_expand_head(skb, 0, eat + 128 if eat > 0 else 0)
    moved = skb_copy_bits(skb, skb_headlen(skb), delta)
    rest = _slice_frags(skb, delta, skb.data_len - delta)
    del skb.head[skb.tail :]
    skb.head += moved
    skb.tail += delta
    skb.data_len -= delta
    skb.frags, skb.frag_list = rest, None


@kernel_function
def pskb_expand_head(skb: SkBuff, nhead: int, ntail: int) -> None:
    """A head of its own for the packet, with ``nhead`` more bytes of room before the data (every
    offset moves with it) and ``ntail`` at its end. One that is charged to nobody grows by that."""
    osize = skb_end_offset(skb)
    size = kmalloc_reserve(skb.dev.machine, osize + nhead + ntail) - SKB_SHARED_INFO_SIZE
    skb_unref_data(skb)
    skb.head, skb.frags = bytearray(nhead) + skb.head, list(skb.frags)
    skb.end = size
    if skb.sk is None:
        skb.truesize += size - osize
    if nhead:
        skb.data += nhead
        skb.tail += nhead
        skb.mac_header += nhead
        skb.network_header += nhead
        skb.transport_header += nhead
        skb.csum_start += nhead


def skb_unref_data(skb: SkBuff) -> None:
    """Share the bytes with no clone any more (the dataref of skb_shared_info)."""
    if skb.dataref is not None:
        skb.dataref[0] -= 1
        skb.dataref = None


@kernel_function
def skb_condense(skb: SkBuff) -> None:
    """Give pages back by pulling what is in them into the head's free room; the charge shrinks."""
    if skb.data_len:
        if skb.data_len > skb_end_offset(skb) - skb.tail or skb_cloned(skb):
            return
        __pskb_pull_tail(skb, skb.data_len)
    skb.truesize = skb_truesize(skb_end_offset(skb))


def skb_copy_bits(skb: SkBuff, offset: int, size: int) -> bytes:
    """``size`` bytes from ``offset`` after data on, wherever they are kept."""
    headlen = skb.len - skb.data_len
    if offset + size <= headlen:
        start = skb.data + offset
        return bytes(skb.head[start : start + size])
    if offset >= headlen:
        return b"".join(_slice_frags(skb, offset - headlen, size))
    head = skb.head[skb.data + offset : skb.tail]
    return b"".join((head, *_slice_frags(skb, 0, size - len(head))))


def _slice_frags(skb: SkBuff, offset: int, size: int) -> list[memoryview]:
    """Views of ``size`` bytes of the paged part, from ``offset`` on."""
    views: list[memoryview] = []
    for piece in _pages(skb):
        if size <= 0:
            break
        length = len(piece)
        if offset >= length:
            offset -= length
            continue
        view = piece[offset : offset + size]
        views.append(view)
        size -= len(view)
        offset = 0
    return views


def _pages(skb: SkBuff) -> list[memoryview]:
    """The views that the paged part consists of."""
    if not skb.frag_list:
        return skb.frags
    pages = list(skb.frags)
    for member in skb.frag_list:
        pages += [member.linear(), *_pages(member)]
    return pages


def skb_add_frag(skb: SkBuff, page: bytes | memoryview) -> None:
    """Append ``page`` as paged data (skb_fill_page_desc and the length arithmetic around it).

    Whoever does it charges the packet for it afterwards.
    """
    if not skb.end:
        skb.end = skb.truesize - skb_truesize(0)
    view = memoryview(page)
    skb.frags.append(view)
    skb.len += len(view)
    skb.data_len += len(view)


def kfree_skb(skb: SkBuff) -> None:
    """Drop a packet, and say so to whoever traces (the kernel's tracepoint has no device)."""
    if trace.tracepoints:
        tracepoint_without_device("kfree_skb", len=skb.len)
    consume_skb(skb)


def consume_skb(skb: SkBuff) -> None:
    """Free a packet that has done its work: whoever was charged for its memory gets it back."""
    skb_orphan(skb)
    if skb.dataref is not None:
        skb_unref_data(skb)


def pskb_trim_rcsum(skb: SkBuff, length: int) -> bool:
    """``pskb_trim`` of a packet that came in; False when its checksum field would be cut off.

    Source: pskb_trim_rcsum_slow.
    """
    if length < skb.len and skb.ip_summed == CHECKSUM_PARTIAL:
        field = skb.csum_start - skb.data + skb.csum_offset
        if field + 2 > min(length, skb_headlen(skb)):
            return False
    pskb_trim(skb, length)
    return True


def pskb_trim(skb: SkBuff, length: int) -> None:
    """Cut the packet off after ``length`` bytes; nothing when it is not longer than that.

    One with pages gets rid of them where it can (``skb_condense``). Source: ___pskb_trim.
    """
    if length >= skb.len:
        return
    paged = skb.data_len
    if paged and skb_cloned(skb):
        pskb_expand_head(skb, 0, 0)
    headlen = skb_headlen(skb)
    skb.frags = _slice_frags(skb, 0, length - headlen) if length > headlen else []
    skb.frag_list = None
    skb.data_len = max(0, length - headlen)
    skb.tail = skb.data + min(length, headlen)
    skb.len = length
    if paged and skb.sk is None:
        skb_condense(skb)


_KMALLOC_SIZES = (8, 16, 32, 64, 96, 128, 192, 256, 512, 1024, 2048, 4096, 8192)


def kmalloc_size_roundup(size: int) -> int:
    """The bytes that kmalloc really takes for ``size``: its next cache, or 2**n pages (mm/slab)."""
    for cache in _KMALLOC_SIZES:
        if size <= cache:
            return cache
    return 1 << (size - 1).bit_length()


def skb_head_align(size: int) -> int:
    """Bytes of a head with room for ``size`` linear bytes and the shared info behind them."""
    return ((size + 63) & ~63) + SKB_SHARED_INFO_SIZE


def paged_max(order: int) -> int:
    """The most bytes that a packet's fragments hold when each has ``2**order`` pages."""
    return MAX_SKB_FRAGS * (PAGE_SIZE << order)


def skb_alloc_frags(skb: SkBuff, data: memoryview, order: int) -> None:
    """Append ``data`` in pages of at most 2**order each, the last ones smaller; whole pages are
    charged. Source: alloc_skb_with_frags."""
    while data:
        while order and -(-len(data) // PAGE_SIZE) < 1 << order:
            order -= 1
        page = PAGE_SIZE << order
        skb_add_frag(skb, data[:page])
        skb.truesize += page
        data = data[page:]


def check_alloc_with_frags(header_len: int, data_len: int, order: int) -> None:
    """Refuse what alloc_skb_with_frags would not allocate; lengths in bytes.

    OSError EMSGSIZE when ``data_len`` is more than the fragments can hold, ENOBUFS when the head is
    longer than the allocator's longest piece.
    """
    if data_len > paged_max(order):
        if trace.on:
            decide(
                "do the bytes fit into the fragments?", False, bytes=data_len, most=paged_max(order)
            )
        raise OSError(
            errno.EMSGSIZE, f"{data_len} bytes are too many for {MAX_SKB_FRAGS} fragments"
        )
    if skb_head_align(header_len) > KMALLOC_MAX_SIZE:
        if trace.on:
            decide(
                "is there so much memory in one piece?",
                False,
                bytes=skb_head_align(header_len),
                most=KMALLOC_MAX_SIZE,
            )
        raise OSError(errno.ENOBUFS, f"no {header_len} bytes in one piece")


def skb_alloc_truesize(size: int, small_head: int) -> int:
    """What a packet with room for ``size`` linear bytes is charged as, in bytes.

    Its head, the shared info behind it and the struct itself, as the allocator rounds them;
    ``small_head`` is the size of the release's cache for small heads (0: it has none).
    """
    return _reserved(size, small_head) + SK_BUFF_SIZE


def _reserved(size: int, small_head: int) -> int:
    head = skb_head_align(size)
    return small_head if head <= small_head else kmalloc_size_roundup(head)


def kmalloc_reserve(machine: Machine, size: int) -> int:
    """The bytes that a head with room for ``size`` linear ones takes, shared info and all."""
    return _reserved(size, machine.release.skb_small_head)


def alloc_truesize(machine: Machine, size: int) -> int:
    """``skb_alloc_truesize`` on a machine; the answers are kept, as there are few sizes."""
    try:
        return machine.truesizes[size]
    except KeyError:
        small_head = machine.release.skb_small_head
        found = machine.truesizes[size] = skb_alloc_truesize(size, small_head)
    return found


@kernel_function
def skb_partial_csum_set(skb: SkBuff, start: int, off: int) -> bool:
    """Say that the sum from ``start`` on is still to be written ``off`` bytes behind it, both in
    bytes; False where the fields of a packet cannot hold that."""
    if skb.data + start >= 0xFFFF or start + off + 2 > skb_headlen(skb):
        return False
    skb.ip_summed = CHECKSUM_PARTIAL
    skb.csum_start = skb.transport_header = skb.data + start
    skb.csum_offset = off
    return True


@kernel_function
def skb_vlan_untag(skb: SkBuff) -> int | None:
    """Take a VLAN tag out of a received packet: the addresses move up to the type behind it.

    Returns the tag's control information (priority and id), None when the packet ends within it.
    """
    if not pskb_may_pull(skb, VLAN_HLEN + 2):
        return None
    tci, inner = struct.unpack_from("!HH", skb.head, skb.data)
    skb_pull(skb, VLAN_HLEN)
    behind = skb.head[skb.data : skb.data + 2]
    # As in eth_type_trans: a small value is a length, and Novell's raw 802.3 starts with ones.
    small = ETH_P_802_3 if behind == b"\xff\xff" else ETH_P_802_2
    skb.protocol = inner if inner >= ETH_P_802_3_MIN else small
    start = skb.mac_header
    skb.head[start + VLAN_HLEN : start + VLAN_HLEN + 12] = skb.head[start : start + 12]
    skb.mac_header += VLAN_HLEN
    skb.network_header = skb.data
    skb.mac_len = skb.data - skb.mac_header
    return int(tci)


@kernel_function
def skb_clone(skb: SkBuff) -> SkBuff:
    """A second packet over the same bytes; it belongs to no socket."""
    if skb.dataref is None:
        skb.dataref = [1]
    skb.dataref[0] += 1
    clone = SkBuff.__new__(SkBuff)
    _copy_fields(clone, skb)
    clone.sk = clone.destructor = None
    return clone


@kernel_function
def skb_morph(dst: SkBuff, src: SkBuff) -> SkBuff:
    """Let ``dst`` take over everything that ``src`` has; the object stays."""
    _copy_fields(dst, src)
    return dst


_fields = attrgetter(*SkBuff.__slots__)


def _copy_fields(new: SkBuff, old: SkBuff) -> None:
    """What skb_morph and skb_clone have in common: the fields, one by one (__skb_clone)."""
    for _ in map(setattr, repeat(new), SkBuff.__slots__, _fields(old)):
        pass


def skb_copy(skb: SkBuff) -> SkBuff:
    """A clone with bytes of its own in the linear part."""
    copy = skb_clone(skb)
    copy.head = bytearray(skb.head)
    copy.frags = list(skb.frags)
    skb_unref_data(copy)
    return copy


def checksum(data: bytes | bytearray | memoryview, initial: int = 0) -> int:
    """The folded 16-bit one's complement sum of ``data`` plus ``initial``, not inverted."""
    # 2**16 is 1 modulo 0xffff, so one big integer sums all the 16-bit words at once.
    total = int.from_bytes(data, "big") << 8 * (len(data) & 1)
    total += initial
    return total % 0xFFFF or (0xFFFF if total else 0)
