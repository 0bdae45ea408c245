"""net/core/rtnetlink.c: links as ``ip link`` sees them.

Left out: the messages themselves and all their attributes but the few that lo is asked about.
"""

from __future__ import annotations

import errno
import os

from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.net.core.dev_name import __dev_get_by_name
from lomodel.linux.net.core.dev_register import __dev_change_net_namespace, rtnl_lock, rtnl_unlock
from lomodel.linux.net.core.net_namespace import Net, net_eq
from lomodel.trace import kernel_file, system_call

rtnl_call = system_call("net/core/rtnetlink.c")
kernel_function = kernel_file("net/core/rtnetlink.c")


def find_device(net: Net, name: str) -> NetDevice:
    """The device of that name; OSError ENODEV."""
    dev = __dev_get_by_name(net, name)
    if dev is None:
        raise OSError(errno.ENODEV, f"{os.strerror(errno.ENODEV)}: {name}")
    return dev


@rtnl_call
def rtnl_dellink(net: Net, name: str) -> None:
    """RTM_DELLINK: ``ip link delete``. OSError ENODEV, or what ``rtnl_delete_link`` says."""
    rtnl_lock(net.machine)
    try:
        rtnl_delete_link(find_device(net, name))
    finally:
        rtnl_unlock(net.machine)


@kernel_function
def rtnl_delete_link(dev: NetDevice) -> None:
    """Only devices that rtnetlink made can be deleted by it. lo was not: OSError EOPNOTSUPP."""
    raise OSError(errno.EOPNOTSUPP, f"{dev.name} has no rtnl_link_ops")


@rtnl_call
def rtnl_setlink(net: Net, name: str, target: Net, capable: bool = True) -> None:
    """RTM_SETLINK with IFLA_NET_NS_*: ``ip link set NAME netns TARGET``.

    OSError EPERM when the caller may not change the target (``capable``), or what
    ``__dev_change_net_namespace`` says. From 6.13 on the device's own namespace is no move at all;
    before that even this was refused for lo.
    """
    rtnl_lock(net.machine)
    try:
        dev = find_device(net, name)
        if not capable:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
        if not (net_eq(target, net) and net.machine.release.own_netns_is_no_move):
            __dev_change_net_namespace(dev, target)
    finally:
        rtnl_unlock(net.machine)


def delete_link(dev: NetDevice) -> None:
    """``ip link delete`` of a device."""
    rtnl_dellink(dev.nd_net, dev.name)
