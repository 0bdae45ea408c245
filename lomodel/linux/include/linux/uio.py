"""include/linux/uio.h: the bytes that a system call sends."""

from __future__ import annotations

from typing import TypeAlias

IovIter: TypeAlias = bytes | bytearray | memoryview
"""struct iov_iter: where the bytes lie. They are not copied before they must be."""
