"""net/ipv4/inet_fragment.c: fragments that wait for the rest of their packet.

Left out: timers (the model's clock stands still: what is incomplete waits for ever), the hash, and
the merging of neighbouring fragments into runs.
"""

from __future__ import annotations

from bisect import insort

from lomodel.linux.include.linux.skbuff import (
    MAX_SKB_FRAGS,
    SkBuff,
    skb_cloned,
    skb_end_offset,
    skb_truesize,
)
from lomodel.linux.net.core.skbuff import (
    kfree_skb,
    pskb_expand_head,
    skb_clone,
    skb_copy_bits,
    skb_morph,
    skb_unref_data,
)
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv4/inet_fragment.c")


INET_FRAG_FIRST_IN = 1
INET_FRAG_LAST_IN = 2
IPFRAG_HIGH_THRESH = 4 * 1024 * 1024


class FqDir:
    """struct fqdir: the incomplete packets of one protocol in a namespace.

    ``mem`` is the truesize of all their fragments; beyond ``high_thresh`` (bytes) no new packet is
    begun.
    """

    __slots__ = ("queues", "mem", "high_thresh")

    def __init__(self) -> None:
        self.queues: dict[bytes, InetFragQueue] = {}
        self.mem = 0
        self.high_thresh = IPFRAG_HIGH_THRESH


class InetFragQueue:
    """struct inet_frag_queue: one packet in the making. ``len`` is its length in bytes as far as it
    is known, ``meat`` how many of them are here."""

    __slots__ = ("fqdir", "key", "fragments", "len", "meat", "flags")

    def __init__(self, fqdir: FqDir, key: bytes) -> None:
        self.fqdir, self.key = fqdir, key
        self.fragments: list[tuple[int, int, SkBuff]] = []
        self.len = self.meat = self.flags = 0


def inet_frag_find(fqdir: FqDir, key: bytes) -> InetFragQueue | None:
    """The packet that fragments with this key belong to, begun if need be; None without memory."""
    found = fqdir.queues.get(key)
    if found is None and fqdir.mem <= fqdir.high_thresh:
        found = fqdir.queues[key] = InetFragQueue(fqdir, key)
    return found


@kernel_function
def inet_frag_kill(q: InetFragQueue) -> None:
    """Forget the packet: it is complete, or it can no longer be."""
    q.fqdir.queues.pop(q.key, None)
    q.fqdir.mem -= sum(skb.truesize for _, _, skb in q.fragments)


@kernel_function
def inet_frag_queue_insert(q: InetFragQueue, skb: SkBuff, offset: int, end: int) -> bool:
    """Keep a fragment with the bytes from ``offset`` to ``end`` of the packet's payload.

    False when it overlaps another; an exact duplicate is dropped and counts as kept.
    """
    fragments = q.fragments
    if not fragments or offset >= fragments[-1][1]:
        fragments.append((offset, end, skb))  # the common case: it goes to the end
    else:
        for start, stop, _ in fragments:
            if start < end and offset < stop:
                duplicate = start <= offset and end <= stop
                kfree_skb(skb)
                return duplicate
        insort(fragments, (offset, end, skb), key=lambda fragment: fragment[0])
    q.meat += skb.len
    q.fqdir.mem += skb.truesize
    return True


def inet_frag_queue_bounds(q: InetFragQueue, offset: int, end: int, more: bool) -> bool:
    """Check a fragment against what is known of the packet's length; False when they disagree.

    The kernel has this twice, in ``ip_frag_queue`` and ``ip6_frag_queue``.
    """
    if not more:
        if end < q.len or (q.flags & INET_FRAG_LAST_IN and end != q.len):
            return False
        q.flags |= INET_FRAG_LAST_IN
        q.len = end
    elif end > q.len:
        if q.flags & INET_FRAG_LAST_IN:
            return False
        q.len = end
    if not offset:
        q.flags |= INET_FRAG_FIRST_IN
    return end != offset


def inet_frag_complete(q: InetFragQueue) -> bool:
    """Whether first and last fragment and everything between them are here."""
    return q.flags == INET_FRAG_FIRST_IN | INET_FRAG_LAST_IN and q.meat == q.len


@kernel_function
def inet_frag_reasm_finish(q: InetFragQueue, skb: SkBuff) -> None:
    """Make ``skb``, the fragment that completed the packet, the packet: the first one's headers,
    the others' bytes as pages.

    It keeps its own dst (the others' were dropped) and is charged as all of them. Source:
    inet_frag_reasm_prepare and _finish.
    """
    dst, dev = skb.dst, skb.dev
    head, *rest = [fragment for _, _, fragment in q.fragments]
    if head is not skb:
        # The packet's place among the fragments is taken by a clone.
        rest[rest.index(skb)] = skb_clone(skb)
        skb_unref_data(skb)
        skb_morph(skb, head)
    if skb_cloned(skb):
        pskb_expand_head(skb, 0, 0)
    for fragment in rest:
        _coalesce(skb, fragment)
    skb.dst, skb.dev = dst, dev


def _coalesce(head: SkBuff, skb: SkBuff) -> None:
    """Add a fragment's bytes to the packet.

    What fits the free end of the first fragment's buffer is copied there and costs nothing more.
    A fragment that has pages only gives them, if a packet can have so many, and its head goes.
    Anything else hangs on the frag_list, charged as before, and so does all that follows it
    (skb_try_coalesce of net/core/skbuff.c, in the cases that kmalloc's heads leave).
    """
    head.len += skb.len
    if skb.len <= skb_tailroom(head):
        tail = head.tail
        head.tail = tail + skb.len
        head.head[tail : head.tail] = skb_copy_bits(skb, 0, skb.len)
        return
    head.end = skb_end_offset(head)
    head.data_len += skb.len
    head.truesize += skb.truesize
    room = len(head.frags) + len(skb.frags) <= MAX_SKB_FRAGS
    if head.frag_list is None and skb.len == skb.data_len and room:
        head.truesize -= skb_truesize(skb_end_offset(skb))
        head.frags += skb.frags
    elif head.frag_list is None:
        head.frag_list = [skb]
    else:
        head.frag_list.append(skb)


def skb_tailroom(skb: SkBuff) -> int:
    """The free bytes behind the linear data, as the allocator rounded the buffer up.

    None once there are pages. Source: include/linux/skbuff.h.
    """
    if skb.data_len:
        return 0
    return skb_end_offset(skb) - skb.tail
