"""include/linux/socket.h: families, levels, and what a system call hands to a protocol."""

from __future__ import annotations

from typing import Any, TypeAlias

from lomodel.linux.include.linux.uio import IovIter

SOL_UDP = 17

AF_INET = 2
AF_INET6 = 10


InAddr: TypeAlias = Any
"""An address in its family's form: an int for IPv4, 16 bytes for IPv6. C has a union for it (struct
sockaddr_storage, union inet_addr), and like there only the family tells which of the two it is."""


class MsgHdr:
    """struct msghdr: what to send and where to. ``msg_name`` is None for a connected socket."""

    __slots__ = ("msg_name", "msg_port", "msg_iter", "msg_gso_size")

    def __init__(self) -> None:
        self.msg_name: InAddr | None = None
        self.msg_port = 0
        self.msg_iter: IovIter = b""
        self.msg_gso_size: int | None = None
