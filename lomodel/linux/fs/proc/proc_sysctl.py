"""fs/proc/proc_sysctl.c: who writes to a file below /proc/sys.

Left out: reading, permissions, listing directories.
"""

from __future__ import annotations

import errno
import os

from lomodel.linux.include.linux.sysctl import CtlTable
from lomodel.linux.net.core.net_namespace import Net
from lomodel.trace import system_call

sysctl_call = system_call("fs/proc/proc_sysctl.c")


def lookup_entry(net: Net, path: tuple[str, ...]) -> tuple[CtlTable, str] | None:
    """The setting at ``path`` and the device's name in it, or "" (fs/proc/proc_sysctl.c)."""
    *directory, procname = path
    name = directory.pop() if len(directory) > 3 else ""
    table = net.machine.net_sysctls.get("/".join(directory), {}).get(procname)
    return None if table is None else (table, name)


@sysctl_call
def proc_sys_call_handler(net: Net, path: tuple[str, ...], value: int) -> None:
    """Write a number into a setting: ("net", "ipv4", "conf", "lo", "rp_filter").

    A device may have a dot in its name, hence no dots here. OSError ENOENT when there is no such
    setting or device, and what the setting's handler says.
    """
    found = lookup_entry(net, path)
    if found is None:
        raise OSError(errno.ENOENT, os.strerror(errno.ENOENT))
    table, name = found
    table.of(net, name)
    table.proc_handler(table, net, name, value)
