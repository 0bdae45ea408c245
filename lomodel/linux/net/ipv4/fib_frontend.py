"""net/ipv4/fib_frontend.c: an address makes routes.

The table ``local`` learns what is delivered here, the table ``main`` what is on the wire behind the
device. A route whose device went down stays in its table, marked dead; those of scope host do not
even die, so 127.0.0.1 keeps its route while lo is down.

The tables are in ``fib_frontend_table``. Left out: rules, notifications, source validation,
broadcast addresses that somebody sets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.in_ import ipv4_is_zeronet
from lomodel.linux.include.linux.inetdevice import InIfaddr, inet_ifa_match, inet_make_mask
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
from lomodel.linux.include.net.ip_fib import FibInfo
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK, IFF_UP
from lomodel.linux.include.uapi.linux.if_addr import IFA_F_SECONDARY
from lomodel.linux.include.uapi.linux.in_route import RTCF_BROADCAST, RTCF_LOCAL, RTCF_MULTICAST
from lomodel.linux.include.uapi.linux.rtnetlink import (
    RT_SCOPE_LINK,
    RT_SCOPE_UNIVERSE,
    RTN_BROADCAST,
    RTN_LOCAL,
    RTN_UNICAST,
)
from lomodel.linux.kernel.notifier import notifier_chain_register
from lomodel.linux.net.core.dev import NetdevNotifierInfo, register_netdevice_notifier
from lomodel.linux.net.core.net_namespace import Net, PernetOperations, register_pernet_subsys
from lomodel.linux.net.ipv4.arp import arp_ifdown
from lomodel.linux.net.ipv4.devinet_select import inet_ifa_byprefix, inet_select_addr
from lomodel.linux.net.ipv4.fib_frontend_table import fib_lookup, fib_new_table, rt_cache_flush
from lomodel.linux.net.ipv4.fib_semantics import (
    fib_create_info,
    fib_sync_down_dev,
    fib_sync_mtu,
    fib_sync_up,
)
from lomodel.linux.net.ipv4.fib_trie import fib_table_delete, fib_table_flush, fib_table_insert
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv4/fib_frontend.c")


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
    if not add:
        fib_table_delete(tb, fi)
    elif fib_create_info(dev.nd_net, tb, fi):
        fib_table_insert(tb, fi)


@kernel_function
def fib_add_ifaddr(ifa: InIfaddr) -> None:
    """Make the routes of a new address: to itself, and while the device is up to its network.

    On a loopback device the whole network is local. A secondary address only has the first of
    these, from the primary one of its network.
    """
    dev = ifa.ifa_dev.dev
    addr, address = _number(ifa.ifa_local), _number(ifa.ifa_address)
    prefix, prim = address & ifa.ifa_mask, ifa
    secondary = bool(ifa.ifa_flags & IFA_F_SECONDARY)
    if secondary:
        prim = inet_ifa_byprefix(ifa.ifa_dev, prefix, ifa.ifa_mask) or ifa
    fib_magic(True, RTN_LOCAL, addr, 32, prim)
    network = bool(prefix) and not secondary and (prefix != addr or ifa.ifa_prefixlen < 32)
    if trace.on:
        up = bool(dev.flags & IFF_UP)
        decide("does its network get a route?", network and up, address=str(ifa))
    if network and dev.flags & IFF_UP:
        fib_magic(True, _network_type(dev), prefix, ifa.ifa_prefixlen, prim)
        if ifa.ifa_prefixlen < 31:
            fib_magic(True, RTN_BROADCAST, prefix | ~ifa.ifa_mask & 0xFFFFFFFF, 32, prim)


def _number(address: bytes) -> int:
    return int.from_bytes(address, "big")


def _network_type(dev: NetDevice) -> int:
    return RTN_LOCAL if dev.flags & IFF_LOOPBACK else RTN_UNICAST


@kernel_function
def fib_del_ifaddr(ifa: InIfaddr) -> None:
    """Remove the routes of an address that goes, but not those that another address with the same
    source needs, too."""
    in_dev, prim, subnet = ifa.ifa_dev, ifa, False
    mask, local = ifa.ifa_mask, _number(ifa.ifa_local)
    network = _number(ifa.ifa_address) & mask
    broadcast = network | ~mask & 0xFFFFFFFF
    if ifa.ifa_flags & IFA_F_SECONDARY:
        found = inet_ifa_byprefix(in_dev, network, mask)
        if found is None:
            return
        prim = found
    elif network and (network != local or ifa.ifa_prefixlen < 32):
        fib_magic(False, _network_type(in_dev.dev), network, ifa.ifa_prefixlen, prim)
        subnet = True
    needed = set() if in_dev.dead else _still_needed(ifa, prim)
    if subnet and ifa.ifa_prefixlen < 31:
        for dst in (broadcast, network):
            if (RTN_BROADCAST, dst) not in needed:
                fib_magic(False, RTN_BROADCAST, dst, 32, prim)
    if (RTN_LOCAL, local) not in needed:
        fib_magic(False, RTN_LOCAL, local, 32, prim)


def _still_needed(ifa: InIfaddr, prim: InIfaddr) -> set[tuple[int, int]]:
    """The routes, by type and destination, that the device's other addresses have from the source
    ``prim``, which ``ifa`` has them from."""
    needed = set()
    same_prefsrc, prim1 = False, None
    for ifa1 in ifa.ifa_dev.ifa_list:
        if ifa1.ifa_flags & IFA_F_SECONDARY:
            if _in_network(ifa1, prim):
                prim1 = prim
            elif not same_prefsrc:
                continue
            else:
                if prim1 is None or not _in_network(ifa1, prim1):
                    prim1 = inet_ifa_byprefix(ifa.ifa_dev, _number(ifa1.ifa_address), ifa1.ifa_mask)
                if prim1 is None or prim1.ifa_local != prim.ifa_local:
                    continue
        elif prim.ifa_local != ifa1.ifa_local:
            continue
        else:
            same_prefsrc = same_prefsrc or prim is not ifa1
            prim1 = ifa1
        needed.add((RTN_LOCAL, _number(ifa1.ifa_local)))
        network = _number(ifa1.ifa_address) & ifa1.ifa_mask
        if prim1 is ifa1 and ifa1.ifa_prefixlen < 31 and network:
            needed.add((RTN_BROADCAST, network | ~ifa1.ifa_mask & 0xFFFFFFFF))
            needed.add((RTN_BROADCAST, network))
    return needed


def _in_network(ifa: InIfaddr, prim: InIfaddr) -> bool:
    return ifa.ifa_mask == prim.ifa_mask and inet_ifa_match(ifa.ifa_address, prim)


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
