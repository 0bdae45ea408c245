"""include/net/checksum.h: what is sent in place of a UDP checksum of 0."""

from __future__ import annotations

CSUM_MANGLED_0 = 0xFFFF
