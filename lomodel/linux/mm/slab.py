"""mm/slab.h and include/linux/slab.h: memory that can run out.

A machine counts the bytes that its kernel holds. It can be given a limit, or told which of the next
allocations fails (as /proc/self/fail-nth does), so that every error path can be walked. The sizes
are those of x86-64 Linux 6.18 (read from its BTF); objects that the model makes and the kernel does
not have cost nothing.

Left out: pages, caches, reclaim and everything else that makes a real allocation slow or fragile.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

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
    "in_device": 360,
    "in_ifaddr": 120,
    "inet6_dev": 1056,
    "inet6_ifaddr": 296,
}
"""Sizes in bytes of the structs that are allocated one by one."""


T = TypeVar("T")


class Memory:
    """What the kernel of one machine may allocate.

    ``limit`` is in bytes (None: never runs out), ``used`` what is allocated now, ``allocations``
    how many were asked for since boot.
    """

    __slots__ = ("allocations", "fail_nth", "limit", "used")

    def __init__(self, limit: int | None = None) -> None:
        self.limit = limit
        self.used = self.allocations = 0
        self.fail_nth: int | None = None

    def __repr__(self) -> str:
        limit = "" if self.limit is None else f" of {self.limit}"
        return f"<memory {self.used}{limit} bytes used>"

    def charge(self, size: int) -> bool:
        """Take ``size`` bytes; False when there are not as many left, and then none are taken."""
        self.allocations += 1
        if self.fail_nth is not None and self._told_to_fail():
            return False
        if self.limit is not None and self.used + size > self.limit:
            return False
        self.used += size
        return True

    def uncharge(self, size: int) -> None:
        """Give ``size`` bytes back."""
        self.used -= size

    def fail(self, nth: int) -> None:
        """Let the ``nth`` allocation from now (1: the next) fail, and only that one."""
        self.fail_nth = nth

    def _told_to_fail(self) -> bool:
        assert self.fail_nth is not None
        self.fail_nth -= 1
        if self.fail_nth:
            return False
        self.fail_nth = None
        return True


def kzalloc(machine: Machine, struct: str, make: Callable[[], T]) -> T | None:
    """A zeroed ``struct`` made by ``make``, or None when memory has run out."""
    return make() if machine.memory.charge(SIZEOF[struct]) else None


def kfree(machine: Machine, struct: str) -> None:
    """Return the memory of one ``struct``."""
    machine.memory.uncharge(SIZEOF[struct])
