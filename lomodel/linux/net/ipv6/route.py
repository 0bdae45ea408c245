"""net/ipv6/route.c (and ip6_fib.c): which way an IPv6 packet goes.

lo's address brings one route, ``local ::1`` in the table local. When the address goes the route
goes with it, unlike 127.0.0.1's.

``route_pmtu`` has what ICMPv6 teaches about a path. Left out: routers, metrics, policy and
multipath routing, the tree: a table is a dictionary by prefix.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.notifier import NOTIFY_DONE, NotifierBlock
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.linux.stddef import NULL
from lomodel.linux.include.net.dst import DstEntry, DstOps
from lomodel.linux.include.net.ip6_route import IP6_MAX_MTU
from lomodel.linux.include.net.ipv6 import Rt6Info
from lomodel.linux.include.uapi.linux.ipv6 import IPV6_MIN_MTU
from lomodel.linux.net.core.dev import NetdevNotifierInfo
from lomodel.linux.net.core.net_namespace import Net, PernetOperations, register_pernet_subsys
from lomodel.linux.net.core.sock import InetCork
from lomodel.linux.net.ipv6.addrconf_saddr import ipv6_dev_get_saddr
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/route.c")
inline_function = kernel_file("include/net/ip6_route.h")

IP6_ROUTE_DEV_NOTIFY_PRIORITY = -10


class Fib6Table:
    """struct fib6_table: dsts by length and bytes of the prefix; ``found`` remembers lookups."""

    __slots__ = ("routes", "found")

    def __init__(self) -> None:
        self.routes: dict[tuple[int, bytes], Rt6Info] = {}
        self.found: dict[bytes, Rt6Info | None] = {}


def dst_rt6_info(dst: DstEntry) -> Rt6Info:
    """A dst that is one of IPv6 (include/net/ip6_fib.h)."""
    assert isinstance(dst, Rt6Info)
    return dst


def ip6_mtu(dst: DstEntry) -> int:
    """The longest packet, in bytes, that may take this route: what ICMPv6 said, or IPv6's MTU of
    the device, which some releases limit to what an IPv6 header can describe.

    Source: ip6_dst_mtu_maybe_forward of include/net/ip6_route.h.
    """
    if dst.rt_pmtu:
        return dst.rt_pmtu
    idev = dst.dev.ip6_ptr
    mtu = IPV6_MIN_MTU if idev is None else idev.cnf.mtu6
    if mtu > IP6_MAX_MTU and dst.dev.machine.release.ip6_mtu_limited:
        return IP6_MAX_MTU
    return mtu


def _prefix(addr: bytes, plen: int) -> bytes:
    mask = ((1 << plen) - 1) << (128 - plen)
    return (int.from_bytes(addr, "big") & mask).to_bytes(16, "big")


@kernel_function
def ip6_ins_rt(net: Net, dev: NetDevice, addr: bytes, plen: int) -> None:
    """Add the route that an address of this host brings: to itself, delivered here."""
    rt = Rt6Info(net, dev, 0)
    rt.input, rt.output = net.machine.ip6_input, net.machine.ip6_output
    net.ipv6.fib6_local.routes[plen, _prefix(addr, plen)] = rt
    net.ipv6.fib6_local.found.clear()


@kernel_function
def ip6_del_rt(net: Net, addr: bytes, plen: int) -> None:
    """Take the route of an address away."""
    net.ipv6.fib6_local.routes.pop((plen, _prefix(addr, plen)), None)
    net.ipv6.fib6_local.found.clear()


@kernel_function
def rt6_disable_ip(dev: NetDevice) -> None:
    """No IPv6 over this device any more: its routes go."""
    table = dev.nd_net.ipv6.fib6_local
    for key in [key for key, rt in table.routes.items() if rt.dev is dev]:
        del table.routes[key]
    table.found.clear()


@kernel_function
def fib6_table_lookup(table: Fib6Table, daddr: bytes) -> Rt6Info | None:
    """The route with the longest prefix that ``daddr`` begins with, or None."""
    for plen in sorted({plen for plen, _ in table.routes}, reverse=True):
        rt = table.routes.get((plen, _prefix(daddr, plen)))
        if rt is not None:
            return rt
    return None


def rt6_find_cached_rt(table: Fib6Table, daddr: bytes) -> Rt6Info | None:
    """The route to ``daddr``, or the exception to it that ICMPv6 taught.

    Source: net/ipv6/route.c.
    """
    rt = fib6_table_lookup(table, daddr)
    if rt is None or rt.exceptions is None:
        return rt
    return rt.exceptions.get(daddr, rt)


def ip6_route_output(net: Net, fl6: InetCork) -> Rt6Info:
    """The dst for a flow; where there is none, one whose ``error`` is ENETUNREACH.

    Source: include/net/ip6_route.h.
    """
    table = net.ipv6.fib6_local
    try:
        rt = table.found[fl6.daddr]
    except KeyError:
        rt = table.found[fl6.daddr] = rt6_find_cached_rt(table, fl6.daddr)
    if trace.on:
        decide("is there a route?", rt is not None, daddr=fl6.daddr.hex())
    return rt if rt is not None else net.ipv6.ip6_null_entry


@inline_function
def ip6_route_get_saddr(net: Net, rt: Rt6Info | None, daddr: bytes) -> bytes:
    """The address to send to ``daddr`` from. OSError EADDRNOTAVAIL when no device has one.

    This comes before the route's own error is looked at, and so it is what a sender hears when
    IPv6 has gone from lo.
    """
    return ipv6_dev_get_saddr(net, None if rt is None else rt.dev, daddr)


def ip6_dst_check(dst: DstEntry) -> bool:
    """Whether a dst is still a way that there is (net/ipv6/route.c).

    The kernel compares serial numbers (``fn_sernum``). They change with a new exception to the
    route, too, which may be what the dst's socket is to find.
    """
    routes = dst.net.ipv6.fib6_local.routes.values()
    if dst_rt6_info(dst).is_exception:
        return any(dst in route.exceptions.values() for route in routes if route.exceptions)
    return dst in routes and not dst_rt6_info(dst).exceptions


Rt6Info.ops = DstOps(check=ip6_dst_check, mtu=ip6_mtu)


@kernel_function
def ip6_route_input(skb: SkBuff) -> None:
    """Find the dst of a packet that came without one."""
    head, at = skb.head, skb.network_header
    net = skb.dev.nd_net
    rt = rt6_find_cached_rt(net.ipv6.fib6_local, bytes(head[at + 24 : at + 40]))
    skb.dst = rt if rt is not None else net.ipv6.ip6_null_entry


def ip6_route_net_init(net: Net) -> None:
    """The table of a new namespace, and the dst for what has no route."""
    net.ipv6.fib6_local = Fib6Table()
    net.ipv6.ip6_null_entry = Rt6Info(net, NULL, errno.ENETUNREACH)


ip6_route_net_ops = PernetOperations("ip6_route_net_ops", init=ip6_route_net_init)


@kernel_function
def ip6_route_init(machine: Machine) -> None:
    """At boot."""
    register_pernet_subsys(machine, ip6_route_net_ops)


def ip6_route_dev_notify(block: NotifierBlock, event: int, info: NetdevNotifierInfo) -> int:
    """net/ipv6/route.c: when lo comes, the namespace's null, prohibit and blackhole routes are hung
    on it."""
    return NOTIFY_DONE


ip6_route_dev_notifier = NotifierBlock(ip6_route_dev_notify, priority=IP6_ROUTE_DEV_NOTIFY_PRIORITY)
