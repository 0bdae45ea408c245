"""arch/x86/include/asm/page_types.h: the size of a page in bytes."""

from __future__ import annotations

PAGE_SIZE = 4096
