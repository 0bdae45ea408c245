"""net/ipv6/addrconf.c: IPv6 addresses of devices, and where ::1 comes from.

``addrconf_notify`` hears that a device's link is ready and looks at its **type**: an Ethernet
device gets a link-local address, ARPHRD_LOOPBACK gets ::1 (``init_loopback``). IPv4 asks for the
flag IFF_LOOPBACK instead. ::1 is there at once: no duplicate address detection, no packet.

Left out: duplicate address detection, router advertisements, temporary and stable-privacy
addresses, anycast, every device type but loopback, lifetimes. The addresses themselves are in
``addrconf_addr``, the choice between them in ``addrconf_saddr``, messages in ``addrconf_netlink``
and settings in ``addrconf_sysctl``.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.err import PTR_ERR
from lomodel.linux.include.linux.ipv6 import Ipv6Devconf
from lomodel.linux.include.linux.netdevice import (
    NETDEV_CHANGE,
    NETDEV_CHANGEMTU,
    NETDEV_CHANGENAME,
    NETDEV_DOWN,
    NETDEV_REGISTER,
    NETDEV_UNREGISTER,
    NETDEV_UP,
    DevFunc,
    NetDevice,
    netdev_put,
)
from lomodel.linux.include.linux.notifier import NOTIFY_OK, NotifierBlock
from lomodel.linux.include.net.if_inet6 import IF_READY, Inet6Dev
from lomodel.linux.include.net.ipv6 import IPV6_ADDR_LOOPBACK, in6addr_loopback
from lomodel.linux.include.uapi.linux.if_addr import IFA_F_PERMANENT
from lomodel.linux.include.uapi.linux.if_arp import ARPHRD_LOOPBACK
from lomodel.linux.include.uapi.linux.ipv6 import IPV6_MIN_MTU
from lomodel.linux.kernel.notifier import notifier_from_errno
from lomodel.linux.mm.slab import kfree
from lomodel.linux.net.core.dev import (
    NetdevNotifierInfo,
    register_netdevice_notifier,
)
from lomodel.linux.net.core.net_namespace import Net, PernetOperations, register_pernet_subsys
from lomodel.linux.net.ipv6.addrconf_addr import (
    add_addr,
    addrconf_permanent_addr,
    ipv6_del_addr,
)
from lomodel.linux.net.ipv6.addrconf_dev import addrconf_link_ready, ipv6_add_dev, ipv6_find_idev
from lomodel.linux.net.ipv6.addrconf_netlink import addrconf_netlink_init
from lomodel.linux.net.ipv6.mcast import ipv6_mc_destroy_dev
from lomodel.linux.net.ipv6.route import rt6_disable_ip
from lomodel.linux.net.ipv6.route_pmtu import rt6_mtu_change
from lomodel.trace import decide, kernel_file, system_call

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/addrconf.c")
sysctl = system_call("net/ipv6/addrconf.c")


IFA_HOST = IPV6_ADDR_LOOPBACK

ADDRCONF_NOTIFY_PRIORITY = 0


@kernel_function
def init_loopback(dev: NetDevice) -> None:
    """::1/128 for a loopback device."""
    try:
        idev = ipv6_find_idev(dev)
    except OSError:
        return
    add_addr(idev, in6addr_loopback, 128, IFA_HOST, dev.machine.release.kernel_lo_proto)


@kernel_function
def addrconf_init_auto_addrs(dev: NetDevice) -> None:
    """The addresses that a device gets by itself, by its type. (Before 6.1 a part of
    ``addrconf_notify``.)"""
    if trace.on:
        decide("is it a loopback by type?", dev.type == ARPHRD_LOOPBACK, type=dev.type)
    if dev.type == ARPHRD_LOOPBACK:
        init_loopback(dev)


@kernel_function
def addrconf_notify(block: NotifierBlock, event: int, info: NetdevNotifierInfo) -> int:
    """What IPv6 does about events of devices; NOTIFY_OK, or an errno when REGISTER fails."""
    dev = info.dev
    try:
        handler = _EVENTS.get(event)
        if handler is not None:
            handler(dev)
    except OSError as error:
        return notifier_from_errno(-PTR_ERR(error))
    return NOTIFY_OK


def addrconf_register(dev: NetDevice) -> None:
    """A new device gets its IPv6 side if the MTU allows it."""
    if dev.ip6_ptr is None and dev.mtu >= IPV6_MIN_MTU:
        ipv6_add_dev(dev)


def addrconf_sysctl_register(dev: NetDevice) -> None:
    """The settings of the device are found under its new name. OSError EINVAL for the two names
    that mean all devices and those to come. Source: net/ipv6/addrconf.c."""
    if dev.ip6_ptr is not None and dev.name in ("all", "default"):
        if trace.on:
            decide("may a directory be called so?", False, name=dev.name)
        raise OSError(errno.EINVAL, f"net.ipv6.conf.{dev.name} is no device's")


def addrconf_change_mtu(dev: NetDevice) -> None:
    """Below 1280 IPv6 stops on the device; lo's IPv6 side stays, without its address, and that is
    why raising the MTU does not bring ::1 back."""
    if dev.mtu < IPV6_MIN_MTU:
        if trace.on:
            decide("is the MTU below IPv6's least?", True, mtu=dev.mtu, least=IPV6_MIN_MTU)
        addrconf_ifdown(dev, dev is not dev.nd_net.loopback_dev)
        return
    idev = dev.ip6_ptr
    if idev is not None:
        rt6_mtu_change(dev, dev.mtu)
        idev.cnf.mtu6 = dev.mtu
        return
    try:
        idev = ipv6_add_dev(dev)
    except OSError:
        return
    if idev.if_flags & IF_READY:
        addrconf_link_up(dev)


def addrconf_up(dev: NetDevice) -> None:
    """NETDEV_UP: get ready and make the addresses."""
    idev = dev.ip6_ptr
    if idev is not None and idev.cnf.disable_ipv6:
        return
    addrconf_permanent_addr(dev)
    if not addrconf_link_ready(dev):
        return
    if idev is None and dev.mtu >= IPV6_MIN_MTU:
        try:
            idev = ipv6_add_dev(dev)
        except OSError:
            idev = None
    if idev is not None:
        idev.if_flags |= IF_READY
    addrconf_link_up(dev, idev)


def addrconf_change(dev: NetDevice) -> None:
    """NETDEV_CHANGE: as up, but a device that is configured already stays as it is."""
    idev = dev.ip6_ptr
    if (idev is not None and idev.cnf.disable_ipv6) or not addrconf_link_ready(dev):
        return
    if idev is not None:
        if idev.if_flags & IF_READY:
            return
        idev.if_flags |= IF_READY
    addrconf_link_up(dev, idev)


def addrconf_link_up(dev: NetDevice, idev: Inet6Dev | None = None) -> None:
    """The common end: addresses, and then the MTU that may have changed while the device was down.

    If it is below 1280 the addresses that were just made go away again.
    """
    addrconf_init_auto_addrs(dev)
    idev = idev or dev.ip6_ptr
    if idev is None:
        return
    if idev.cnf.mtu6 != dev.mtu and dev.mtu >= IPV6_MIN_MTU:
        rt6_mtu_change(dev, dev.mtu)
        idev.cnf.mtu6 = dev.mtu
    if dev.mtu < IPV6_MIN_MTU:
        if trace.on:
            decide("is the MTU below IPv6's least?", True, mtu=dev.mtu, least=IPV6_MIN_MTU)
        addrconf_ifdown(dev, dev is not dev.nd_net.loopback_dev)


@kernel_function
def addrconf_ifdown(dev: NetDevice, unregister: bool) -> None:
    """Take the addresses away, and with ``unregister`` the device's IPv6 side too.

    ``keep_addr_on_down`` saves no loopback or link-local address (addr_is_local).
    """
    rt6_disable_ip(dev)
    idev = dev.ip6_ptr
    if idev is None:
        return
    if unregister:
        idev.dead = True
        dev.ip6_ptr = None
    else:
        idev.if_flags &= ~IF_READY
    keep = not unregister and not idev.cnf.disable_ipv6 and keep_addr_on_down(dev.nd_net, idev)
    for ifa in list(idev.addr_list):
        if not (keep and ifa.flags & IFA_F_PERMANENT and not addr_is_local(ifa.addr)):
            if trace.on:
                decide("is the address kept when IPv6 ends on the device?", False, address=str(ifa))
            ipv6_del_addr(ifa)
    if unregister:
        ipv6_mc_destroy_dev(idev)
        netdev_put(dev)
        kfree(dev.machine, "inet6_dev")


def keep_addr_on_down(net: Net, idev: Inet6Dev) -> bool:
    """The setting of the namespace, or if that says nothing, of the device."""
    return (net.ipv6.devconf_all.keep_addr_on_down or idev.cnf.keep_addr_on_down) > 0


def addr_is_local(addr: bytes) -> bool:
    """Whether the address is ::1 or link-local."""
    return addr == in6addr_loopback or (addr[0] == 0xFE and addr[1] & 0xC0 == 0x80)


_EVENTS: dict[int, DevFunc] = {
    NETDEV_REGISTER: addrconf_register,
    NETDEV_CHANGEMTU: addrconf_change_mtu,
    NETDEV_UP: addrconf_up,
    NETDEV_CHANGE: addrconf_change,
    NETDEV_CHANGENAME: addrconf_sysctl_register,
    NETDEV_DOWN: lambda dev: addrconf_ifdown(dev, False),
    NETDEV_UNREGISTER: lambda dev: addrconf_ifdown(dev, True),
}


@sysctl
def addrconf_disable_ipv6(net: Net, conf: str, newf: int) -> None:
    """Write net.ipv6.conf.CONF.disable_ipv6; ``conf`` is "all", "default" or a device.

    "default" only counts for devices to come; "all" sets that and every device. A device whose
    setting changes loses its addresses, or gets them as if it had come up. OSError ENOENT when
    there is no such name.
    """
    ipv6 = net.ipv6
    if conf in ("all", "default"):
        ipv6.devconf_dflt.disable_ipv6 = newf
        if conf == "default":
            return
        ipv6.devconf_all.disable_ipv6 = newf
    idevs = [dev.ip6_ptr for dev in net.dev_base_head if dev.ip6_ptr and conf in ("all", dev.name)]
    if not idevs and conf != "all":
        if trace.on:
            decide("is there such a directory?", False, conf=conf)
        raise OSError(errno.ENOENT, f"net.ipv6.conf.{conf}.disable_ipv6")
    for idev in idevs:
        changed = bool(idev.cnf.disable_ipv6) != bool(newf)
        idev.cnf.disable_ipv6 = newf
        if changed:
            dev_disable_change(idev)


@kernel_function
def dev_disable_change(idev: Inet6Dev) -> None:
    """Pretend to IPv6 that the device went down or came up."""
    event = NETDEV_DOWN if idev.cnf.disable_ipv6 else NETDEV_UP
    addrconf_notify(ipv6_dev_notf, event, NetdevNotifierInfo(idev.dev))


ipv6_dev_notf = NotifierBlock(addrconf_notify, priority=ADDRCONF_NOTIFY_PRIORITY)


def addrconf_init_net(net: Net) -> None:
    """IPv6's settings of a new namespace."""
    net.ipv6.devconf_all, net.ipv6.devconf_dflt = Ipv6Devconf(), Ipv6Devconf()
    net.ipv6.saddr_found = {}


addrconf_ops = PernetOperations("addrconf_ops", init=addrconf_init_net)


@kernel_function
def addrconf_init(machine: Machine) -> None:
    """At boot: the devices that must have an IPv6 side first, then listen to the others."""
    register_pernet_subsys(machine, addrconf_ops)
    ipv6_add_dev(machine.blackhole_netdev)
    ipv6_add_dev(machine.init_net.loopback_dev)
    register_netdevice_notifier(machine, ipv6_dev_notf)
    addrconf_netlink_init(machine)
