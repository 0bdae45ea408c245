"""net/core/rtnetlink.c: links as ``ip link`` sees them.

Left out: the messages themselves and all their attributes but the few that lo is asked about.
"""

from __future__ import annotations

import errno
import os

from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.net.core.dev_features import netif_set_gso_max_size
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
def rtnl_setlink(
    net: Net,
    name: str,
    target: Net | None = None,
    capable: bool = True,
    gso_max_size: int | None = None,
) -> None:
    """RTM_SETLINK with IFLA_NET_NS_* or IFLA_GSO_MAX_SIZE: ``ip link set NAME netns TARGET``, or
    ``gso_max_size BYTES``.

    OSError EPERM when the caller may not change the target (``capable``), what
    ``__dev_change_net_namespace`` says, or EINVAL for a size that the device could not take.
    """
    rtnl_lock(net.machine)
    try:
        dev = find_device(net, name)
        if not capable:
            raise OSError(errno.EPERM, os.strerror(errno.EPERM))
        if target is not None:
            _change_netns(dev, target)
        if gso_max_size is not None:
            _change_gso_max_size(dev, gso_max_size)
    finally:
        rtnl_unlock(net.machine)


def _change_netns(dev: NetDevice, target: Net) -> None:
    """OSError of ``__dev_change_net_namespace``. From 6.13 on the device's own namespace is no
    move at all; before that even this was refused for lo."""
    machine = dev.machine
    if not (net_eq(target, dev.nd_net) and machine.release.own_netns_is_no_move):
        __dev_change_net_namespace(dev, target)


def _change_gso_max_size(dev: NetDevice, size: int) -> None:
    """OSError EINVAL for more than the device could take (``tso_max_size``), which before 6.0 was
    65536 for every device. Left out: the least size, which is one of the configuration
    (MAX_TCP_HEADER)."""
    if size > dev.tso_max_size:
        raise OSError(errno.EINVAL, f"too big gso_max_size: expected at most {dev.tso_max_size}")
    netif_set_gso_max_size(dev, size)


def set_gso_max_size(dev: NetDevice, size: int) -> None:
    """``ip link set lo gso_max_size SIZE``, in bytes. OSError EINVAL."""
    rtnl_setlink(dev.nd_net, dev.name, gso_max_size=size)


def delete_link(dev: NetDevice) -> None:
    """``ip link delete`` of a device."""
    rtnl_dellink(dev.nd_net, dev.name)
