"""The part of net/core/dev.c that changes a registered device: up and down, MTU, address, name.

Every change asks or tells the notifier chain; some listeners may veto, and then the change is
undone. Changes are made under the RTNL lock, which the callers (``dev_ioctl``, ``rtnetlink``) take.
The functions raise OSError where C returns -errno. In 6.18 several of them are called ``netif_*``
and the old names are wrappers that take the device's own lock as well.

Left out: multicast lists of the hardware, netpoll, the netlink messages.
"""

from __future__ import annotations

import errno
import os

from lomodel import trace
from lomodel.linux.include.linux.netdevice import (
    NETDEV_CHANGE,
    NETDEV_CHANGEADDR,
    NETDEV_CHANGEMTU,
    NETDEV_CHANGENAME,
    NETDEV_DOWN,
    NETDEV_GOING_DOWN,
    NETDEV_PRE_CHANGEADDR,
    NETDEV_PRE_UP,
    NETDEV_PRECHANGEMTU,
    NETDEV_UP,
    NetDevice,
)
from lomodel.linux.include.uapi.linux.if_ import (
    IFF_ALLMULTI,
    IFF_AUTOMEDIA,
    IFF_DEBUG,
    IFF_DORMANT,
    IFF_DYNAMIC,
    IFF_LOWER_UP,
    IFF_MULTICAST,
    IFF_NOARP,
    IFF_NOTRAILERS,
    IFF_PORTSEL,
    IFF_PROMISC,
    IFF_RUNNING,
    IFF_UP,
    IFF_VOLATILE,
)
from lomodel.linux.include.uapi.linux.netdevice import NET_ADDR_SET, NET_NAME_RENAMED
from lomodel.linux.kernel.notifier import raise_notifier_error
from lomodel.linux.net.core.dev_name import dev_get_valid_name
from lomodel.linux.net.core.dev_notifier import (
    NetdevNotifierInfo,
    call_netdevice_notifiers,
    call_netdevice_notifiers_info,
)
from lomodel.linux.net.sched.sch_generic import dev_activate, dev_deactivate
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/core/dev.c")


IFF_CHANGEABLE = (
    IFF_DEBUG
    | IFF_NOTRAILERS
    | IFF_NOARP
    | IFF_DYNAMIC
    | IFF_MULTICAST
    | IFF_PORTSEL
    | IFF_AUTOMEDIA
)
"""The flags that a user may simply write; up is an action, and IFF_LOOPBACK is nobody's to
change."""


@kernel_function
def dev_get_flags(dev: NetDevice) -> int:
    """The flags as user space sees them: RUNNING and LOWER_UP come from the state of the link,
    PROMISC and ALLMULTI say whether the user asked for it."""
    modes = IFF_PROMISC | IFF_ALLMULTI
    flags = dev.flags & ~(modes | IFF_RUNNING | IFF_LOWER_UP | IFF_DORMANT)
    flags |= dev.gflags & modes
    if dev.running:
        flags |= IFF_RUNNING if netif_oper_up(dev) else 0
        flags |= IFF_LOWER_UP if dev.carrier else 0
    return flags


def netif_oper_up(dev: NetDevice) -> bool:
    """Whether the link can be used (include/linux/netdevice.h); unknown counts as up, and lo's
    is."""
    return bool(dev.carrier)


@kernel_function
def dev_change_flags(dev: NetDevice, flags: int) -> None:
    """Set the flags that may be set, and bring the device up or down if IFF_UP differs.

    OSError ENODEV when the device is not there, or of whoever vetoes.
    """
    old_flags = dev.flags
    __dev_change_flags(dev, flags)
    __dev_notify_flags(dev, old_flags)


