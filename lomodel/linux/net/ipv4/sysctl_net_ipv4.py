"""net/ipv4/sysctl_net_ipv4.c: the settings in net.ipv4 itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.linux.include.linux.sysctl import CtlTable
from lomodel.linux.include.net.netns.ipv4 import NetnsIpv4
from lomodel.linux.kernel.sysctl import proc_dou8vec_minmax
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.sysctl_net import register_net_sysctl
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv4/sysctl_net_ipv4.c")


def _ipv4(net: Net, name: str) -> NetnsIpv4:
    return net.ipv4


def _setting(procname: str, least: int = 0, most: int = 0) -> CtlTable:
    return CtlTable(procname, f"sysctl_{procname}", _ipv4, proc_dou8vec_minmax, least, most)


ipv4_net_table = (
    _setting("icmp_echo_ignore_all", 0, 1),
    _setting("icmp_echo_ignore_broadcasts", 0, 1),
    _setting("ip_default_ttl", 1, 255),
    _setting("ip_no_pmtu_disc"),
)


@kernel_function
def sysctl_ipv4_init(machine: Machine) -> None:
    """At boot."""
    register_net_sysctl(machine, "net/ipv4", ipv4_net_table)
