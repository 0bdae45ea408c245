"""net/ipv4/igmp.c: the groups that a device is in, over IPv4.

A device that is up is in 224.0.0.1, all hosts, without being asked. ``igmp_socket`` has the groups
that sockets ask for.

Left out: reports to routers and their timers, sources, versions of the protocol, and the memory of
groups.
"""

from __future__ import annotations

from lomodel.linux.include.linux.igmp import IpMcList
from lomodel.linux.include.linux.inetdevice import InDevice
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.uapi.linux.igmp import IGMP_ALL_HOSTS
from lomodel.linux.net.ipv4.fib_frontend_table import rt_cache_flush
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv4/igmp.c")


@kernel_function
def ip_mc_up(in_dev: InDevice) -> None:
    """The device came up: it joins all hosts."""
    ip_mc_inc_group(in_dev, IGMP_ALL_HOSTS)


@kernel_function
def ip_mc_down(in_dev: InDevice) -> None:
    """The device goes down: it leaves all hosts. Other groups stay."""
    ip_mc_dec_group(in_dev, IGMP_ALL_HOSTS)


@kernel_function
def ip_mc_destroy_dev(in_dev: InDevice) -> None:
    """IPv4 leaves the device, and every group with it."""
    ip_mc_down(in_dev)
    in_dev.mc_list.clear()


@kernel_function
def ip_check_mc_rcu(in_dev: InDevice, mc_addr: int) -> bool:
    """Whether the device is in the group, so that what is sent to it is for this host, too."""
    return any(im.multiaddr == mc_addr for im in in_dev.mc_list)


@kernel_function
def ip_mc_inc_group(in_dev: InDevice, addr: int) -> None:
    """One user more for a group of the device, which joins it if it is the first."""
    for im in in_dev.mc_list:
        if im.multiaddr == addr:
            im.users += 1
            return
    in_dev.mc_list.insert(0, IpMcList(addr))
    ip_rt_multicast_event(in_dev)


def ip_mc_dec_group(in_dev: InDevice, addr: int) -> None:
    """One user less; the last one makes the device leave. Source: __ip_mc_dec_group."""
    for im in in_dev.mc_list:
        if im.multiaddr == addr:
            im.users -= 1
            if not im.users:
                in_dev.mc_list.remove(im)
                ip_rt_multicast_event(in_dev)
            return


def ip_rt_multicast_event(in_dev: InDevice) -> None:
    """The device's groups are others now: cached dsts expire (net/ipv4/route.c)."""
    if not in_dev.dead:
        rt_cache_flush(in_dev.dev.nd_net)


@kernel_function
def igmp_rcv(skb: SkBuff) -> int:
    """A message of IGMP: what it asks for is answered by timers, which the model has not. 0."""
    return 0
