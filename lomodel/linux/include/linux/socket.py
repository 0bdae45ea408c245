"""include/linux/socket.h: families, levels, and what a system call hands to a protocol."""

from __future__ import annotations

from typing import Any

SOL_UDP = 17

AF_UNSPEC = 0
AF_INET = 2
AF_INET6 = 10


class MsgHdr:
    """struct msghdr: what to send and where to. ``msg_name`` is None for a connected socket."""

    __slots__ = ("msg_name", "msg_port", "msg_iter", "msg_gso_size")

    def __init__(self) -> None:
        self.msg_name: Any = None
        self.msg_port = 0
        self.msg_iter: Any = b""
        self.msg_gso_size: int | None = None
