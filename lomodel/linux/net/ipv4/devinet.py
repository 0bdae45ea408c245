"""net/ipv4/devinet.c: IPv4 addresses of devices, and where 127.0.0.1 comes from.

No driver and no program gives lo its address. ``inetdev_event`` hears NETDEV_UP of a device that
has IFF_LOOPBACK and adds 127.0.0.1/8: the flag decides, not the ARPHRD type.

Left out: lifetimes, secondary promotion, multicast, ARP parameters, sysctl and netlink.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from lomodel.linux.include.linux.err import PTR_ERR
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
from lomodel.linux.include.net.ip import IPV4_MIN_MTU
from lomodel.linux.include.net.netns.ipv4 import NetnsIpv4
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK, IFNAMSIZ
from lomodel.linux.include.uapi.linux.if_addr import IFA_F_PERMANENT, IFA_F_SECONDARY
from lomodel.linux.include.uapi.linux.in_ import INADDR_LOOPBACK
from lomodel.linux.include.uapi.linux.rtnetlink import (
    RT_SCOPE_HOST,
    RT_SCOPE_UNIVERSE,
    RT_TABLE_LOCAL,
    RTN_LOCAL,
)
from lomodel.linux.kernel.notifier import notifier_call_chain, notifier_from_errno
from lomodel.linux.mm.slab import kfree, kzalloc
from lomodel.linux.net.core.dev import NetdevNotifierInfo, register_netdevice_notifier
from lomodel.linux.net.core.net_namespace import (
    Net,
    PernetOperations,
    for_each_netdev,
    register_pernet_subsys,
)
from lomodel.linux.net.ipv4.fib_frontend import fib_get_table, fib_table_lookup
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv4/devinet.c")


@dataclass(slots=True, eq=False)
class InIfaddr:
    """struct in_ifaddr: an IPv4 address of a device; addresses in network order, 4 bytes."""

    ifa_dev: InDevice
    ifa_local: bytes = bytes(4)
    ifa_address: bytes = bytes(4)
    ifa_prefixlen: int = 0
    ifa_scope: int = RT_SCOPE_UNIVERSE
    ifa_flags: int = IFA_F_PERMANENT
    ifa_label: str = ""

    @property
    def ifa_mask(self) -> int:
        """The netmask as a number."""
        return inet_make_mask(self.ifa_prefixlen)

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.ifa_local))}/{self.ifa_prefixlen}"


@dataclass(slots=True, eq=False)
class InDevice:
    """struct in_device: IPv4's side of a device. It exists while the MTU is at least 68."""

    dev: NetDevice
    ifa_list: list[InIfaddr] = field(default_factory=list)
    cnf: dict[str, int] = field(default_factory=dict)
    dead: bool = False


def inetdev_valid_mtu(mtu: int) -> bool:
    """Whether IPv4 can work with this MTU (include/linux/inetdevice.h): 68 bytes or more,
    unsigned."""
    return mtu >= IPV4_MIN_MTU


def inet_make_mask(prefixlen: int) -> int:
    """The netmask with ``prefixlen`` bits."""
    return 0xFFFFFFFF & ~((1 << (32 - prefixlen)) - 1)


def inet_ifa_match(address: bytes, ifa: InIfaddr) -> bool:
    """Whether ``address`` lies in the network of ``ifa``."""
    difference = int.from_bytes(address, "big") ^ int.from_bytes(ifa.ifa_address, "big")
    return not difference & ifa.ifa_mask


@kernel_function
def inetdev_init(dev: NetDevice) -> InDevice:
    """Give the device an IPv4 side; OSError ENOMEM."""
    in_dev = kzalloc(dev.machine, "in_device", lambda: InDevice(dev))
    if in_dev is None:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    in_dev.cnf.update(dev.nd_net.ipv4.devconf_dflt)
    netdev_hold(dev)
    dev.ip_ptr = in_dev
    return in_dev


@kernel_function
def inetdev_destroy(in_dev: InDevice) -> None:
    """Take the IPv4 side away, and all addresses with it."""
    dev = in_dev.dev
    in_dev.dead = True
    while in_dev.ifa_list:
        inet_del_ifa(in_dev, in_dev.ifa_list[0])
    dev.ip_ptr = None
    netdev_put(dev)
    kfree(dev.machine, "in_device")


@kernel_function
def inet_alloc_ifa(in_dev: InDevice) -> InIfaddr | None:
    """An address to fill in, or None without memory."""
    return kzalloc(in_dev.dev.machine, "in_ifaddr", lambda: InIfaddr(in_dev))


