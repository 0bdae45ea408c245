"""include/uapi/linux/ip.h: what the fields of an IPv4 header hold."""

from __future__ import annotations

IPTOS_PREC_INTERNETCONTROL = 0xC0
IPDEFTTL = 64
