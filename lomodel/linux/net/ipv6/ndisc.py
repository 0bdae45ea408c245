"""net/ipv6/ndisc.c: neighbours of IPv6. On lo nobody is asked for.

Left out: neighbour and router discovery, redirects.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.linux.include.linux.netdevice import NETDEV_CHANGEADDR, NETDEV_DOWN
from lomodel.linux.include.linux.notifier import NOTIFY_DONE, NotifierBlock
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK, IFF_NOARP
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_IPV6
from lomodel.linux.include.uapi.linux.neighbour import NUD_NOARP
from lomodel.linux.net.core.dev import NetdevNotifierInfo, register_netdevice_notifier
from lomodel.linux.net.core.neighbour import (
    Neighbour,
    NeighTable,
    neigh_changeaddr,
    neigh_ifdown,
    neigh_resolve_output,
)
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/ndisc.c")

NDISC_NOTIFY_PRIORITY = -5


@kernel_function
def ndisc_constructor(neigh: Neighbour) -> None:
    """On a loopback device the neighbour's address is the device's own, and nobody is asked."""
    dev = neigh.dev
    if dev.flags & (IFF_LOOPBACK | IFF_NOARP):
        neigh.nud_state = NUD_NOARP
        if dev.flags & IFF_LOOPBACK:
            neigh.ha = bytes(dev.dev_addr)
    neigh.output = neigh_resolve_output


@kernel_function
def ndisc_netdev_event(block: NotifierBlock, event: int, info: NetdevNotifierInfo) -> int:
    """Notifier: another hardware address makes the cached headers wrong."""
    tbl = info.dev.machine.nd_tbl
    if event == NETDEV_CHANGEADDR:
        neigh_changeaddr(tbl, info.dev)
    elif event == NETDEV_DOWN:
        neigh_ifdown(tbl, info.dev)
    return NOTIFY_DONE


ndisc_netdev_notifier = NotifierBlock(ndisc_netdev_event, priority=NDISC_NOTIFY_PRIORITY)


@kernel_function
def ndisc_init(machine: Machine) -> None:
    """At boot: the table of IPv6's neighbours, and news of devices."""
    machine.nd_tbl = NeighTable(10, ETH_P_IPV6, ndisc_constructor)
    register_netdevice_notifier(machine, ndisc_netdev_notifier)
