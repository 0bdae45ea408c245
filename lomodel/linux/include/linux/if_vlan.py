"""include/linux/if_vlan.h: the size of a VLAN tag in bytes."""

from __future__ import annotations

VLAN_HLEN = 4
