"""The part of net/ipv6/addrconf.c that puts addresses on devices and takes them off.

An address brings a route to itself, and one that somebody adds also a route to its network.
"""

from __future__ import annotations

import errno
import os

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NETDEV_DOWN, NETDEV_UP, NetDevice
from lomodel.linux.include.net.if_inet6 import Inet6Dev, Inet6Ifaddr, in6_text
from lomodel.linux.include.net.ipv6 import (
    IPV6_ADDR_ANY,
    IPV6_ADDR_LOOPBACK,
    IPV6_ADDR_MULTICAST,
)
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK
from lomodel.linux.include.uapi.linux.if_addr import IFA_F_PERMANENT, IFA_F_TENTATIVE
from lomodel.linux.include.uapi.linux.rtnetlink import RTM_DELADDR, RTM_NEWADDR
from lomodel.linux.kernel.notifier import notifier_call_chain
from lomodel.linux.mm.slab import kfree, kzalloc
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.ipv6.addrconf_core import __ipv6_addr_src_scope, __ipv6_addr_type
from lomodel.linux.net.ipv6.addrconf_saddr import ipv6_addr_diff
from lomodel.linux.net.ipv6.route import ip6_del_rt, ip6_ins_rt, ip6_route_add
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv6/addrconf.c")


@kernel_function
def ipv6_add_addr(
    idev: Inet6Dev, addr: bytes, plen: int, scope: int, flags: int, proto: int
) -> Inet6Ifaddr:
    """Put an address on a device; it starts tentative.

    OSError EADDRNOTAVAIL for ::, a group, or ::1 on a device that is no loopback, ENODEV for a
    device that is going, EACCES while disable_ipv6 is set, ENOBUFS without memory, EEXIST when the
    device has the address.
    """
    addr_type = __ipv6_addr_type(addr)
    no_host = addr_type == IPV6_ADDR_ANY or bool(addr_type & IPV6_ADDR_MULTICAST)
    if trace.on:
        decide("can a host have this address?", not no_host, address=in6_text(addr))
    if no_host:
        raise OSError(errno.EADDRNOTAVAIL, f"no host has {in6_text(addr)}")
    if not idev.dev.flags & IFF_LOOPBACK and addr_type & IPV6_ADDR_LOOPBACK:
        raise OSError(errno.EADDRNOTAVAIL, "Cannot assign loopback address on this device")
    if idev.dead:
        raise OSError(errno.ENODEV, "device is going away")
    if trace.on:
        decide("is IPv6 on?", not idev.cnf.disable_ipv6, disable_ipv6=idev.cnf.disable_ipv6)
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
        if trace.on:
            decide("has the device this address?", True, address=in6_text(addr))
        raise OSError(errno.EEXIST, f"{in6_text(addr)}: {os.strerror(errno.EEXIST)}")
    ipv6_link_dev_addr(idev, ifa)
    notifier_call_chain(machine.inet6addr_chain, NETDEV_UP, ifa)
    return ifa


@kernel_function
def ipv6_link_dev_addr(idev: Inet6Dev, ifp: Inet6Ifaddr) -> None:
    """Put an address on the device's list: the widest scope first, the newest first in a scope."""
    scope = __ipv6_addr_src_scope(__ipv6_addr_type(ifp.addr))
    place = 0
    for ifa in idev.addr_list:
        if scope >= __ipv6_addr_src_scope(__ipv6_addr_type(ifa.addr)):
            break
        place += 1
    idev.addr_list.insert(place, ifp)
    idev.dev.nd_net.ipv6.saddr_found.clear()


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
    ifp.idev.dev.nd_net.ipv6.saddr_found.clear()
    ipv6_ifa_notify(RTM_NEWADDR, ifp)


@kernel_function
def ipv6_ifa_notify(event: int, ifp: Inet6Ifaddr) -> None:
    """An address came or went: its route, ``local`` to this host, comes or goes with it."""
    net = ifp.idev.dev.nd_net
    if event == RTM_NEWADDR:
        ip6_ins_rt(net, ifp.idev.dev, ifp.addr, 128)
    else:
        ip6_del_rt(net, net.ipv6.fib6_local, ifp.addr, 128)


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
def ipv6_del_addr(ifp: Inet6Ifaddr) -> None:
    """Remove one address, with its route, and with the route to its network if no other address is
    of it."""
    machine, net = ifp.idev.dev.machine, ifp.idev.dev.nd_net
    last = check_cleanup_prefix_route(ifp)
    ifp.idev.addr_list.remove(ifp)
    net.ipv6.saddr_found.clear()
    ipv6_ifa_notify(RTM_DELADDR, ifp)
    notifier_call_chain(machine.inet6addr_chain, NETDEV_DOWN, ifp)
    if last:
        ip6_del_rt(net, net.ipv6.fib6_main, ifp.addr, ifp.prefix_len)
    kfree(machine, "inet6_ifaddr")


@kernel_function
def check_cleanup_prefix_route(ifp: Inet6Ifaddr) -> bool:
    """Whether the route to the network of an address that goes has to go, too."""
    if not ifp.flags & IFA_F_PERMANENT:
        return False
    for ifa in ifp.idev.addr_list:
        same = ifa is not ifp and ifa.prefix_len == ifp.prefix_len
        if same and ipv6_addr_diff(ifa.addr, ifp.addr) >= ifp.prefix_len:
            return False
    return True


@kernel_function
def addrconf_prefix_route(ifp: Inet6Ifaddr) -> None:
    """Add the route to the network of an address."""
    dev = ifp.idev.dev
    ip6_route_add(dev.nd_net, dev, ifp.addr, ifp.prefix_len)


@kernel_function
def addrconf_permanent_addr(dev: NetDevice) -> None:
    """The device comes up: what was added while it was down gets the route to its network."""
    idev = dev.ip6_ptr
    for ifp in idev.addr_list if idev is not None else ():
        if ifp.flags & IFA_F_PERMANENT:
            addrconf_prefix_route(ifp)
