"""include/linux/notifier.h: who listens in a notifier chain, and what he may answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

NOTIFY_DONE = 0x0000
NOTIFY_OK = 0x0001
NOTIFY_STOP_MASK = 0x8000
NOTIFY_BAD = NOTIFY_STOP_MASK | 0x0002
NOTIFY_STOP = NOTIFY_OK | NOTIFY_STOP_MASK


@dataclass(frozen=True, slots=True, eq=False)
class NotifierBlock:
    """struct notifier_block: ``notifier_call(block, event, info)`` returns one of NOTIFY_*.

    ``info`` is C's ``void *``: a device with what happened to it, or an address.
    """

    notifier_call: Callable[[NotifierBlock, int, Any], int]
    priority: int = 0

    def __str__(self) -> str:
        return f"{self.notifier_call.__name__} (priority {self.priority})"
