"""net/ipv6/ndisc.c: neighbours of IPv6. On lo nobody is asked for.

Left out: neighbour and router discovery, redirects.
"""

from __future__ import annotations

from typing import Any

from ..trace import kernel_file
from .dev_notifier import NETDEV_CHANGEADDR, NETDEV_DOWN, register_netdevice_notifier
from .neighbour import (
    NUD_NOARP,
    Neighbour,
    NeighTable,
    neigh_changeaddr,
    neigh_ifdown,
    neigh_resolve_output,
)
from .netdevice import IFF_LOOPBACK, IFF_NOARP
from .notifier import NOTIFY_DONE, NotifierBlock

kernel_function = kernel_file("net/ipv6/ndisc.c")

ETH_P_IPV6 = 0x86DD
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
def ndisc_netdev_event(block: NotifierBlock, event: int, info: Any) -> int:
    """Notifier: another hardware address makes the cached headers wrong."""
    tbl = info.dev.machine.nd_tbl
    if event == NETDEV_CHANGEADDR:
        neigh_changeaddr(tbl, info.dev)
    elif event == NETDEV_DOWN:
        neigh_ifdown(tbl, info.dev)
    return NOTIFY_DONE


ndisc_netdev_notifier = NotifierBlock(ndisc_netdev_event, priority=NDISC_NOTIFY_PRIORITY)


@kernel_function
def ndisc_init(machine: Any) -> None:
    """At boot: the table of IPv6's neighbours, and news of devices."""
    machine.nd_tbl = NeighTable(10, ETH_P_IPV6, ndisc_constructor)
    register_netdevice_notifier(machine, ndisc_netdev_notifier)
