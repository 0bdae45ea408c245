"""net/ipv6/af_inet6.c, what runs at boot: it stands above the protocols that it starts.

The order matters: IPv6 boots after IPv4, so 127.0.0.1 is there before ::1; neighbour discovery and
routes come last by their negative priorities.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.linux.include.uapi.linux.if_ether import ETH_P_IPV6
from lomodel.linux.net.core.dev import dev_add_pack, register_netdevice_notifier
from lomodel.linux.net.core.net_namespace import register_pernet_subsys
from lomodel.linux.net.ipv6.addrconf import addrconf_init
from lomodel.linux.net.ipv6.af_inet6 import inet6_family_ops, inet6_net_ops
from lomodel.linux.net.ipv6.exthdrs import ipv6_exthdrs_init
from lomodel.linux.net.ipv6.icmp import icmpv6_init
from lomodel.linux.net.ipv6.ip6_input import ip6_input, ipv6_rcv
from lomodel.linux.net.ipv6.ip6_offload import ipv6_offload_init
from lomodel.linux.net.ipv6.ip6_output import ip6_output
from lomodel.linux.net.ipv6.ip6mr import ip6_mr_init
from lomodel.linux.net.ipv6.ndisc import ndisc_init
from lomodel.linux.net.ipv6.raw import rawv6_init
from lomodel.linux.net.ipv6.reassembly import ipv6_frag_init
from lomodel.linux.net.ipv6.route import ip6_route_dev_notifier, ip6_route_init
from lomodel.linux.net.ipv6.sysctl_net_ipv6 import ipv6_sysctl_register
from lomodel.linux.net.ipv6.tcp_ipv6 import tcpv6_init
from lomodel.linux.net.ipv6.udp import udpv6_init
from lomodel.linux.net.ipv6.udplite import udplitev6_init
from lomodel.linux.net.socket import sock_register
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/af_inet6.c")


@kernel_function
def inet6_init(machine: Machine) -> None:
    """IPv6 at boot: its parts in the order in which they make their promises for namespaces."""
    # What C's linker joins, as in af_inet.py.
    machine.ip6_input, machine.ip6_output = ip6_input, ip6_output
    rawv6_init(machine)
    sock_register(machine, inet6_family_ops)
    register_pernet_subsys(machine, inet6_net_ops)
    ip6_mr_init(machine)
    icmpv6_init(machine)
    ndisc_init(machine)
    ip6_route_init(machine)
    register_netdevice_notifier(machine, ip6_route_dev_notifier)
    addrconf_init(machine)
    ipv6_exthdrs_init(machine)
    ipv6_frag_init(machine)
    udpv6_init(machine)
    udplitev6_init(machine)
    tcpv6_init(machine)
    dev_add_pack(machine, ETH_P_IPV6, ipv6_rcv)
    ipv6_offload_init(machine)
    ipv6_sysctl_register(machine)
