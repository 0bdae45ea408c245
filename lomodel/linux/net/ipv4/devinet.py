"""net/ipv4/devinet.c: IPv4 addresses of devices, and where 127.0.0.1 comes from.

No driver and no program gives lo its address. ``inetdev_event`` hears NETDEV_UP of a device that
has IFF_LOOPBACK and adds 127.0.0.1/8: the flag decides, not the ARPHRD type.

The addresses themselves are in ``devinet_ifa``, the choice between them in ``devinet_select``,
messages in ``devinet_netlink`` and settings in ``devinet_sysctl``. Left out: ARP parameters.
"""

from __future__ import annotations

import errno
import os
from copy import copy
from typing import TYPE_CHECKING

from lomodel.linux.include.linux.err import PTR_ERR
from lomodel.linux.include.linux.inetdevice import (
    InDevice,
    Ipv4Devconf,
    inetdev_valid_mtu,
)
from lomodel.linux.include.linux.netdevice import (
    NETDEV_CHANGEMTU,
    NETDEV_CHANGENAME,
    NETDEV_DOWN,
    NETDEV_REGISTER,
    NETDEV_UNREGISTER,
    NETDEV_UP,
    NetDevice,
    netdev_hold,
    netdev_put,
)
from lomodel.linux.include.linux.notifier import NOTIFY_DONE, NotifierBlock
from lomodel.linux.include.net.netns.ipv4 import NetnsIpv4
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK, IFF_UP, IFNAMSIZ
from lomodel.linux.include.uapi.linux.in_ import INADDR_LOOPBACK
from lomodel.linux.include.uapi.linux.rtnetlink import RT_SCOPE_HOST
from lomodel.linux.kernel.notifier import notifier_from_errno
from lomodel.linux.mm.slab import kfree, kzalloc
from lomodel.linux.net.core.dev import NetdevNotifierInfo, register_netdevice_notifier
from lomodel.linux.net.core.net_namespace import (
    Net,
    PernetOperations,
    register_pernet_subsys,
)
from lomodel.linux.net.ipv4.devinet_ifa import inet_alloc_ifa, inet_del_ifa, inet_insert_ifa
from lomodel.linux.net.ipv4.devinet_netlink import devinet_netlink_init
from lomodel.linux.net.ipv4.devinet_sysctl import devinet_sysctl_register
from lomodel.linux.net.ipv4.igmp import ip_mc_destroy_dev, ip_mc_down, ip_mc_up
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv4/devinet.c")


@kernel_function
def inetdev_init(dev: NetDevice) -> InDevice:
    """Give the device an IPv4 side; OSError ENOMEM."""
    in_dev = kzalloc(dev.machine, "in_device", lambda: InDevice(dev))
    if in_dev is None:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    in_dev.cnf = copy(dev.nd_net.ipv4.devconf_dflt)
    netdev_hold(dev)
    if dev.flags & IFF_UP:
        ip_mc_up(in_dev)
    dev.ip_ptr = in_dev
    return in_dev


@kernel_function
def inetdev_destroy(in_dev: InDevice) -> None:
    """Take the IPv4 side away, and all addresses with it."""
    dev = in_dev.dev
    in_dev.dead = True
    ip_mc_destroy_dev(in_dev)
    while in_dev.ifa_list:
        inet_del_ifa(in_dev, in_dev.ifa_list[0])
    dev.ip_ptr = None
    netdev_put(dev)
    kfree(dev.machine, "in_device")


@kernel_function
def inetdev_event(block: NotifierBlock, event: int, info: NetdevNotifierInfo) -> int:
    """What IPv4 does about events of devices; NOTIFY_DONE, or an errno when REGISTER fails."""
    dev = info.dev
    in_dev = dev.ip_ptr
    if in_dev is None:
        return inetdev_event_without(event, dev)
    if event == NETDEV_UP:
        if inetdev_valid_mtu(dev.mtu):
            if dev.flags & IFF_LOOPBACK:
                add_loopback_address(in_dev)
            ip_mc_up(in_dev)
    elif event == NETDEV_DOWN:
        ip_mc_down(in_dev)
    elif event == NETDEV_CHANGEMTU:
        if not inetdev_valid_mtu(dev.mtu):
            inetdev_destroy(in_dev)
    elif event == NETDEV_UNREGISTER:
        inetdev_destroy(in_dev)
    elif event == NETDEV_CHANGENAME:
        inetdev_changename(dev, in_dev)
    return NOTIFY_DONE


@kernel_function
def inetdev_changename(dev: NetDevice, in_dev: InDevice) -> None:
    """Labels follow the device's name: the first address is called like the device, later ones get
    what their old label had behind a colon, or their number."""
    for number, ifa in enumerate(in_dev.ifa_list, 1):
        _, colon, rest = ifa.ifa_label.partition(":")
        alias = f":{rest if colon else number}" if number > 1 else ""
        ifa.ifa_label = dev.name[: IFNAMSIZ - 1 - len(alias)] + alias


def inetdev_event_without(event: int, dev: NetDevice) -> int:
    """Events of a device that has no IPv4 side: a new one, or one whose MTU was below 68.

    In the second case the new side is empty: nobody remembers the addresses.
    """
    if event == NETDEV_REGISTER:
        try:
            in_dev = inetdev_init(dev)
        except OSError as error:
            return notifier_from_errno(-PTR_ERR(error))
        if dev.flags & IFF_LOOPBACK:
            in_dev.cnf.noxfrm = in_dev.cnf.nopolicy = 1
    elif event == NETDEV_CHANGEMTU and inetdev_valid_mtu(dev.mtu):
        try:
            inetdev_init(dev)
        except OSError:
            pass  # nobody is told: the device stays without IPv4
    return NOTIFY_DONE


def add_loopback_address(in_dev: InDevice) -> None:
    """127.0.0.1/8, scope host. The device may have it from its last time up: that is no error."""
    ifa = inet_alloc_ifa(in_dev)
    if ifa is None:
        return
    ifa.ifa_local = ifa.ifa_address = INADDR_LOOPBACK.to_bytes(4, "big")
    ifa.ifa_prefixlen = 8
    ifa.ifa_scope = RT_SCOPE_HOST
    ifa.ifa_label = in_dev.dev.name
    try:
        inet_insert_ifa(ifa)
    except OSError:
        pass


ip_netdev_notifier = NotifierBlock(inetdev_event)


def devinet_init_net(net: Net) -> None:
    """IPv4's settings of a new namespace."""
    net.ipv4 = NetnsIpv4()
    net.ipv4.devconf_all, net.ipv4.devconf_dflt = Ipv4Devconf(), Ipv4Devconf()


devinet_ops = PernetOperations("devinet_ops", init=devinet_init_net)


@kernel_function
def devinet_init(machine: Machine) -> None:
    """At boot."""
    register_pernet_subsys(machine, devinet_ops)
    register_netdevice_notifier(machine, ip_netdev_notifier)
    devinet_netlink_init(machine)
    devinet_sysctl_register(machine)
