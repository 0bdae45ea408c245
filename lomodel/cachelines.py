"""What it costs when CPUs count packets: how often a cache line has to travel between them.

Caches keep each other coherent by the MESI protocol. A CPU may write a line only while no other has
it; to read or write a line that another CPU has changed, the line has to be fetched from there. One
counter for all CPUs makes its line travel at every packet. ``pcpu_lstats`` gives each CPU its own
copy, at the addresses that ``lomodel.linux.mm.percpu`` hands out, and then nothing travels until
somebody asks for the sum.

The CPUs take strict turns here, packet by packet. So a line that they share travels at every
packet, whether they share one pair or are neighbours in an array: both cost the same number of
messages. Real CPUs run at once, and one that has the line counts on until another gets it; one
counter for all needs an atomic addition besides, a number of one's own does not. So on a real
machine an array is far better than one counter: ``MEASURED`` says how much on one of them.

Left out: sizes of caches (no line is ever evicted), several levels and sockets, store buffers, the
cost of a transfer in time. What is counted is messages, and those do not depend on the CPU model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lomodel.linux.include.linux.cpumask import for_each_possible_cpu
from lomodel.linux.include.linux.netdevice_stats import PcpuLstats, netdev_alloc_pcpu_stats
from lomodel.linux.mm.percpu import per_cpu_address
from lomodel.machine import Machine

CACHE_LINE = 64
"""Bytes of a cache line of x86-64."""

MEASURED = {"one counter": 0.64, "array": 0.05, "per CPU": 0.02}
"""Seconds that two threads took on the two CPUs of a virtual machine, 50 million additions each: to
one counter, atomically; to two numbers 16 bytes apart; to two that are 64 bytes apart. Another run
gives other numbers, and the same order."""


@dataclass(slots=True)
class Traffic:
    """Messages between caches.

    ``fills``: lines that came from memory, because no cache had them; ``transfers``: lines that
    came from another CPU's cache; ``upgrades``: a CPU had a line, but had to tell others to drop
    it.
    """

    fills: int = 0
    transfers: int = 0
    upgrades: int = 0

    @property
    def total(self) -> int:
        """All messages."""
        return self.fills + self.transfers + self.upgrades


class Caches:
    """The caches of all CPUs: for each line, who has it and whether it has been changed.

    A line that one CPU has unchanged is E (exclusive), changed M (modified); a line that several
    have is S (shared); a CPU that is not among the holders has it as I (invalid).
    """

    def __init__(self) -> None:
        self.traffic = Traffic()
        self.holders: dict[int, set[int]] = {}
        self.modified: set[int] = set()

    def state(self, cpu: int, address: int) -> str:
        """The state of a line in one cache: "M", "E", "S" or "I"."""
        line = address // CACHE_LINE
        holders = self.holders.get(line, set())
        if cpu not in holders:
            return "I"
        if len(holders) > 1:
            return "S"
        return "M" if line in self.modified else "E"

    def read(self, cpu: int, address: int) -> None:
        """Load a word: the line must be in the cache, in any state but I."""
        line = address // CACHE_LINE
        holders = self.holders.setdefault(line, set())
        if cpu not in holders:
            self._fetch(holders)
            self.modified.discard(line)  # whoever had changed it writes it back
            holders.add(cpu)

    def write(self, cpu: int, address: int) -> None:
        """Store a word: the line must be in this cache and in no other."""
        line = address // CACHE_LINE
        holders = self.holders.setdefault(line, set())
        if cpu not in holders:
            self._fetch(holders)
        elif len(holders) > 1:
            self.traffic.upgrades += 1
        holders.clear()
        holders.add(cpu)
        self.modified.add(line)

    def add(self, cpu: int, address: int) -> None:
        """Add to a word: a read for ownership, as one instruction."""
        self.write(cpu, address)

    def read_sum(self, cpu: int, addresses: Iterable[int]) -> None:
        """Read the pair at each of ``addresses`` once."""
        for address in sorted(set(addresses)):
            self.read(cpu, address)

    def _fetch(self, holders: set[int]) -> None:
        if holders:
            self.traffic.transfers += 1
        else:
            self.traffic.fills += 1


Layout = Callable[[Machine], list[int]]


def shared_counter(machine: Machine) -> list[int]:
    """One pair of counters for all CPUs: everybody uses the same address."""
    return [0] * machine.nr_cpu_ids


def packed_array(machine: Machine) -> list[int]:
    """An array indexed by CPU id: no two CPUs share a counter, but four share a line."""
    return [cpu * PcpuLstats.sizeof(machine.bits) for cpu in range(machine.nr_cpu_ids)]


def per_cpu(machine: Machine) -> list[int]:
    """What lo does: the copies of ``netdev_alloc_pcpu_stats``, each in its CPU's own unit."""
    lstats = netdev_alloc_pcpu_stats(machine, PcpuLstats)
    if lstats is None:
        raise MemoryError("the machine has no memory for counters")
    return [per_cpu_address(machine, lstats, cpu) for cpu in for_each_possible_cpu(machine)]


LAYOUTS: dict[str, Layout] = {
    "one pair": shared_counter,
    "array": packed_array,
    "per CPU": per_cpu,
}


def count_packets(
    addresses: list[int], packets: int, sums: int = 0, sum_each_round: bool = False
) -> Traffic:
    """The traffic when every CPU counts ``packets`` packets, the CPUs taking turns, and CPU 0 reads
    the sum ``sums`` times at the end, after all have counted; ``sum_each_round``: and once whenever
    each has counted one packet."""
    return caches_after(addresses, packets, sums, sum_each_round).traffic


def caches_after(
    addresses: list[int], packets: int, sums: int = 0, sum_each_round: bool = False
) -> Caches:
    """The caches after the same."""
    caches = Caches()
    for _ in range(packets):
        for cpu, address in enumerate(addresses):
            caches.add(cpu, address)  # bytes
            caches.add(cpu, address + 8)  # packets
        if sum_each_round:
            caches.read_sum(0, addresses)
    for _ in range(sums):
        caches.read_sum(0, addresses)
    return caches


def sharing_table(
    cpus: Iterable[int] = (1, 2, 4, 8, 16, 32, 64), packets: int = 100
) -> list[dict[str, int]]:
    """For each number of CPUs, the messages between caches in each layout, when every CPU counts
    ``packets`` packets."""
    rows = []
    for number in cpus:
        machine = Machine(possible_cpus=number)
        row = {"CPUs": number}
        for name, layout in LAYOUTS.items():
            row[name] = count_packets(layout(machine), packets).total
        rows.append(row)
    return rows
