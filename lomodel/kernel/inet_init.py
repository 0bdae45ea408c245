"""The part of net/ipv4/af_inet.c and net/ipv6/af_inet6.c that runs at boot: who listens to devices.

The order matters. All of IPv4's listeners have priority 0 and registered before IPv6's, so
127.0.0.1 is there before ::1; neighbour discovery and IPv6 routes come last by their negative
priorities.
"""

from __future__ import annotations

from typing import Any

from ..trace import kernel_file
from .addrconf import addrconf_init
from .af_inet import ipv4_offload_init
from .arp import arp_init
from .dev import dev_add_pack
from .dev_notifier import NetdevNotifierInfo, register_netdevice_notifier
from .devinet import devinet_init
from .fib_frontend import ip_fib_init
from .icmp import icmp_init
from .icmpv6 import icmpv6_init
from .ip6_input import ipv6_rcv
from .ip6_offload import ipv6_offload_init
from .ip6_route import ip6_route_init
from .ip_fragment import ipfrag_init
from .ip_input import ip_rcv
from .ndisc import ndisc_init
from .net_namespace import Net, PernetOperations, register_pernet_subsys
from .notifier import NOTIFY_DONE, NotifierBlock
from .reassembly import ipv6_frag_init

inet_function = kernel_file("net/ipv4/af_inet.c")
inet6_function = kernel_file("net/ipv6/af_inet6.c")

ETH_P_IP = 0x0800
ETH_P_IPV6 = 0x86DD
IP6_ROUTE_DEV_NOTIFY_PRIORITY = -10


def ip6_route_dev_notify(block: NotifierBlock, event: int, info: NetdevNotifierInfo) -> int:
    """net/ipv6/route.c: when lo comes, the namespace's null, prohibit and blackhole routes are hung
    on it."""
    return NOTIFY_DONE


ip6_route_dev_notifier = NotifierBlock(ip6_route_dev_notify, priority=IP6_ROUTE_DEV_NOTIFY_PRIORITY)


def inet_net_init(net: Net) -> None:
    """What IPv4 keeps for the sockets of a new namespace."""
    net.ipv4.udp_table = {}
    net.ipv4.raw_hash = {}
    net.ipv4.ip_idents = {}
    net.ipv4.next_port = 32767


def inet6_net_init(net: Net) -> None:
    """What IPv6 keeps for the sockets of a new namespace."""
    net.ipv6.raw_hash = {}


af_inet_ops = PernetOperations("af_inet_ops", init=inet_net_init)
inet6_net_ops = PernetOperations("inet6_net_ops", init=inet6_net_init)


@inet_function
def inet_init(machine: Any) -> None:
    """IPv4: arp_init, then ip_init (routes, addresses, tables), ICMP, fragments, and its
    packets."""
    machine.truesizes = {}
    arp_init(machine)
    devinet_init(machine)
    ip_fib_init(machine)
    icmp_init(machine)
    register_pernet_subsys(machine, af_inet_ops)
    ipfrag_init(machine)
    dev_add_pack(machine, ETH_P_IP, ip_rcv)
    ipv4_offload_init(machine)


@inet6_function
def inet6_init(machine: Any) -> None:
    """IPv6: ip6_route_init, ndisc_init and addrconf_init, in the order in which they register."""
    register_netdevice_notifier(machine, ip6_route_dev_notifier)
    addrconf_init(machine)
    ip6_route_init(machine)
    icmpv6_init(machine)
    ndisc_init(machine)
    register_pernet_subsys(machine, inet6_net_ops)
    ipv6_frag_init(machine)
    dev_add_pack(machine, ETH_P_IPV6, ipv6_rcv)
    ipv6_offload_init(machine)
