"""net/ipv6/addrconf.c: IPv6 addresses of devices, and where ::1 comes from.

``addrconf_notify`` hears that a device's link is ready and looks at its **type**: an Ethernet
device gets a link-local address, ARPHRD_LOOPBACK gets ::1 (``init_loopback``). IPv4 asks for the
flag IFF_LOOPBACK instead. ::1 is there at once: no duplicate address detection, no packet.

Left out: duplicate address detection, router advertisements, temporary and stable-privacy
addresses, multicast and anycast, every device type but loopback, lifetimes, sysctl and netlink.
"""

from __future__ import annotations

import errno
import os
from dataclasses import dataclass, field
from ipaddress import IPv6Address
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.err import PTR_ERR
from lomodel.linux.include.linux.ipv6 import Ipv6Devconf
from lomodel.linux.include.linux.netdevice import (
    NETDEV_CHANGE,
    NETDEV_CHANGEMTU,
    NETDEV_DOWN,
    NETDEV_REGISTER,
    NETDEV_UNREGISTER,
    NETDEV_UP,
    DevFunc,
    NetDevice,
    netdev_hold,
    netdev_put,
)
from lomodel.linux.include.linux.notifier import NOTIFY_OK, NotifierBlock
from lomodel.linux.include.net.ipv6 import in6addr_loopback
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK
from lomodel.linux.include.uapi.linux.if_addr import IFA_F_PERMANENT, IFA_F_TENTATIVE
from lomodel.linux.include.uapi.linux.if_arp import ARPHRD_LOOPBACK
from lomodel.linux.include.uapi.linux.ipv6 import IPV6_MIN_MTU
from lomodel.linux.include.uapi.linux.rtnetlink import RTM_DELADDR, RTM_NEWADDR
from lomodel.linux.kernel.notifier import notifier_call_chain, notifier_from_errno
from lomodel.linux.mm.slab import kfree, kzalloc
from lomodel.linux.net.core.dev import (
    NetdevNotifierInfo,
    netif_oper_up,
    register_netdevice_notifier,
)
from lomodel.linux.net.core.net_namespace import Net, PernetOperations, register_pernet_subsys
from lomodel.linux.net.ipv6.route import ip6_del_rt, ip6_ins_rt, rt6_disable_ip
from lomodel.linux.net.ipv6.route_pmtu import rt6_mtu_change
from lomodel.linux.net.sched.sch_generic import noop_qdisc
from lomodel.trace import decide, kernel_file, system_call

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/addrconf.c")
sysctl = system_call("net/ipv6/addrconf.c")


IFA_HOST = 0x0010

IF_READY = 0x80000000

ADDRCONF_NOTIFY_PRIORITY = 0


@dataclass(slots=True, eq=False)
class Inet6Ifaddr:
    """struct inet6_ifaddr: an IPv6 address of a device; ``addr`` is 16 bytes in network order."""

    idev: Inet6Dev
    addr: bytes
    prefix_len: int
    scope: int
    flags: int
    ifa_proto: int

    def __str__(self) -> str:
        return f"{in6_text(self.addr)}/{self.prefix_len}"


@dataclass(slots=True, eq=False)
class Inet6Dev:
    """struct inet6_dev: IPv6's side of a device. It is made only at an MTU of 1280 or more."""

    dev: NetDevice
    cnf: Ipv6Devconf
    addr_list: list[Inet6Ifaddr] = field(default_factory=list)
    if_flags: int = 0
    dead: bool = False


def in6_text(addr: bytes) -> str:
    """The address as people write it."""
    return str(IPv6Address(addr))


def addrconf_link_ready(dev: NetDevice) -> bool:
    """Whether packets would get anywhere: the link is up and the queue is not ``noop``."""
    return netif_oper_up(dev) and dev.txq.qdisc is not noop_qdisc


@kernel_function
def ipv6_add_dev(dev: NetDevice) -> Inet6Dev:
    """Give the device an IPv6 side. OSError EINVAL at an MTU below 1280, ENOMEM."""
    if dev.mtu < IPV6_MIN_MTU and dev is not dev.machine.blackhole_netdev:
        raise OSError(errno.EINVAL, f"mtu {dev.mtu} is below {IPV6_MIN_MTU}")
    default = dev.nd_net.ipv6.devconf_dflt
    cnf = Ipv6Devconf(default.disable_ipv6, default.keep_addr_on_down, default.accept_dad, dev.mtu)
    idev = kzalloc(dev.machine, "inet6_dev", lambda: Inet6Dev(dev, cnf))
    if idev is None:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    netdev_hold(dev)
    if dev.flags & IFF_LOOPBACK:
        cnf.accept_dad = -1
    if dev.running and addrconf_link_ready(dev):
        idev.if_flags |= IF_READY
    dev.ip6_ptr = idev
    return idev


@kernel_function
def ipv6_find_idev(dev: NetDevice) -> Inet6Dev:
    """The device's IPv6 side, made if need be; OSError EINVAL, ENOMEM."""
    return dev.ip6_ptr if dev.ip6_ptr is not None else ipv6_add_dev(dev)


