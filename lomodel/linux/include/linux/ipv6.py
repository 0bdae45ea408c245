"""include/linux/ipv6.h: the longest payload (bytes) that a header can describe, the settings of
IPv6, and what it keeps with a packet."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

from lomodel.linux.include.net.ipv6 import IPV6_DEFAULT_HOPLIMIT
from lomodel.linux.include.uapi.linux.ipv6 import IPV6_MIN_MTU

IPV6_MAXPLEN = 65535

IP6SKB_FRAGMENTED = 16
IP6SKB_HOPBYHOP = 32
IP6SKB_JUMBOGRAM = 128


@dataclass(slots=True)
class Ipv6Devconf:
    """struct ipv6_devconf, the settings that matter here: sysctls of net.ipv6.conf."""

    disable_ipv6: int = 0
    keep_addr_on_down: int = 0
    accept_dad: int = 1
    mtu6: int = IPV6_MIN_MTU
    hop_limit: int = IPV6_DEFAULT_HOPLIMIT

    def __copy__(self) -> Ipv6Devconf:
        return Ipv6Devconf(*_settings(self))


_settings = attrgetter(*Ipv6Devconf.__slots__)


@dataclass(slots=True)
class Inet6SkbParm:
    """struct inet6_skb_parm: what IPv6 keeps with a packet that has extension headers.

    ``nhoff`` is where the field is that names the next header, in bytes from the IPv6 header;
    ``flags`` are IP6SKB_....
    """

    nhoff: int
    flags: int = 0
