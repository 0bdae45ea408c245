"""net/llc/llc_input.c: the receiver of 802.2 frames, where the kernel has one.

Left out: LLC itself. Outside the first namespace the kernel throws these frames away, and the model
knows nobody who would want them in the first.
"""

from __future__ import annotations

from typing import Any

from ..trace import kernel_file
from .dev import dev_add_pack
from .eth import ETH_P_802_2
from .netdevice import NET_RX_DROP, NetDevice
from .skbuff import SkBuff

kernel_function = kernel_file("net/llc/llc_input.c")
core_function = kernel_file("net/llc/llc_core.c")


@kernel_function
def llc_rcv(skb: SkBuff, dev: NetDevice) -> int:
    """Take an 802.2 frame and drop it; having a receiver, it counts as no drop of the device."""
    return NET_RX_DROP


@core_function
def llc_init(machine: Any) -> None:
    """At boot: receive 802.2 frames (net/llc/llc_core.c), as the recorded kernel was built to."""
    dev_add_pack(machine, ETH_P_802_2, llc_rcv)
