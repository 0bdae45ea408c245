"""The steps `setsockopt` and `getsockopt`: a table of the options that the contract names."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Any

from lomodel.contract import PMTUDISC, Step, errno_name
from lomodel.linux.include.linux.socket import AF_INET, AF_INET6, SOL_UDP
from lomodel.linux.include.uapi.asm_generic.socket import (
    SO_BINDTODEVICE,
    SO_BROADCAST,
    SO_ERROR,
    SO_MEMINFO,
    SO_NO_CHECK,
    SO_RCVBUF,
    SO_REUSEADDR,
    SO_SNDBUF,
    SOL_SOCKET,
)
from lomodel.linux.include.uapi.linux.in6 import (
    IPV6_ADD_MEMBERSHIP,
    IPV6_DROP_MEMBERSHIP,
    IPV6_MTU,
    IPV6_MTU_DISCOVER,
    IPV6_MULTICAST_ALL,
    IPV6_MULTICAST_HOPS,
    IPV6_MULTICAST_IF,
    IPV6_MULTICAST_LOOP,
    IPV6_RECVERR,
    IPV6_UNICAST_HOPS,
    IPV6_V6ONLY,
)
from lomodel.linux.include.uapi.linux.in_ import (
    IP_ADD_MEMBERSHIP,
    IP_DROP_MEMBERSHIP,
    IP_MTU,
    IP_MTU_DISCOVER,
    IP_MULTICAST_ALL,
    IP_MULTICAST_IF,
    IP_MULTICAST_LOOP,
    IP_MULTICAST_TTL,
    IP_RECVERR,
    IP_TTL,
    IPPROTO_IP,
    IPPROTO_IPV6,
)
from lomodel.linux.include.uapi.linux.udp import (
    UDP_GRO,
    UDP_NO_CHECK6_RX,
    UDP_NO_CHECK6_TX,
    UDP_SEGMENT,
)
from lomodel.linux.net.socket import getsockopt, in_aton, setsockopt

if TYPE_CHECKING:
    from lomodel.scenario import Player

NUMBERS: dict[str, tuple[int, int]] = {
    "SO_RCVBUF": (SOL_SOCKET, SO_RCVBUF),
    "SO_SNDBUF": (SOL_SOCKET, SO_SNDBUF),
    "SO_BROADCAST": (SOL_SOCKET, SO_BROADCAST),
    "SO_REUSEADDR": (SOL_SOCKET, SO_REUSEADDR),
    "SO_NO_CHECK": (SOL_SOCKET, SO_NO_CHECK),
    "SO_BINDTODEVICE": (SOL_SOCKET, SO_BINDTODEVICE),
    "SO_ERROR": (SOL_SOCKET, SO_ERROR),
    "SO_MEMINFO": (SOL_SOCKET, SO_MEMINFO),
    "UDP_SEGMENT": (SOL_UDP, UDP_SEGMENT),
    "UDP_GRO": (SOL_UDP, UDP_GRO),
    "UDP_NO_CHECK6_TX": (SOL_UDP, UDP_NO_CHECK6_TX),
    "UDP_NO_CHECK6_RX": (SOL_UDP, UDP_NO_CHECK6_RX),
    "IP_MTU_DISCOVER": (IPPROTO_IP, IP_MTU_DISCOVER),
    "IP_RECVERR": (IPPROTO_IP, IP_RECVERR),
    "IP_TTL": (IPPROTO_IP, IP_TTL),
    "IP_MTU": (IPPROTO_IP, IP_MTU),
    "IP_MULTICAST_IF": (IPPROTO_IP, IP_MULTICAST_IF),
    "IP_MULTICAST_TTL": (IPPROTO_IP, IP_MULTICAST_TTL),
    "IP_MULTICAST_LOOP": (IPPROTO_IP, IP_MULTICAST_LOOP),
    "IP_MULTICAST_ALL": (IPPROTO_IP, IP_MULTICAST_ALL),
    "IP_ADD_MEMBERSHIP": (IPPROTO_IP, IP_ADD_MEMBERSHIP),
    "IP_DROP_MEMBERSHIP": (IPPROTO_IP, IP_DROP_MEMBERSHIP),
    "IPV6_MTU_DISCOVER": (IPPROTO_IPV6, IPV6_MTU_DISCOVER),
    "IPV6_RECVERR": (IPPROTO_IPV6, IPV6_RECVERR),
    "IPV6_UNICAST_HOPS": (IPPROTO_IPV6, IPV6_UNICAST_HOPS),
    "IPV6_V6ONLY": (IPPROTO_IPV6, IPV6_V6ONLY),
    "IPV6_MTU": (IPPROTO_IPV6, IPV6_MTU),
    "IPV6_MULTICAST_IF": (IPPROTO_IPV6, IPV6_MULTICAST_IF),
    "IPV6_MULTICAST_HOPS": (IPPROTO_IPV6, IPV6_MULTICAST_HOPS),
    "IPV6_MULTICAST_LOOP": (IPPROTO_IPV6, IPV6_MULTICAST_LOOP),
    "IPV6_MULTICAST_ALL": (IPPROTO_IPV6, IPV6_MULTICAST_ALL),
    "IPV6_ADD_MEMBERSHIP": (IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP),
    "IPV6_DROP_MEMBERSHIP": (IPPROTO_IPV6, IPV6_DROP_MEMBERSHIP),
}
"""An option's level and number."""
WORDS = ("IP_MTU_DISCOVER", "IPV6_MTU_DISCOVER")
"""Options whose value is one of PMTUDISC."""
MEMINFO = {"rmem_alloc": 0, "rcvbuf": 1, "sndbuf": 3, "drops": 8}
"""The numbers of SO_MEMINFO that are observed, and their places (SK_MEMINFO_...)."""
MEMINFO_LENGTH = 36


