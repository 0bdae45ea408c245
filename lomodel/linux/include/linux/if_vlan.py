"""include/linux/if_vlan.h: the size of a VLAN tag in bytes."""

from __future__ import annotations

VLAN_HLEN = 4
VLAN_VID_MASK = 0x0FFF
VLAN_MAX_DEPTH = 8
