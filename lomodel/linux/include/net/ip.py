"""include/net/ip.h and include/net/route.h: IPv4 headers, limits, and the dst of a route.

Lengths are in bytes. Left out: the dst_entry that IPv4 and IPv6 share (include/net/dst.h) stands in
each of the two.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff

IP_DF = 0x4000
IP_MF = 0x2000
IP_OFFSET = 0x1FFF
IP_HLEN = 20

IP_MAX_MTU = 0xFFFF
IPV4_MIN_MTU = 68


class Rtable:
    """struct rtable: a dst_entry of IPv4.

    ``input(skb)`` and ``output(net, sk, skb)`` are where packets with this dst go on; ``rt_genid``
    is the namespace's at its making, and another one means that it has expired.
    """

    __slots__ = ("dev", "input", "output", "rt_type", "rt_flags", "rt_genid", "rt_iif", "net")

    def __init__(self, dev: NetDevice, flags: int, type: int) -> None:
        self.dev, self.net = dev, dev.nd_net
        self.rt_type, self.rt_flags = type, flags
        self.rt_genid = self.net.ipv4.rt_genid
        self.rt_iif = 0
        self.input: Callable[[SkBuff], int] = dst_discard
        self.output: Callable[..., int] = dst_discard_out

    def __repr__(self) -> str:
        return f"<dst type {self.rt_type} dev {self.dev.name}>"


def dst_discard(skb: SkBuff) -> int:
    """The input of a dst that is for sending only (include/net/dst.h)."""
    return 0


def dst_discard_out(net: Any, sk: Any, skb: SkBuff) -> int:
    """The output of a dst that leads nowhere (net/core/dst.c)."""
    return 0
