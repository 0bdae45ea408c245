"""net/llc/llc_input.c: the receiver of 802.2 frames, where the kernel has one.

Left out: LLC itself. A kernel answers some messages (XID, TEST); those of a scenario are zeros, and
it throws them away as the model does.
"""

from __future__ import annotations

from lomodel.linux.include.linux.netdevice import NET_RX_DROP, NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/llc/llc_input.c")


@kernel_function
def llc_rcv(skb: SkBuff, dev: NetDevice) -> int:
    """Take an 802.2 frame and drop it; having a receiver, it counts as no drop of the device."""
    return NET_RX_DROP
