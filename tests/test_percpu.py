"""CPUs, per-CPU memory and the counters in it.

Mutations that turned these red: ``nrcpus`` raising nr_cpu_ids, or taking 0; possible CPUs beyond
``nr_cpus=``; a loop that stops one early; pcpu_lstats of 24 bytes on 32 bits; areas placed
unaligned; a freed area kept; drops kept in one copy; rx_nohandler left out of ``dev_get_stats``;
/proc/net/dev with tx_dropped in the receive column; a CPU's copy reset when it stops; a read that
is not a transfer; CPU 0 that adds nothing to a per-CPU pointer; CPUs that are possible
with nosmp.
"""

from __future__ import annotations

import errno
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lomodel import cachelines
from lomodel.cachelines import CACHE_LINE, LAYOUTS, Caches, count_packets, sharing_table
from lomodel.linux.drivers.net.loopback import dev_lstats_read, loopback_get_stats64
from lomodel.linux.include.linux.cpumask import (
    bitmap,
    cpumask_last,
    cpumask_next,
    cpumask_of,
    cpumask_test_cpu,
    cpumask_weight,
    find_next_bit,
    for_each_cpu,
    for_each_online_cpu,
    for_each_possible_cpu,
    for_each_present_cpu,
)
from lomodel.linux.include.linux.netdevice_stats import (
    NetDeviceCoreStats,
    PcpuLstats,
    RtnlLinkStats64,
    dev_lstats_add,
    netdev_alloc_pcpu_stats,
)
from lomodel.linux.kernel.panic import KernelPanic
from lomodel.linux.kernel.smp import cpu_down, cpu_up, get_option
from lomodel.linux.mm.percpu import (
    alloc_percpu,
    free_percpu,
    pcpu_alloc,
    per_cpu_address,
    per_cpu_offset,
    per_cpu_ptr,
)
from lomodel.linux.net.core.dev import dev_get_stats
from lomodel.linux.net.core.dev_ioctl import set_up
from lomodel.linux.net.core.net_procfs import dev_seq_show
from lomodel.machine import Machine
from lomodel.release import RELEASES


def lo_of(machine: Machine):
    return machine.new_net().loopback_dev


# --- which CPUs ---------------------------------------------------------------------------------


def test_nr_cpu_ids_is_no_number_of_cpus() -> None:
    machine = Machine(possible_cpus=[0, 2, 5])
    assert machine.nr_cpu_ids == 6
    assert cpumask_weight(machine.cpu_possible_mask) == 3
    assert list(for_each_possible_cpu(machine)) == [0, 2, 5]


@pytest.mark.parametrize(
    ("option", "cpus"),
    [
        ("nr_cpus=2", 2),
        ("nr_cpus=1", 1),
        ("nr_cpus=4", 4),
        ("nr_cpus=5", 4),
        ("nr_cpus=0", 4),
        ("nr_cpus=-1", 4),
        ("nr_cpus=", 4),
        ("nr_cpus", 4),
        ("nr_cpus=two", 4),
        ("nr_cpus=0x3", 3),
        ("nr_cpus=02", 2),
        ("nr_cpus=3x", 3),
        ("nr_cpus=3,1", 3),
        ("quiet nr_cpus=3 nr_cpus=2", 2),
        ("nr_cpus=2 nr_cpus=3", 2),
        ("nr_cpu=2", 4),
    ],
)
def test_nr_cpus(option: str, cpus: int) -> None:
    """Lowers only; what is no number, too small or too large is ignored."""
    machine = Machine(possible_cpus=4, cmdline=option)
    assert machine.nr_cpu_ids == cpus
    assert list(for_each_possible_cpu(machine)) == list(range(cpus))
    assert len(lo_of(machine).lstats) == cpus
    assert len(machine.softnet) == cpus


def test_nr_cpus_is_a_limit_of_ids() -> None:
    machine = Machine(possible_cpus=[0, 2, 5], cmdline="nr_cpus=4")
    assert list(for_each_possible_cpu(machine)) == [0, 2]
    assert machine.nr_cpu_ids == 3


def test_maxcpus_leaves_cpus_possible() -> None:
    machine = Machine(possible_cpus=4, cmdline="maxcpus=2")
    assert list(for_each_online_cpu(machine)) == [0, 1]
    assert list(for_each_possible_cpu(machine)) == [0, 1, 2, 3]