@kernel_function
def __dev_change_flags(dev: NetDevice, flags: int) -> None:
    """The change itself, without telling about it."""
    old_flags = dev.flags
    keep = IFF_UP | IFF_VOLATILE | IFF_PROMISC | IFF_ALLMULTI
    dev.flags = (flags & IFF_CHANGEABLE) | (dev.flags & keep)
    if (old_flags ^ flags) & IFF_UP:
        if old_flags & IFF_UP:
            __dev_close_many([dev])
        else:
            __dev_open(dev)
    if (flags ^ dev.gflags) & IFF_PROMISC:
        dev.gflags ^= IFF_PROMISC
        __dev_set_promiscuity(dev, 1 if flags & IFF_PROMISC else -1)
    if (flags ^ dev.gflags) & IFF_ALLMULTI:
        dev.gflags ^= IFF_ALLMULTI
        __dev_set_allmulti(dev, 1 if flags & IFF_ALLMULTI else -1)


@kernel_function
def __dev_set_promiscuity(dev: NetDevice, inc: int) -> None:
    """One more, or one less, wants every frame; lo sees no others, so the flag is all that
    changes."""
    dev.promiscuity += inc
    dev.flags = dev.flags | IFF_PROMISC if dev.promiscuity else dev.flags & ~IFF_PROMISC


@kernel_function
def __dev_set_allmulti(dev: NetDevice, inc: int) -> None:
    """One more, or one less, wants the frames of every group."""
    dev.allmulti += inc
    dev.flags = dev.flags | IFF_ALLMULTI if dev.allmulti else dev.flags & ~IFF_ALLMULTI


@kernel_function
def __dev_notify_flags(dev: NetDevice, old_flags: int) -> None:
    """Tell about flags that changed: UP or DOWN, and CHANGE for the others of a device that is
    up."""
    changes = dev.flags ^ old_flags
    if changes & IFF_UP:
        call_netdevice_notifiers(NETDEV_UP if dev.flags & IFF_UP else NETDEV_DOWN, dev)
    others = changes & ~(IFF_UP | IFF_PROMISC | IFF_ALLMULTI | IFF_VOLATILE)
    if dev.flags & IFF_UP and others:
        info = NetdevNotifierInfo(dev, flags_changed=changes)
        call_netdevice_notifiers_info(NETDEV_CHANGE, info)


@kernel_function
def __dev_open(dev: NetDevice) -> None:
    """Ask, start the driver, let packets meet the queue. OSError ENODEV, or of who vetoes."""
    if not dev.present:
        if trace.on:
            decide("is the device there?", False, present=dev.present)
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
    raise_notifier_error(call_netdevice_notifiers(NETDEV_PRE_UP, dev))
    dev.running = True
    if dev.netdev_ops.ndo_open is not None:
        try:
            dev.netdev_ops.ndo_open(dev)
        except OSError:
            dev.running = False
            raise
    dev.flags |= IFF_UP
    dev_activate(dev)


@kernel_function
def dev_close_many(devices: list[NetDevice]) -> None:
    """Take down those of ``devices`` that are up, and tell about it."""
    up = [dev for dev in devices if dev.flags & IFF_UP]
    __dev_close_many(up)
    for dev in up:
        call_netdevice_notifiers(NETDEV_DOWN, dev)


@kernel_function
def __dev_close_many(devices: list[NetDevice]) -> None:
    """Warn, stop the receive side, deactivate the queues, stop the driver: each for all devices."""
    for dev in devices:
        call_netdevice_notifiers(NETDEV_GOING_DOWN, dev)
        dev.running = False
    for dev in devices:
        dev_deactivate(dev)
    for dev in devices:
        if dev.netdev_ops.ndo_stop is not None:
            dev.netdev_ops.ndo_stop(dev)
        dev.flags &= ~IFF_UP


@kernel_function
def dev_validate_mtu(dev: NetDevice, new_mtu: int) -> None:
    """OSError EINVAL when the MTU is negative or outside min_mtu .. max_mtu (0: no limit).

    lo has neither limit: 0 and 2147483647 are accepted.
    """
    if new_mtu < 0 or new_mtu < dev.min_mtu:
        if trace.on:
            decide("is the MTU at least the least?", False, mtu=new_mtu, min_mtu=dev.min_mtu)
        raise OSError(errno.EINVAL, "mtu less than device minimum")
    if 0 < dev.max_mtu < new_mtu:
        if trace.on:
            decide("is the MTU at most the most?", False, mtu=new_mtu, max_mtu=dev.max_mtu)
        raise OSError(errno.EINVAL, "mtu greater than device maximum")


