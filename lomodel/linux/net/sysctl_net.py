"""net/sysctl_net.c: the directories below /proc/sys/net.

Left out: who may write them.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from lomodel.linux.include.linux.sysctl import CtlTable

if TYPE_CHECKING:
    from lomodel.machine import Machine


def register_net_sysctl(machine: Machine, path: str, table: Iterable[CtlTable]) -> None:
    """Add settings to the directory ``path`` ("net/ipv4") of every namespace. Below "net/ipv4/conf"
    and "net/ipv6/conf" they are in a directory for each device.

    Source: register_net_sysctl_sz.
    """
    machine.net_sysctls.setdefault(path, {}).update({each.procname: each for each in table})
