"""The part of include/linux/netdevice.h that counts packets, and struct rtnl_link_stats64 of
include/uapi/linux/if_link.h.

``pcpu_lstats`` is lo's own bookkeeping: two counters for every CPU, which only that CPU writes, so
that counting needs no lock and no cache line travels. ``NetDevCoreStats`` is the core's: drops that
no driver sees.

Left out: the other kinds of per-CPU statistics (tstats, dstats), ndo_get_stats.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Protocol, TypeVar

from lomodel.linux.include.linux.cpumask import for_each_possible_cpu
from lomodel.linux.include.linux.u64_stats_sync import (
    U64StatsSync,
    sizeof_u64_stats_sync,
    u64_stats_init,
    u64_stats_update_begin,
    u64_stats_update_end,
)
from lomodel.linux.mm.percpu import (
    GFP_ATOMIC,
    GFP_KERNEL,
    PerCpu,
    PerCpuType,
    alloc_percpu_gfp,
    free_percpu,
    per_cpu_ptr,
    round_up,
)
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.linux.include.linux.netdevice import NetDevice
    from lomodel.machine import Machine

kernel_function = kernel_file("include/linux/netdevice.h")
dev_function = kernel_file("net/core/dev.c")


CORE_STATS = ("rx_dropped", "tx_dropped", "rx_nohandler", "rx_otherhost_dropped")

NETDEV_PCPU_STAT_NONE = 0
NETDEV_PCPU_STAT_LSTATS = 1

SIZEOF_U64 = 8


class PcpuLstats:
    """struct pcpu_lstats: what one CPU sent over lo, in packets and bytes.

    Two u64 and a ``u64_stats_sync``, aligned to twice a u64. That is 16 bytes on 64 bits, where
    syncp is empty, so a pair never straddles a cache line; on 32 bits it is 32.
    """

    __slots__ = ("bytes", "packets", "syncp")

    struct: ClassVar[str] = "pcpu_lstats"

    def __init__(self, bits: int = 64) -> None:
        self.packets = self.bytes = 0
        self.syncp = u64_stats_init(bits)

    def __repr__(self) -> str:
        return f"<pcpu_lstats packets {self.packets} bytes {self.bytes}>"

    @staticmethod
    def alignof(bits: int) -> int:
        """Alignment in bytes."""
        return 2 * SIZEOF_U64

    @staticmethod
    def sizeof(bits: int) -> int:
        """Size in bytes: the fields, rounded up to the alignment."""
        return round_up(2 * SIZEOF_U64 + sizeof_u64_stats_sync(bits), PcpuLstats.alignof(bits))


class HasSyncp(Protocol):
    """Counters with a ``u64_stats_sync`` beside them."""

    syncp: U64StatsSync | None


S = TypeVar("S", bound=HasSyncp)


@kernel_function
def netdev_alloc_pcpu_stats(machine: Machine, type: PerCpuType[S]) -> PerCpu[S] | None:
    """A ``type`` for every possible CPU, its ``syncp`` initialised; None when memory has run
    out."""
    return __netdev_alloc_pcpu_stats(machine, type, GFP_KERNEL)


@kernel_function
def __netdev_alloc_pcpu_stats(machine: Machine, type: PerCpuType[S], gfp: int) -> PerCpu[S] | None:
    """``netdev_alloc_pcpu_stats`` with a choice of how hard to try."""
    pcpu_stats = alloc_percpu_gfp(machine, type, gfp)
    if pcpu_stats is not None:
        for cpu in for_each_possible_cpu(machine):
            stat = per_cpu_ptr(pcpu_stats, cpu)
            stat.syncp = u64_stats_init(machine.bits)
    return pcpu_stats


@kernel_function
def dev_lstats_add(dev: NetDevice, len: int) -> None:
    """Count one packet of ``len`` bytes on this CPU. Bottom halves are off: the CPU has no other
    writer."""
    lstats = dev.lstats[dev.machine.cpu]
    syncp = lstats.syncp
    if syncp is not None:
        u64_stats_update_begin(syncp)
    lstats.bytes += len
    lstats.packets += 1
    if syncp is not None:
        u64_stats_update_end(syncp)


class NetDeviceCoreStats:
    """struct net_device_core_stats: one CPU's share of the drops that the core counts, in
    packets."""

    __slots__ = CORE_STATS

    struct: ClassVar[str] = "net_device_core_stats"

    def __init__(self, bits: int = 64) -> None:
        self.rx_dropped = self.tx_dropped = self.rx_nohandler = self.rx_otherhost_dropped = 0

    @staticmethod
    def sizeof(bits: int) -> int:
        """Size in bytes: four unsigned long."""
        return len(CORE_STATS) * bits // 8

    alignof = sizeof


class NetDevCoreStats:
    """dev->core_stats: drops that the core counts on a device's behalf.

    ``core_stats.rx_dropped += 1`` is ``dev_core_stats_rx_dropped_inc(dev)``: it adds to this CPU's
    copy. The per-CPU memory is not there before the first drop, since most devices never need it;
    if there is none to be had then, the drop is not counted. Up to 5.17 the counters were atomic
    ones in the device itself, shared by all CPUs (``Release.core_stats_percpu``).
    """

    __slots__ = ("dev", "percpu")

    percpu: PerCpu[NetDeviceCoreStats] | list[NetDeviceCoreStats] | None

    def __init__(self, dev: NetDevice) -> None:
        self.dev = dev
        shared = not dev.machine.release.core_stats_percpu
        self.percpu = [NetDeviceCoreStats()] * dev.machine.nr_cpu_ids if shared else None

    rx_dropped = property(
        lambda self: self._get("rx_dropped"), lambda s, v: s._set("rx_dropped", v)
    )
    tx_dropped = property(
        lambda self: self._get("tx_dropped"), lambda s, v: s._set("tx_dropped", v)
    )
    rx_nohandler = property(
        lambda self: self._get("rx_nohandler"), lambda s, v: s._set("rx_nohandler", v)
    )
    rx_otherhost_dropped = property(
        lambda self: self._get("rx_otherhost_dropped"),
        lambda s, v: s._set("rx_otherhost_dropped", v),
    )

    def _get(self, field: str) -> int:
        """This CPU's count."""
        return 0 if self.percpu is None else getattr(self.percpu[self.dev.machine.cpu], field)

    def _set(self, field: str, value: int) -> None:
        if self.percpu is None:
            self.percpu = netdev_core_stats_alloc(self.dev)
        if self.percpu is not None:
            setattr(self.percpu[self.dev.machine.cpu], field, value)

    def copies(self) -> list[NetDeviceCoreStats]:
        """Every copy there is, once; what ``dev_get_stats`` sums."""
        if self.percpu is None:
            return []
        if isinstance(self.percpu, PerCpu):
            return [self.percpu[cpu] for cpu in for_each_possible_cpu(self.dev.machine)]
        return self.percpu[:1]

    def free(self) -> None:
        """Give the per-CPU memory back."""
        if isinstance(self.percpu, PerCpu):
            free_percpu(self.dev.machine, self.percpu)
            self.percpu = None