BOOTED: dict[tuple[int, str], tuple[list[int], list[int]]] = {
    (8, ""): ([*range(8)], [*range(8)]),
    (8, "nr_cpus=4 nr_cpus=6"): ([0, 1, 2, 3], [0, 1, 2, 3]),
    (8, "nr_cpus=6 nr_cpus=4"): ([0, 1, 2, 3], [0, 1, 2, 3]),
    (8, "maxcpus=2"): ([*range(8)], [0, 1]),
    (8, "nr_cpus=0"): ([*range(8)], [*range(8)]),
    (8, "nosmp"): ([0], [0]),
    (8, "maxcpus=0"): ([0], [0]),
    (8, "nr_cpus=2x"): ([0, 1], [0, 1]),
    (9, "nr_cpus=010"): ([*range(8)], [*range(8)]),
}
"""Linux 6.12.117 (x86-64) in qemu, by its number of CPUs and its boot line: what stood in
/sys/devices/system/cpu/possible and online."""


@pytest.mark.parametrize("release", RELEASES)
@pytest.mark.parametrize(("booted", "seen"), BOOTED.items(), ids=str)
def test_boot_lines_as_a_kernel_read_them(release: str, booted: tuple, seen: tuple) -> None:
    """Red where nosmp leaves CPUs possible. 6.1's source says the same as 6.12 did."""
    cpus, cmdline = booted
    machine = Machine(release, possible_cpus=cpus, cmdline=cmdline)
    found = list(for_each_possible_cpu(machine)), list(for_each_online_cpu(machine))
    assert found == seen
    assert machine.nr_cpu_ids == len(seen[0])


def test_possible_present_and_online() -> None:
    machine = Machine(possible_cpus=4, present_cpus=[0, 1, 3], cmdline="maxcpus=2")
    assert list(for_each_present_cpu(machine)) == [0, 1, 3]
    assert list(for_each_online_cpu(machine)) == [0, 1]
    cpu_up(machine, 3)
    assert list(for_each_online_cpu(machine)) == [0, 1, 3]
    with pytest.raises(OSError) as caught:
        cpu_up(machine, 2)
    assert caught.value.errno == errno.EINVAL
    for cpu in (0, 1):
        cpu_down(machine, cpu)
    with pytest.raises(OSError) as caught:
        cpu_down(machine, 3)
    assert caught.value.errno == errno.EBUSY
    assert machine.cpu == 3
    with pytest.raises(OSError) as caught:
        cpu_down(machine, 0)
    assert caught.value.errno == errno.EINVAL


def test_impossible_machines_are_refused() -> None:
    for cpus in (0, [], [1], [-1, 0]):
        with pytest.raises(ValueError):
            Machine(possible_cpus=cpus)
    with pytest.raises(ValueError, match="32 or 64"):
        Machine(bits=16)
    with pytest.raises(ValueError, match=r"5\.14, 5\.15, 6\.1, 6\.6, 6\.12, 6\.18"):
        Machine("2.6")


@given(st.sets(st.integers(0, 200), min_size=1), st.sampled_from(list(RELEASES)))
@settings(deadline=None)
def test_both_loop_forms_give_the_ids_ascending(cpus: set[int], release: str) -> None:
    machine = Machine(release)
    machine.nr_cpu_ids = 201
    mask = cpumask_of(cpus)
    assert list(for_each_cpu(machine, mask)) == sorted(cpus)
    assert cpumask_last(mask) == max(cpus)
    assert cpumask_next(machine, max(cpus), bitmap(mask)) >= machine.nr_cpu_ids
    assert all(cpumask_test_cpu(cpu, mask) == (cpu in cpus) for cpu in range(201))


def test_loops_end_at_nr_cpu_ids() -> None:
    for release in RELEASES:
        machine = Machine(release, possible_cpus=3)
        assert list(for_each_cpu(machine, 0b11111)) == [0, 1, 2]
        assert list(for_each_cpu(machine, 0)) == []
    assert find_next_bit(bitmap(0b1000), 3, 0) == 3


def test_get_option() -> None:
    assert get_option("12,3") == (2, 12)
    assert get_option("1-3") == (3, 1)
    assert get_option("-7") == (1, -7)
    assert get_option("x") == (0, 0)
    assert get_option("010") == (1, 8)
    assert get_option("09") == (1, 0)
    assert get_option("\u0664") == get_option("+4") == get_option(" 4") == (0, 0)


# --- per-CPU memory -----------------------------------------------------------------------------


