"""include/linux/slab.h: the most (bytes) that kmalloc gives."""

from __future__ import annotations

from lomodel.linux.arch.x86.include.asm.page_types import PAGE_SIZE

KMALLOC_MAX_SIZE = PAGE_SIZE << 10
"""The longest piece of memory that the allocator gives: 2**MAX_PAGE_ORDER pages, in bytes."""
