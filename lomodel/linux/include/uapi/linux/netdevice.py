"""include/uapi/linux/netdevice.h: where a device's name and address come from."""

from __future__ import annotations

MAX_ADDR_LEN = 32
NET_NAME_UNKNOWN = 0
NET_NAME_ENUM = 1
NET_NAME_PREDICTABLE = 2
NET_NAME_USER = 3
NET_NAME_RENAMED = 4
NET_ADDR_PERM = 0
NET_ADDR_RANDOM = 1
NET_ADDR_STOLEN = 2
NET_ADDR_SET = 3
