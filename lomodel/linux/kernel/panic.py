"""kernel/panic.c and include/asm-generic/bug.h: when the kernel finds that it cannot go on.

Left out: the call trace, oopses that kill only one process, panic_on_warn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from lomodel.machine import Machine


class KernelPanic(Exception):
    """The machine has stopped; the message is what the console shows last."""


class KernelBug(KernelPanic):
    """A BUG() or BUG_ON() that was true."""


def panic(machine: Machine, message: str) -> NoReturn:
    """Stop the machine."""
    machine.printk(f"Kernel panic - not syncing: {message}")
    raise KernelPanic(message)


def BUG_ON(condition: object, text: str) -> None:
    """Stop if ``condition`` holds; ``text`` is the condition as the source has it."""
    if condition:
        raise KernelBug(f"kernel BUG: {text}")


def WARN_ON(machine: Machine, condition: object, text: str) -> bool:
    """Complain on the console if ``condition`` holds, and go on. Returns the condition."""
    if condition:
        machine.printk(f"WARNING: {text}")
    return bool(condition)
