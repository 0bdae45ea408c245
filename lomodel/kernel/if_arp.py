"""include/uapi/linux/if_arp.h: the types of hardware, and who asks whether one is the loopback."""

from __future__ import annotations

ARPHRD_ETHER = 1
ARPHRD_LOOPBACK = 772
