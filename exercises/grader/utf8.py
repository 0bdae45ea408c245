"""Text that may hold what UTF-8 cannot: bytes of a file's name, half characters."""

from __future__ import annotations


def encodable(text: str) -> str:
    r"""The same text; what UTF-8 cannot hold is written out, as ``\udc80``."""
    return text.encode("utf-8", "backslashreplace").decode()