def _int(value: int) -> bytes:
    return (value & 0xFFFFFFFF).to_bytes(4, "little")


def _address(family: int, text: str) -> bytes:
    address, _ = in_aton(family, text)
    return address.to_bytes(4, "big") if family == AF_INET else bytes(address)


def _multicast_if(value: str | int) -> bytes:
    """A struct in_addr, or a struct ip_mreqn with nothing but the index."""
    return _address(AF_INET, value) if isinstance(value, str) else bytes(8) + _int(value)


def _mreqn(value: list[Any]) -> bytes:
    return _address(AF_INET, value[0]) + bytes(4) + _int(value[1])


def _ipv6_mreq(value: list[Any]) -> bytes:
    return _address(AF_INET6, value[0]) + _int(value[1])


BYTES = {
    "SO_BINDTODEVICE": lambda value: value.encode() + b"\0",
    "IP_MULTICAST_IF": _multicast_if,
    "IP_ADD_MEMBERSHIP": _mreqn,
    "IP_DROP_MEMBERSHIP": _mreqn,
    "IPV6_ADD_MEMBERSHIP": _ipv6_mreq,
    "IPV6_DROP_MEMBERSHIP": _ipv6_mreq,
}
"""Values that are no ints: as the bytes that a program gives."""


def _setsockopt(player: Player, step: Step) -> None:
    name, value = step["option"], step["value"]
    if name in WORDS:
        value = PMTUDISC.index(value)
    optval = BYTES.get(name, _int)(value)
    if "length" in step:
        optval = optval.ljust(8, b"\0")[: step["length"]]
    setsockopt(player.named[step["socket"]], *NUMBERS[name], optval)


def _getsockopt(player: Player, step: Step) -> dict[str, Any]:
    name, sock = step["option"], player.named[step["socket"]]
    if name == "SO_MEMINFO":
        values = struct.unpack("<9I", getsockopt(sock, *NUMBERS[name], MEMINFO_LENGTH))
        return {"value": {key: values[place] for key, place in MEMINFO.items()}}
    value = int.from_bytes(getsockopt(sock, *NUMBERS[name]), "little", signed=True)
    if name == "SO_ERROR":
        return {"value": errno_name(OSError(value, "")) if value else None}
    return {"value": PMTUDISC[value] if name in WORDS else value}


STEPS = {"setsockopt": _setsockopt, "getsockopt": _getsockopt}
