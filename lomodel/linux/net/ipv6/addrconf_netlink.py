"""The part of net/ipv6/addrconf.c that ``ip address`` talks to.

Left out: lifetimes, temporary addresses, flags, peers, and replacing an address.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.socket import AF_INET6
from lomodel.linux.include.net.if_inet6 import in6_text
from lomodel.linux.include.uapi.linux.if_addr import IFA_F_PERMANENT, IFA_F_TENTATIVE, IfAddrMsg
from lomodel.linux.include.uapi.linux.rtnetlink import RTM_DELADDR, RTM_NEWADDR
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.rtnetlink import rtnl_register
from lomodel.linux.net.ipv6.addrconf_addr import (
    addrconf_prefix_route,
    ipv6_add_addr,
    ipv6_del_addr,
    ipv6_ifa_notify,
)
from lomodel.linux.net.ipv6.addrconf_core import ipv6_addr_scope
from lomodel.linux.net.ipv6.addrconf_dev import addrconf_add_dev, ipv6_find_idev
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/addrconf.c")


@kernel_function
def inet6_rtm_newaddr(net: Net, ifm: IfAddrMsg) -> None:
    """RTM_NEWADDR with NLM_F_CREATE and NLM_F_EXCL: ``ip address add``.

    OSError ENODEV without the device, EEXIST for an address that the device has, whatever its
    prefix, and what ``ipv6_find_idev`` and ``inet6_addr_add`` say.
    """
    dev = net.dev_by_index.get(ifm.ifa_index)
    if dev is None:
        if trace.on:
            decide("is there such a device?", False, index=ifm.ifa_index)
        raise _refused(errno.ENODEV)
    idev = ipv6_find_idev(dev)
    existing = any(ifa.addr == ifm.local for ifa in idev.addr_list)
    if trace.on:
        decide("has the device this address?", existing, address=in6_text(ifm.local))
    if existing:
        raise _refused(errno.EEXIST)
    inet6_addr_add(net, dev, ifm)


@kernel_function
def inet6_addr_add(net: Net, dev: NetDevice, ifm: IfAddrMsg) -> None:
    """Add an address that somebody asks for, with the route to its network.

    On a loopback device it is good at once: nobody else can have it. OSError EINVAL for a prefix
    longer than 128 bits, and what ``addrconf_add_dev`` and ``ipv6_add_addr`` say.
    """
    plen = ifm.ifa_prefixlen
    if trace.on:
        decide("is the prefix at most 128 bits?", plen <= 128, plen=plen)
    if plen > 128:
        raise _refused(errno.EINVAL)
    scope = ipv6_addr_scope(ifm.local)
    ifp = ipv6_add_addr(addrconf_add_dev(dev), ifm.local, plen, scope, IFA_F_PERMANENT, 0)
    addrconf_prefix_route(ifp)
    # addrconf_dad_start: a worker finds that there is nothing to detect.
    ifp.flags &= ~IFA_F_TENTATIVE
    ifp.idev.dev.nd_net.ipv6.saddr_found.clear()
    ipv6_ifa_notify(RTM_NEWADDR, ifp)


@kernel_function
def inet6_rtm_deladdr(net: Net, ifm: IfAddrMsg) -> None:
    """RTM_DELADDR: ``ip address del``. OSError EINVAL for a prefix longer than 128 bits, ENODEV
    without the device, ENXIO without its IPv6 side, EADDRNOTAVAIL when it has no such address with
    this prefix. (inet6_addr_del does it in C.)"""
    if ifm.ifa_prefixlen > 128:
        if trace.on:
            decide("is the prefix at most 128 bits?", False, plen=ifm.ifa_prefixlen)
        raise _refused(errno.EINVAL)
    dev = net.dev_by_index.get(ifm.ifa_index)
    if dev is None:
        if trace.on:
            decide("is there such a device?", False, index=ifm.ifa_index)
        raise _refused(errno.ENODEV)
    if dev.ip6_ptr is None:
        if trace.on:
            decide("has the device IPv6?", False, mtu=dev.mtu)
        raise _refused(errno.ENXIO)
    for ifp in dev.ip6_ptr.addr_list:
        if ifp.prefix_len == ifm.ifa_prefixlen and ifp.addr == ifm.local:
            ipv6_del_addr(ifp)
            return
    if trace.on:
        decide("has the device this address?", False, address=in6_text(ifm.local))
    raise _refused(errno.EADDRNOTAVAIL)


def _refused(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def addrconf_netlink_init(machine: Machine) -> None:
    """What ``addrconf_init`` registers for messages (net/ipv6/addrconf.c)."""
    rtnl_register(machine, AF_INET6, RTM_NEWADDR, inet6_rtm_newaddr)
    rtnl_register(machine, AF_INET6, RTM_DELADDR, inet6_rtm_deladdr)
