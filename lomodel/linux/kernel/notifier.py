"""kernel/notifier.c and include/linux/notifier.h: who wants to hear of an event.

A chain is called from the highest priority down; among equals, who registered first hears first.
The first that answers with the stop bit set ends the call.

Left out: the locking that tells atomic, blocking, raw and SRCU chains apart; robust chains.
"""

from __future__ import annotations

import os
from typing import Any

from lomodel.linux.include.linux.notifier import (
    NOTIFY_DONE,
    NOTIFY_OK,
    NOTIFY_STOP_MASK,
    NotifierBlock,
)


def notifier_chain_register(chain: list[NotifierBlock], block: NotifierBlock) -> None:
    """Put ``block`` behind all blocks whose priority is not lower than its own."""
    for place, other in enumerate(chain):
        if block.priority > other.priority:
            chain.insert(place, block)
            return
    chain.append(block)


def notifier_call_chain(chain: list[NotifierBlock], event: int, info: Any) -> int:
    """Call the blocks in order until one answers with NOTIFY_STOP_MASK; returns the last answer."""
    answer = NOTIFY_DONE
    for block in chain:
        answer = block.notifier_call(block, event, info)
        if answer & NOTIFY_STOP_MASK:
            break
    return answer


def notifier_from_errno(errno: int) -> int:
    """The answer that stops the chain with ``errno`` (positive, as in ``OSError.errno``)."""
    return NOTIFY_STOP_MASK | (NOTIFY_OK + errno) if errno else NOTIFY_OK


def notifier_to_errno(answer: int) -> int:
    """The errno (positive) in an answer, 0 when it carries none."""
    answer &= ~NOTIFY_STOP_MASK
    return answer - NOTIFY_OK if answer > NOTIFY_OK else 0


def raise_notifier_error(answer: int) -> None:
    """OSError with the errno that an answer carries, if it carries one."""
    errno = notifier_to_errno(answer)
    if errno:
        raise OSError(errno, os.strerror(errno))
