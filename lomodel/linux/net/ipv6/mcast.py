"""net/ipv6/mcast.c: the groups that a device is in, over IPv6.

Left out: reports to routers and their timers, sources, versions of the protocol, and the memory of
groups.
"""

from __future__ import annotations

import errno

from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.net.if_inet6 import Ifmcaddr6, Inet6Dev
from lomodel.linux.include.net.ipv6 import in6addr_linklocal_allnodes
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv6/mcast.c")


@kernel_function
def ipv6_dev_mc_inc(dev: NetDevice, addr: bytes) -> int:
    """One user more for a group of the device, which joins it if it is the first.

    Returns 0, or -EINVAL for a device without IPv6 and -ENODEV for one that is going.
    """
    idev = dev.ip6_ptr
    if idev is None:
        return -errno.EINVAL
    if idev.dead:
        return -errno.ENODEV
    for mc in idev.mc_list:
        if mc.mca_addr == addr:
            mc.mca_users += 1
            return 0
    idev.mc_list.insert(0, Ifmcaddr6(addr))
    return 0


@kernel_function
def __ipv6_dev_mc_dec(idev: Inet6Dev, addr: bytes) -> int:
    """One user less; the last one makes the device leave. Returns 0, or -ENOENT."""
    for mc in idev.mc_list:
        if mc.mca_addr == addr:
            mc.mca_users -= 1
            if not mc.mca_users:
                idev.mc_list.remove(mc)
            return 0
    return -errno.ENOENT


@kernel_function
def ipv6_mc_destroy_dev(idev: Inet6Dev) -> None:
    """IPv6 leaves the device, and every group with it."""
    __ipv6_dev_mc_dec(idev, in6addr_linklocal_allnodes)
    idev.mc_list.clear()
