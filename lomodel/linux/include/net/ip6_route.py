"""include/net/ip6_route.h: the longest packet (bytes) that some releases let a route take."""

from __future__ import annotations

IP6_MAX_MTU = 0xFFFF + 40
