"""include/linux/net.h: types of sockets."""

from __future__ import annotations

SOCK_DGRAM = 2
SOCK_RAW = 3
