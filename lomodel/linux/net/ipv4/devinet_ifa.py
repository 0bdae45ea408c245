"""The part of net/ipv4/devinet.c that puts addresses on devices and takes them off.

Left out: lifetimes and the promotion of secondaries (promote_secondaries is 0 unless somebody sets
it).
"""

from __future__ import annotations

import errno
import os

from lomodel import trace
from lomodel.linux.include.linux.inetdevice import (
    InDevice,
    InIfaddr,
    inet_ifa_match,
)
from lomodel.linux.include.linux.netdevice import NETDEV_DOWN, NETDEV_UP, NetDevice
from lomodel.linux.include.uapi.linux.if_addr import IFA_F_SECONDARY
from lomodel.linux.include.uapi.linux.rtnetlink import RT_TABLE_LOCAL, RTN_LOCAL
from lomodel.linux.kernel.notifier import notifier_call_chain
from lomodel.linux.mm.slab import kfree, kzalloc
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.ipv4.devinet_select import inet_lookup_ifaddr_rcu
from lomodel.linux.net.ipv4.fib_frontend_table import fib_get_table
from lomodel.linux.net.ipv4.fib_trie import fib_table_lookup
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/devinet.c")


@kernel_function
def inet_alloc_ifa(in_dev: InDevice) -> InIfaddr | None:
    """An address to fill in, or None without memory."""
    return kzalloc(in_dev.dev.machine, "in_ifaddr", lambda: InIfaddr(in_dev))


def inet_free_ifa(ifa: InIfaddr) -> None:
    """The memory of an address that is on no list."""
    kfree(ifa.ifa_dev.dev.machine, "in_ifaddr")


@kernel_function
def inet_insert_ifa(ifa: InIfaddr) -> None:
    """Add an address to its device and tell IPv4's listeners, who make the routes.

    0.0.0.0 is passed over in silence. OSError EEXIST when the device has it already, EINVAL when
    the network exists with another scope. Within a scope the first address of a network is
    primary, later ones are secondary.
    """
    in_dev = ifa.ifa_dev
    if not any(ifa.ifa_local):
        inet_free_ifa(ifa)
        return
    ifa.ifa_flags &= ~IFA_F_SECONDARY
    place = 0
    for index, other in enumerate(in_dev.ifa_list):
        if not other.ifa_flags & IFA_F_SECONDARY and ifa.ifa_scope <= other.ifa_scope:
            place = index + 1
        if other.ifa_mask == ifa.ifa_mask and inet_ifa_match(other.ifa_address, ifa):
            inet_check_same_network(ifa, other)
            ifa.ifa_flags |= IFA_F_SECONDARY
    if ifa.ifa_flags & IFA_F_SECONDARY:
        place = len(in_dev.ifa_list)
    in_dev.ifa_list.insert(place, ifa)
    notifier_call_chain(in_dev.dev.machine.inetaddr_chain, NETDEV_UP, ifa)


def inet_check_same_network(ifa: InIfaddr, other: InIfaddr) -> None:
    """Refuse an address whose network the device has, if it is the same one or of another scope."""
    number = 0
    if other.ifa_local == ifa.ifa_local:
        number = errno.EEXIST
    elif other.ifa_scope != ifa.ifa_scope:
        number = errno.EINVAL
    if trace.on:
        scopes = {"scope": ifa.ifa_scope, "others": other.ifa_scope}
        both = {"address": str(ifa), "other": str(other)}
        decide("may the network have this address, too?", not number, **both, **scopes)
    if number:
        inet_free_ifa(ifa)
        raise OSError(number, f"{ifa}: {os.strerror(number)}")


@kernel_function
def inet_del_ifa(in_dev: InDevice, ifa: InIfaddr) -> None:
    """Remove an address, and with a primary one the secondaries of its network; IPv4's listeners
    take the routes away."""
    chain = in_dev.dev.machine.inetaddr_chain
    if not in_dev.dead and not ifa.ifa_flags & IFA_F_SECONDARY:
        for other in in_dev.ifa_list[in_dev.ifa_list.index(ifa) + 1 :]:
            if _is_secondary_of(other, ifa):
                in_dev.ifa_list.remove(other)
                notifier_call_chain(chain, NETDEV_DOWN, other)
                inet_free_ifa(other)
    in_dev.ifa_list.remove(ifa)
    notifier_call_chain(chain, NETDEV_DOWN, ifa)
    inet_free_ifa(ifa)


def _is_secondary_of(ifa: InIfaddr, primary: InIfaddr) -> bool:
    secondary = ifa.ifa_flags & IFA_F_SECONDARY and ifa.ifa_mask == primary.ifa_mask
    return bool(secondary) and inet_ifa_match(primary.ifa_address, ifa)


@kernel_function
def __ip_dev_find(net: Net, addr: int) -> NetDevice | None:
    """The device that has the address, or else the one over which the table local has it; None
    when nobody may send from there. ``addr`` is a number."""
    ifa = inet_lookup_ifaddr_rcu(net, addr)
    if ifa is not None:
        return ifa.ifa_dev.dev
    local = fib_get_table(net, RT_TABLE_LOCAL)
    fi = fib_table_lookup(local, addr) if local is not None else None
    return fi.fib_nh_dev if fi is not None and fi.fib_type == RTN_LOCAL else None
