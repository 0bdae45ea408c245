"""The part of net/ipv4/fib_frontend.c that asks whether a packet may come from where it says."""

from __future__ import annotations

import errno

from lomodel import trace
from lomodel.linux.include.linux.inetdevice import IN_DEV_ACCEPT_LOCAL, IN_DEV_RPFILTER, InDevice
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.uapi.linux.rtnetlink import RTN_LOCAL, RTN_UNICAST
from lomodel.linux.net.ipv4.devinet_select import inet_lookup_ifaddr_rcu
from lomodel.linux.net.ipv4.fib_frontend_table import fib_lookup
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/fib_frontend.c")


@kernel_function
def fib_validate_source(skb: SkBuff, src: int, dst: int, dev: NetDevice, in_dev: InDevice) -> int:
    """Whether a packet may come from ``src`` to ``dst`` over the device: below 0 it may not.

    Without rp_filter only addresses that this host has itself are refused (the other addresses of
    a network on lo are not), and not even they with accept_local.
    """
    r = IN_DEV_RPFILTER(in_dev)
    if r:
        return __fib_validate_source(skb, src, dst, dev, r, in_dev)
    if IN_DEV_ACCEPT_LOCAL(in_dev):
        return 0
    own = inet_lookup_ifaddr_rcu(dev.nd_net, src) is not None
    if trace.on:
        decide("is the source this host's own address?", own, saddr=src, accept_local=0)
    return -errno.EINVAL if own else 0


@kernel_function
def __fib_validate_source(
    skb: SkBuff, src: int, dst: int, dev: NetDevice, rpf: int, idev: InDevice
) -> int:
    """The check of the way back (rp_filter): there must be a route to the source.

    With one device every route leads over it, so that strict and loose are the same here. -EINVAL
    for an address that cannot be a source, -EXDEV where there is no route.
    """
    fi = fib_lookup(dev.nd_net, src)
    if trace.on:
        decide("is there a way back to the source?", fi is not None, saddr=src, rp_filter=rpf)
    if fi is None:
        return -errno.EXDEV
    local = fi.fib_type == RTN_LOCAL and IN_DEV_ACCEPT_LOCAL(idev)
    return 0 if fi.fib_type == RTN_UNICAST or local else -errno.EINVAL
