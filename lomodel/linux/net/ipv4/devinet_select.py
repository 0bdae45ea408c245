"""The part of net/ipv4/devinet.c that looks through the addresses there are.

Left out: devices that a VRF has enslaved.
"""

from __future__ import annotations

from lomodel import trace
from lomodel.linux.include.linux.inetdevice import (
    IN_DEV_ROUTE_LOCALNET,
    InDevice,
    InIfaddr,
    inet_ifa_match,
)
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.uapi.linux.if_addr import IFA_F_SECONDARY
from lomodel.linux.include.uapi.linux.rtnetlink import RT_SCOPE_HOST, RT_SCOPE_LINK
from lomodel.linux.net.core.net_namespace import Net, for_each_netdev
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/devinet.c")


@kernel_function
def inet_ifa_byprefix(in_dev: InDevice, prefix: int, mask: int) -> InIfaddr | None:
    """The primary address of a network of the device, or None; both are numbers."""
    network = (prefix & mask).to_bytes(4, "big")
    for ifa in in_dev.ifa_list:
        if ifa.ifa_mask == mask and inet_ifa_match(network, ifa):
            return ifa
    return None


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
    """The address to send from over ``dev``, a number; 0 when there is none.

    It is a primary one that is known at least as far as ``scope`` says, on the device if it has
    one and else on any, and one of the network of ``dst`` before others. An address of scope host
    is known on the link where route_localnet says so.
    """
    localnet_scope, addr = RT_SCOPE_HOST, 0
    if dev.ip_ptr is not None:
        if IN_DEV_ROUTE_LOCALNET(dev.ip_ptr):
            localnet_scope = RT_SCOPE_LINK
        for ifa in dev.ip_ptr.ifa_list:
            if ifa.ifa_flags & IFA_F_SECONDARY or min(ifa.ifa_scope, localnet_scope) > scope:
                continue
            if not dst or inet_ifa_match(dst.to_bytes(4, "big"), ifa):
                addr = int.from_bytes(ifa.ifa_local, "big")
                break
            addr = addr or int.from_bytes(ifa.ifa_local, "big")
    addr = addr or _on_any_device(dev.nd_net, scope)
    if trace.on:
        decide("is there an address of that scope?", bool(addr), dev=dev.name, scope=scope)
    return addr


def _on_any_device(net: Net, scope: int) -> int:
    sides = [dev.ip_ptr for dev in for_each_netdev(net) if dev.ip_ptr is not None]
    return next((addr for in_dev in sides if (addr := in_dev_select_addr(in_dev, scope))), 0)


@kernel_function
def in_dev_select_addr(in_dev: InDevice, scope: int) -> int:
    """The first primary address of a device that may be used beyond its link; 0 without one."""
    for ifa in in_dev.ifa_list:
        primary = not ifa.ifa_flags & IFA_F_SECONDARY
        if primary and ifa.ifa_scope != RT_SCOPE_LINK and ifa.ifa_scope <= scope:
            return int.from_bytes(ifa.ifa_local, "big")
    return 0
