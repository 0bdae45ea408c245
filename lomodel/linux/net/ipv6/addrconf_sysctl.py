"""The part of net/ipv6/addrconf.c with the settings below net.ipv6.conf."""

from __future__ import annotations

import errno
import os

from lomodel.linux.include.linux.ipv6 import Ipv6Devconf
from lomodel.linux.include.linux.sysctl import CtlTable
from lomodel.linux.kernel.sysctl import proc_dointvec, proc_dointvec_minmax
from lomodel.linux.net.core.dev import __dev_get_by_name
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.ipv6.addrconf import addrconf_disable_ipv6
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv6/addrconf.c")


def ipv6_devconf(net: Net, name: str) -> Ipv6Devconf:
    """The settings of "all", of "default", or of a device. OSError ENOENT for a device without
    IPv6."""
    if name in ("all", "default"):
        return net.ipv6.devconf_all if name == "all" else net.ipv6.devconf_dflt
    dev = __dev_get_by_name(net, name)
    if dev is None or dev.ip6_ptr is None:
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
    return dev.ip6_ptr.cnf


@kernel_function
def addrconf_sysctl_disable(table: CtlTable, net: Net, name: str, value: int) -> None:
    """Write disable_ipv6: the number is taken first, and then what it means is done."""
    lctl = CtlTable(table.procname, table.data, _nowhere, proc_dointvec)
    proc_dointvec(lctl, net, name, value)
    addrconf_disable_ipv6(net, name, value)


def _nowhere(net: Net, name: str) -> Ipv6Devconf:
    return Ipv6Devconf()


addrconf_sysctl = (
    CtlTable("hop_limit", "hop_limit", ipv6_devconf, proc_dointvec_minmax, 1, 255),
    CtlTable("disable_ipv6", "disable_ipv6", ipv6_devconf, addrconf_sysctl_disable),
)
