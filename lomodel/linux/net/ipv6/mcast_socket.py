"""The part of net/ipv6/mcast.c about the groups that sockets are in.

They make the device join. What is sent to a group of IPv6 never comes in over lo, as no route leads
there, so nobody asks which sockets it would be for.

Left out: sources.
"""

from __future__ import annotations

import errno

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.net.if_inet6 import Ipv6McSocklist
from lomodel.linux.net.core.dev import dev_get_by_index
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.sock import Sock, sock_error_raise
from lomodel.linux.net.ipv6.mcast import __ipv6_dev_mc_dec, ipv6_dev_mc_inc
from lomodel.linux.net.ipv6.route import fib6_rule_lookup
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv6/mcast.c")


@kernel_function
def ipv6_sock_mc_join(sk: Sock, ifindex: int, addr: bytes) -> None:
    """IPV6_ADD_MEMBERSHIP: be in the group on the device (0: where a route to the group leads).

    OSError EINVAL for an address that is no group and a device without IPv6, EADDRINUSE for the
    second time, ENODEV without a device. Source: __ipv6_sock_mc_join.
    """
    _check_group(addr)
    twice = any(_is(mc_lst, addr, ifindex) for mc_lst in sk.ipv6_mc_list or ())
    if trace.on:
        decide("is the socket in the group already?", twice, ifindex=ifindex, addr=addr.hex())
    if twice:
        raise sock_error_raise(errno.EADDRINUSE)
    dev = dev_get_by_index(sk.net, ifindex) if ifindex else _device_to(sk.net, addr)
    if trace.on:
        decide("is there a device for the group?", dev is not None, ifindex=ifindex)
    if dev is None:
        raise sock_error_raise(errno.ENODEV)
    err = ipv6_dev_mc_inc(dev, addr)
    if err:
        raise sock_error_raise(-err)
    sk.ipv6_mc_list = [Ipv6McSocklist(addr, dev.ifindex), *(sk.ipv6_mc_list or ())]


def _check_group(addr: bytes) -> None:
    if trace.on:
        decide("is it a group's address?", addr[0] == 0xFF, addr=addr.hex())
    if addr[0] != 0xFF:
        raise sock_error_raise(errno.EINVAL)


def _is(mc_lst: Ipv6McSocklist, addr: bytes, ifindex: int) -> bool:
    return mc_lst.addr == addr and ifindex in (0, mc_lst.ifindex)


def _device_to(net: Net, addr: bytes) -> NetDevice | None:
    """Where the route to the group leads, if there is one (rt6_lookup)."""
    rt = fib6_rule_lookup(net, addr)
    return None if rt is None else rt.dev


@kernel_function
def ipv6_sock_mc_drop(sk: Sock, ifindex: int, addr: bytes) -> None:
    """IPV6_DROP_MEMBERSHIP: leave the group, with index 0 the one joined last of that address.

    OSError EINVAL for an address that is no group, EADDRNOTAVAIL for one that the socket is not in.
    """
    _check_group(addr)
    for mc_lst in sk.ipv6_mc_list or ():
        if _is(mc_lst, addr, ifindex):
            __ipv6_sock_mc_drop(sk, mc_lst)
            return
    if trace.on:
        decide("is the socket in the group there?", False, ifindex=ifindex)
    raise sock_error_raise(errno.EADDRNOTAVAIL)


@kernel_function
def __ipv6_sock_mc_drop(sk: Sock, mc_lst: Ipv6McSocklist) -> None:
    """One group less; the device leaves with its last user."""
    assert sk.ipv6_mc_list is not None
    sk.ipv6_mc_list.remove(mc_lst)
    dev = dev_get_by_index(sk.net, mc_lst.ifindex)
    if dev is not None and dev.ip6_ptr is not None:
        __ipv6_dev_mc_dec(dev.ip6_ptr, mc_lst.addr)


@kernel_function
def ipv6_sock_mc_close(sk: Sock) -> None:
    """A socket is closing: it leaves its groups."""
    for mc_lst in list(sk.ipv6_mc_list or ()):
        __ipv6_sock_mc_drop(sk, mc_lst)
