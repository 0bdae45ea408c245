"""kernel/sysctl.c: writing a number into a setting.

Left out: reading, text that is no number, several numbers in a setting.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.sysctl import CtlTable
from lomodel.linux.include.vdso.limits import INT_MAX, INT_MIN
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.linux.net.core.net_namespace import Net

kernel_function = kernel_file("kernel/sysctl.c")


@kernel_function
def proc_dointvec(table: CtlTable, net: Net, name: str, value: int) -> None:
    """Write an int. OSError EINVAL for a number that is none."""
    _write(table, net, name, value, INT_MIN, INT_MAX)


@kernel_function
def proc_dointvec_minmax(table: CtlTable, net: Net, name: str, value: int) -> None:
    """Write an int from ``extra1`` to ``extra2``. OSError EINVAL for another number."""
    _write(table, net, name, value, table.extra1, table.extra2)


@kernel_function
def proc_dou8vec_minmax(table: CtlTable, net: Net, name: str, value: int) -> None:
    """Write a byte from ``extra1`` to ``extra2`` (0: 255). OSError EINVAL for another number."""
    _write(table, net, name, value, table.extra1, table.extra2 or 0xFF)


def _write(table: CtlTable, net: Net, name: str, value: int, least: int, most: int) -> None:
    valid = least <= value <= most
    if trace.on:
        decide("may the setting have this value?", valid, value=value, least=least, most=most)
    if not valid:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))
    setattr(table.of(net, name), table.data, value)
