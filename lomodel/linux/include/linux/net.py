"""include/linux/net.h: types of sockets, the user's handle of one, and who makes them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lomodel.linux.include.linux.socket import MsgHdr, SockAddr

if TYPE_CHECKING:
    from lomodel.linux.net.core.net_namespace import Net
    from lomodel.linux.net.core.sock import Sock
    from lomodel.machine import Machine

SOCK_DGRAM = 2
SOCK_RAW = 3


class Socket:
    """struct socket: the user's handle. ``sk`` is the protocol's side of it, ``ops`` what its
    family does for it; the family's ``create`` sets both."""

    __slots__ = ("machine", "sk", "type", "ops", "msg")

    sk: Sock
    ops: ProtoOps

    def __init__(self, machine: Machine, type: int) -> None:
        self.machine = machine
        self.type = type
        self.msg = MsgHdr()

    def __repr__(self) -> str:
        return f"<socket of {self.sk!r}>"


@dataclass(frozen=True, slots=True)
class ProtoOps:
    """struct proto_ops: a family's half of the system calls on sockets of one type.

    ``release`` is the beginning of close(2), None where there is nothing to do; ``sendmsg`` returns
    the bytes sent.
    """

    family: int
    release: Callable[[Socket], None] | None
    bind: Callable[[Socket, SockAddr], None]
    connect: Callable[[Socket, SockAddr], None]
    sendmsg: Callable[[Socket, MsgHdr, int], int]


@dataclass(frozen=True, slots=True)
class NetProtoFamily:
    """struct net_proto_family: ``create(net, sock, protocol)`` makes the protocol's half of a new
    socket."""

    family: int
    create: Callable[[Net, Socket, int], None]
