"""The part of net/ipv6/addrconf.c that gives a device its IPv6 side."""

from __future__ import annotations

import errno
import os
from copy import copy

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NetDevice, netdev_hold
from lomodel.linux.include.net.if_inet6 import IF_READY, Inet6Dev
from lomodel.linux.include.net.ipv6 import (
    in6addr_interfacelocal_allnodes,
    in6addr_linklocal_allnodes,
)
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK
from lomodel.linux.include.uapi.linux.ipv6 import IPV6_MIN_MTU
from lomodel.linux.mm.slab import kzalloc
from lomodel.linux.net.core.dev import netif_oper_up
from lomodel.linux.net.ipv6.mcast import ipv6_dev_mc_inc
from lomodel.linux.net.sched.sch_generic import noop_qdisc
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv6/addrconf.c")


def addrconf_link_ready(dev: NetDevice) -> bool:
    """Whether packets would get anywhere: the link is up and the queue is not ``noop``."""
    return netif_oper_up(dev) and dev.txq.qdisc is not noop_qdisc


@kernel_function
def ipv6_add_dev(dev: NetDevice) -> Inet6Dev:
    """Give the device an IPv6 side. OSError EINVAL at an MTU below 1280, ENOMEM."""
    if dev.mtu < IPV6_MIN_MTU and dev is not dev.machine.blackhole_netdev:
        if trace.on:
            decide("is the MTU below IPv6's least?", True, mtu=dev.mtu, least=IPV6_MIN_MTU)
        raise OSError(errno.EINVAL, f"mtu {dev.mtu} is below {IPV6_MIN_MTU}")
    cnf = copy(dev.nd_net.ipv6.devconf_dflt)
    cnf.mtu6 = dev.mtu
    idev = kzalloc(dev.machine, "inet6_dev", lambda: Inet6Dev(dev, cnf))
    if idev is None:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    netdev_hold(dev)
    if dev.flags & IFF_LOOPBACK:
        cnf.accept_dad = -1
    if dev.running and addrconf_link_ready(dev):
        idev.if_flags |= IF_READY
    dev.ip6_ptr = idev
    if dev is not dev.machine.blackhole_netdev:
        ipv6_dev_mc_inc(dev, in6addr_interfacelocal_allnodes)
        ipv6_dev_mc_inc(dev, in6addr_linklocal_allnodes)
    return idev


@kernel_function
def ipv6_find_idev(dev: NetDevice) -> Inet6Dev:
    """The device's IPv6 side, made if need be; OSError EINVAL, ENOMEM."""
    return dev.ip6_ptr if dev.ip6_ptr is not None else ipv6_add_dev(dev)


@kernel_function
def addrconf_add_dev(dev: NetDevice) -> Inet6Dev:
    """The IPv6 side of a device that gets an address. OSError EACCES while disable_ipv6 is set, and
    what ``ipv6_find_idev`` says."""
    idev = ipv6_find_idev(dev)
    if trace.on:
        decide("is IPv6 on?", not idev.cnf.disable_ipv6, disable_ipv6=idev.cnf.disable_ipv6)
    if idev.cnf.disable_ipv6:
        raise OSError(errno.EACCES, "IPv6 is disabled on this device")
    return idev
