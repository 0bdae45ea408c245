"""include/uapi/linux/igmp.h: the group that every host is in."""

from __future__ import annotations

IGMP_ALL_HOSTS = 0xE0000001
