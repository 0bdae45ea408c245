"""arch/x86/include/asm/cache.h: the size of a cache line, in bytes."""

from __future__ import annotations

L1_CACHE_BYTES = 64
