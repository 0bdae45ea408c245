"""The part of net/ipv4/devinet.c that ``ip address`` talks to.

Left out: lifetimes, labels, broadcast addresses, metrics, and replacing an address.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.inetdevice import InDevice, InIfaddr, inet_ifa_match
from lomodel.linux.include.linux.socket import AF_INET
from lomodel.linux.include.uapi.linux.if_addr import IfAddrMsg
from lomodel.linux.include.uapi.linux.rtnetlink import RTM_DELADDR, RTM_NEWADDR
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.rtnetlink import rtnl_register
from lomodel.linux.net.ipv4.devinet_ifa import (
    inet_alloc_ifa,
    inet_del_ifa,
    inet_free_ifa,
    inet_insert_ifa,
)
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv4/devinet.c")


@kernel_function
def rtm_to_ifaddr(net: Net, ifm: IfAddrMsg) -> InIfaddr | None:
    """The address that a message asks for, on no list yet; None for 0.0.0.0, which is no address.

    OSError EINVAL for a prefix longer than 32 bits, ENODEV without the device, ENOBUFS for a device
    without IPv4 (its MTU is below 68) and without memory.
    """
    if trace.on:
        decide("is the prefix at most 32 bits?", ifm.ifa_prefixlen <= 32, plen=ifm.ifa_prefixlen)
    if ifm.ifa_prefixlen > 32:
        raise _refused(errno.EINVAL)
    if not any(ifm.local):
        return None
    dev = net.dev_by_index.get(ifm.ifa_index)
    if dev is None:
        if trace.on:
            decide("is there such a device?", False, index=ifm.ifa_index)
        raise _refused(errno.ENODEV)
    ifa = inet_alloc_ifa(dev.ip_ptr) if dev.ip_ptr is not None else None
    if ifa is None:
        if trace.on:
            decide("has the device IPv4?", False, mtu=dev.mtu, least=68)
        raise _refused(errno.ENOBUFS)
    ifa.ifa_local, ifa.ifa_address = ifm.local, ifm.address
    ifa.ifa_prefixlen, ifa.ifa_scope = ifm.ifa_prefixlen, ifm.ifa_scope
    ifa.ifa_label = dev.name
    return ifa


@kernel_function
def find_matching_ifa(ifa: InIfaddr) -> InIfaddr | None:
    """The address of the same device that is this one with the same prefix, or None."""
    for other in ifa.ifa_dev.ifa_list:
        same = other.ifa_mask == ifa.ifa_mask and other.ifa_local == ifa.ifa_local
        if same and inet_ifa_match(other.ifa_address, ifa):
            return other
    return None


@kernel_function
def inet_rtm_newaddr(net: Net, ifm: IfAddrMsg) -> None:
    """RTM_NEWADDR with NLM_F_CREATE and NLM_F_EXCL: ``ip address add``. 0.0.0.0 is passed over in
    silence.

    OSError EEXIST for an address that is there, and what ``rtm_to_ifaddr`` and
    ``inet_insert_ifa`` say.
    """
    ifa = rtm_to_ifaddr(net, ifm)
    if ifa is None:
        return
    existing = find_matching_ifa(ifa)
    if trace.on:
        decide("has the device this address?", existing is not None, address=str(ifa))
    if existing is not None:
        inet_free_ifa(ifa)
        raise _refused(errno.EEXIST)
    inet_insert_ifa(ifa)


@kernel_function
def inet_rtm_deladdr(net: Net, ifm: IfAddrMsg) -> None:
    """RTM_DELADDR: ``ip address del``. OSError ENODEV without the device or its IPv4 side,
    EADDRNOTAVAIL when it has no such address with this prefix."""
    dev = net.dev_by_index.get(ifm.ifa_index)
    if dev is None or dev.ip_ptr is None:
        if trace.on:
            decide("has the device IPv4?", False, dev=None if dev is None else dev.name)
        raise _refused(errno.ENODEV)
    ifa = _asked_for(dev.ip_ptr, ifm)
    if trace.on:
        decide("has the device this address?", ifa is not None, prefixlen=ifm.ifa_prefixlen)
    if ifa is None:
        raise _refused(errno.EADDRNOTAVAIL)
    inet_del_ifa(dev.ip_ptr, ifa)


def _asked_for(in_dev: InDevice, ifm: IfAddrMsg) -> InIfaddr | None:
    for ifa in in_dev.ifa_list:
        same = ifa.ifa_local == ifm.local and ifa.ifa_prefixlen == ifm.ifa_prefixlen
        if same and inet_ifa_match(ifm.address, ifa):
            return ifa
    return None


def _refused(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def devinet_netlink_init(machine: Machine) -> None:
    """What ``devinet_init`` registers for messages (net/ipv4/devinet.c)."""
    rtnl_register(machine, AF_INET, RTM_NEWADDR, inet_rtm_newaddr)
    rtnl_register(machine, AF_INET, RTM_DELADDR, inet_rtm_deladdr)