def test_pcpu_lstats_layout() -> None:
    assert (PcpuLstats.sizeof(64), PcpuLstats.alignof(64)) == (16, 16)
    assert (PcpuLstats.sizeof(32), PcpuLstats.alignof(32)) == (32, 16)
    assert (NetDeviceCoreStats.sizeof(64), NetDeviceCoreStats.sizeof(32)) == (32, 16)


BTF = Path("/sys/kernel/btf/vmlinux")


def btf_sizes(wanted: set[str]) -> dict[str, int]:
    """The sizes of structs in the BTF of the running kernel."""
    from struct import unpack_from

    data = BTF.read_bytes()
    _, _, _, header, types, length, strings, _ = unpack_from("<HBBIIIII", data)
    at, end, names = header + types, header + types + length, header + strings
    # Bytes that follow the three words of a type, by its kind; per member where the kind has some.
    fixed, each = {1: 4, 3: 12, 14: 4, 17: 4}, {4: 12, 5: 12, 6: 8, 13: 8, 15: 12, 19: 12}
    found = {}
    while at < end:
        name, info, size = unpack_from("<III", data, at)
        kind, members = info >> 24 & 31, info & 0xFFFF
        text = data[names + name : data.index(b"\0", names + name)].decode()
        if kind == 4 and text in wanted:
            found[text] = size
        at += 12 + fixed.get(kind, 0) + each.get(kind, 0) * members
    return found


@pytest.mark.skipif(not BTF.exists(), reason="the running kernel shows no BTF")
def test_layout_is_the_running_kernels() -> None:
    sizes = btf_sizes({"pcpu_lstats", "u64_stats_sync", "rtnl_link_stats64"})
    assert sizes["pcpu_lstats"] == PcpuLstats.sizeof(64)
    assert sizes["u64_stats_sync"] == 0
    assert sizes["rtnl_link_stats64"] == 8 * len(RtnlLinkStats64.__slots__)


