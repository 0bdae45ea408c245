"""net/ipv4/ipmr.c: routing of multicast; without routers it drops the packets of PIM.

Left out: multicast routing itself, which nobody has turned on.
"""

from __future__ import annotations

from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv4/ipmr.c")


@kernel_function
def pim_rcv(skb: SkBuff) -> int:
    """A packet of PIM for this host: nothing is registered that it could be for. 0."""
    return 0
