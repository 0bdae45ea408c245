"""A machine: what exists once per running kernel, so that no state is global.

It stands for the variables that C keeps in files and in per-CPU sections: the boot parameters, the
CPUs, softnet_data, the lists of namespaces and notifiers, memory, and a clock that moves only when
told. Making one boots it (``start_kernel`` of init/main.c, as far as lo is concerned).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager

from lomodel import trace
from lomodel.linux.include.linux.cpumask import cpumask_of
from lomodel.linux.include.linux.net import NetProtoFamily
from lomodel.linux.include.linux.netdev_features import NetdevFeatures
from lomodel.linux.include.linux.netdevice import NetDevice, PacketFunc, PacketOffload, Tap
from lomodel.linux.include.linux.netdevice_softnet import SoftnetData
from lomodel.linux.include.linux.notifier import NotifierBlock
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.linux.stddef import NULL
from lomodel.linux.include.linux.sysctl import CtlTable
from lomodel.linux.include.net.protocol import Inet6Protocol, InetProtosw, NetProtocol
from lomodel.linux.init.main import start_kernel
from lomodel.linux.kernel.smp import NR_CPUS
from lomodel.linux.mm.percpu import PcpuAllocator
from lomodel.linux.mm.slab import Allocation, Memory
from lomodel.linux.net.core.neighbour import NeighTable
from lomodel.linux.net.core.net_namespace import Net, PernetOperations, copy_net_ns, put_net
from lomodel.linux.net.core.rtnetlink import RtnlDoit
from lomodel.linux.net.core.sock import SK_MEM_DEFAULT, Sock
from lomodel.linux.net.ipv6.ip6_icmp import IcmpSender
from lomodel.release import DEFAULT, Release, release_named
from lomodel.watch import watch_packets


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

    ``memory.recording()`` lists what is allocated after boot, for a namespace with its lo, say.

    KernelPanic when it cannot boot.
    """

    # --- what the boot loader and the firmware say, and what the model adds
    release: Release
    """Which kernel runs."""
    netif_f: NetdevFeatures
    """The feature bits of that release."""
    tracer: trace.Trace | None
    """What is written while somebody traces this machine."""
    bits: int
    """The size of a machine word, in bits."""
    cmdline: str
    """The boot command line."""
    firmware_cpus: int
    """The CPUs that the firmware reports, as a mask."""
    firmware_present: int
    """Those of them that are plugged in, as a mask."""

    # --- kernel/printk/printk.c
    dmesg: list[str]
    """The kernel log, a line an entry."""

    # --- kernel/time/timer.c
    jiffies: int
    """The clock, in ticks of 1/HZ seconds."""

    # --- kernel/smp.c, kernel/cpu.c
    NR_CPUS: int
    """How many CPUs this kernel was built for (CONFIG_NR_CPUS)."""
    nr_cpu_ids: int
    """The highest possible CPU id plus one."""
    possible_cpus: int
    """``nr_cpu_ids`` once it is fixed: the length of every table by CPU id."""
    setup_max_cpus: int
    """How many CPUs are to be started at boot."""
    cpu: int
    """The id of the CPU that runs now (smp_processor_id)."""
    cpu_possible_mask: int
    """The CPUs that may ever come."""
    cpu_present_mask: int
    """The CPUs that are plugged in."""
    cpu_online_mask: int
    """The CPUs that run."""
    cpu_dead_callbacks: list[Callable[[Machine, int], None]]
    """Who is told, with its id, that a CPU has stopped."""

    # --- kernel/signal.c
    fatal_signal_pending: bool
    """Whether the process that makes system calls is being killed."""

    # --- mm/slab.h, mm/percpu.c
    memory: Memory
    """What may still be allocated, in bytes."""
    boot_allocations: tuple[Allocation, ...]
    """What was allocated at boot, in order."""
    percpu: PcpuAllocator
    """The chunks of per-CPU memory."""

    # --- kernel/module/kmod.c
    modules: dict[str, Callable[[Machine], None]]
    """The modules that are not loaded yet, by alias: what each one does first."""

    # --- net/core/net_namespace.c
    init_net: Net
    """The first namespace."""
    net_namespace_list: list[Net]
    """All namespaces, in the order of their birth."""
    namespaces_made: int
    """How many were made after the first: the model's names for them."""
    pernet_list: list[PernetOperations]
    """What every namespace gets: subsystems, then devices."""
    first_device: PernetOperations | None
    """Where the devices begin in that list."""

    # --- net/core/rtnetlink.c
    rtnl_locked: bool
    """Whether somebody holds rtnl_mutex."""
    rtnl_msg_handlers: dict[tuple[int, int], RtnlDoit]
    """Who answers messages, by family and type."""

    # --- net/sysctl_net.c
    net_sysctls: dict[str, dict[str, CtlTable]]
    """The settings below /proc/sys/net, by directory and by name."""

    # --- net/core/dev.c
    dev_boot_phase: bool
    """Whether ``net_dev_init`` has not run yet."""
    netdev_chain: list[NotifierBlock]
    """Who hears what happens to devices."""
    net_todo_list: list[NetDevice]
    """Devices that are destroyed when the lock is released."""
    softnet: list[SoftnetData]
    """softnet_data, by CPU id."""
    netdev_max_backlog: int
    """How many packets may wait for a CPU (net.core.netdev_max_backlog)."""
    sysctl_wmem_default: int
    """Bytes of truesize that a new socket may have on the way (net.core.wmem_default)."""
    sysctl_rmem_default: int
    """Bytes of truesize that a new socket may hold unread (net.core.rmem_default)."""
    net_rx_action: Callable[[SoftnetData], None]
    """softirq_vec[NET_RX_SOFTIRQ]."""
    ptype_base: dict[int, list[PacketFunc]]
    """Who receives packets, by Ethernet protocol."""
    ptype_all: list[Tap]
    """Taps on every device."""
    offload_base: dict[int, PacketOffload]
    """Who cuts packets, by Ethernet protocol (net/core/gro.c)."""

    # --- net/core/skbuff.c
    truesizes: dict[int, int]
    """What a packet is charged as, by its linear bytes; both in bytes."""

    # --- drivers/net/loopback.c
    blackhole_netdev: NetDevice
    """The device of routes that are no longer valid."""

    # --- net/socket.c
    net_families: dict[int, NetProtoFamily]
    """Who makes sockets, by family."""

    # --- net/ipv4
    inetsw: dict[int, list[InetProtosw]]
    """Who makes IPv4's sockets, by type (af_inet.c)."""
    inet_protos: dict[int, NetProtocol]
    """Who takes packets over IPv4, by protocol number (protocol.c)."""
    inetaddr_chain: list[NotifierBlock]
    """Who hears of IPv4 addresses (devinet.c)."""
    arp_tbl: NeighTable
    """The neighbours of IPv4 (arp.c)."""
    ip_local_deliver: Callable[[SkBuff], int]
    """The input of a dst to this host (ip_input.c)."""
    ip_output: Callable[[Net, Sock | None, SkBuff], int]
    """The output of a dst (ip_output.c)."""
    icmp_send: Callable[[SkBuff, int, int, int], None]
    """``icmp_send(skb, type, code, info)`` tells a sender what is wrong (icmp.c)."""

    # --- net/ipv6
    inetsw6: dict[int, list[InetProtosw]]
    """Who makes IPv6's sockets, by type (af_inet6.c)."""
    inet6_protos: dict[int, Inet6Protocol]
    """Who takes packets over IPv6, by next header (protocol.c)."""
    inet6addr_chain: list[NotifierBlock]
    """Who hears of IPv6 addresses (addrconf_core.c)."""
    nd_tbl: NeighTable
    """The neighbours of IPv6 (ndisc.c)."""
    ip6_input: Callable[[SkBuff], int]
    """The input of a dst to this host (ip6_input.c)."""
    ip6_output: Callable[[Net, Sock | None, SkBuff], int]
    """The output of a dst (ip6_output.c)."""
    ip6_icmp_send: IcmpSender | None
    """Who sends ICMPv6 errors (ip6_icmp.c)."""

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
        self.release = release_named(release)
        self.netif_f = self.release.netif_f
        self.tracer = None
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
        put_net(net)

    def printk(self, message: str) -> None:
        """Write a line to the kernel log."""
        self.dmesg.append(message)

    def advance(self, jiffies: int) -> None:
        """Let time pass: the clock moves only here."""
        self.jiffies += jiffies

    def trace(
        self, calls: bool = True, packets: bool = False
    ) -> AbstractContextManager[trace.Trace]:
        """Record what happens on this machine inside a ``with`` block; see ``lomodel.trace``.

        ``packets``: with every call, what the packet was like that it is about (``lomodel.watch``).
        """
        return trace.open_trace(self, calls, watch_packets() if packets else None)


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


def _variables(machine: Machine) -> None:
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
    machine.net_rx_action = NULL
    machine.netdev_max_backlog = 1000
    machine.sysctl_wmem_default = machine.sysctl_rmem_default = SK_MEM_DEFAULT
    machine.modules = {}
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
    machine.rtnl_msg_handlers = {}
    machine.net_sysctls = {}
    machine.net_todo_list = []
    machine.pernet_list = []
    machine.first_device = None
    machine.net_namespace_list = []
    machine.namespaces_made = 0
    machine.netdev_chain = []
    machine.inetaddr_chain = []
    machine.inet6addr_chain = []
    machine.blackhole_netdev = NULL
    machine.init_net = Net(machine, "init_net")
