"""include/uapi/linux/in6.h: protocol numbers and socket options of IPv6."""

from __future__ import annotations

IPV6_UNICAST_HOPS = 16
IPV6_MTU_DISCOVER = 23
IPV6_MTU = 24
IPV6_RECVERR = 25
IPV6_V6ONLY = 26
IPV6_DONTFRAG = 62
IPPROTO_FRAGMENT = 44
IPPROTO_ICMPV6 = 58
