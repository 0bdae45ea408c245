"""The part of net/core/dev.c that runs at boot, and the operations that end a namespace's devices.

Left out: proc and sysfs entries, page pools, threaded backlogs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.linux.drivers.net.loopback import loopback_net_ops
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.netdevice_softnet import softnet_data
from lomodel.linux.kernel.panic import BUG_ON, WARN_ON
from lomodel.linux.net.core.dev_name import __dev_get_by_name
from lomodel.linux.net.core.dev_receive import net_rx_action, netif_rx
from lomodel.linux.net.core.dev_register import (
    __dev_change_net_namespace,
    rtnl_lock,
    rtnl_unlock,
    unregister_netdevice_many,
    unregister_netdevice_queue,
)
from lomodel.linux.net.core.net_namespace import (
    Net,
    PernetOperations,
    for_each_netdev,
    register_pernet_device,
    register_pernet_subsys,
)
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/core/dev.c")


def netdev_init(net: Net) -> None:
    """A namespace starts with empty lists of devices (they come with ``Net``)."""
    net.dev_base_head.clear()


def netdev_exit(net: Net) -> None:
    """All devices must be gone by now, except in init_net."""
    machine = net.machine
    left = net is not machine.init_net and bool(net.dev_base_head)
    WARN_ON(machine, left, "!list_empty(&net->dev_base_head)")


netdev_net_ops = PernetOperations("netdev_net_ops", init=netdev_init, exit=netdev_exit)


@kernel_function
def default_device_exit_net(net: Net) -> None:
    """Move the devices that can be moved to init_net: a network card must not end with a namespace.
    lo cannot be moved; any other device of the model can, unless it is ``netns_immutable``, since
    none was made by rtnetlink."""
    init_net = net.machine.init_net
    for dev in list(for_each_netdev(net)):
        if dev.netns_immutable:
            continue
        taken = __dev_get_by_name(init_net, f"dev{dev.ifindex}") is not None
        __dev_change_net_namespace(dev, init_net, "dev%d" if taken else f"dev{dev.ifindex}")


@kernel_function
def default_device_exit_batch(net_list: list[Net]) -> None:
    """Unregister what is left in namespaces that end, in reverse order: lo, the first, goes
    last."""
    if not net_list:
        return
    machine = net_list[0].machine
    rtnl_lock(machine)
    for net in net_list:
        default_device_exit_net(net)
    dev_kill_list: list[NetDevice] = []
    for net in net_list:
        for dev in reversed(net.dev_base_head):
            unregister_netdevice_queue(dev, dev_kill_list)
    unregister_netdevice_many(dev_kill_list)
    rtnl_unlock(machine)


default_device_ops = PernetOperations("default_device_ops", exit_batch=default_device_exit_batch)


@kernel_function
def net_dev_init(machine: Machine) -> None:
    """The device subsystem at boot. loopback's operations are the first device operations that are
    registered, so that lo is the first device of every namespace and the last to go."""
    BUG_ON(not machine.dev_boot_phase, "!dev_boot_phase")
    register_pernet_subsys(machine, netdev_net_ops)
    machine.softnet = softnet_data(machine)
    machine.dev_boot_phase = False
    register_pernet_device(machine, loopback_net_ops)
    register_pernet_device(machine, default_device_ops)
    machine.net_rx_action = net_rx_action
    machine.cpu_dead_callbacks.append(dev_cpu_dead)


@kernel_function
def dev_cpu_dead(machine: Machine, oldcpu: int) -> None:
    """A CPU has stopped: this one receives what was waiting there, oldest first."""
    oldsd = machine.softnet[oldcpu]
    oldsd.backlog_scheduled = oldsd.net_rx_pending = oldsd.ksoftirqd_woken = False
    for queue in (oldsd.process_queue, oldsd.input_pkt_queue):
        while queue:
            netif_rx(queue.popleft())
