"""Namespaces that begin and end on a machine that has booted, with one more promise or without."""

from __future__ import annotations

from dataclasses import dataclass, field

from lomodel.desk import RELEASE, boot
from lomodel.linux.drivers.net.loopback import blackhole_netdev_setup
from lomodel.linux.include.uapi.linux.netdevice import NET_NAME_ENUM
from lomodel.linux.kernel.panic import KernelBug
from lomodel.linux.net.core.dev import (
    alloc_netdev,
    dev_net_set,
    register_netdev,
    rtnl_lock,
    rtnl_unlock,
    unregister_netdevice_queue,
)
from lomodel.linux.net.core.net_namespace import (
    Net,
    PernetOperations,
    register_pernet_device,
    register_pernet_subsys,
)
from lomodel.machine import Machine

TODAY = {"subsys": "today's subsystem", "device": "today's device"}
REGISTER = {"subsys": register_pernet_subsys, "device": register_pernet_device}


@dataclass
class Life:
    """What happened: the machine, what today's promise saw at each of its turns, which promises
    were called in the newest namespace and at an end, and the BUG that stopped the machine."""

    machine: Machine = field(default_factory=lambda: boot(RELEASE))
    seen: list[str] = field(default_factory=list)
    seen_at_end: list[str] = field(default_factory=list)
    turns: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    stopped: str = ""

    def promise(self, kind: str, makes: bool) -> None:
        """Register today's promise, of a ``kind`` of TODAY, which ``makes`` a device or not."""

        def begin(net: Net) -> None:
            self.seen.append(_lo(net))
            if makes:
                add_device(net)

        def end(net: Net) -> None:
            self.seen_at_end.append(_lo(net))
            if makes:
                remove_device(net)

        REGISTER[kind](self.machine, PernetOperations(TODAY[kind], init=begin, exit=end))

    def begin(self, namespaces: int) -> list[Net]:
        """Make so many namespaces, or as many as the machine lives to see."""
        nets: list[Net] = []
        while len(nets) < namespaces and not self.stopped:
            with self.machine.trace() as trace:
                try:
                    nets.append(self.machine.new_net())
                except KernelBug as bug:
                    self.stopped = str(bug)
            begun = self.machine.pernet_list[: trace.functions().count("ops_init")]
            self.turns = [ops.name for ops in begun if ops.init]
        return nets

    def end(self, net: Net) -> None:
        """The last process leaves a namespace."""
        self.machine.end_net(net)
        self.ended = [ops.name for ops in self.machine.pernet_list if ops.exit or ops.exit_batch]


def _lo(net: Net) -> str:
    return "no lo" if net.loopback_dev is None else "lo"


def add_device(net: Net) -> None:
    """A device called today0 in ``net``."""
    dev = alloc_netdev(net.machine, 0, "today%d", NET_NAME_ENUM, blackhole_netdev_setup)
    assert dev is not None  # this machine's memory has no end
    dev_net_set(dev, net)
    register_netdev(dev)


def remove_device(net: Net) -> None:
    """What a driver does at the end of a namespace."""
    rtnl_lock(net.machine)
    for dev in [dev for dev in net.dev_base_head if dev.name != "lo"]:
        unregister_netdevice_queue(dev, None)
    rtnl_unlock(net.machine)
