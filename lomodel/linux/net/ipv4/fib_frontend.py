"""net/ipv4/fib_frontend.c, with fib_semantics.c and fib_trie.c as far as one device needs them.

An address makes routes: the table ``local`` learns what is delivered here, the table ``main`` what
is on the wire behind the device. A route whose device went down stays in its table, marked dead;
those of scope host do not even die, so 127.0.0.1 keeps its route while lo is down.

A namespace has no table at all before its first route (CONFIG_IP_MULTIPLE_TABLES, which every
distribution sets; without it both tables are there from the beginning). And as long as nobody adds
rules of their own, ``local`` is only a second name for the routes of ``main``: one lookup asks
both.

Left out: gateways, multipath, metrics, rules, notifications, source validation, the memory of
tables and routes, and the trie: a table is a dictionary by prefix, and the longest prefix is found
by asking for every length it has.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.in_ import ipv4_is_lbcast, ipv4_is_multicast, ipv4_is_zeronet
from lomodel.linux.include.linux.netdevice import (
    NETDEV_CHANGE,
    NETDEV_CHANGEMTU,
    NETDEV_DOWN,
    NETDEV_UNREGISTER,
    NETDEV_UP,
    NetDevice,
)
from lomodel.linux.include.linux.notifier import NOTIFY_DONE, NotifierBlock
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK, IFF_UP
from lomodel.linux.include.uapi.linux.in_route import RTCF_BROADCAST, RTCF_LOCAL, RTCF_MULTICAST
from lomodel.linux.include.uapi.linux.rtnetlink import (
    RT_SCOPE_HOST,
    RT_SCOPE_LINK,
    RT_SCOPE_NOWHERE,
    RT_SCOPE_UNIVERSE,
    RT_TABLE_LOCAL,
    RT_TABLE_MAIN,
    RTN_BROADCAST,
    RTN_LOCAL,
    RTN_MULTICAST,
    RTN_UNICAST,
)
from lomodel.linux.kernel.notifier import notifier_chain_register
from lomodel.linux.net.core.dev import NetdevNotifierInfo, register_netdevice_notifier
from lomodel.linux.net.core.net_namespace import Net, PernetOperations, register_pernet_subsys
from lomodel.linux.net.ipv4.arp import arp_ifdown
from lomodel.linux.net.ipv4.devinet_select import inet_select_addr
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.linux.include.linux.inetdevice import InIfaddr
    from lomodel.linux.include.net.ip import Rtable
    from lomodel.machine import Machine

trie_function = kernel_file("net/ipv4/fib_trie.c")
kernel_function = kernel_file("net/ipv4/fib_frontend.c")
semantics_function = kernel_file("net/ipv4/fib_semantics.c")


class FibNhException:
    """struct fib_nh_exception: what is different about one destination behind a nexthop.

    ``fnhe_pmtu`` is in bytes; ``fnhe_rth_output`` caches the dst made for it.
    """

    __slots__ = ("fnhe_daddr", "fnhe_pmtu", "fnhe_mtu_locked", "fnhe_rth_output")

    def __init__(self, daddr: int, pmtu: int, lock: bool) -> None:
        self.fnhe_daddr, self.fnhe_pmtu, self.fnhe_mtu_locked = daddr, pmtu, lock
        self.fnhe_rth_output: Rtable | None = None


class FibInfo:
    """struct fib_info with its one nexthop: what a route leads to.

    ``fib_prefsrc`` is the source address it prefers (0: none), ``nh_scope`` how far away the
    nexthop is, ``nh_dead`` whether its device is down; ``nhc_rth_output`` caches the dst made for
    it. ``nhc_exceptions``, by destination, is one dictionary for all routes that are alike.
    """

    __slots__ = (
        "fib_type",
        "fib_scope",
        "fib_prefsrc",
        "fib_nh_dev",
        "nh_scope",
        "nh_dead",
        "nhc_rth_output",
        "nhc_exceptions",
        "prefix",
        "plen",
        "table",
    )

    def __init__(self, type: int, dev: NetDevice, prefix: int, plen: int, prefsrc: int) -> None:
        local = type == RTN_LOCAL
        self.fib_type, self.fib_nh_dev = type, dev
        self.fib_scope = RT_SCOPE_HOST if local else RT_SCOPE_LINK
        self.nh_scope = RT_SCOPE_NOWHERE if local else RT_SCOPE_HOST
        self.fib_prefsrc, self.nh_dead = prefsrc, False
        self.nhc_rth_output: Rtable | None = None
        self.nhc_exceptions: dict[int, FibNhException] = {}
        self.prefix, self.plen = prefix, plen
        self.table = RT_TABLE_MAIN if type == RTN_UNICAST else RT_TABLE_LOCAL

    def __repr__(self) -> str:
        dots = ".".join(str(self.prefix >> shift & 255) for shift in (24, 16, 8, 0))
        return f"<route type {self.fib_type} {dots}/{self.plen} dev {self.fib_nh_dev.name}>"


class FibTable:
    """struct fib_table: the routes by length and bits of their prefix.

    A table made as the ``alias`` of another one shares its routes; ``tb_id`` says which of them are
    its own. ``found`` remembers lookups until the next change of the table; the kernel's trie is
    fast by itself and remembers nothing.
    """

    __slots__ = ("tb_id", "routes", "lengths", "found")

    def __init__(self, tb_id: int, alias: FibTable | None = None) -> None:
        self.tb_id = tb_id
        self.routes: dict[tuple[int, int], list[FibInfo]] = alias.routes if alias else {}
        self.lengths: list[int] = alias.lengths if alias else []
        self.found: dict[int, FibInfo | None] = alias.found if alias else {}

    def change(self) -> None:
        """Forget what was found; the set of prefix lengths, longest first, is made anew."""
        self.found.clear()
        self.lengths[:] = sorted({plen for plen, _ in self.routes}, reverse=True)


@kernel_function
def fib_new_table(net: Net, id: int) -> FibTable:
    """Table ``id`` of the namespace, made now if it has none.

    The table local brings main with it, whose routes it shares.
    """
    tb = fib_get_table(net, id)
    if tb is None:
        alias = fib_new_table(net, RT_TABLE_MAIN) if id == RT_TABLE_LOCAL else None
        tb = net.ipv4.fib_table_hash[id] = FibTable(id, alias)
        if id == RT_TABLE_MAIN:
            net.ipv4.fib_main = tb
    return tb


@kernel_function
def fib_get_table(net: Net, id: int) -> FibTable | None:
    """Table ``id`` of the namespace, or None before its first route."""
    return net.ipv4.fib_table_hash.get(id)


def inet_make_mask(plen: int) -> int:
    """The netmask of ``plen`` bits (include/linux/inetdevice.h)."""
    return 0xFFFFFFFF ^ (0xFFFFFFFF >> plen)


@trie_function
def fib_table_insert(tb: FibTable, fi: FibInfo) -> None:
    """Add a route; one that the table already has is not added again.

    Of routes with the same prefix those of the table local come first.
    """
    fib_find_info(tb, fi)
    routes = tb.routes.setdefault((fi.plen, fi.prefix), [])
    if not any(_same(fi, other) for other in routes):
        routes.append(fi)
        routes.sort(key=_table_of, reverse=True)
    tb.change()


def fib_find_info(tb: FibTable, fi: FibInfo) -> None:
    """Where there is a route like this one to another prefix, share its nexthop's exceptions.

    In C the two share the whole of the fib_info. Source: net/ipv4/fib_semantics.c.
    """
    for group in tb.routes.values():
        for other in group:
            if _same(fi, other):
                fi.nhc_exceptions = other.nhc_exceptions
                return


def _table_of(fi: FibInfo) -> int:
    return fi.table


def _same(fi: FibInfo, other: FibInfo) -> bool:
    return (fi.table, fi.fib_type, fi.fib_nh_dev, fi.fib_prefsrc) == (
        other.table,
        other.fib_type,
        other.fib_nh_dev,
        other.fib_prefsrc,
    )


@trie_function
def fib_table_delete(tb: FibTable, fi: FibInfo) -> None:
    """Remove the route that is like ``fi``, if there is one."""
    routes = tb.routes.get((fi.plen, fi.prefix), [])
    routes[:] = [other for other in routes if not _same(fi, other)]
    if not routes:
        tb.routes.pop((fi.plen, fi.prefix), None)
    tb.change()


@trie_function
def fib_table_lookup(tb: FibTable, daddr: int) -> FibInfo | None:
    """The living route with the longest prefix that ``daddr`` begins with, or None."""
    for plen in tb.lengths:
        for fi in tb.routes.get((plen, daddr & inet_make_mask(plen)), ()):
            if not fi.nh_dead:
                return fi
    return None


def fib_lookup(net: Net, daddr: int) -> FibInfo | None:
    """The route to ``daddr``, or None (include/net/ip_fib.h).

    Without rules of somebody's own only the table main is asked: it has the routes of local, too.
    """
    tb = net.ipv4.fib_main
    if tb is None:
        return None
    try:
        return tb.found[daddr]
    except KeyError:
        fi = tb.found[daddr] = fib_table_lookup(tb, daddr)
        return fi


@kernel_function
def __inet_dev_addr_type(net: Net, dev: NetDevice | None, addr: int, tb_id: int) -> int:
    """What kind of address it is, as table ``tb_id`` knows it: RTN_LOCAL, RTN_BROADCAST, ...

    With a ``dev`` only its routes count. While the namespace does not have the table, everything
    but a multicast address is RTN_BROADCAST.
    """
    if ipv4_is_zeronet(addr) or ipv4_is_lbcast(addr):
        return RTN_BROADCAST
    if ipv4_is_multicast(addr):
        return RTN_MULTICAST
    table = fib_get_table(net, tb_id)
    if trace.on:
        decide("does the namespace have the table?", table is not None, table=tb_id, addr=addr)
    if table is None:
        return RTN_BROADCAST
    fi = fib_table_lookup(table, addr)
    if fi is None or (dev is not None and fi.fib_nh_dev is not dev):
        return RTN_UNICAST
    return fi.fib_type


@kernel_function
def inet_addr_type_table(net: Net, addr: int, tb_id: int) -> int:
    """What kind of address it is, by table ``tb_id``, whatever the device."""
    return __inet_dev_addr_type(net, None, addr, tb_id)


def rt_cache_flush(net: Net) -> None:
    """Make every cached dst of the namespace expire (net/ipv4/route.c)."""
    net.ipv4.rt_genid += 1
    if net.ipv4.fib_main is not None:
        net.ipv4.fib_main.found.clear()


@kernel_function
def fib_compute_spec_dst(skb: SkBuff) -> int:
    """The address to answer a packet from: the one it was sent to, unless that is for many."""
    rt = skb.dst
    assert rt is not None
    head, at = skb.head, skb.network_header
    if rt.rt_flags & (RTCF_BROADCAST | RTCF_MULTICAST | RTCF_LOCAL) == RTCF_LOCAL:
        return int.from_bytes(head[at + 16 : at + 20], "big")
    saddr = int.from_bytes(head[at + 12 : at + 16], "big")
    fi = None if ipv4_is_zeronet(saddr) else fib_lookup(rt.net, saddr)
    if trace.on:
        decide("is there a route to the sender?", fi is not None, saddr=saddr)
    if fi is not None:
        return fi.fib_prefsrc
    return inet_select_addr(skb.dev, saddr, RT_SCOPE_UNIVERSE if saddr else RT_SCOPE_LINK)


@kernel_function
def fib_magic(add: bool, type: int, dst: int, dst_len: int, ifa: InIfaddr) -> None:
    """Add or delete the route that address ``ifa`` brings with it; makes the table if need be."""
    dev = ifa.ifa_dev.dev
    prefsrc = int.from_bytes(ifa.ifa_local, "big")
    fi = FibInfo(type, dev, dst & inet_make_mask(dst_len), dst_len, prefsrc)
    tb = fib_new_table(dev.nd_net, fi.table)
    (fib_table_insert if add else fib_table_delete)(tb, fi)


@kernel_function
def fib_add_ifaddr(ifa: InIfaddr) -> None:
    """Make the routes of a new address: to itself, and while the device is up to its network.

    On a loopback device the whole network is local.
    """
    fib_magic(True, RTN_LOCAL, int.from_bytes(ifa.ifa_local, "big"), 32, ifa)
    if ifa.ifa_dev.dev.flags & IFF_UP:
        _network_routes(True, ifa)


def _network_routes(add: bool, ifa: InIfaddr) -> None:
    mask = inet_make_mask(ifa.ifa_prefixlen)
    prefix = int.from_bytes(ifa.ifa_address, "big") & mask
    if not prefix or ifa.ifa_prefixlen == 32:
        return
    loopback = ifa.ifa_dev.dev.flags & IFF_LOOPBACK
    fib_magic(add, RTN_LOCAL if loopback else RTN_UNICAST, prefix, ifa.ifa_prefixlen, ifa)
    if ifa.ifa_prefixlen < 31:
        fib_magic(add, RTN_BROADCAST, prefix | ~mask & 0xFFFFFFFF, 32, ifa)


@kernel_function
def fib_del_ifaddr(ifa: InIfaddr) -> None:
    """Remove the routes of an address that goes."""
    _network_routes(False, ifa)
    fib_magic(False, RTN_LOCAL, int.from_bytes(ifa.ifa_local, "big"), 32, ifa)


@semantics_function
def fib_sync_down_dev(dev: NetDevice, force: bool) -> int:
    """Mark the routes over a device that goes down dead; returns how many.

    Routes whose nexthop is nowhere else (RT_SCOPE_NOWHERE, the local ones) live on unless forced.
    """
    dead = 0
    for fi in _routes_over(dev):
        if not fi.nh_dead and (force or fi.nh_scope != RT_SCOPE_NOWHERE):
            fi.nh_dead = True
            dead += 1
    return dead


@semantics_function
def fib_sync_up(dev: NetDevice) -> int:
    """Bring the dead routes over a device back to life; returns how many."""
    revived = [fi for fi in _routes_over(dev) if fi.nh_dead]
    for fi in revived:
        fi.nh_dead = False
    return len(revived)


def fnhe_update_pmtu(fnhe: FibNhException, new: int, orig: int) -> None:
    """The device's MTU was ``orig`` and is ``new``: what that means to a path that ICMP spoke of.

    One that the device itself limited follows it, and every other may not be longer than it.
    Source: net/ipv4/route.c.
    """
    if fnhe.fnhe_mtu_locked:
        if new <= fnhe.fnhe_pmtu:
            fnhe.fnhe_pmtu, fnhe.fnhe_mtu_locked = new, False
    elif new < fnhe.fnhe_pmtu or orig == fnhe.fnhe_pmtu:
        fnhe.fnhe_pmtu = new


@semantics_function
def fib_sync_mtu(dev: NetDevice, orig_mtu: int) -> None:
    """Let every exception behind the device know of its new MTU."""
    alike = {id(fi.nhc_exceptions): fi.nhc_exceptions for fi in _routes_over(dev)}
    for exceptions in alike.values():
        for fnhe in exceptions.values():
            fnhe_update_pmtu(fnhe, dev.mtu, orig_mtu)


def _routes_over(dev: NetDevice) -> list[FibInfo]:
    tb = dev.nd_net.ipv4.fib_main
    groups = tb.routes.values() if tb is not None else ()
    return [fi for group in groups for fi in group if fi.fib_nh_dev is dev]


@trie_function
def fib_table_flush(tb: FibTable) -> int:
    """Throw the table's own dead routes out; returns how many."""
    flushed = 0
    for key in list(tb.routes):
        alive = [fi for fi in tb.routes[key] if not fi.nh_dead or fi.table != tb.tb_id]
        flushed += len(tb.routes[key]) - len(alive)
        tb.routes[key] = alive
        if not alive:
            del tb.routes[key]
    tb.change()
    return flushed


