"""include/linux/ipv6.h: the longest payload (bytes) that a header can describe."""

from __future__ import annotations

IPV6_MAXPLEN = 65535
