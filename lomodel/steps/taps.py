"""The steps `tap` and `captured`: a packet socket that hears lo."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lomodel.contract import Step, errno_name
from lomodel.contract.captured import captured_frame
from lomodel.linux.include.linux.net import SOCK_RAW, Socket
from lomodel.linux.include.linux.socket import AF_PACKET, SOL_PACKET, MsgHdr, SockAddr
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_ALL
from lomodel.linux.include.uapi.linux.if_packet import PACKET_AUXDATA
from lomodel.linux.net.socket import recvmsg, setsockopt, socket_create

if TYPE_CHECKING:
    from lomodel.scenario import Player

FRAME_MAX = 1 << 21
"""More bytes than any frame that a step can send."""


def _tap(player: Player, step: Step) -> None:
    sock = socket_create(player.net, AF_PACKET, SOCK_RAW)
    setsockopt(sock, SOL_PACKET, PACKET_AUXDATA, 1)
    sock.ops.bind(sock, SockAddr(AF_PACKET, player.lo.ifindex, ETH_P_ALL))
    player.named[step["name"]] = sock


def _captured(player: Player, step: Step) -> dict[str, Any]:
    sock = player.named[step["tap"]]
    error: str | None = None
    frames: list[dict[str, Any]] = []
    while True:
        try:
            msg = _read(sock)
        except OSError as refused:
            error = error or errno_name(refused)
            continue
        if msg is None:
            return {"error": error, "frames": frames}
        frames.append(_frame(msg))


def _read(sock: Socket) -> MsgHdr | None:
    """The next frame, None when there is none; OSError of what else the read says."""
    try:
        return recvmsg(sock, FRAME_MAX)
    except BlockingIOError:
        return None


def _frame(msg: MsgHdr) -> dict[str, Any]:
    name: Any = msg.msg_name
    pkttype, protocol, _ = name
    status = next(value for _, type, value in msg.msg_control if type == PACKET_AUXDATA)
    assert isinstance(status, int)
    return captured_frame(bytes(msg.msg_iter), pkttype, protocol, status)


STEPS = {"tap": _tap, "captured": _captured}
