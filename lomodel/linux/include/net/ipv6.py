"""include/net/ipv6.h and include/net/ip6_fib.h: IPv6 headers, limits, and the dst of a route.

Lengths are in bytes, addresses 16 bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.net.dst import DstEntry, dst_discard, dst_discard_out

if TYPE_CHECKING:
    from lomodel.linux.net.core.net_namespace import Net

IPV6_HLEN = 40
FRAG_HLEN = 8
IP6_MF = 0x0001
IP6_OFFSET = 0xFFF8
NEXTHDR_HOP = 0
NEXTHDR_ROUTING = 43
NEXTHDR_FRAGMENT = 44
NEXTHDR_AUTH = 51
NEXTHDR_NONE = 59
NEXTHDR_DEST = 60
IPV6_DEFAULT_HOPLIMIT = 64
IPV6_DEFAULT_MCASTHOPS = 1
IN6ADDR_ANY = bytes(16)

IPV6_ADDR_ANY = 0x0000
IPV6_ADDR_UNICAST = 0x0001
IPV6_ADDR_MULTICAST = 0x0002
IPV6_ADDR_LOOPBACK = 0x0010
IPV6_ADDR_LINKLOCAL = 0x0020
IPV6_ADDR_SITELOCAL = 0x0040
IPV6_ADDR_COMPATv4 = 0x0080
IPV6_ADDR_SCOPE_MASK = 0x00F0
IPV6_ADDR_MAPPED = 0x1000

IPV6_ADDR_SCOPE_NODELOCAL = 0x01
IPV6_ADDR_SCOPE_LINKLOCAL = 0x02
IPV6_ADDR_SCOPE_SITELOCAL = 0x05
IPV6_ADDR_SCOPE_GLOBAL = 0x0E

in6addr_loopback = bytes(15) + b"\x01"
in6addr_interfacelocal_allnodes = b"\xff\x01" + bytes(13) + b"\x01"
in6addr_linklocal_allnodes = b"\xff\x02" + bytes(13) + b"\x01"
_MAPPED_PREFIX = bytes(10) + b"\xff\xff"


def ipv6_addr_v4mapped(addr: bytes) -> bool:
    """Whether it stands for an address of IPv4: ::ffff:0:0/96."""
    return addr.startswith(_MAPPED_PREFIX)


def ipv6_addr_set_v4mapped(addr: int) -> bytes:
    """The IPv6 address that stands for one of IPv4."""
    return _MAPPED_PREFIX + addr.to_bytes(4, "big")


def ipv6_addr_to_v4(addr: bytes) -> int:
    """The IPv4 address that a mapped one stands for (its s6_addr32[3])."""
    return int.from_bytes(addr[12:], "big")


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
        self.input, self.output = dst_discard, dst_discard_out

    def __repr__(self) -> str:
        return f"<dst6 error {self.error}>" if self.error else f"<dst6 dev {self.dev.name}>"
