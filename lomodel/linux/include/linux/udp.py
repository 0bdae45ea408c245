"""include/linux/udp.h: the size of a UDP header in bytes, and where its sum is."""

from __future__ import annotations

UDP_HLEN = 8
UDP_CHECK = 6
