"""include/net/ipv6.h and include/net/ip6_fib.h: IPv6 headers, limits, and the dst of a route.

Lengths are in bytes, addresses 16 bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.net.dst import DstEntry

if TYPE_CHECKING:
    from lomodel.linux.net.core.net_namespace import Net
    from lomodel.linux.net.core.sock import Sock

IPV6_HLEN = 40
FRAG_HLEN = 8
NEXTHDR_HOP = 0
NEXTHDR_ROUTING = 43
NEXTHDR_FRAGMENT = 44
NEXTHDR_DEST = 60
IP6_MF = 0x0001
NEXTHDR_HOP = 0
NEXTHDR_ROUTING = 43
NEXTHDR_FRAGMENT = 44
NEXTHDR_AUTH = 51
NEXTHDR_NONE = 59
NEXTHDR_DEST = 60
IPV6_DEFAULT_HOPLIMIT = 64
IN6ADDR_ANY = bytes(16)
in6addr_loopback = bytes(15) + b"\x01"
IN6ADDR_MAPPED_PREFIX = bytes(10) + b"\xff\xff"


def ipv6_addr_v4mapped(addr: bytes) -> bool:
    """Whether it stands for an address of IPv4: ::ffff:0:0/96."""
    return addr.startswith(IN6ADDR_MAPPED_PREFIX)


class Rt6Info(DstEntry):
    """struct rt6_info: a dst_entry of IPv6. One with an ``error`` has no device here (NULL).

    ``exceptions``, by destination, are what ICMPv6 taught about paths that take this route; in C
    they belong to the route's nexthop. ``is_exception`` (RTF_CACHE) tells one of them.
    """

    __slots__ = ("exceptions", "is_exception")

    def __init__(self, net: Net, dev: NetDevice, error: int) -> None:
        self.net, self.dev, self.error = net, dev, error
        self.rt_flags = self.rt_type = self.rt_pmtu = 0
        self.rt_mtu_locked = self.is_exception = False
        self.exceptions: dict[bytes, Rt6Info] | None = None
        self.input, self.output = ip6_pkt_discard, ip6_pkt_discard_out

    def __repr__(self) -> str:
        return f"<dst6 error {self.error}>" if self.error else f"<dst6 dev {self.dev.name}>"


def ip6_pkt_discard(skb: SkBuff) -> int:
    """The input of a route that leads nowhere (net/ipv6/route.c)."""
    return 0


def ip6_pkt_discard_out(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """The output of a route that leads nowhere (net/ipv6/route.c)."""
    return 0
