"""The steps `setsockopt` and `getsockopt`: a table of the options that the contract names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lomodel.contract import Step
from lomodel.linux.include.linux.socket import SOL_UDP
from lomodel.linux.include.uapi.asm_generic.socket import (
    SO_BROADCAST,
    SO_NO_CHECK,
    SO_RCVBUF,
    SO_REUSEADDR,
    SO_SNDBUF,
    SOL_SOCKET,
)
from lomodel.linux.include.uapi.linux.in6 import (
    IPV6_MTU_DISCOVER,
    IPV6_RECVERR,
    IPV6_UNICAST_HOPS,
    IPV6_V6ONLY,
)
from lomodel.linux.include.uapi.linux.in_ import (
    IP_MTU_DISCOVER,
    IP_RECVERR,
    IP_TTL,
    IPPROTO_IP,
    IPPROTO_IPV6,
)
from lomodel.linux.include.uapi.linux.udp import UDP_GRO, UDP_NO_CHECK6_TX, UDP_SEGMENT
from lomodel.linux.net.socket import getsockopt, setsockopt

if TYPE_CHECKING:
    from lomodel.scenario import Player

INTS: dict[str, tuple[int, int]] = {
    "SO_RCVBUF": (SOL_SOCKET, SO_RCVBUF),
    "SO_SNDBUF": (SOL_SOCKET, SO_SNDBUF),
    "SO_BROADCAST": (SOL_SOCKET, SO_BROADCAST),
    "SO_REUSEADDR": (SOL_SOCKET, SO_REUSEADDR),
    "SO_NO_CHECK": (SOL_SOCKET, SO_NO_CHECK),
    "UDP_SEGMENT": (SOL_UDP, UDP_SEGMENT),
    "UDP_GRO": (SOL_UDP, UDP_GRO),
    "UDP_NO_CHECK6_TX": (SOL_UDP, UDP_NO_CHECK6_TX),
    "IP_RECVERR": (IPPROTO_IP, IP_RECVERR),
    "IP_TTL": (IPPROTO_IP, IP_TTL),
    "IPV6_RECVERR": (IPPROTO_IPV6, IPV6_RECVERR),
    "IPV6_UNICAST_HOPS": (IPPROTO_IPV6, IPV6_UNICAST_HOPS),
    "IPV6_V6ONLY": (IPPROTO_IPV6, IPV6_V6ONLY),
}
"""Options whose value is an int: level and number."""
WORDS: dict[str, tuple[int, int]] = {
    "IP_MTU_DISCOVER": (IPPROTO_IP, IP_MTU_DISCOVER),
    "IPV6_MTU_DISCOVER": (IPPROTO_IPV6, IPV6_MTU_DISCOVER),
}
"""Options whose value is one of PMTU_WORDS."""
PMTU_WORDS = ("dont", "want", "do", "probe", "interface", "omit")


def _setsockopt(player: Player, step: Step) -> None:
    name, value = step["option"], step["value"]
    if name in WORDS:
        level, optname = WORDS[name]
        value = PMTU_WORDS.index(value)
    else:
        level, optname = INTS[name]
    optval = (value & 0xFFFFFFFF).to_bytes(8, "little")[: step.get("length", 4)]
    setsockopt(player.named[step["socket"]], level, optname, optval)


def _getsockopt(player: Player, step: Step) -> dict[str, Any]:
    name, sock = step["option"], player.named[step["socket"]]
    level, optname = INTS.get(name) or WORDS[name]
    value = int.from_bytes(getsockopt(sock, level, optname), "little", signed=True)
    return {"value": PMTU_WORDS[value] if name in WORDS else value}


STEPS = {"setsockopt": _setsockopt, "getsockopt": _getsockopt}
