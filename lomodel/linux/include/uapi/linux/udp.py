"""include/uapi/linux/udp.h: options of a UDP socket."""

from __future__ import annotations

UDP_NO_CHECK6_TX = 101
UDP_NO_CHECK6_RX = 102
UDP_SEGMENT = 103
UDP_GRO = 104
