"""net/ipv6/af_inet6.c: IPv6's sockets, and what it sets up at boot.

The order matters: it boots after IPv4, so 127.0.0.1 is there before ::1; neighbour discovery and
routes come last by their negative priorities.
"""

from __future__ import annotations

from typing import Any

from lomodel.linux.include.uapi.linux.if_ether import ETH_P_IPV6
from lomodel.linux.net.core.dev import dev_add_pack, register_netdevice_notifier
from lomodel.linux.net.core.net_namespace import Net, PernetOperations, register_pernet_subsys
from lomodel.linux.net.ipv6.addrconf import addrconf_init
from lomodel.linux.net.ipv6.icmp import icmpv6_init
from lomodel.linux.net.ipv6.ip6_input import ipv6_rcv
from lomodel.linux.net.ipv6.ip6_offload import ipv6_offload_init
from lomodel.linux.net.ipv6.ndisc import ndisc_init
from lomodel.linux.net.ipv6.reassembly import ipv6_frag_init
from lomodel.linux.net.ipv6.route import ip6_route_dev_notifier, ip6_route_init
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv6/af_inet6.c")


def inet6_net_init(net: Net) -> None:
    """What IPv6 keeps for the sockets of a new namespace."""
    net.ipv6.raw_hash = {}


inet6_net_ops = PernetOperations("inet6_net_ops", init=inet6_net_init)


@kernel_function
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
