"""The part of net/ipv6/ip6_output.c for packets that go on to somebody else.

Left out: forwarding itself, which nobody turns on here.
"""

from __future__ import annotations

import errno

from lomodel import trace
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.uapi.linux.snmp import IPSTATS_MIB_INADDRERRORS
from lomodel.linux.net.core.skbuff import kfree_skb
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv6/ip6_output.c")


@kernel_function
def ip6_forward(skb: SkBuff) -> int:
    """The input of a route to somebody else: a host that does not forward drops the packet.
    -EINVAL."""
    if trace.on:
        decide("is forwarding on?", False)
    skb.dev.nd_net.mib.ipv6_statistics[IPSTATS_MIB_INADDRERRORS] += 1
    kfree_skb(skb)
    return -errno.EINVAL
