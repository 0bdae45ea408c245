"""net/core/net_namespace.c and include/net/net_namespace.h: namespaces, and what each one gets.

A ``PernetOperations`` is a promise: ``init`` runs in every namespace that exists and in every one
to come, ``exit`` when one goes. The list of promises has two parts. Subsystems stand before the
first device, devices behind it; ``init`` runs through the list forwards and ``exit`` backwards. lo
is the first device ever registered, so it is there before any other device of its namespace and
outlives them all.

Left out: user namespaces and limits, namespace ids, ``net_generic`` pointers, sysctl tables, proc
files, the work queue that cleans up (here ``put_net`` cleans up at once).
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.stddef import NULL
from lomodel.linux.include.net.netns.mib import NetnsMib
from lomodel.linux.mm.slab import kfree, kzalloc
from lomodel.trace import kernel_file, system_call

if TYPE_CHECKING:
    from lomodel.linux.include.linux.notifier import NotifierBlock
    from lomodel.linux.include.net.netns.ipv4 import NetnsIpv4
    from lomodel.linux.include.net.netns.ipv6 import NetnsIpv6
    from lomodel.linux.net.packet.af_packet_socket import PacketSock
    from lomodel.machine import Machine

kernel_function = kernel_file("net/core/net_namespace.c")
copy_net_ns_call = system_call("net/core/net_namespace.c")


LOOPBACK_IFINDEX = 1
"""include/net/flow.h: lo's index, the same in every namespace, so that routes can name it."""


@dataclass(frozen=True, slots=True, eq=False)
class PernetOperations:
    """struct pernet_operations. ``init`` raises OSError to refuse; ``exit_batch`` takes the list of
    all namespaces that go at the same time."""

    name: str
    init: Callable[[Net], None] | None = None
    pre_exit: Callable[[Net], None] | None = None
    exit: Callable[[Net], None] | None = None
    exit_batch: Callable[[list[Net]], None] | None = None


class Net:
    """struct net: one network namespace.

    ``loopback_dev`` is NULL until lo is registered, and again from its destruction on.
    ``dev_base_head`` holds the devices in the order of their registration, ``ifindex`` the last
    index given out. ``ipv4``, ``ipv6`` and ``packet`` (its packet sockets, once there are any) are
    owned by the protocols.
    """

    __slots__ = (
        "dev_base_head",
        "dev_by_index",
        "ifindex",
        "ipv4",
        "ipv6",
        "loopback_dev",
        "machine",
        "mib",
        "name",
        "netdev_chain",
        "packet",
    )

    def __init__(self, machine: Machine, name: str = "") -> None:
        self.machine = machine
        self.name = name
        self.loopback_dev: NetDevice = NULL
        self.dev_base_head: list[NetDevice] = []
        self.dev_by_index: dict[int, NetDevice] = {}
        self.ifindex = 0
        self.netdev_chain: list[NotifierBlock] = []
        self.ipv4: NetnsIpv4 = NULL
        self.ipv6: NetnsIpv6 = NULL
        self.mib = NetnsMib()
        self.packet: list[PacketSock] = NULL

    def __repr__(self) -> str:
        return f"<net {self.name}>"

    def addresses(self, dev: NetDevice) -> list[str]:
        """The addresses of a device as ``ip address`` lists them: IPv4's first, then IPv6's."""
        in_dev, idev = dev.ip_ptr, dev.ip6_ptr
        listed = [str(ifa) for ifa in in_dev.ifa_list] if in_dev is not None else []
        return listed + ([str(ifa) for ifa in idev.addr_list] if idev is not None else [])


def net_eq(net1: Net, net2: Net) -> bool:
    """Whether both are the same namespace."""
    return net1 is net2


def for_each_net(machine: Machine) -> Iterable[Net]:
    """The namespaces of the machine in the order of their birth."""
    return iter(machine.net_namespace_list)


def for_each_netdev(net: Net) -> Iterable[NetDevice]:
    """The registered devices of ``net`` in the order of their registration."""
    return iter(net.dev_base_head)


@kernel_function
def ops_init(ops: PernetOperations, net: Net) -> None:
    """Run one ``init`` in one namespace; its OSError goes to the caller."""
    if ops.init is not None:
        ops.init(net)