@pytest.mark.parametrize("bits", [32, 64])
def test_copies_stand_a_unit_apart_and_aligned(bits: int) -> None:
    machine = Machine(possible_cpus=4, bits=bits)
    pointers = [netdev_alloc_pcpu_stats(machine, PcpuLstats) for _ in range(10)]
    seen: set[int] = set()
    for pointer in pointers:
        addresses = [per_cpu_address(machine, pointer, cpu) for cpu in range(4)]
        assert all(address % 16 == 0 for address in addresses)
        assert addresses == [pointer.ptr + per_cpu_offset(machine, cpu) for cpu in range(4)]
        assert pointer.ptr not in addresses  # nobody's copy, as it stands
        if bits == 64:  # a pair lies in one cache line
            assert all(a // CACHE_LINE == (a + 15) // CACHE_LINE for a in addresses)
        bytes_used = {a + i for a in addresses for i in range(PcpuLstats.sizeof(bits))}
        assert not bytes_used & seen
        seen |= bytes_used


def test_copies_are_separate_and_zero() -> None:
    machine = Machine(possible_cpus=[0, 2])
    pointer = netdev_alloc_pcpu_stats(machine, PcpuLstats)
    assert per_cpu_ptr(pointer, 0) is not per_cpu_ptr(pointer, 2)
    assert per_cpu_ptr(pointer, 1) is None
    assert [(copy.packets, copy.bytes) for copy in pointer if copy] == [(0, 0)] * 2
    with pytest.raises(IndexError):
        per_cpu_ptr(pointer, 3)


def test_memory_runs_out() -> None:
    machine = Machine(possible_cpus=4)
    machine.memory.limit = machine.memory.used + 4 * 16
    pointer = alloc_percpu(machine, PcpuLstats)
    assert pointer is not None
    assert netdev_alloc_pcpu_stats(machine, PcpuLstats) is None
    free_percpu(machine, pointer)
    assert netdev_alloc_pcpu_stats(machine, PcpuLstats) is not None
    free_percpu(machine, None)


def test_what_no_chunk_can_hold() -> None:
    machine = Machine()
    assert pcpu_alloc(machine, (32 << 10) + 4, 4, object, "object") is None
    assert pcpu_alloc(machine, 16, 8192, object, "object") is None


def test_freed_areas_are_used_again() -> None:
    machine = Machine()
    pointers = [pcpu_alloc(machine, 16, 16, object, "object") for _ in range(8)]
    free_percpu(machine, pointers[2])
    free_percpu(machine, pointers[3])
    assert pcpu_alloc(machine, 64, 16, object, "object").ptr > pointers[-1].ptr
    assert pcpu_alloc(machine, 32, 16, object, "object").ptr == pointers[2].ptr


def test_a_full_chunk_is_followed_by_another() -> None:
    machine = Machine()
    for _ in range(3):
        assert pcpu_alloc(machine, 20 << 10, 4, object, "object") is not None
    assert len(machine.percpu.chunks) == 3


@given(st.lists(st.tuples(st.integers(1, 600), st.sampled_from([4, 8, 16, 64])), max_size=60))
@settings(deadline=None, max_examples=50)
def test_areas_never_overlap(wanted: list[tuple[int, int]]) -> None:
    machine = Machine()
    held = []
    for index, (size, align) in enumerate(wanted):
        held.append(pcpu_alloc(machine, size, align, object, "object"))
        assert held[-1].ptr % align == 0
        if index % 3 == 2:
            free_percpu(machine, held.pop(index // 3))
    spans = sorted((pointer.ptr, pointer.ptr + pointer.size) for pointer in held)
    assert all(a[1] <= b[0] for a, b in zip(spans, spans[1:], strict=False))


# --- counters -----------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", [32, 64])
@pytest.mark.parametrize("release", RELEASES)
def test_counting_and_reading(release: str, bits: int) -> None:
    machine = Machine(release, possible_cpus=4, bits=bits)
    lo = lo_of(machine)
    for cpu in range(4):
        machine.cpu = cpu
        for _ in range(cpu):
            dev_lstats_add(lo, 100 + cpu)
    assert dev_lstats_read(lo) == (6, 101 + 2 * 102 + 3 * 103)
    assert [copy.packets for copy in lo.lstats] == [0, 1, 2, 3]
    if bits == 32:
        assert [copy.syncp.sequence for copy in lo.lstats] == [0, 2, 4, 6]
    else:
        assert all(copy.syncp is None for copy in lo.lstats)
    stats = RtnlLinkStats64()
    loopback_get_stats64(lo, stats)
    assert (stats.rx_packets, stats.tx_packets) == (6, 6)
    assert stats.rx_bytes == stats.tx_bytes == 614


def test_a_stopped_cpu_keeps_its_counts() -> None:
    machine = Machine(possible_cpus=2)
    lo = lo_of(machine)
    machine.cpu = 1
    dev_lstats_add(lo, 1000)
    cpu_down(machine, 1)
    assert machine.cpu == 0
    assert dev_lstats_read(lo) == (1, 1000)


class Disturbed(PcpuLstats):
    """Counters that a writer changes while they are read for the first time."""

    @property
    def bytes(self) -> int:
        if not self.syncp.sequence:
            self.syncp.sequence, self.packets = 2, 1
            return 0
        return 100

    @bytes.setter
    def bytes(self, value: int) -> None:
        pass


def test_a_reader_whom_a_writer_disturbed_reads_again() -> None:
    """Neither one packet of no bytes nor no packet of a hundred."""
    lo = lo_of(Machine(bits=32))
    lo.lstats[1] = Disturbed(bits=32)
    assert dev_lstats_read(lo) == (1, 100)


def test_a_reader_waits_for_a_writer() -> None:
    lo = lo_of(Machine(bits=32))
    lo.lstats[1].syncp.sequence = 1
    with pytest.raises(AssertionError, match="deadlock"):
        dev_lstats_read(lo)


@pytest.mark.parametrize("release", RELEASES)
def test_dev_get_stats_adds_the_cores_drops(release: str) -> None:
    machine = Machine(release, possible_cpus=4)
    lo = lo_of(machine)
    dev_lstats_add(lo, 7)
    for cpu in (0, 2, 2):
        machine.cpu = cpu
        lo.core_stats.rx_dropped += 1
        lo.core_stats.tx_dropped += 2
        lo.core_stats.rx_nohandler += 3
        lo.core_stats.rx_otherhost_dropped += 4
    stats = dev_get_stats(lo)
    assert (stats.rx_packets, stats.tx_bytes) == (1, 7)
    assert (stats.rx_dropped, stats.tx_dropped) == (3, 6)
    assert (stats.rx_nohandler, stats.rx_otherhost_dropped) == (9, 12)
    assert stats.rx_errors == stats.multicast == 0


def test_drops_are_counted_per_cpu_and_only_when_there_is_memory() -> None:
    machine = Machine("6.12")
    lo = lo_of(machine)
    used = machine.memory.used
    assert lo.core_stats.percpu is None
    machine.memory.limit = used
    lo.core_stats.rx_dropped += 1
    assert dev_get_stats(lo).rx_dropped == 0
    machine.memory.limit = None
    lo.core_stats.rx_dropped += 1
    machine.cpu = 1
    lo.core_stats.rx_dropped += 1
    assert [copy.rx_dropped for copy in lo.core_stats.percpu] == [1, 1]
    assert machine.memory.used == used + 2 * 32
    old = lo_of(Machine("5.14"))
    old.machine.memory.limit = old.machine.memory.used
    old.core_stats.rx_dropped += 1
    assert dev_get_stats(old).rx_dropped == 1


def test_proc_net_dev() -> None:
    lo = lo_of(Machine())
    lo.lstats[0].packets, lo.lstats[0].bytes = 2, 2056
    lo.core_stats.rx_dropped += 5
    lo.core_stats.tx_dropped += 1
    lo.core_stats.rx_nohandler += 9
    header, _, line = dev_seq_show(lo.nd_net).splitlines()
    assert header.startswith("Inter-|   Receive")
    assert " ".join(line.split()) == "lo: 2056 2 0 5 0 0 0 0 2056 2 0 1 0 0 0 0"


def test_proc_net_dev_is_the_running_kernels() -> None:
    command = ["unshare", "-rn", "cat", "/proc/net/dev"]
    try:
        real = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        pytest.skip(f"no namespace to look into: {error}")
    assert dev_seq_show(lo_of(Machine()).nd_net) + "\n" == real


def test_reading_costs_grow_with_cpus_not_faster() -> None:
    """Steps, not seconds: a read asks each possible CPU once."""
    for cpus in (1, 8, 64):
        machine = Machine(possible_cpus=cpus)
        lo = lo_of(machine)
        with machine.trace() as trace:
            dev_lstats_read(lo)
        assert trace.functions() == ["dev_lstats_read"]
        assert len(list(for_each_possible_cpu(machine))) == cpus


def test_machine_without_memory_for_counters() -> None:
    machine = Machine()
    machine.memory.limit = machine.memory.used
    with pytest.raises(OSError) as caught:
        machine.new_net()
    assert caught.value.errno == errno.ENOMEM
    with pytest.raises(KernelPanic):
        Machine(memory=100)


def test_up_costs_no_packet() -> None:
    lo = lo_of(Machine())
    set_up(lo, True)
    assert dev_lstats_read(lo) == (0, 0)


# --- cache lines --------------------------------------------------------------------------------


def test_mesi_states() -> None:
    caches = Caches()
    caches.read(0, 0)
    assert caches.state(0, 0) == "E"
    caches.read(1, 8)
    assert (caches.state(0, 0), caches.state(1, 0)) == ("S", "S")
    caches.write(1, 0)
    assert (caches.state(0, 0), caches.state(1, 0)) == ("I", "M")
    caches.read(0, 0)
    assert (caches.state(0, 0), caches.state(1, 0)) == ("S", "S")
    assert caches.state(0, 64) == "I"
    traffic = caches.traffic
    assert (traffic.fills, traffic.transfers, traffic.upgrades) == (1, 2, 1)


def test_sharing_costs_a_transfer_a_packet() -> None:
    for row in sharing_table(packets=10):
        cpus = row["CPUs"]
        shared = 1 if cpus == 1 else 10 * cpus
        assert row == {"CPUs": cpus, "one pair": shared, "array": shared, "per CPU": cpus}


def test_strict_turns_are_why_an_array_costs_as_much_as_one_counter() -> None:
    """A CPU that keeps its turn for ten packets pays for the first only, as the docstring says."""
    machine = Machine(possible_cpus=2)
    for layout in ("one pair", "array"):
        addresses = LAYOUTS[layout](machine)
        caches = Caches()
        for cpu in (0, 1):
            for _ in range(10):
                caches.add(cpu, addresses[cpu])
        assert caches.traffic.total == 2
        assert count_packets(addresses, 10).total == 20
    assert "strict turns" in cachelines.__doc__
    assert list(cachelines.MEASURED)[1:] == list(LAYOUTS)[1:]


def test_the_price_of_per_cpu_is_paid_by_the_reader() -> None:
    machine = Machine(possible_cpus=16)
    own = LAYOUTS["per CPU"](machine)
    shared = LAYOUTS["one pair"](machine)
    assert count_packets(own, 5, sums=1).transfers == 15
    assert count_packets(own, 5, sums=2).transfers == 15
    assert count_packets(shared, 5, sums=1).transfers == 16 * 5
