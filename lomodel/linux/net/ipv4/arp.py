"""net/ipv4/arp.c: neighbours of IPv4. On lo nobody asks and nobody answers.

Left out: requests, replies, the proc file, proxy ARP.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.linux.include.linux.netdevice import (
    NET_RX_DROP,
    NET_RX_SUCCESS,
    NETDEV_CHANGEADDR,
    NetDevice,
)
from lomodel.linux.include.linux.notifier import NOTIFY_DONE, NotifierBlock
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK, IFF_NOARP
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_ARP, ETH_P_IP
from lomodel.linux.include.uapi.linux.if_packet import PACKET_LOOPBACK, PACKET_OTHERHOST
from lomodel.linux.include.uapi.linux.neighbour import NUD_NOARP
from lomodel.linux.net.core.dev import NetdevNotifierInfo, dev_add_pack, register_netdevice_notifier
from lomodel.linux.net.core.neighbour import (
    Neighbour,
    NeighTable,
    neigh_changeaddr,
    neigh_ifdown,
    neigh_resolve_output,
)
from lomodel.linux.net.core.skbuff import pskb_may_pull
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv4/arp.c")

ARP_HDR_LEN = 8 + 2 * (6 + 4)


@kernel_function
def arp_constructor(neigh: Neighbour) -> None:
    """On a loopback device the neighbour's address is the device's own, and it needs no ARP."""
    dev = neigh.dev
    if dev.flags & (IFF_LOOPBACK | IFF_NOARP):
        neigh.nud_state = NUD_NOARP
        if dev.flags & IFF_LOOPBACK:
            neigh.ha = bytes(dev.dev_addr)
    neigh.output = neigh_resolve_output


@kernel_function
def arp_ifdown(dev: NetDevice) -> None:
    """No IPv4 over the device any more."""
    neigh_ifdown(dev.machine.arp_tbl, dev)


@kernel_function
def arp_netdev_event(block: NotifierBlock, event: int, info: NetdevNotifierInfo) -> int:
    """Notifier: another hardware address makes the cached headers wrong."""
    if event == NETDEV_CHANGEADDR:
        neigh_changeaddr(info.dev.machine.arp_tbl, info.dev)
    return NOTIFY_DONE


arp_netdev_notifier = NotifierBlock(arp_netdev_event)


@kernel_function
def arp_rcv(skb: SkBuff, dev: NetDevice) -> int:
    """An ARP packet: refused by a device that does no ARP, which lo is one of.

    Nothing is counted as a drop of the device.
    """
    if dev.flags & IFF_NOARP or skb.pkt_type in (PACKET_OTHERHOST, PACKET_LOOPBACK):
        return NET_RX_DROP
    if not pskb_may_pull(skb, ARP_HDR_LEN):
        return NET_RX_DROP
    return NET_RX_SUCCESS


@kernel_function
def arp_init(machine: Machine) -> None:
    """At boot: the table of IPv4's neighbours, ARP packets, and news of devices."""
    machine.arp_tbl = NeighTable(2, ETH_P_IP, arp_constructor)
    dev_add_pack(machine, ETH_P_ARP, arp_rcv)
    register_netdevice_notifier(machine, arp_netdev_notifier)
