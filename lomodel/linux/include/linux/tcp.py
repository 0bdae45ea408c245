"""include/linux/tcp.h: sizes within a TCP header, in bytes."""

from __future__ import annotations

TCP_HLEN = 20
TCP_CHECK = 16
