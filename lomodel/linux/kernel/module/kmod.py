"""kernel/module/kmod.c: parts of the kernel that come when somebody asks for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("kernel/module/kmod.c")


@kernel_function
def __request_module(machine: Machine, name: str) -> None:
    """Load the module that has this alias, if there is one and it is not there yet."""
    init = machine.modules.pop(name, None)
    if init is not None:
        init(machine)
