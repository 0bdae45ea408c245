"""include/vdso/limits.h: the least and largest values of C's types."""

from __future__ import annotations

INT_MAX = (1 << 31) - 1
INT_MIN = -INT_MAX - 1
USHRT_MAX = 0xFFFF
