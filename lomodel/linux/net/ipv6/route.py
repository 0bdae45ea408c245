"""net/ipv6/route.c (and ip6_fib.c): which way an IPv6 packet goes.

lo's address brings one route, ``local ::1`` in the table local. When the address goes the route
goes with it, unlike 127.0.0.1's. An address that somebody adds also brings a route to its network,
in the table main.

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
from lomodel.linux.include.net.ipv6 import IPV6_ADDR_LOOPBACK, Rt6Info
from lomodel.linux.include.uapi.linux.icmpv6 import ICMPV6_DEST_UNREACH, ICMPV6_NOROUTE
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK, IFF_UP
from lomodel.linux.include.uapi.linux.ipv6 import IPV6_MIN_MTU
from lomodel.linux.include.uapi.linux.snmp import (
    IPSTATS_MIB_INADDRERRORS,
    IPSTATS_MIB_INNOROUTES,
    IPSTATS_MIB_OUTNOROUTES,
)
from lomodel.linux.net.core.dev import NetdevNotifierInfo
from lomodel.linux.net.core.net_namespace import Net, PernetOperations, register_pernet_subsys
from lomodel.linux.net.core.skbuff import kfree_skb
from lomodel.linux.net.core.sock import InetCork, Sock
from lomodel.linux.net.ipv6.addrconf_core import __ipv6_addr_type
from lomodel.linux.net.ipv6.addrconf_saddr import ipv6_dev_get_saddr
from lomodel.linux.net.ipv6.ip6_icmp import icmpv6_send
from lomodel.linux.net.ipv6.ip6_output_forward import ip6_forward
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/route.c")
inline_function = kernel_file("include/net/ip6_route.h")

IP6_ROUTE_DEV_NOTIFY_PRIORITY = -10


class Fib6Table:
    """struct fib6_table: dsts by length and bytes of the prefix; ``found`` remembers lookups (of
    both tables, in the table local)."""

    __slots__ = ("routes", "found", "sernum")

    def __init__(self) -> None:
        self.routes: dict[tuple[int, bytes], Rt6Info] = {}
        self.found: dict[bytes, Rt6Info | None] = {}
        self.sernum = 0

    def changed(self) -> None:
        """A route came or went: what was found and remembered is no more to be trusted."""
        self.found.clear()
        self.sernum += 1


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
    fib6_add(net, net.ipv6.fib6_local, addr, plen, rt)


@kernel_function
def ip6_del_rt(net: Net, table: Fib6Table, addr: bytes, plen: int) -> None:
    """Take a route away, if it is there."""
    table.routes.pop((plen, _prefix(addr, plen)), None)
    net.ipv6.fib6_local.changed()


def fib6_add(net: Net, table: Fib6Table, addr: bytes, plen: int, rt: Rt6Info) -> None:
    """Add a route; one over the same device to the same prefix stays as it was
    (net/ipv6/ip6_fib.c)."""
    table.routes.setdefault((plen, _prefix(addr, plen)), rt)
    net.ipv6.fib6_local.changed()


@kernel_function
def ip6_route_add(net: Net, dev: NetDevice, addr: bytes, plen: int) -> None:
    """Add the route to the network behind a device: of ``addr`` with its first ``plen`` bits.

    Nothing is done while the device is down, or IPv6 off on it. A network on a loopback device is
    nowhere: its route swallows packets, unless it is that of ::1.
    """
    idev = dev.ip6_ptr
    if idev is None or idev.cnf.disable_ipv6 or not dev.flags & IFF_UP:
        return
    rt = Rt6Info(net, dev, 0)
    reject = fib6_is_reject(dev, addr)
    if trace.on:
        decide("would the route lead back to this host?", reject, dev=dev.name, plen=plen)
    if reject:
        rt.input, rt.output = ip6_pkt_discard, ip6_pkt_discard_out
    else:
        rt.input, rt.output = ip6_forward, net.machine.ip6_output
    fib6_add(net, net.ipv6.fib6_main, addr, plen, rt)


def fib6_is_reject(dev: NetDevice, addr: bytes) -> bool:
    """Whether a route over the device to ``addr`` would make packets go round: over a loopback
    device only ::1 may be reached (net/ipv6/route.c)."""
    loopback = __ipv6_addr_type(addr) & IPV6_ADDR_LOOPBACK
    return bool(dev.flags & IFF_LOOPBACK) and not loopback


@kernel_function
def ip6_pkt_drop(skb: SkBuff, code: int, ipstats_mib_noroutes: int) -> int:
    """Drop a packet whose route leads nowhere, count it and tell its sender. 0."""
    dst = skb.dst
    assert dst is not None
    counters = dst.net.mib.ipv6_statistics
    daddr = skb.head[skb.network_header + 24 : skb.network_header + 40]
    if ipstats_mib_noroutes == IPSTATS_MIB_INNOROUTES and not any(daddr):
        counters[IPSTATS_MIB_INADDRERRORS] += 1
    else:
        counters[ipstats_mib_noroutes] += 1
    if trace.on:
        decide("does the route lead anywhere?", False, daddr=daddr.hex())
    icmpv6_send(skb, ICMPV6_DEST_UNREACH, code, 0)
    kfree_skb(skb)
    return 0


@kernel_function
def ip6_pkt_discard(skb: SkBuff) -> int:
    """The input of a route that leads nowhere. 0."""
    return ip6_pkt_drop(skb, ICMPV6_NOROUTE, IPSTATS_MIB_INNOROUTES)


@kernel_function
def ip6_pkt_discard_out(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """The output of a route that leads nowhere. 0."""
    assert skb.dst is not None
    skb.dev = skb.dst.dev
    return ip6_pkt_drop(skb, ICMPV6_NOROUTE, IPSTATS_MIB_OUTNOROUTES)


@kernel_function
def rt6_disable_ip(dev: NetDevice) -> None:
    """No IPv6 over this device any more: its routes go."""
    ipv6 = dev.nd_net.ipv6
    for table in (ipv6.fib6_local, ipv6.fib6_main):
        for key in [key for key, rt in table.routes.items() if rt.dev is dev]:
            del table.routes[key]
    ipv6.fib6_local.changed()


@kernel_function
def fib6_table_lookup(table: Fib6Table, daddr: bytes) -> Rt6Info | None:
    """The route with the longest prefix that ``daddr`` begins with, or None."""
    for plen in sorted({plen for plen, _ in table.routes}, reverse=True):
        rt = table.routes.get((plen, _prefix(daddr, plen)))
        if rt is not None:
            return rt
    return None


def fib6_rule_lookup(net: Net, daddr: bytes) -> Rt6Info | None:
    """The route to ``daddr``: of the table local, or else of main (net/ipv6/fib6_rules.c).

    What was found is remembered until the next change of a table; the kernel's trees are fast by
    themselves.
    """
    found = net.ipv6.fib6_local.found
    try:
        return found[daddr]
    except KeyError:
        rt = rt6_find_cached_rt(net.ipv6.fib6_local, daddr)
        if rt is None:
            rt = rt6_find_cached_rt(net.ipv6.fib6_main, daddr)
        found[daddr] = rt
        return rt


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
    rt = fib6_rule_lookup(net, fl6.daddr)
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


def ip6_dst_check(dst: DstEntry, cookie: int) -> bool:
    """Whether a dst may still be used by a socket that remembers it since the tables had this
    serial number (net/ipv6/route.c).

    The kernel has a number for each node of its trees (``fn_sernum``); a new route changes those on
    the way to it.
    """
    return cookie == dst.net.ipv6.fib6_local.sernum


def ip6_dst_store(sk: Sock, rt: Rt6Info) -> None:
    """A socket remembers its route (include/net/ip6_route.h)."""
    sk.sk_dst_cache, sk.dst_cookie = rt, rt.net.ipv6.fib6_local.sernum


Rt6Info.ops = DstOps(check=ip6_dst_check, mtu=ip6_mtu)


@kernel_function
def ip6_route_input(skb: SkBuff) -> None:
    """Find the dst of a packet that came without one."""
    head, at = skb.head, skb.network_header
    net = skb.dev.nd_net
    rt = fib6_rule_lookup(net, bytes(head[at + 24 : at + 40]))
    skb.dst = rt if rt is not None else net.ipv6.ip6_null_entry


def ip6_route_net_init(net: Net) -> None:
    """The table of a new namespace, and the dst for what has no route."""
    net.ipv6.fib6_local, net.ipv6.fib6_main = Fib6Table(), Fib6Table()
    null = net.ipv6.ip6_null_entry = Rt6Info(net, NULL, errno.ENETUNREACH)
    null.input, null.output = ip6_pkt_discard, ip6_pkt_discard_out


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
