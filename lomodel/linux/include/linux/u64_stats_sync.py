"""include/linux/u64_stats_sync.h: 64-bit counters that a 32-bit machine can read whole.

A 32-bit CPU moves a u64 in two halves, so a reader may see one half from before an addition and the
other from after it. There a sequence counter stands beside the counters: odd while a writer is at
work, and whoever sees it change reads again. A 64-bit machine moves the u64 at once; its
``struct u64_stats_sync`` is empty and these functions cost nothing, which the model expresses with
``syncp`` being None. What the sequence counter is good for is shown in ``lomodel.interleave``.

Left out: memory barriers (one CPU at a time runs here), lockdep, the ``_irq`` spellings that turned
interrupts off in a 32-bit kernel for one CPU (an alias of these since 6.1, gone in 6.12).
"""

from __future__ import annotations


class U64StatsSync:
    """struct u64_stats_sync of a 32-bit kernel: a seqcount."""

    __slots__ = ("sequence",)

    def __init__(self) -> None:
        self.sequence = 0


def sizeof_u64_stats_sync(bits: int) -> int:
    """Size in bytes: that of a seqcount on 32 bits, 0 on 64."""
    return 4 if bits == 32 else 0


def u64_stats_init(bits: int) -> U64StatsSync | None:
    """What ``syncp`` is to be: a sequence counter at 0, or None where none is needed."""
    return U64StatsSync() if bits == 32 else None


def u64_stats_update_begin(syncp: U64StatsSync | None) -> None:
    """Say that a writer is at work; only one may be."""
    if syncp is not None:
        syncp.sequence += 1


def u64_stats_update_end(syncp: U64StatsSync | None) -> None:
    """Say that the counters belong together again."""
    if syncp is not None:
        syncp.sequence += 1


def u64_stats_fetch_begin(syncp: U64StatsSync | None) -> int:
    """The sequence number to hand to ``u64_stats_fetch_retry``; always even.

    The kernel waits for a writer that is at work. Here nobody else runs, so one that never finished
    would be waited for forever: AssertionError.
    """
    if syncp is None:
        return 0
    if syncp.sequence & 1:
        raise AssertionError("a reader waits for a writer on the same CPU: deadlock")
    return syncp.sequence


def u64_stats_fetch_retry(syncp: U64StatsSync | None, start: int) -> bool:
    """Whether a writer came between, so that what was read may not belong together."""
    return syncp is not None and syncp.sequence != start