@kernel_function
def ipv6_add_addr(
    idev: Inet6Dev, addr: bytes, plen: int, scope: int, flags: int, proto: int
) -> Inet6Ifaddr:
    """Put an address on a device; it starts tentative.

    OSError EADDRNOTAVAIL for ::1 on a device that is no loopback, ENODEV for a device that is
    going, EACCES while disable_ipv6 is set, ENOBUFS without memory, EEXIST when the device has the
    address.
    """
    if not idev.dev.flags & IFF_LOOPBACK and addr == in6addr_loopback:
        raise OSError(errno.EADDRNOTAVAIL, "Cannot assign loopback address on this device")
    if idev.dead:
        raise OSError(errno.ENODEV, "device is going away")
    if idev.cnf.disable_ipv6:
        raise OSError(errno.EACCES, "IPv6 is disabled on this device")
    flags |= IFA_F_TENTATIVE
    machine = idev.dev.machine
    ifa = kzalloc(
        machine, "inet6_ifaddr", lambda: Inet6Ifaddr(idev, addr, plen, scope, flags, proto)
    )
    if ifa is None:
        raise OSError(errno.ENOBUFS, os.strerror(errno.ENOBUFS))
    if any(other.addr == addr for other in idev.addr_list):
        kfree(machine, "inet6_ifaddr")
        raise OSError(errno.EEXIST, f"{in6_text(addr)}: {os.strerror(errno.EEXIST)}")
    idev.addr_list.append(ifa)
    notifier_call_chain(machine.inet6addr_chain, NETDEV_UP, ifa)
    return ifa


@kernel_function
def add_addr(idev: Inet6Dev, addr: bytes, plen: int, scope: int, proto: int) -> None:
    """A permanent address that is valid at once. One that cannot be added is passed over in
    silence.

    ``proto`` says who added it (IFA_PROTO); the parameter came with 5.18.
    """
    try:
        ifp = ipv6_add_addr(idev, addr, plen, scope, IFA_F_PERMANENT, proto)
    except OSError:
        return
    ifp.flags &= ~IFA_F_TENTATIVE
    ipv6_ifa_notify(RTM_NEWADDR, ifp)


@kernel_function
def ipv6_ifa_notify(event: int, ifp: Inet6Ifaddr) -> None:
    """An address came or went: its route, ``local`` to this host, comes or goes with it."""
    net = ifp.idev.dev.nd_net
    if event == RTM_NEWADDR:
        ip6_ins_rt(net, ifp.idev.dev, ifp.addr, 128)
    else:
        ip6_del_rt(net, ifp.addr, 128)


def ipv6_chk_addr(net: Net, addr: bytes, dev: NetDevice | None) -> bool:
    """Whether ``addr`` belongs to this host (on ``dev``, None: on any device) and may be used.

    Source: net/ipv6/addrconf.c.
    """
    for device in net.dev_base_head if dev is None else [dev]:
        idev = device.ip6_ptr
        for ifp in idev.addr_list if idev is not None else ():
            if ifp.addr == addr and not ifp.flags & IFA_F_TENTATIVE:
                return True
    return False


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


def addrconf_change_mtu(dev: NetDevice) -> None:
    """Below 1280 IPv6 stops on the device; lo's IPv6 side stays, without its address, and that is
    why raising the MTU does not bring ::1 back."""
    if dev.mtu < IPV6_MIN_MTU:
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
            ipv6_del_addr(ifa)
    if unregister:
        netdev_put(dev)
        kfree(dev.machine, "inet6_dev")


def keep_addr_on_down(net: Net, idev: Inet6Dev) -> bool:
    """The setting of the namespace, or if that says nothing, of the device."""
    return (net.ipv6.devconf_all.keep_addr_on_down or idev.cnf.keep_addr_on_down) > 0


def addr_is_local(addr: bytes) -> bool:
    """Whether the address is ::1 or link-local."""
    return addr == in6addr_loopback or (addr[0] == 0xFE and addr[1] & 0xC0 == 0x80)


def ipv6_del_addr(ifa: Inet6Ifaddr) -> None:
    """Remove one address; IPv6's listeners take the route away."""
    machine = ifa.idev.dev.machine
    ifa.idev.addr_list.remove(ifa)
    ipv6_ifa_notify(RTM_DELADDR, ifa)
    notifier_call_chain(machine.inet6addr_chain, NETDEV_DOWN, ifa)
    kfree(machine, "inet6_ifaddr")


_EVENTS: dict[int, DevFunc] = {
    NETDEV_REGISTER: addrconf_register,
    NETDEV_CHANGEMTU: addrconf_change_mtu,
    NETDEV_UP: addrconf_up,
    NETDEV_CHANGE: addrconf_change,
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


addrconf_ops = PernetOperations("addrconf_ops", init=addrconf_init_net)


@kernel_function
def addrconf_init(machine: Machine) -> None:
    """At boot: the devices that must have an IPv6 side first, then listen to the others."""
    register_pernet_subsys(machine, addrconf_ops)
    ipv6_add_dev(machine.blackhole_netdev)
    ipv6_add_dev(machine.init_net.loopback_dev)
    register_netdevice_notifier(machine, ipv6_dev_notf)
