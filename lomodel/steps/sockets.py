"""The steps on named sockets: `socket`, `bind`, `connect`, `send`, `recv` and `close`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lomodel.contract import Step, errno_name
from lomodel.linux.include.linux.errqueue import ErrHdr
from lomodel.linux.include.linux.net import SOCK_DGRAM, Socket
from lomodel.linux.include.linux.socket import (
    MSG_ERRQUEUE,
    MSG_TRUNC,
    SOL_UDP,
    MsgHdr,
)
from lomodel.linux.include.uapi.linux.errqueue import (
    SO_EE_ORIGIN_ICMP,
    SO_EE_ORIGIN_ICMP6,
    SO_EE_ORIGIN_LOCAL,
)
from lomodel.linux.include.uapi.linux.udp import UDP_GRO
from lomodel.linux.net.socket import bind, close, connect, recvmsg, sendto, socket_create
from lomodel.steps.sending import FAMILY, address_text, message

if TYPE_CHECKING:
    from lomodel.scenario import Player

ORIGINS = {SO_EE_ORIGIN_LOCAL: "local", SO_EE_ORIGIN_ICMP: "icmp", SO_EE_ORIGIN_ICMP6: "icmp6"}
"""Who found an error, as the contract calls them."""
EPHEMERAL = range(32768, 61000)
"""net.ipv4.ip_local_port_range: the contract does not say which of them the kernel picked."""


def _socket(player: Player, step: Step) -> None:
    player.named[step["name"]] = socket_create(player.net, FAMILY[step["family"]], SOCK_DGRAM)


def _bind(player: Player, step: Step) -> None:
    bind(player.named[step["socket"]], step["address"], step["port"])


def _connect(player: Player, step: Step) -> None:
    connect(player.named[step["socket"]], step["address"], step.get("port", 0))


def _close(player: Player, step: Step) -> None:
    close(player.named.pop(step["socket"] if "socket" in step else step["tap"]))


def _send(player: Player, step: Step) -> dict[str, Any]:
    sock = player.named[step["socket"]]
    results = [_sent(sock, step) for _ in range(step.get("count", 1))]
    observed: dict[str, Any] = {"error": next((name for name in results if name), None)}
    return observed | ({"results": results} if "count" in step else {})


def _sent(sock: Socket, step: Step) -> str | None:
    """One send: None, or the errno's name."""
    addr, port = step.get("to", (None, 0))
    try:
        sendto(sock, message(b"", step["payload"]), addr, port, step.get("gso_size"))
    except OSError as error:
        return errno_name(error)
    return None


def _recv(player: Player, step: Step) -> dict[str, Any]:
    sock = player.named[step["socket"]]
    flags = MSG_ERRQUEUE if step.get("errqueue") else 0
    datagrams: list[dict[str, Any]] = []
    try:
        for _ in range(step.get("count", 1)):
            msg = recvmsg(sock, step.get("size", 1 << 16), flags)
            datagrams.append(_datagram(sock.ops.family, msg, bool(flags)))
    except OSError as error:
        return {"error": errno_name(error), "datagrams": datagrams}
    return {"datagrams": datagrams}


def _datagram(family: int, msg: MsgHdr, errqueue: bool) -> dict[str, Any]:
    """What the contract observes of a datagram that was read."""
    seen: dict[str, Any] = {"length": len(msg.msg_iter), "from": _from(family, msg)}
    if msg.msg_flags & MSG_TRUNC:
        seen["truncated"] = True
    for level, type, value in msg.msg_control:
        if (level, type) == (SOL_UDP, UDP_GRO):
            seen["gso_size"] = value
        elif errqueue and isinstance(value, ErrHdr):
            seen["cause"] = _cause(family, value)
    return seen


def _cause(family: int, errhdr: ErrHdr) -> dict[str, Any]:
    """What the contract observes of a socket error message."""
    ee, offender = errhdr
    return {
        "errno": errno_name(OSError(ee.ee_errno, "")),
        "origin": ORIGINS[ee.ee_origin],
        "type": ee.ee_type,
        "code": ee.ee_code,
        "info": ee.ee_info,
        "offender": None if offender is None else address_text(family, offender),
    }


def _from(family: int, msg: MsgHdr) -> list[Any]:
    return [address_text(family, msg.msg_name), 0 if msg.msg_port in EPHEMERAL else msg.msg_port]


STEPS = {
    "socket": _socket,
    "bind": _bind,
    "connect": _connect,
    "send": _send,
    "recv": _recv,
    "close": _close,
}