def inet_free_ifa(ifa: InIfaddr) -> None:
    """The memory of an address that is on no list."""
    kfree(ifa.ifa_dev.dev.machine, "in_ifaddr")


@kernel_function
def inet_insert_ifa(ifa: InIfaddr) -> None:
    """Add an address to its device and tell IPv4's listeners, who make the routes.

    OSError EEXIST when the device has it already, EINVAL when the network exists with another
    scope. Within a scope the first address of a network is primary, later ones are secondary.
    """
    in_dev = ifa.ifa_dev
    place = 0
    for index, other in enumerate(in_dev.ifa_list):
        if not other.ifa_flags & IFA_F_SECONDARY and ifa.ifa_scope <= other.ifa_scope:
            place = index + 1
        if other.ifa_mask == ifa.ifa_mask and inet_ifa_match(other.ifa_address, ifa):
            inet_check_same_network(ifa, other)
            ifa.ifa_flags |= IFA_F_SECONDARY
    if ifa.ifa_flags & IFA_F_SECONDARY:
        place = len(in_dev.ifa_list)
    in_dev.ifa_list.insert(place, ifa)
    notifier_call_chain(in_dev.dev.machine.inetaddr_chain, NETDEV_UP, ifa)


def inet_check_same_network(ifa: InIfaddr, other: InIfaddr) -> None:
    """Refuse an address whose network the device has, if it is the same one or of another scope."""
    number = 0
    if other.ifa_local == ifa.ifa_local:
        number = errno.EEXIST
    elif other.ifa_scope != ifa.ifa_scope:
        number = errno.EINVAL
    if number:
        inet_free_ifa(ifa)
        raise OSError(number, f"{ifa}: {os.strerror(number)}")


@kernel_function
def inet_del_ifa(in_dev: InDevice, ifa: InIfaddr) -> None:
    """Remove an address; IPv4's listeners take the routes away."""
    in_dev.ifa_list.remove(ifa)
    notifier_call_chain(in_dev.dev.machine.inetaddr_chain, NETDEV_DOWN, ifa)
    inet_free_ifa(ifa)


@kernel_function
def __ip_dev_find(net: Net, addr: int) -> NetDevice | None:
    """The device that has the address, or else the one over which the table local has it; None
    when nobody may send from there. ``addr`` is a number."""
    ifa = inet_lookup_ifaddr_rcu(net, addr)
    if ifa is not None:
        return ifa.ifa_dev.dev
    local = fib_get_table(net, RT_TABLE_LOCAL)
    fi = fib_table_lookup(local, addr) if local is not None else None
    return fi.fib_nh_dev if fi is not None and fi.fib_type == RTN_LOCAL else None


def inet_lookup_ifaddr_rcu(net: Net, addr: int) -> InIfaddr | None:
    """The address of any device of the namespace that is ``addr``, a number, or None.

    Source: net/ipv4/devinet.c, which has a table for it.
    """
    wanted = addr.to_bytes(4, "big")
    sides = [dev.ip_ptr for dev in for_each_netdev(net) if dev.ip_ptr is not None]
    found = (ifa for in_dev in sides for ifa in in_dev.ifa_list if ifa.ifa_local == wanted)
    return next(found, None)


@kernel_function
def inet_select_addr(dev: NetDevice, dst: int, scope: int) -> int:
    """The address to send from over ``dev``, a number, 0 when there is none of that ``scope``."""
    for ifa in dev.ip_ptr.ifa_list if dev.ip_ptr is not None else ():
        if not ifa.ifa_flags & IFA_F_SECONDARY and ifa.ifa_scope <= scope:
            return int.from_bytes(ifa.ifa_local, "big")
    return dst


@kernel_function
def inetdev_event(block: NotifierBlock, event: int, info: NetdevNotifierInfo) -> int:
    """What IPv4 does about events of devices; NOTIFY_DONE, or an errno when REGISTER fails."""
    dev = info.dev
    in_dev = dev.ip_ptr
    if in_dev is None:
        return inetdev_event_without(event, dev)
    if event == NETDEV_UP:
        if inetdev_valid_mtu(dev.mtu) and dev.flags & IFF_LOOPBACK:
            add_loopback_address(in_dev)
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
            in_dev.cnf["NOXFRM"] = in_dev.cnf["NOPOLICY"] = 1
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


devinet_ops = PernetOperations("devinet_ops", init=devinet_init_net)


@kernel_function
def devinet_init(machine: Machine) -> None:
    """At boot."""
    register_pernet_subsys(machine, devinet_ops)
    register_netdevice_notifier(machine, ip_netdev_notifier)