@kernel_function
def dev_set_mtu(dev: NetDevice, new_mtu: int) -> None:
    """Change the MTU, in bytes of network-layer packet. OSError EINVAL, ENODEV, or of who vetoes:
    before the change, or after it, and then it is undone."""
    if new_mtu == dev.mtu:
        return
    dev_validate_mtu(dev, new_mtu)
    if not dev.present:
        if trace.on:
            decide("is the device there?", False, present=dev.present)
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
    raise_notifier_error(call_netdevice_notifiers(NETDEV_PRECHANGEMTU, dev))
    orig_mtu = dev.mtu
    __dev_set_mtu(dev, new_mtu)
    try:
        raise_notifier_error(call_netdevice_notifiers_mtu(NETDEV_CHANGEMTU, dev, orig_mtu))
    except OSError:
        __dev_set_mtu(dev, orig_mtu)
        call_netdevice_notifiers_mtu(NETDEV_CHANGEMTU, dev, new_mtu)
        raise


def __dev_set_mtu(dev: NetDevice, new_mtu: int) -> None:
    """Through the driver if it wants to know."""
    if dev.netdev_ops.ndo_change_mtu is not None:
        dev.netdev_ops.ndo_change_mtu(dev, new_mtu)
    else:
        dev.mtu = new_mtu


def call_netdevice_notifiers_mtu(event: int, dev: NetDevice, mtu: int) -> int:
    """An event about the MTU; ``mtu`` is the other one, old or refused."""
    return call_netdevice_notifiers_info(event, NetdevNotifierInfo(dev, mtu=mtu))


@kernel_function
def dev_set_mac_address(dev: NetDevice, family: int, address: bytes) -> None:
    """Give the device another hardware address; ``family`` has to be its type (lo: 772).

    OSError EOPNOTSUPP without ndo_set_mac_address, EINVAL for another family, ENODEV, what the
    driver says (lo: EADDRNOTAVAIL for zeros or a multicast address), or of who vetoes. A release
    that compares first does not bother the driver with the address that it has.
    """
    set_address = dev.netdev_ops.ndo_set_mac_address
    if set_address is None:
        if trace.on:
            decide("has the driver a function for addresses?", False)
        raise OSError(errno.EOPNOTSUPP, os.strerror(errno.EOPNOTSUPP))
    if family != dev.type:
        if trace.on:
            decide("is the family the type of the device?", False, family=family, type=dev.type)
        raise OSError(errno.EINVAL, f"family {family} for a device of type {dev.type}")
    if not dev.present:
        if trace.on:
            decide("is the device there?", False, present=dev.present)
        raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))
    info = NetdevNotifierInfo(dev, dev_addr=address)
    raise_notifier_error(call_netdevice_notifiers_info(NETDEV_PRE_CHANGEADDR, info))
    if not dev.machine.release.mac_same_skips_ndo or dev.dev_addr != address:
        set_address(dev, address)
    dev.addr_assign_type = NET_ADDR_SET
    call_netdevice_notifiers(NETDEV_CHANGEADDR, dev)


@kernel_function
def dev_change_name(dev: NetDevice, newname: str) -> None:
    """Call the device something else; a pattern such as "lo%d" takes the first free number.

    OSError EBUSY while it is up, in releases before 6.2; EINVAL, EEXIST, ENFILE about the name; or
    of who vetoes, and then the old name is back.
    """
    if dev.flags & IFF_UP and not dev.machine.release.rename_while_up:
        if trace.on:
            decide("may it be renamed while it is up?", False, flags=dev.flags)
        raise OSError(errno.EBUSY, f"{dev.name} is up")
    if newname == dev.name:
        return
    before = dev.name, dev.name_assign_type
    dev.name = dev_get_valid_name(dev.nd_net, dev, newname)
    dev.name_assign_type = NET_NAME_RENAMED
    try:
        raise_notifier_error(call_netdevice_notifiers(NETDEV_CHANGENAME, dev))
    except OSError:
        dev.name, dev.name_assign_type = before
        call_netdevice_notifiers(NETDEV_CHANGENAME, dev)
        raise
