"""include/linux/cpumask.h and lib/find_bit.c: sets of CPUs and loops over them.

A ``cpumask`` is an int whose bit n says whether CPU n is in it. The machine holds three of them:
``cpu_possible_mask`` (fixed at boot: every CPU that may ever come), ``cpu_present_mask`` (plugged
in) and ``cpu_online_mask`` (running). Per-CPU memory exists for every possible CPU, which is why
sums over per-CPU counters go over the possible mask: a CPU that went offline keeps what it had
counted.

Left out: cpumask_var_t, active and dying CPUs, the special forms of a kernel built for one CPU.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lomodel.machine import Machine


def cpumask_of(cpus: Iterable[int]) -> int:
    """The mask that holds ``cpus``."""
    mask = 0
    for cpu in cpus:
        mask |= 1 << cpu
    return mask


def cpumask_test_cpu(cpu: int, mask: int) -> bool:
    """Whether ``cpu`` is in ``mask``."""
    return bool(mask >> cpu & 1)


def cpumask_weight(mask: int) -> int:
    """How many CPUs are in ``mask``."""
    return mask.bit_count()


def cpumask_last(mask: int) -> int:
    """The highest CPU id in ``mask``; -1 for an empty one."""
    return mask.bit_length() - 1


def bitmap(mask: int) -> list[int]:
    """The mask as the kernel keeps it: 64-bit words, the lowest CPUs first."""
    words = max(1, -(-mask.bit_length() // 64))
    return [mask] if words == 1 else [mask >> 64 * n & (1 << 64) - 1 for n in range(words)]


def find_next_bit(words: list[int], size: int, start: int) -> int:
    """The first set bit of a bitmap from ``start`` on, or ``size`` when there is none below it
    (lib/find_bit.c)."""
    index = start >> 6
    if start >= size or index >= len(words):
        return size
    word = words[index] & (-1 << (start & 63))
    while not word:
        index += 1
        if index == len(words):
            return size
        word = words[index]
    return min(size, (index << 6) + (word & -word).bit_length() - 1)


def cpumask_next(machine: Machine, cpu: int, words: list[int]) -> int:
    """The next CPU of a mask (as a bitmap) after ``cpu``; ``nr_cpu_ids`` when there is none."""
    return find_next_bit(words, machine.nr_cpu_ids, cpu + 1)


def for_each_cpu(machine: Machine, mask: int) -> Iterator[int]:
    """The CPU ids of ``mask``, ascending: ``for cpu in for_each_cpu(machine, mask)``.

    Which loop it is depends on the release (``Release.for_each_cpu``); the ids are the same.
    """
    return _LOOPS[machine.release.for_each_cpu](machine, bitmap(mask))


def _cpumask_next_loop(machine: Machine, words: list[int]) -> Iterator[int]:
    """Up to 6.0: start before the first CPU and step until the id is no CPU's any more."""
    nr_cpu_ids = machine.nr_cpu_ids
    cpu = cpumask_next(machine, -1, words)
    while cpu < nr_cpu_ids:
        yield cpu
        cpu = cpumask_next(machine, cpu, words)


def _set_bit_loop(machine: Machine, words: list[int]) -> Iterator[int]:
    """From 6.1 on: for_each_set_bit, which finds the first bit at or after a start."""
    size = machine.nr_cpu_ids
    cpu = find_next_bit(words, size, 0)
    while cpu < size:
        yield cpu
        cpu = find_next_bit(words, size, cpu + 1)


_LOOPS = {"cpumask_next": _cpumask_next_loop, "for_each_set_bit": _set_bit_loop}


def for_each_possible_cpu(machine: Machine) -> Iterator[int]:
    """The ids of all CPUs that this machine may ever have, ascending."""
    return for_each_cpu(machine, machine.cpu_possible_mask)


def for_each_present_cpu(machine: Machine) -> Iterator[int]:
    """The ids of the CPUs that are plugged in, ascending."""
    return for_each_cpu(machine, machine.cpu_present_mask)


def for_each_online_cpu(machine: Machine) -> Iterator[int]:
    """The ids of the CPUs that run, ascending."""
    return for_each_cpu(machine, machine.cpu_online_mask)
