"""net/llc/llc_core.c: who receives 802.2 frames."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.linux.include.uapi.linux.if_ether import ETH_P_802_2
from lomodel.linux.net.core.dev import dev_add_pack
from lomodel.linux.net.llc.llc_input import llc_rcv
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/llc/llc_core.c")


@kernel_function
def llc_init(machine: Machine) -> None:
    """At boot: receive 802.2 frames (net/llc/llc_core.c), as the recorded kernel was built to."""
    dev_add_pack(machine, ETH_P_802_2, llc_rcv)
