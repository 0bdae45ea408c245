"""include/uapi/linux/in_route.h: flags of a route's cached dst."""

from __future__ import annotations

RTCF_BROADCAST = 0x10000000
RTCF_MULTICAST = 0x20000000
RTCF_LOCAL = 0x80000000
