"""include/uapi/linux/ipv6.h: the least MTU (bytes) that IPv6 works with."""

from __future__ import annotations

IPV6_MIN_MTU = 1280