@kernel_function
def fib_flush(net: Net) -> None:
    """Throw the dead routes of every table out; cached dsts expire when there were any."""
    flushed = sum([fib_table_flush(tb) for tb in net.ipv4.fib_table_hash.values()])
    if flushed:
        rt_cache_flush(net)


@kernel_function
def fib_disable_ip(dev: NetDevice, event: int, force: bool) -> None:
    """No IPv4 over this device any more: its routes die, cached dsts and neighbours go."""
    dead = fib_sync_down_dev(dev, force)
    if trace.on:
        decide("did routes die with the device?", dead, dead=dead, force=force)
    if dead:
        fib_flush(dev.nd_net)
    else:
        rt_cache_flush(dev.nd_net)
    arp_ifdown(dev)


@kernel_function
def fib_inetaddr_event(block: NotifierBlock, event: int, ifa: InIfaddr) -> int:
    """Notifier: an address came (NETDEV_UP) or went (NETDEV_DOWN)."""
    dev = ifa.ifa_dev.dev
    if event == NETDEV_UP:
        fib_add_ifaddr(ifa)
        rt_cache_flush(dev.nd_net)
    elif event == NETDEV_DOWN:
        fib_del_ifaddr(ifa)
        if ifa.ifa_dev.ifa_list:
            rt_cache_flush(dev.nd_net)
        else:
            fib_disable_ip(dev, event, True)
    return NOTIFY_DONE


