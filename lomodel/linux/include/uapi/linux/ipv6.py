"""include/uapi/linux/ipv6.h: the least MTU (bytes) that IPv6 works with, and types of routing
headers, and where fields of a header are, in bytes."""

from __future__ import annotations

IPV6_MIN_MTU = 1280
IPV6_SRCRT_TYPE_2 = 2
IPV6_SRCRT_TYPE_3 = 3
IPV6_SRCRT_TYPE_4 = 4

PAYLOAD_LEN = 4
NEXTHDR = 6
