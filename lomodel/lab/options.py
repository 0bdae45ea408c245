"""Socket options: where the kernel has them, and a scenario's values as bytes and back."""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lomodel.contract import PMTUDISC, errno_name

IP, IPV6, UDP, SOL = socket.IPPROTO_IP, socket.IPPROTO_IPV6, socket.IPPROTO_UDP, socket.SOL_SOCKET
MEMINFO = {"rmem_alloc": 0, "rcvbuf": 1, "sndbuf": 3, "drops": 8}  # SK_MEMINFO_*


@dataclass(frozen=True)
class Option:
    """An option: its level and number, its value's bytes, and the value of some bytes."""

    level: int
    number: int
    pack: Callable[[Any], bytes]
    unpack: Callable[[bytes], Any]
    size: int = 4


def _pack_int(value: int) -> bytes:
    return struct.pack("=I", value & 0xFFFFFFFF)


def _unpack_int(data: bytes) -> int:
    return int.from_bytes(data, "little" if struct.pack("=H", 1)[0] else "big", signed=True)


def _pack_word(value: str) -> bytes:
    return _pack_int(PMTUDISC.index(value))


def _unpack_word(data: bytes) -> Any:
    number = _unpack_int(data)
    return PMTUDISC[number] if number in range(len(PMTUDISC)) else number


def _unpack_error(data: bytes) -> str | None:
    number = _unpack_int(data)
    return errno_name(OSError(number, "")) if number else None


def _unpack_meminfo(data: bytes) -> dict[str, int]:
    values = struct.unpack(f"={len(data) // 4}I", data)
    return {name: values[place] for name, place in MEMINFO.items()}


def _pack_interface(value: str | int) -> bytes:
    """A `struct in_addr`, or a `struct ip_mreqn` with nothing but the index."""
    if isinstance(value, str):
        return socket.inet_aton(value)
    return bytes(8) + _pack_int(value)


def _pack_name(value: str) -> bytes:
    return value.encode() + b"\0"


def _pack_ip_group(value: list[Any]) -> bytes:
    group, index = value
    return socket.inet_aton(group) + bytes(4) + _pack_int(index)


def _pack_ipv6_group(value: list[Any]) -> bytes:
    group, index = value
    return socket.inet_pton(socket.AF_INET6, group) + _pack_int(index)


def _nothing(_: Any) -> Any:
    raise TypeError("an option that the contract does not set, or does not read")


def _int(level: int, number: int) -> Option:
    return Option(level, number, _pack_int, _unpack_int)


def _word(level: int, number: int) -> Option:
    return Option(level, number, _pack_word, _unpack_word)


def _set(level: int, number: int, pack: Callable[[Any], bytes]) -> Option:
    return Option(level, number, pack, _nothing)


def _get(level: int, number: int, unpack: Callable[[bytes], Any], size: int = 4) -> Option:
    return Option(level, number, _nothing, unpack, size)


OPTIONS = {
    "SO_RCVBUF": _int(SOL, socket.SO_RCVBUF),
    "SO_SNDBUF": _int(SOL, socket.SO_SNDBUF),
    "SO_BROADCAST": _int(SOL, socket.SO_BROADCAST),
    "SO_REUSEADDR": _int(SOL, socket.SO_REUSEADDR),
    "SO_NO_CHECK": _int(SOL, 11),
    "SO_BINDTODEVICE": _set(SOL, 25, _pack_name),
    "SO_ERROR": _get(SOL, socket.SO_ERROR, _unpack_error),
    "SO_MEMINFO": _get(SOL, 55, _unpack_meminfo, 36),
    "UDP_NO_CHECK6_TX": _int(UDP, 101),
    "UDP_NO_CHECK6_RX": _int(UDP, 102),
    "UDP_SEGMENT": _int(UDP, 103),
    "UDP_GRO": _int(UDP, 104),
    "IP_TTL": _int(IP, 2),
    "IP_MTU_DISCOVER": _word(IP, 10),
    "IP_RECVERR": _int(IP, 11),
    "IP_MTU": _get(IP, 14, _unpack_int),
    "IP_MULTICAST_IF": _set(IP, 32, _pack_interface),
    "IP_MULTICAST_TTL": _int(IP, 33),
    "IP_MULTICAST_LOOP": _int(IP, 34),
    "IP_ADD_MEMBERSHIP": _set(IP, 35, _pack_ip_group),
    "IP_DROP_MEMBERSHIP": _set(IP, 36, _pack_ip_group),
    "IP_MULTICAST_ALL": _int(IP, 49),
    "IPV6_UNICAST_HOPS": _int(IPV6, 16),
    "IPV6_MULTICAST_IF": _int(IPV6, 17),
    "IPV6_MULTICAST_HOPS": _int(IPV6, 18),
    "IPV6_MULTICAST_LOOP": _int(IPV6, 19),
    "IPV6_ADD_MEMBERSHIP": _set(IPV6, 20, _pack_ipv6_group),
    "IPV6_DROP_MEMBERSHIP": _set(IPV6, 21, _pack_ipv6_group),
    "IPV6_MTU_DISCOVER": _word(IPV6, 23),
    "IPV6_MTU": _get(IPV6, 24, _unpack_int),
    "IPV6_RECVERR": _int(IPV6, 25),
    "IPV6_V6ONLY": _int(IPV6, 26),
    "IPV6_MULTICAST_ALL": _int(IPV6, 29),
}
#: Options after which group reports are sent, by timers.
JOINING = ("IP_ADD_MEMBERSHIP", "IPV6_ADD_MEMBERSHIP")
LEAVING = ("IP_DROP_MEMBERSHIP", "IPV6_DROP_MEMBERSHIP")


def set_option(sock: socket.socket, name: str, value: Any, length: int | None = None) -> None:
    """setsockopt; ``length``: give so many bytes of the value, with zeros behind it.

    Raises OSError.
    """
    option = OPTIONS[name]
    data = option.pack(value)
    if length is not None:
        data = (data + bytes(8))[:length]
    sock.setsockopt(option.level, option.number, data)


def get_option(sock: socket.socket, name: str) -> Any:
    """getsockopt, as a scenario writes the value. Raises OSError."""
    option = OPTIONS[name]
    return option.unpack(sock.getsockopt(option.level, option.number, option.size))
