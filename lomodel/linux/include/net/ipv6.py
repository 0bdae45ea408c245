"""include/net/ipv6.h and include/net/ip6_fib.h: IPv6 headers, limits, and the dst of a route.

Lengths are in bytes, addresses 16 bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff

IPV6_HLEN = 40
FRAG_HLEN = 8
IP6_MF = 0x0001
IPV6_DEFAULT_HOPLIMIT = 64
IN6ADDR_ANY = bytes(16)
in6addr_loopback = bytes(15) + b"\x01"


class Rt6Info:
    """struct rt6_info: a dst_entry of IPv6. ``error`` is an errno, 0 for a route that leads on."""

    __slots__ = ("dev", "input", "output", "error", "rt6i_idev", "net", "rt_flags")

    def __init__(self, net: Any, dev: NetDevice | None, error: int) -> None:
        self.net, self.dev, self.error = net, dev, error
        self.rt6i_idev = dev.ip6_ptr if dev is not None else None
        self.rt_flags = 0
        self.input: Callable[[SkBuff], int] = ip6_pkt_discard
        self.output: Callable[..., int] = ip6_pkt_discard_out

    def __repr__(self) -> str:
        return f"<dst6 dev {self.dev.name}>" if self.dev else f"<dst6 error {self.error}>"


def ip6_pkt_discard(skb: SkBuff) -> int:
    """The input of a route that leads nowhere (net/ipv6/route.c)."""
    return 0


def ip6_pkt_discard_out(net: Any, sk: Any, skb: SkBuff) -> int:
    """The output of a route that leads nowhere (net/ipv6/route.c)."""
    return 0
