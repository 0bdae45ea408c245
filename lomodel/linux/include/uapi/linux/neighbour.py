"""include/uapi/linux/neighbour.h: states of a neighbour."""

from __future__ import annotations

NUD_NOARP = 0x40
NUD_FAILED = 0x20
