"""include/linux/sysctl.h: what a setting under /proc/sys is, and who writes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lomodel.linux.net.core.net_namespace import Net


@dataclass(frozen=True, slots=True)
class CtlTable:
    """struct ctl_table: one setting.

    ``data`` is the field that holds it, of the struct that ``of(net, name)`` finds: ``name`` is a
    device's where each device has the setting, else "". ``of`` raises OSError ENOENT where there is
    no such device. ``proc_handler(table, net, name, value)`` writes it, or raises OSError.
    ``extra1`` and ``extra2`` are the least and the greatest value, where the handler asks for them.

    C has one table a namespace and device, with pointers in it; here one serves all.
    """

    procname: str
    data: str
    of: Callable[[Net, str], Any]
    proc_handler: Callable[[CtlTable, Net, str, int], None]
    extra1: int = 0
    extra2: int = 0
