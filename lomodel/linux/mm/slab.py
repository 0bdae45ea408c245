"""mm/slab.h and include/linux/slab.h: memory that can run out.

A machine counts the bytes that its kernel holds. It can be given a limit, or told which of the next
allocations fails (as /proc/self/fail-nth does), so that every error path can be walked; a list of
the allocations says what there is to choose from. The sizes are those of x86-64 Linux 6.18 (read
from its BTF); objects that the model makes and the kernel does not have cost nothing.

Left out: pages, caches, reclaim and everything else that makes a real allocation slow or fragile.
Of a namespace's more than four hundred allocations only those are here that lo, IPv4 and IPv6 are
made of, without sysctl and proc files, netlink messages, rules, tables and neighbours.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, NamedTuple, TypeVar

if TYPE_CHECKING:
    from lomodel.machine import Machine

SIZEOF = {
    "net": 4288,
    "net_device": 2496,
    "netdev_queue": 320,
    "netdev_rx_queue": 192,
    "netdev_hw_addr": 104,
    "netdev_name_node": 64,
    "ethtool_netdev_state": 56,
    "netdev_config": 8,
    "napi_config": 64,
    "in_device": 360,
    "in_ifaddr": 120,
    "inet6_dev": 1056,
    "inet6_ifaddr": 296,
}
"""Sizes in bytes of the structs that are allocated one by one."""


class Allocation(NamedTuple):
    """One allocation: its ``number`` (1: the first that was recorded, as ``Memory.fail`` counts),
    its ``size`` in bytes, the struct that it was for, the kernel function or macro that asked, and
    whether it ``failed``."""

    number: int
    size: int
    what: str
    function: str
    failed: bool = False


T = TypeVar("T")


class Memory:
    """What the kernel of one machine may allocate.

    ``limit`` is in bytes (None: never runs out), ``used`` what is allocated now, ``allocations``
    how many were asked for since boot.
    """

    __slots__ = ("allocations", "fail_nth", "limit", "log", "used")

    def __init__(self, limit: int | None = None) -> None:
        self.limit = limit
        self.used = self.allocations = 0
        self.fail_nth: int | None = None
        self.log: list[Allocation] | None = None

    def __repr__(self) -> str:
        limit = "" if self.limit is None else f" of {self.limit}"
        return f"<memory {self.used}{limit} bytes used>"

    def charge(self, size: int, what: str) -> bool:
        """Take ``size`` bytes for ``what``; False when there are not as many left, and then none
        are taken."""
        self.allocations += 1
        failed = self.fail_nth is not None and self._told_to_fail()
        failed = failed or (self.limit is not None and self.used + size > self.limit)
        if self.log is not None:
            number = len(self.log) + 1
            self.log.append(Allocation(number, size, what, _asking_function(), failed))
        if not failed:
            self.used += size
        return not failed

    def uncharge(self, size: int) -> None:
        """Give ``size`` bytes back."""
        self.used -= size

    def fail(self, nth: int) -> None:
        """Let the ``nth`` allocation from now (1: the next) fail, and only that one.

        ValueError for a number below 1.
        """
        if nth < 1:
            raise ValueError(f"allocations are counted from 1, so none has the number {nth}")
        self.fail_nth = nth

    @contextmanager
    def recording(self) -> Iterator[list[Allocation]]:
        """Inside a ``with`` block, the list of what is allocated there.

        RuntimeError inside another recording.
        """
        if self.log is not None:
            raise RuntimeError("the allocations are being recorded already")
        recorded: list[Allocation] = []
        self.log = recorded
        try:
            yield recorded
        finally:
            self.log = None

    def _told_to_fail(self) -> bool:
        assert self.fail_nth is not None
        self.fail_nth -= 1
        if self.fail_nth:
            return False
        self.fail_nth = None
        return True


def _asking_function() -> str:
    """The kernel function that is allocating: the innermost outside of mm/. A name with one
    underscore in front is a part of one, as is a lambda."""
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        module = frame.f_globals.get("__name__", "")
        if not module.startswith("lomodel.linux.mm.") and module.startswith("lomodel.linux."):
            name = frame.f_code.co_name
            if name[0] not in "_<" or name.startswith("__"):
                return name.removesuffix("_")
        frame = frame.f_back
    return ""


def kzalloc(machine: Machine, struct: str, make: Callable[[], T], behind: int = 0) -> T | None:
    """A zeroed ``struct`` made by ``make``, or None when memory has run out. ``behind``: bytes of a
    flexible array at its end, which are allocated with it."""
    return make() if machine.memory.charge(SIZEOF[struct] + behind, struct) else None


def kcalloc(machine: Machine, n: int, struct: str) -> bool:
    """Memory for an array of ``n`` such structs; False when it has run out."""
    return machine.memory.charge(n * SIZEOF[struct], struct)


def kfree(machine: Machine, struct: str, n: int = 1, behind: int = 0) -> None:
    """Return the memory of one ``struct`` and the bytes ``behind`` it, or of an array of ``n``."""
    machine.memory.uncharge(n * SIZEOF[struct] + behind)
