"""The part of net/ipv4/af_inet.c and net/ipv6/af_inet6.c that runs at boot: who listens to devices.

The order matters. All of IPv4's listeners have priority 0 and registered before IPv6's, so
127.0.0.1 is there before ::1; neighbour discovery and IPv6 routes come last by their negative
priorities.
"""

from __future__ import annotations

from typing import Any

from ..trace import kernel_file
from .addrconf import addrconf_init
from .dev_notifier import NetdevNotifierInfo, register_netdevice_notifier
from .devinet import devinet_init
from .notifier import NOTIFY_DONE, NotifierBlock

inet_function = kernel_file("net/ipv4/af_inet.c")
inet6_function = kernel_file("net/ipv6/af_inet6.c")

NDISC_NOTIFY_PRIORITY = -5
IP6_ROUTE_DEV_NOTIFY_PRIORITY = -10


def arp_netdev_event(block: NotifierBlock, event: int, info: NetdevNotifierInfo) -> int:
    """net/ipv4/arp.c: forget neighbours when an address changes. lo asks nobody for addresses."""
    return NOTIFY_DONE


def fib_netdev_event(block: NotifierBlock, event: int, info: NetdevNotifierInfo) -> int:
    """net/ipv4/fib_frontend.c: routes of devices that go down or away."""
    return NOTIFY_DONE


def ndisc_netdev_event(block: NotifierBlock, event: int, info: NetdevNotifierInfo) -> int:
    """net/ipv6/ndisc.c: the IPv6 counterpart of ``arp_netdev_event``."""
    return NOTIFY_DONE


def ip6_route_dev_notify(block: NotifierBlock, event: int, info: NetdevNotifierInfo) -> int:
    """net/ipv6/route.c: when lo comes, the namespace's null, prohibit and blackhole routes are hung
    on it."""
    return NOTIFY_DONE


arp_netdev_notifier = NotifierBlock(arp_netdev_event)
fib_netdev_notifier = NotifierBlock(fib_netdev_event)
ndisc_netdev_notifier = NotifierBlock(ndisc_netdev_event, priority=NDISC_NOTIFY_PRIORITY)
ip6_route_dev_notifier = NotifierBlock(ip6_route_dev_notify, priority=IP6_ROUTE_DEV_NOTIFY_PRIORITY)


@inet_function
def inet_init(machine: Any) -> None:
    """IPv4: arp_init, then ip_init -> ip_rt_init -> devinet_init and ip_fib_init."""
    register_netdevice_notifier(machine, arp_netdev_notifier)
    devinet_init(machine)
    register_netdevice_notifier(machine, fib_netdev_notifier)


@inet6_function
def inet6_init(machine: Any) -> None:
    """IPv6: ip6_route_init, ndisc_init and addrconf_init, in the order in which they register."""
    register_netdevice_notifier(machine, ip6_route_dev_notifier)
    addrconf_init(machine)
    register_netdevice_notifier(machine, ndisc_netdev_notifier)
