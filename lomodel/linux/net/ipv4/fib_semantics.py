"""net/ipv4/fib_semantics.c: what a route leads to, and what becomes of it when its device changes.

Left out: gateways, multipath, metrics, and the memory of routes. In C routes that are alike share
one fib_info; here each has its own, and they share what is known of single destinations.
"""

from __future__ import annotations

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.net.ip_fib import FibInfo, FibNhException
from lomodel.linux.include.uapi.linux.rtnetlink import RT_SCOPE_NOWHERE, RT_TABLE_LOCAL, RTN_LOCAL
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.ipv4.fib_frontend_table import inet_addr_type_table
from lomodel.linux.net.ipv4.fib_trie import FibTable, same_info
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/fib_semantics.c")


@kernel_function
def fib_create_info(net: Net, tb: FibTable, fi: FibInfo) -> bool:
    """Make ``fi`` ready for the table; False (EINVAL in C) when it could not be sent from."""
    valid = fib_valid_prefsrc(net, fi)
    if trace.on:
        decide("is the source address this host's?", valid, prefsrc=fi.fib_prefsrc, route=str(fi))
    if valid:
        fib_find_info(tb, fi)
    return valid


def fib_valid_prefsrc(net: Net, fi: FibInfo) -> bool:
    """Whether a route may prefer its source address: the host must have it, or get it by this very
    route (net/ipv4/fib_semantics.c)."""
    if fi.fib_type == RTN_LOCAL and fi.plen == 32 and fi.prefix == fi.fib_prefsrc:
        return True
    return inet_addr_type_table(net, fi.fib_prefsrc, RT_TABLE_LOCAL) == RTN_LOCAL


def fib_find_info(tb: FibTable, fi: FibInfo) -> None:
    """Where there is a route like this one to another prefix, share its nexthop's exceptions.

    In C the two share the whole of the fib_info. Source: net/ipv4/fib_semantics.c.
    """
    for group in tb.routes.values():
        for other in group:
            if same_info(fi, other):
                fi.nhc_exceptions = other.nhc_exceptions
                return


@kernel_function
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


@kernel_function
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


@kernel_function
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
