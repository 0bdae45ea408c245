"""The part of net/ipv4/devinet.c with the settings below net.ipv4.conf."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from lomodel.linux.include.linux.inetdevice import Ipv4Devconf
from lomodel.linux.include.linux.sysctl import CtlTable
from lomodel.linux.kernel.sysctl import proc_dointvec
from lomodel.linux.net.core.dev import __dev_get_by_name
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.ipv4.fib_frontend_table import rt_cache_flush
from lomodel.linux.net.sysctl_net import register_net_sysctl
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv4/devinet.c")


def ipv4_devconf(net: Net, name: str) -> Ipv4Devconf:
    """The settings of "all", or of a device. OSError ENOENT for a device without IPv4."""
    if name == "all":
        return net.ipv4.devconf_all
    dev = __dev_get_by_name(net, name)
    if dev is None or dev.ip_ptr is None:
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
    return dev.ip_ptr.cnf


@kernel_function
def devinet_conf_proc(table: CtlTable, net: Net, name: str, value: int) -> None:
    """Write an int; where it turns off what packets were let in by, cached dsts expire."""
    old = getattr(ipv4_devconf(net, name), table.data)
    proc_dointvec(table, net, name, value)
    if table.data in ("accept_local", "route_localnet") and old and not value:
        rt_cache_flush(net)


@kernel_function
def ipv4_doint_and_flush(table: CtlTable, net: Net, name: str, value: int) -> None:
    """Write an int; when it changes, cached dsts expire."""
    old = getattr(ipv4_devconf(net, name), table.data)
    proc_dointvec(table, net, name, value)
    if old != value:
        rt_cache_flush(net)


devinet_sysctl = (
    CtlTable("rp_filter", "rp_filter", ipv4_devconf, devinet_conf_proc),
    CtlTable("accept_local", "accept_local", ipv4_devconf, devinet_conf_proc),
    CtlTable("route_localnet", "route_localnet", ipv4_devconf, ipv4_doint_and_flush),
)


def devinet_sysctl_register(machine: Machine) -> None:
    """The settings of all devices (net/ipv4/devinet.c)."""
    register_net_sysctl(machine, "net/ipv4/conf", devinet_sysctl)
