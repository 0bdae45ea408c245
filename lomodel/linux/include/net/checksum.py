"""include/net/checksum.h: what is sent in place of a UDP checksum of 0, and one's complement
arithmetic on 16 bits."""

from __future__ import annotations

CSUM_MANGLED_0 = 0xFFFF


def csum16_add(csum: int, addend: int) -> int:
    """Add to a sum; what is carried out comes back in at the other end."""
    total = csum + addend
    return (total & 0xFFFF) + (total >> 16)


def csum16_sub(csum: int, addend: int) -> int:
    """Take from a sum: its complement is added."""
    return csum16_add(csum, ~addend & 0xFFFF)
