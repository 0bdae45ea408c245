"""include/asm-generic/page.h: the size of a page in bytes."""

from __future__ import annotations

PAGE_SIZE = 4096
