"""The step `udp`: one send to a receiver of its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lomodel.contract import PMTUDISC, Step
from lomodel.linux.include.linux.net import SOCK_DGRAM
from lomodel.linux.include.uapi.asm_generic.socket import SO_RCVBUFFORCE, SOL_SOCKET
from lomodel.linux.include.uapi.linux.in_ import (
    IPPROTO_UDP,
)
from lomodel.linux.include.uapi.linux.udp import UDP_SEGMENT
from lomodel.linux.net.socket import bind, close, recv, sendto, setsockopt
from lomodel.steps.sending import FAMILY, LOCALHOST, PMTU_OPTION, message

if TYPE_CHECKING:
    from lomodel.scenario import Player

RECEIVE_BUFFER = 64 << 20
"""Bytes that the receiver may hold: more than one step can send."""


def _udp(player: Player, step: Step) -> Callable[[], list[int]]:
    name = step["family"]
    receiver, port = _receiver(player, FAMILY[name])
    listening = step.get("listening", True)
    if not listening:
        close(receiver)
    sender = player.socket(FAMILY[name], SOCK_DGRAM)
    if step["gso_size"] is not None:
        setsockopt(sender, IPPROTO_UDP, UDP_SEGMENT, step["gso_size"])
    if "pmtudisc" in step:
        setsockopt(sender, *PMTU_OPTION[name], PMTUDISC.index(step["pmtudisc"]))
    sendto(sender, message(b"", step["payload"]), LOCALHOST[name], port)
    return lambda: _lengths(receiver) if listening else []


def _receiver(player: Player, family: int) -> tuple[Any, int]:
    """A receiver, and the port that the kernel picked for it: none that a scenario can name."""
    receiver = player.socket(family, SOCK_DGRAM)
    setsockopt(receiver, SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    bind(receiver, "", 0)
    return receiver, receiver.sk.inet_num


def _lengths(receiver: Any) -> list[int]:
    lengths = []
    while (datagram := recv(receiver)) is not None:
        lengths.append(len(datagram))
    return lengths


STEPS = {"udp": _udp}
