"""include/linux/icmpv6.h: the length of a message's header, in bytes."""

from __future__ import annotations

ICMP6_HLEN = 8
