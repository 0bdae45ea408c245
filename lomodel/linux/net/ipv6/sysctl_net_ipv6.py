"""net/ipv6/sysctl_net_ipv6.c: the settings in net.ipv6 itself, and where those of its parts go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.linux.include.linux.sysctl import CtlTable
from lomodel.linux.include.net.netns.ipv6 import NetnsIpv6
from lomodel.linux.kernel.sysctl import proc_dou8vec_minmax
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.ipv6.addrconf_sysctl import addrconf_sysctl
from lomodel.linux.net.ipv6.icmp import ipv6_icmp_table
from lomodel.linux.net.sysctl_net import register_net_sysctl
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/sysctl_net_ipv6.c")


def _ipv6(net: Net, name: str) -> NetnsIpv6:
    return net.ipv6


ipv6_table = (CtlTable("bindv6only", "sysctl_bindv6only", _ipv6, proc_dou8vec_minmax),)


@kernel_function
def ipv6_sysctl_register(machine: Machine) -> None:
    """At boot."""
    register_net_sysctl(machine, "net/ipv6", ipv6_table)
    register_net_sysctl(machine, "net/ipv6/conf", addrconf_sysctl)
    register_net_sysctl(machine, "net/ipv6/icmp", ipv6_icmp_table)
