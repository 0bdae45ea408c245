"""net/ipv4/inet_fragment.c: fragments that wait for the rest of their packet.

Left out: timers (the model's clock stands still: what is incomplete waits for ever), the hash, and
the memory of the queues themselves.
"""

from __future__ import annotations

from bisect import insort

from lomodel import trace
from lomodel.linux.include.linux.skbuff import (
    MAX_SKB_FRAGS,
    SkBuff,
    skb_cloned,
    skb_end_offset,
    skb_truesize,
)
from lomodel.linux.net.core.skbuff import (
    pskb_expand_head,
    skb_clone,
    skb_copy_bits,
    skb_morph,
    skb_unref_data,
)
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/inet_fragment.c")


INET_ECN_CE = 3
INET_ECN_MASK = 3

INET_FRAG_FIRST_IN = 1
INET_FRAG_LAST_IN = 2
IPFRAG_HIGH_THRESH = 4 * 1024 * 1024
IPFRAG_MAX_DIST = 64

IPFRAG_OK = 0
IPFRAG_DUP = 1
IPFRAG_OVERLAP = 2

ip_frag_ecn_table = {
    0b1001: None,
    0b0011: None,
    0b0101: None,
    0b0111: None,
    0b1011: None,
    0b1101: None,
    0b1111: None,
    0b1010: INET_ECN_CE,
    0b1100: INET_ECN_CE,
    0b1110: INET_ECN_CE,
}
"""What the whole packet's two ECN bits become, by what its fragments had (bit n: one had n); None
where no packet can have had such fragments, and 0 elsewhere."""


class FqDir:
    """struct fqdir: the incomplete packets of one protocol in a namespace.

    ``mem`` is the truesize of all their fragments; beyond ``high_thresh`` (bytes) no fragment is
    taken. ``peers`` counts the fragments of each IPv4 sender (struct inet_peer's ``rid``);
    ``max_dist`` is how many of them may come between two of a packet.
    """

    __slots__ = ("queues", "mem", "high_thresh", "peers", "max_dist")

    def __init__(self) -> None:
        self.queues: dict[bytes, InetFragQueue] = {}
        self.mem = 0
        self.high_thresh, self.max_dist = IPFRAG_HIGH_THRESH, IPFRAG_MAX_DIST
        self.peers: dict[bytes, int] = {}


class InetFragQueue:
    """struct inet_frag_queue: one packet in the making. ``len`` is its length in bytes as far as it
    is known, ``meat`` how many of them are here.

    ``fragments`` are begin, end and packet of each, in order; ``runs`` begin and end of those that
    came one after the other. ``ecn`` has a bit for each ECN field seen. Behind it stand the fields
    of struct ipq and struct frag_queue: ``rid`` (the sender's count at the last fragment),
    ``max_size`` and ``max_df_size`` (the longest fragment, and the longest with DF),
    ``nhoffset`` (IPv6: where the first fragment named its fragment header).
    """

    __slots__ = (
        *("fqdir", "key", "fragments", "runs", "len", "meat", "flags", "ecn"),
        *("rid", "max_size", "max_df_size", "nhoffset"),
    )

    def __init__(self, fqdir: FqDir, key: bytes) -> None:
        self.fqdir, self.key = fqdir, key
        self.fragments: list[tuple[int, int, SkBuff]] = []
        self.runs: list[list[int]] = []
        self.len = self.meat = self.flags = self.ecn = 0
        self.rid = self.max_size = self.max_df_size = self.nhoffset = 0


def inet_frag_find(fqdir: FqDir, key: bytes) -> InetFragQueue | None:
    """The packet that fragments with this key belong to, begun if need be; None without memory."""
    if fqdir.mem > fqdir.high_thresh:
        return None
    found = fqdir.queues.get(key)
    if found is None:
        found = fqdir.queues[key] = InetFragQueue(fqdir, key)
    return found


@kernel_function
def inet_frag_kill(q: InetFragQueue) -> None:
    """Forget the packet: it is complete, or it can no longer be."""
    q.fqdir.queues.pop(q.key, None)
    q.fqdir.mem -= sum(skb.truesize for _, _, skb in q.fragments)


@kernel_function
def inet_frag_queue_flush(q: InetFragQueue) -> None:
    """Throw the packet's fragments away, and begin anew."""
    q.fqdir.mem -= sum(skb.truesize for _, _, skb in q.fragments)
    q.fragments, q.runs = [], []
    q.len = q.meat = q.flags = q.ecn = 0


@kernel_function
def inet_frag_queue_insert(q: InetFragQueue, skb: SkBuff, offset: int, end: int) -> int:
    """Keep a fragment with the bytes from ``offset`` to ``end`` of the packet's payload.

    IPFRAG_OK; IPFRAG_DUP for one that adds nothing to a run, which is no harm; IPFRAG_OVERLAP.
    What an untrusted sender said about segments is forgotten.
    """
    skb.gso_size = skb.gso_segs = skb.gso_type = 0
    fragments, runs = q.fragments, q.runs
    if not fragments or end > fragments[-1][1]:
        # The common case: it goes to the end.
        if fragments and offset < fragments[-1][1]:
            return IPFRAG_OVERLAP
        fragments.append((offset, end, skb))
        if runs and runs[-1][1] == offset:
            runs[-1][1] = end
        else:
            runs.append([offset, end])
        return IPFRAG_OK
    for start, stop in runs:
        if start < end and offset < stop:
            inside = start <= offset and end <= stop
            if trace.on:
                decide("has it been here before?", inside, offset=offset, end=end, run=start)
            return IPFRAG_DUP if inside else IPFRAG_OVERLAP
    insort(fragments, (offset, end, skb), key=_offset)
    insort(runs, [offset, end])
    return IPFRAG_OK


def _offset(fragment: tuple[int, int, SkBuff]) -> int:
    return fragment[0]


def inet_frag_add(q: InetFragQueue, skb: SkBuff, offset: int, dsfield: int) -> None:
    """Reckon a fragment that was kept: its bytes, its memory, whether it is the first, its ECN.

    The kernel has this twice, in ``ip_frag_queue`` and ``ip6_frag_queue``.
    """
    q.meat += skb.len
    q.ecn |= 1 << (dsfield & INET_ECN_MASK)
    q.fqdir.mem += skb.truesize
    if not offset:
        q.flags |= INET_FRAG_FIRST_IN


def inet_frag_queue_bounds(q: InetFragQueue, offset: int, end: int, more: bool) -> bool:
    """Check a fragment against what is known of the packet's length; False when they disagree, or
    it is empty.

    The kernel has this twice, in ``ip_frag_queue`` and ``ip6_frag_queue``.
    """
    fits = True
    if not more:
        fits = end >= q.len and not (q.flags & INET_FRAG_LAST_IN and end != q.len)
        if fits:
            q.flags |= INET_FRAG_LAST_IN
            q.len = end
    elif end > q.len:
        fits = not q.flags & INET_FRAG_LAST_IN
        if fits:
            q.len = end
    if trace.on:
        decide("does it fit the others?", fits and end != offset, offset=offset, end=end, len=q.len)
    return fits and end != offset


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