@kernel_function
def setup_net(net: Net) -> None:
    """Run every ``init`` in a new namespace, in list order, and then let it be found.

    OSError of the first that fails, after the exits of those before it have run, backwards.
    """
    machine = net.machine
    done: list[PernetOperations] = []
    for ops in machine.pernet_list:
        try:
            ops_init(ops, net)
        except OSError:
            ops_undo_list(done, [net])
            raise
        done.append(ops)
    machine.net_namespace_list.append(net)


@kernel_function
def ops_undo_list(ops_list: list[PernetOperations], net_exit_list: list[Net]) -> None:
    """Run pre_exit of all operations backwards, then exit and exit_batch backwards."""
    for ops in reversed(ops_list):
        if ops.pre_exit is not None:
            for net in net_exit_list:
                ops.pre_exit(net)
    for ops in reversed(ops_list):
        if ops.exit is not None:
            for net in net_exit_list:
                ops.exit(net)
        if ops.exit_batch is not None:
            ops.exit_batch(net_exit_list)


@kernel_function
def net_alloc(machine: Machine, name: str) -> Net | None:
    """A ``struct net`` without devices, or None when memory has run out."""
    return kzalloc(machine, "net", lambda: Net(machine, name))


@copy_net_ns_call
def copy_net_ns(machine: Machine, name: str = "") -> Net:
    """A new namespace: what ``unshare(CLONE_NEWNET)`` and ``clone`` ask for.

    OSError ENOMEM when memory has run out, or whatever an ``init`` refused with.
    """
    machine.namespaces_made += 1
    net = net_alloc(machine, name or f"net:{machine.namespaces_made}")
    if net is None:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    try:
        setup_net(net)
    except OSError:
        kfree(machine, "net")
        raise
    return net


@copy_net_ns_call
def cleanup_net(net: Net) -> None:
    """The last reference to ``net`` is gone: run every exit, backwards, and free it."""
    machine = net.machine
    machine.net_namespace_list.remove(net)
    ops_undo_list(machine.pernet_list, [net])
    kfree(machine, "net")


def put_net(net: Net) -> None:
    """Drop the last reference (the model counts none before)."""
    cleanup_net(net)


@kernel_function
def register_pernet_operations(machine: Machine, place: int, ops: PernetOperations) -> None:
    """Insert ``ops`` at ``place`` of the list and run its init in every namespace that exists.

    OSError of an init that refused: then the namespaces that had accepted it exit, and it is out of
    the list again.
    """
    machine.pernet_list.insert(place, ops)
    done: list[Net] = []
    for net in for_each_net(machine):
        try:
            ops_init(ops, net)
        except OSError:
            machine.pernet_list.remove(ops)
            ops_undo_list([ops], done)
            raise
        done.append(net)


@kernel_function
def register_pernet_subsys(machine: Machine, ops: PernetOperations) -> None:
    """A subsystem: it goes before the first device."""
    register_pernet_operations(machine, first_device_place(machine), ops)


@kernel_function
def register_pernet_device(machine: Machine, ops: PernetOperations) -> None:
    """A device: it goes to the end; the first one becomes ``first_device``."""
    register_pernet_operations(machine, len(machine.pernet_list), ops)
    if machine.first_device is None:
        machine.first_device = ops


@kernel_function
def unregister_pernet_subsys(machine: Machine, ops: PernetOperations) -> None:
    """Take ``ops`` out of the list and run its exits in every namespace."""
    machine.pernet_list.remove(ops)
    ops_undo_list([ops], list(for_each_net(machine)))


@kernel_function
def unregister_pernet_device(machine: Machine, ops: PernetOperations) -> None:
    """Like ``unregister_pernet_subsys``; the device behind it may become the first."""
    if machine.first_device is ops:
        behind = machine.pernet_list[machine.pernet_list.index(ops) + 1 :]
        machine.first_device = behind[0] if behind else None
    unregister_pernet_subsys(machine, ops)


def first_device_place(machine: Machine) -> int:
    """Where in the list the first device stands; the end while there is none."""
    if machine.first_device is None:
        return len(machine.pernet_list)
    return machine.pernet_list.index(machine.first_device)


def net_ns_init(machine: Machine) -> None:
    """Set up init_net, in which no operations are registered yet (net/core/net_namespace.c)."""
    setup_net(machine.init_net)
