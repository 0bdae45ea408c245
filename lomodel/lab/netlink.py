"""rtnetlink(7), as bare as a program can use it: one request, one answer, the kernel's errno."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Iterator

NLMSG_ERROR, NLMSG_DONE = 2, 3
RTM_NEWLINK, RTM_GETLINK, RTM_NEWADDR, RTM_DELADDR, RTM_GETADDR = 16, 18, 20, 21, 22
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 0x1, 0x4, 0x300
NLM_F_EXCL, NLM_F_CREATE = 0x200, 0x400
HEADER = struct.Struct("=IHHII")  # length, type, flags, sequence, port
ATTRIBUTE = struct.Struct("=HH")  # length, type
IFINFO, IFADDR = struct.Struct("=BxHiII"), struct.Struct("=BBBBi")
ANSWER = 1 << 17  # bytes of a buffer that holds any answer

Attributes = dict[int, bytes]


def _padded(data: bytes) -> bytes:
    return data + bytes(-len(data) % 4)


def _message(kind: int, flags: int, body: bytes, attributes: Attributes) -> bytes:
    for number, value in attributes.items():
        body += _padded(ATTRIBUTE.pack(ATTRIBUTE.size + len(value), number) + value)
    return HEADER.pack(HEADER.size + len(body), kind, NLM_F_REQUEST | flags, 1, 0) + body


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    while len(data) >= HEADER.size:
        length, kind, *_ = HEADER.unpack_from(data)
        yield kind, data[HEADER.size : length]
        data = data[length + -length % 4 :]


def _answers(kind: int, flags: int, body: bytes, attributes: Attributes) -> Iterator[bytes]:
    """The bodies of what the kernel answers, up to its end. Raises OSError."""
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as sock:
        sock.send(_message(kind, flags, body, attributes))
        while True:
            for answer, content in _messages(sock.recv(ANSWER)):
                if answer == NLMSG_ERROR:
                    (error,) = struct.unpack_from("=i", content)
                    if error:
                        raise OSError(-error, os.strerror(-error))
                    return
                if answer == NLMSG_DONE:
                    return
                yield content


def _attributes(data: bytes) -> Attributes:
    found = {}
    while len(data) >= ATTRIBUTE.size:
        length, number = ATTRIBUTE.unpack_from(data)
        found[number] = data[ATTRIBUTE.size : length]
        data = data[length + -length % 4 :]
    return found


def change(kind: int, body: bytes, attributes: Attributes, flags: int = 0) -> None:
    """Ask the kernel to change something. Raises OSError with its errno."""
    list(_answers(kind, flags | NLM_F_ACK, body, attributes))


def link(ifindex: int) -> tuple[tuple[int, ...], Attributes]:
    """A device: its `struct ifinfomsg` (family, type, index, flags, change), its attributes."""
    body = IFINFO.pack(socket.AF_UNSPEC, 0, ifindex, 0, 0)
    (answer,) = _answers(RTM_GETLINK, NLM_F_ACK, body, {})
    return IFINFO.unpack_from(answer), _attributes(answer[IFINFO.size :])


def addresses() -> Iterator[tuple[tuple[int, ...], Attributes]]:
    """All addresses: each one's `struct ifaddrmsg` (family, prefix, flags, scope, index), its
    attributes."""
    body = IFADDR.pack(socket.AF_UNSPEC, 0, 0, 0, 0)
    for answer in _answers(RTM_GETADDR, NLM_F_DUMP, body, {}):
        yield IFADDR.unpack_from(answer), _attributes(answer[IFADDR.size :])
