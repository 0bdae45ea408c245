"""The step `ping`: an echo request from a raw socket."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from lomodel.contract import Step
from lomodel.linux.include.linux.net import SOCK_RAW
from lomodel.linux.include.uapi.linux.in6 import IPPROTO_ICMPV6
from lomodel.linux.include.uapi.linux.in_ import (
    IPPROTO_ICMP,
)
from lomodel.linux.net.core.skbuff import checksum
from lomodel.linux.net.socket import sendto
from lomodel.steps.sending import FAMILY, LOCALHOST, message

if TYPE_CHECKING:
    from lomodel.scenario import Player

ECHO_REQUEST = {"inet": (8, IPPROTO_ICMP), "inet6": (128, IPPROTO_ICMPV6)}


def _ping(player: Player, step: Step) -> None:
    name = step["family"]
    kind, protocol = ECHO_REQUEST[name]
    header = struct.pack("!BBHHH", kind, 0, 0, 1, 1)
    if name == "inet":
        # The payload's zeros add nothing to the sum; for IPv6 the kernel sums.
        total = ~checksum(header) & 0xFFFF
        header = struct.pack("!BBHHH", kind, 0, total, 1, 1)
    sock = player.socket(FAMILY[name], SOCK_RAW, protocol)
    sendto(sock, message(header, step["payload"]), step.get("to", LOCALHOST[name]))


STEPS = {"ping": _ping}
