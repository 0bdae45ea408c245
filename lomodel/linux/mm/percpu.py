"""mm/percpu.c and include/linux/percpu.h: one variable, as many copies as there may be CPUs.

A per-CPU pointer is no address that anybody may read, not even CPU 0: CPU n has to add
``per_cpu_offset(n)`` to it. Memory comes from chunks; a chunk has one unit for every possible CPU,
all laid out alike, so that one number serves them all. ``PerCpu`` is that pointer together with the
copies, a list indexed by CPU id (None where no CPU is possible).

Left out: the first chunk with the static variables, growing a chunk page by page, atomic
allocations that may not sleep, memcg chunks, depopulating chunks, NUMA groups of units.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from lomodel.linux.include.linux.cpumask import cpumask_weight, for_each_possible_cpu
from lomodel.linux.include.linux.stddef import NULL
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("mm/percpu.c")


SIZEOF_INT = 4
PCPU_MIN_ALLOC_SIZE = 4
PCPU_MIN_UNIT_SIZE = 32 << 10
GFP_KERNEL = 0xCC0
GFP_ATOMIC = 0x820

CHUNK_SPACING = 1 << 30
"""Bytes from the base of one chunk to the next; only keeps addresses of chunks apart."""

FIRST_UNIT = 1 << 30
"""What CPU 0 adds to a pointer, in bytes: pointers are counted from elsewhere than its unit."""


T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class PerCpuType(Protocol[T_co]):
    """What there can be a copy of for every CPU: ``type(bits)`` makes one, on a machine with words
    of that many bits; sizes are in bytes."""

    def __call__(self, bits: int) -> T_co: ...

    @property
    def struct(self) -> str: ...

    def sizeof(self, bits: int) -> int: ...

    def alignof(self, bits: int) -> int: ...


class PerCpu(list[T]):
    """A per-CPU pointer and its copies: ``pointer[cpu]`` is that CPU's copy.

    ``ptr`` is the number to which a CPU adds its offset; ``size`` and ``align`` are in bytes.
    """

    __slots__ = ("align", "chunk", "ptr", "size")

    def __init__(self, copies: list[T], ptr: int, size: int, align: int, chunk: PcpuChunk) -> None:
        super().__init__(copies)
        self.ptr, self.size, self.align, self.chunk = ptr, size, align, chunk

    def __repr__(self) -> str:
        return f"<percpu {self.ptr:#x} size {self.size} align {self.align}>"


class PcpuChunk:
    """struct pcpu_chunk: ``areas`` are the allocated (offset, size) pairs of every unit, sorted.

    The first ``packed`` of them have no gap between them, so a search begins behind them.
    """

    __slots__ = ("areas", "base", "packed", "unit_size")

    def __init__(self, base: int, unit_size: int) -> None:
        self.base = base
        self.unit_size = unit_size
        self.areas: list[tuple[int, int]] = []
        self.packed = 0

    def end_of(self, index: int) -> int:
        """Where the area before ``index`` ends: the offset of the first byte behind it."""
        return sum(self.areas[index - 1]) if index else 0

    def find_block_fit(self, size: int, align: int) -> int | None:
        """The first offset at which ``size`` bytes are free, or None."""
        start = round_up(self.end_of(self.packed), align)
        for offset, length in self.areas[self.packed :]:
            if start + size <= offset:
                return start
            start = round_up(offset + length, align)
        return start if start + size <= self.unit_size else None

    def take(self, offset: int, size: int) -> None:
        """Note an area as allocated."""
        insort(self.areas, (offset, size))
        while self.packed < len(self.areas):
            if self.areas[self.packed][0] != self.end_of(self.packed):
                break
            self.packed += 1

    def give_back(self, offset: int, size: int) -> None:
        """Note an area as free."""
        index = self.areas.index((offset, size))
        del self.areas[index]
        self.packed = min(self.packed, index)


class PcpuAllocator:
    """The chunks of one machine. ``unit_size`` is what one CPU has of a chunk, in bytes."""

    def __init__(self, unit_size: int = PCPU_MIN_UNIT_SIZE) -> None:
        self.unit_size = unit_size
        self.chunks: list[PcpuChunk] = []


def round_up(value: int, align: int) -> int:
    """The next multiple of ``align``, a power of two."""
    return (value + align - 1) & -align


def per_cpu_offset(machine: Machine, cpu: int) -> int:
    """What ``cpu`` adds to a per-CPU pointer, in bytes: the way to its unit of the chunk."""
    return FIRST_UNIT + cpu * machine.percpu.unit_size


def per_cpu_ptr(pointer: PerCpu[T], cpu: int) -> T:
    """The copy of ``cpu``. A CPU that is not possible has none: IndexError or None."""
    return pointer[cpu]


def per_cpu_address(machine: Machine, pointer: PerCpu[T], cpu: int) -> int:
    """The address of ``cpu``'s copy: the pointer plus that CPU's offset."""
    return pointer.ptr + per_cpu_offset(machine, cpu)


def alloc_percpu_gfp(
    machine: Machine, type: PerCpuType[T], gfp: int = GFP_KERNEL
) -> PerCpu[T] | None:
    """A zeroed ``type`` for every possible CPU, or None when memory has run out.

    ``type`` makes one copy when called with the machine's word size in bits, and has
    ``sizeof(bits)``, ``alignof(bits)`` and the name of its ``struct``.
    """
    bits = machine.bits
    size, align = type.sizeof(bits), type.alignof(bits)
    return pcpu_alloc(machine, size, align, lambda: type(bits), type.struct)


def alloc_percpu(machine: Machine, type: PerCpuType[T]) -> PerCpu[T] | None:
    """``alloc_percpu_gfp`` with GFP_KERNEL."""
    return alloc_percpu_gfp(machine, type)


def alloc_percpu_int(machine: Machine) -> PerCpu[int] | None:
    """``alloc_percpu(int)``: a number for every possible CPU, 0 at first."""
    return pcpu_alloc(machine, SIZEOF_INT, SIZEOF_INT, int, "int")


@kernel_function
def pcpu_alloc(
    machine: Machine, size: int, align: int, make: Callable[[], T], what: str
) -> PerCpu[T] | None:
    """``size`` bytes, aligned to ``align``, in the unit of every possible CPU; None without memory.

    ``make`` makes one copy, and ``what`` is the C type.

    All units of a chunk share one allocation map, so the copies of a variable are always exactly a
    unit apart, and those of two CPUs never share a cache line.
    """
    align = max(align, PCPU_MIN_ALLOC_SIZE)
    size = round_up(size, PCPU_MIN_ALLOC_SIZE)
    if size > machine.percpu.unit_size or align > 4096:
        return None
    if not machine.memory.charge(size * cpumask_weight(machine.cpu_possible_mask), what):
        return None
    chunk, offset = pcpu_find_area(machine.percpu, size, align)
    chunk.take(offset, size)
    copies: list[T] = [NULL] * machine.nr_cpu_ids
    for cpu in for_each_possible_cpu(machine):
        copies[cpu] = make()
    return PerCpu(copies, chunk.base + offset, size, align, chunk)


def pcpu_find_area(percpu: PcpuAllocator, size: int, align: int) -> tuple[PcpuChunk, int]:
    """The first chunk with room for an area, and where in its units; a new chunk when all are
    full."""
    for chunk in percpu.chunks:
        offset = chunk.find_block_fit(size, align)
        if offset is not None:
            return chunk, offset
    chunk = PcpuChunk(CHUNK_SPACING * (len(percpu.chunks) + 1), percpu.unit_size)
    percpu.chunks.append(chunk)
    return chunk, 0


@kernel_function
def free_percpu(machine: Machine, pointer: PerCpu[T] | None) -> None:
    """Give the area back, in the unit of every CPU at once. None is allowed and does nothing."""
    if pointer is None:
        return
    chunk = pointer.chunk
    chunk.give_back(pointer.ptr - chunk.base, pointer.size)
    machine.memory.uncharge(pointer.size * cpumask_weight(machine.cpu_possible_mask))
