"""kernel/smp.c, kernel/cpu.c and arch/x86/kernel/smpboot.c: how many CPUs there are to be.

``nr_cpu_ids`` is not a number of CPUs. It is the highest possible CPU id plus one: the end of every
loop over CPU ids and the length of every table indexed by them. It starts as NR_CPUS, the boot
option ``nr_cpus=`` may lower it (``nrcpus``), the architecture then decides which CPUs are
possible, and ``setup_nr_cpu_ids`` sets it for good.

Left out: bringing CPUs up and down, cross-CPU calls, every architecture but x86.
"""

from __future__ import annotations

import errno
import re
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.cpumask import bitmap, cpumask_last, cpumask_of, find_next_bit
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("kernel/smp.c")


NR_CPUS = 256


def get_option(string: str) -> tuple[int, int]:
    """The number at the start of ``string``: (0, 0) when there is none, else (1 or more, the
    number).

    Like the C function (lib/cmdline.c) it reads decimal, octal and hexadecimal, and stops at what
    is no digit: "2x" is 2. The kinds of what follows (2 for a comma, 3 for a range) are told apart.
    """
    match = re.match(r"(-?)(0[xX][0-9a-fA-F]+|[0-9]+)", string)
    if match is None:
        return 0, 0
    sign, digits = match.groups()
    octal = len(digits) > 1 and digits.startswith("0") and digits.isdecimal()
    value = _octal(digits) if octal else int(digits, 0)
    follows = string[match.end() : match.end() + 1]
    kind = {",": 2, "-": 3}.get(follows, 1)
    return kind, -value if sign else value


def _octal(digits: str) -> int:
    """simple_strtol stops at the first character that is no octal digit."""
    return int(re.split("[89]", digits)[0], 8)


@kernel_function
def nrcpus(machine: Machine, string: str) -> int:
    """Boot option ``nr_cpus=``: lower ``nr_cpu_ids``. What is no number, 0, negative or not lower
    is ignored without a word. Returns 0 in every case."""
    found, nr_cpus = get_option(string)
    lowers = bool(found) and 0 < nr_cpus < machine.nr_cpu_ids
    if trace.on:
        decide("is nr_cpus lower?", lowers, nr_cpus=nr_cpus, nr_cpu_ids=machine.nr_cpu_ids)
    if lowers:
        machine.nr_cpu_ids = nr_cpus
    return 0


@kernel_function
def maxcpus(machine: Machine, string: str) -> int:
    """Boot option ``maxcpus=``: how many CPUs to start at boot. Possible CPUs stay possible, except
    with 0, which on x86 leaves one."""
    found, cpus = get_option(string)
    if found:
        machine.setup_max_cpus = cpus
    return 0


@kernel_function
def nosmp(machine: Machine, string: str = "") -> int:
    """Boot option ``nosmp``: as ``maxcpus=0``."""
    machine.setup_max_cpus = 0
    return 0


early_params = {"nr_cpus": nrcpus, "maxcpus": maxcpus, "nosmp": nosmp}


def parse_early_param(machine: Machine) -> None:
    """Hand the options of the boot command line to their functions, left to right (init/main.c)."""
    for option in machine.cmdline.split():
        name, _, value = option.partition("=")
        if name in early_params:
            early_params[name](machine, value)


def prefill_possible_map(machine: Machine) -> None:
    """Which CPUs are possible: those that the firmware reports, as far as their ids are below
    ``nr_cpu_ids``; CPU 0 alone where none but it is to be started (arch/x86/kernel/smpboot.c;
    arch/x86/kernel/cpu/topology.c since 6.9).

    x86 numbers its CPUs without gaps, so ids with gaps are another architecture's.
    """
    below = (1 << machine.nr_cpu_ids) - 1 if machine.setup_max_cpus else 1
    machine.cpu_possible_mask = machine.firmware_cpus & below
    machine.cpu_present_mask = machine.firmware_present & below


@kernel_function
def setup_nr_cpu_ids(machine: Machine) -> None:
    """Set ``nr_cpu_ids`` to the highest possible id plus one."""
    machine.nr_cpu_ids = cpumask_last(machine.cpu_possible_mask) + 1


@kernel_function
def smp_init(machine: Machine) -> None:
    """Start the present CPUs, the boot CPU first, until as many run as ``setup_max_cpus``
    allows."""
    wanted = max(1, machine.setup_max_cpus)
    online: list[int] = []
    present = bitmap(machine.cpu_present_mask)
    cpu = find_next_bit(present, machine.nr_cpu_ids, 0)
    while cpu < machine.nr_cpu_ids and len(online) < wanted:
        online.append(cpu)
        cpu = find_next_bit(present, machine.nr_cpu_ids, cpu + 1)
    machine.cpu_online_mask = cpumask_of(online)


def cpu_up(machine: Machine, cpu: int) -> None:
    """Start a CPU (kernel/cpu.c). OSError EINVAL when it is not possible or not present."""
    if not machine.cpu_present_mask >> cpu & 1:
        raise OSError(errno.EINVAL, f"CPU {cpu} is not present")
    machine.cpu_online_mask |= 1 << cpu


def cpu_down(machine: Machine, cpu: int) -> None:
    """Stop a CPU and let the network take over its packets (kernel/cpu.c).

    Its counters stay where they are and go on being summed: it is still possible. OSError EBUSY for
    the last CPU that runs, EINVAL for one that does not run.
    """
    if not machine.cpu_online_mask >> cpu & 1:
        raise OSError(errno.EINVAL, f"CPU {cpu} is not online")
    if machine.cpu_online_mask == 1 << cpu:
        raise OSError(errno.EBUSY, f"CPU {cpu} is the last one")
    machine.cpu_online_mask &= ~(1 << cpu)
    if machine.cpu == cpu:
        machine.cpu = find_next_bit(bitmap(machine.cpu_online_mask), machine.nr_cpu_ids, 0)
    for dead in machine.cpu_dead_callbacks:
        dead(machine, cpu)