@kernel_function
def fib_netdev_event(block: NotifierBlock, event: int, info: NetdevNotifierInfo) -> int:
    """Notifier: a device changed. Up adds the routes of its addresses again."""
    dev = info.dev
    in_dev = dev.ip_ptr
    if event == NETDEV_UNREGISTER:
        fib_disable_ip(dev, event, True)
    elif in_dev is None:
        return NOTIFY_DONE
    elif event == NETDEV_UP:
        for ifa in in_dev.ifa_list:
            fib_add_ifaddr(ifa)
        fib_sync_up(dev)
        rt_cache_flush(dev.nd_net)
    elif event == NETDEV_DOWN:
        fib_disable_ip(dev, event, False)
    elif event == NETDEV_CHANGEMTU:
        fib_sync_mtu(dev, info.mtu)
        rt_cache_flush(dev.nd_net)
    elif event == NETDEV_CHANGE:
        rt_cache_flush(dev.nd_net)
    return NOTIFY_DONE


fib_inetaddr_notifier = NotifierBlock(fib_inetaddr_event)
fib_netdev_notifier = NotifierBlock(fib_netdev_event)


def fib_net_init(net: Net) -> None:
    """A new namespace has room for tables and none yet."""
    net.ipv4.fib_table_hash = {}
    net.ipv4.fib_main = None
    net.ipv4.rt_genid = 0


fib_net_ops = PernetOperations("fib_net_ops", init=fib_net_init)


@kernel_function
def ip_fib_init(machine: Machine) -> None:
    """At boot: tables in every namespace, and listen to addresses and devices."""
    register_pernet_subsys(machine, fib_net_ops)
    register_netdevice_notifier(machine, fib_netdev_notifier)
    notifier_chain_register(machine.inetaddr_chain, fib_inetaddr_notifier)
