"""include/linux/err.h: the error that a function came back with."""

from __future__ import annotations


def PTR_ERR(error: OSError) -> int:
    """What C would have returned where the model raised: minus the errno."""
    assert error.errno is not None, "a kernel function raises OSError with an errno"
    return -error.errno
