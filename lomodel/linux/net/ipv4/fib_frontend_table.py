"""The part of net/ipv4/fib_frontend.c that has the tables of a namespace.

A namespace has no table at all before its first route (CONFIG_IP_MULTIPLE_TABLES, which every
distribution sets; without it both tables are there from the beginning). And as long as nobody adds
rules of their own, ``local`` is only a second name for the routes of ``main``: one lookup asks
both.
"""

from __future__ import annotations

from lomodel import trace
from lomodel.linux.include.linux.in_ import ipv4_is_lbcast, ipv4_is_multicast, ipv4_is_zeronet
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.net.ip_fib import FibInfo
from lomodel.linux.include.uapi.linux.rtnetlink import (
    RT_TABLE_LOCAL,
    RT_TABLE_MAIN,
    RTN_BROADCAST,
    RTN_MULTICAST,
    RTN_UNICAST,
)
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.ipv4.fib_trie import FibTable, fib_table_lookup
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/fib_frontend.c")


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
