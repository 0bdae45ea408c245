"""include/linux/socket.h: families, levels, and what a system call hands to a protocol."""

from __future__ import annotations

from typing import Any, NamedTuple, TypeAlias

from lomodel.linux.include.linux.uio import IovIter

SOL_UDP = 17
SOL_PACKET = 263

MSG_TRUNC = 0x20
MSG_ERRQUEUE = 0x2000

AF_UNSPEC = 0
AF_INET = 2
AF_INET6 = 10
AF_PACKET = 17


InAddr: TypeAlias = Any
"""An address in its family's form: an int for IPv4, 16 bytes for IPv6. C has a union for it (struct
sockaddr_storage, union inet_addr), and like there only the family tells which of the two it is."""


class SockAddr(NamedTuple):
    """struct sockaddr_in and sockaddr_in6: where a socket is, or whom it means.

    ``addr`` is in the form of the family; ``scope_id`` is a device's index (IPv6 only). AF_UNSPEC
    has neither address nor port. AF_PACKET (struct sockaddr_ll) has a device's index for an
    address and an Ethernet protocol for a port.
    """

    family: int
    addr: InAddr = None
    port: int = 0
    scope_id: int = 0


class MsgHdr:
    """struct msghdr: what to send and where to, or what was read and from whom.

    ``msg_name`` is None for a connected socket, ``msg_scope`` a device's index (IPv6 only).
    ``msg_gso_size`` is a UDP_SEGMENT control message of a send. Of a read, ``msg_flags`` are MSG_
    bits and ``msg_control`` the control messages: level, type, and a value in Python's form.
    """

    __slots__ = (
        "msg_name",
        "msg_port",
        "msg_scope",
        "msg_iter",
        "msg_gso_size",
        "msg_flags",
        "msg_control",
    )

    def __init__(self) -> None:
        self.msg_name: InAddr | None = None
        self.msg_port = self.msg_scope = 0
        self.msg_iter: IovIter = b""
        self.msg_gso_size: int | None = None
        self.msg_flags = 0
        self.msg_control: list[tuple[int, int, object]] = []