@dev_function
def netdev_core_stats_alloc(dev: NetDevice) -> PerCpu[NetDeviceCoreStats] | None:
    """The memory for a device's first drop; None when there is none."""
    return alloc_percpu_gfp(dev.machine, NetDeviceCoreStats, GFP_ATOMIC)


@dataclass(slots=True)
class RtnlLinkStats64:
    """struct rtnl_link_stats64: what user space is told, 25 counters, all of them 64 bits wide.

    Packets, or bytes where the name says so. lo's driver fills in the first four; the core adds
    ``rx_dropped``, ``tx_dropped``, ``rx_nohandler`` and ``rx_otherhost_dropped``; the rest stays 0.
    """

    rx_packets: int = 0
    tx_packets: int = 0
    rx_bytes: int = 0
    tx_bytes: int = 0
    rx_errors: int = 0
    tx_errors: int = 0
    rx_dropped: int = 0
    tx_dropped: int = 0
    multicast: int = 0
    collisions: int = 0
    rx_length_errors: int = 0
    rx_over_errors: int = 0
    rx_crc_errors: int = 0
    rx_frame_errors: int = 0
    rx_fifo_errors: int = 0
    rx_missed_errors: int = 0
    tx_aborted_errors: int = 0
    tx_carrier_errors: int = 0
    tx_fifo_errors: int = 0
    tx_heartbeat_errors: int = 0
    tx_window_errors: int = 0
    rx_compressed: int = 0
    tx_compressed: int = 0
    rx_nohandler: int = 0
    rx_otherhost_dropped: int = 0
