"""include/linux/udp.h: the size of a UDP header in bytes."""

from __future__ import annotations

UDP_HLEN = 8
