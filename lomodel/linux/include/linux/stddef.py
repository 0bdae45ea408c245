"""include/linux/stddef.h: the pointer to nothing."""

from __future__ import annotations

from typing import Any

NULL: Any = None
"""``((void *)0)``: it fits a pointer of any type, hence ``Any``.

A field that starts as NULL and is declared without ``| None`` is one that somebody sets before
anybody looks; whoever looks earlier crashes, as C would. What may be NULL by design says so.
"""
