"""A machine: what exists once per running kernel, so that no state is global.

It stands for the variables that C keeps in files and in per-CPU sections: the boot parameters, the
CPUs, softnet_data, the lists of namespaces and notifiers, memory, and a clock that moves only when
told. Making one boots it (``start_kernel`` of init/main.c, as far as lo is concerned).
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

from lomodel import trace
from lomodel.linux.include.linux.cpumask import cpumask_of
from lomodel.linux.init.main import start_kernel
from lomodel.linux.kernel.smp import NR_CPUS
from lomodel.linux.mm.percpu import PcpuAllocator
from lomodel.linux.mm.slab import Memory
from lomodel.linux.net.core.net_namespace import Net, cleanup_net, copy_net_ns
from lomodel.release import DEFAULT, Release, release_named


class Machine:
    """One running kernel.

    * ``release``: which kernel, a name of ``lomodel.release.RELEASES`` (ValueError otherwise);
    * ``possible_cpus``: how many CPUs the firmware reports, or their ids;
    * ``present_cpus``: the ids of those that are plugged in (None: all);
    * ``cmdline``: the boot command line; ``nr_cpus=``, ``maxcpus=`` and ``nosmp`` are understood;
    * ``bits``: the size of a machine word, 64 or 32;
    * ``memory``: bytes that the kernel may allocate (None: never runs out);
    * ``fail_nth``: which allocation fails, counted from 1 at boot (None: none); one that boot does
      not come to fails later.

    ``boot_allocations`` is the list of what was allocated at boot; ``memory.recording()`` lists
    what is allocated later, a namespace with its lo, say.

    KernelPanic when it cannot boot.
    """

    def __init__(
        self,
        release: str = DEFAULT,
        possible_cpus: int | Iterable[int] = 2,
        present_cpus: Iterable[int] | None = None,
        cmdline: str = "",
        bits: int = 64,
        memory: int | None = None,
        fail_nth: int | None = None,
    ) -> None:
        self.release: Release = release_named(release)
        self.netif_f = self.release.netif_f
        self.tracer: trace.Trace | None = None
        self.bits = _word_size(bits)
        self.cmdline = cmdline
        self.firmware_cpus = _firmware_cpus(possible_cpus)
        self.firmware_present = self.firmware_cpus
        if present_cpus is not None:
            self.firmware_present &= cpumask_of(present_cpus)
        self.memory = Memory(memory)
        if fail_nth is not None:
            self.memory.fail(fail_nth)
        _variables(self)
        with self.memory.recording() as allocations:
            start_kernel(self)
        self.boot_allocations = tuple(allocations)

    def __repr__(self) -> str:
        return f"<machine Linux {self.release.name}, {self.nr_cpu_ids} CPU ids>"

    @property
    def machine(self) -> Machine:
        """Itself, so that a machine can be the first argument of a system call."""
        return self

    def new_net(self, name: str = "") -> Net:
        """A new network namespace, with its lo; errors as ``copy_net_ns``."""
        return copy_net_ns(self, name)

    def end_net(self, net: Net) -> None:
        """The last process leaves ``net``."""
        cleanup_net(net)

    def printk(self, message: str) -> None:
        """Write a line to the kernel log."""
        self.dmesg.append(message)

    def advance(self, jiffies: int) -> None:
        """Let time pass: the clock moves only here."""
        self.jiffies += jiffies

    def trace(self, calls: bool = True) -> AbstractContextManager[trace.Trace]:
        """Record what happens on this machine inside a ``with`` block; see ``lomodel.trace``."""
        return trace.open_trace(self, calls)


def _word_size(bits: int) -> int:
    if bits not in (32, 64):
        raise ValueError(f"a machine word has 32 or 64 bits, not {bits}")
    return bits


def _firmware_cpus(possible_cpus: int | Iterable[int]) -> int:
    """The mask of the CPUs that the firmware reports; ValueError when no kernel could take it."""
    ids = range(possible_cpus) if isinstance(possible_cpus, int) else list(possible_cpus)
    if 0 not in ids or min(ids) < 0:
        raise ValueError(f"a machine starts on CPU 0, so it must be possible; got {possible_cpus}")
    return cpumask_of(ids)


def _variables(machine: Any) -> None:
    """The variables of the kernel's files as they are before its first instruction."""
    machine.dmesg = []
    machine.jiffies = 0
    machine.cpu = 0
    # CONFIG_NR_CPUS of the recorded kernel is 256; a machine with more needs another build.
    machine.NR_CPUS = max(NR_CPUS, machine.firmware_cpus.bit_length())
    machine.nr_cpu_ids = machine.NR_CPUS
    machine.setup_max_cpus = machine.NR_CPUS
    machine.cpu_possible_mask = machine.cpu_present_mask = machine.cpu_online_mask = 1
    machine.cpu_dead_callbacks = []
    machine.percpu = PcpuAllocator()
    machine.softnet = []
    machine.net_rx_action = None
    machine.netdev_max_backlog = 1000
    machine.ptype_base = {}
    machine.offload_base = {}
    machine.net_families = {}
    machine.inetsw, machine.inetsw6 = {}, {}
    machine.inet_protos, machine.inet6_protos = {}, {}
    machine.ip6_icmp_send = None
    machine.truesizes = {}
    machine.ptype_all = []
    machine.dev_boot_phase = True
    machine.rtnl_locked = machine.fatal_signal_pending = False
    machine.net_todo_list = []
    machine.pernet_list = []
    machine.first_device = None
    machine.net_namespace_list = []
    machine.namespaces_made = 0
    machine.netdev_chain = []
    machine.inetaddr_chain = []
    machine.inet6addr_chain = []
    machine.blackhole_netdev = None
    machine.init_net = Net(machine, "init_net")
