"""The sockets that a scenario names: what it does with them, and what they give back."""

from __future__ import annotations

import ctypes
import socket
import struct
from collections.abc import Callable, Iterator
from typing import Any

from lomodel.contract import errno_name
from lomodel.contract.captured import reported_port

FAMILY = {"inet": socket.AF_INET, "inet6": socket.AF_INET6}
TYPE = {"dgram": socket.SOCK_DGRAM}
SOL_UDP, UDP_SEGMENT, UDP_GRO = 17, 103, 104
IP_RECVERR, IPV6_RECVERR = 11, 25
MSG_ERRQUEUE = 0x2000
#: struct sock_extended_err; the offender's address follows.
EXTENDED_ERROR = struct.Struct("=IBBBxII")
ORIGIN = {1: "local", 2: "icmp", 3: "icmp6"}
ANCILLARY = 512  # bytes: more than any datagram has beside it

Ancillary = list[tuple[int, int, bytes]]


def endpoint(family: int, address: str, port: int) -> tuple[Any, ...]:
    """An address and a port as Python wants them; what follows ``%`` is the scope's id."""
    if family == socket.AF_INET:
        return address, port
    host, _, scope = address.partition("%")
    return host, port, 0, int(scope or 0)


def disconnect(sock: socket.socket) -> None:
    """connect to AF_UNSPEC, which Python has no way to say. Raises OSError."""
    libc = ctypes.CDLL(None, use_errno=True)
    unspec = struct.pack("=H14x", socket.AF_UNSPEC)
    if libc.connect(sock.fileno(), unspec, len(unspec)) != 0:
        raise OSError(ctypes.get_errno(), "connect")


def connect(sock: socket.socket, address: str | None, port: int) -> None:
    """connect, or without an address: to AF_UNSPEC. Raises OSError."""
    if address is None:
        disconnect(sock)
    else:
        sock.connect(endpoint(sock.family, address, port))


def send(
    sock: socket.socket, step: dict[str, Any], after_each: Callable[[], object]
) -> dict[str, Any]:
    """What comes of `count` sendmsg calls, one after the other, whatever becomes of them."""
    payload = bytes(step["payload"])
    to = endpoint(sock.family, *step["to"]) if "to" in step else None
    beside: Ancillary = []
    if "gso_size" in step:
        beside = [(SOL_UDP, UDP_SEGMENT, struct.pack("=H", step["gso_size"]))]
    results = []
    for _ in range(step.get("count", 1)):
        results.append(_send_one(sock, payload, beside, to))
        after_each()
    found = {"error": next(filter(None, results), None)}
    return found | ({"results": results} if "count" in step else {})


def _send_one(
    sock: socket.socket, payload: bytes, beside: Ancillary, to: tuple[Any, ...] | None
) -> str | None:
    try:
        if to is None:
            sock.sendmsg([payload], beside, socket.MSG_DONTWAIT)
        else:
            sock.sendmsg([payload], beside, socket.MSG_DONTWAIT, to)
    except OSError as error:
        return errno_name(error)
    return None


def recv(sock: socket.socket, step: dict[str, Any]) -> dict[str, Any]:
    """The datagrams that are read before an error, at most `count`, and the error."""
    buffer = bytearray(step.get("size", 65536))
    errqueue = step.get("errqueue", False)
    datagrams: list[dict[str, Any]] = []
    try:
        for _ in range(step.get("count", 1)):
            datagrams.append(_recv_one(sock, buffer, errqueue))
    except OSError as error:
        return {"error": errno_name(error), "datagrams": datagrams}
    return {"error": None, "datagrams": datagrams}


def _recv_one(sock: socket.socket, buffer: bytearray, errqueue: bool) -> dict[str, Any]:
    wanted = socket.MSG_DONTWAIT | (MSG_ERRQUEUE if errqueue else 0)
    length, beside, flags, name = sock.recvmsg_into([buffer], ANCILLARY, wanted)
    datagram: dict[str, Any] = {"length": length, "from": [name[0], reported_port(name[1])]}
    if flags & socket.MSG_TRUNC:
        datagram["truncated"] = True
    for level, kind, data in beside:
        if (level, kind) == (SOL_UDP, UDP_GRO):
            (datagram["gso_size"],) = struct.unpack_from("=i", data)
    if errqueue:
        datagram["cause"] = next(_causes(beside), None)
    return datagram


def _causes(beside: Ancillary) -> Iterator[dict[str, Any]]:
    for level, kind, data in beside:
        if (level, kind) in ((socket.SOL_IP, IP_RECVERR), (socket.IPPROTO_IPV6, IPV6_RECVERR)):
            error, origin, icmp_type, code, info, _ = EXTENDED_ERROR.unpack_from(data)
            yield {
                "errno": errno_name(OSError(error, "")),
                "origin": ORIGIN.get(origin, str(origin)),
                "type": icmp_type,
                "code": code,
                "info": info,
                "offender": _offender(data[EXTENDED_ERROR.size :]),
            }


def _offender(sockaddr: bytes) -> str | None:
    """The address in a `struct sockaddr_in` or `sockaddr_in6`, or None in one of no family."""
    (family,) = struct.unpack_from("=H", sockaddr)
    if family == socket.AF_INET:
        return socket.inet_ntop(family, sockaddr[4:8])
    if family == socket.AF_INET6:
        return socket.inet_ntop(family, sockaddr[8:24])
    return None
