"""The part of pyroute2 that the laboratory's player uses, for the machine in the page.

All of pyroute2 is some 365 modules, which would double what a reader loads. `tree.py` puts this
file into the guest as `pyroute2/__init__.py`, beside pyroute2's own `ethtool.ioctl` and
`netlink.exceptions`. Names, arguments and results are pyroute2's (`IPRoute` in its documentation);
what the player does not ask for is not here. The messages are those of rtnetlink(7).
"""

import os
import socket
import struct
from collections.abc import Iterator
from typing import Any

from pyroute2.netlink.exceptions import NetlinkError

NLMSG_ERROR, NLMSG_DONE = 2, 3
RTM_DELLINK, RTM_GETLINK, RTM_GETADDR = 17, 18, 22
NLM_F_REQUEST, NLM_F_ACK, NLM_F_DUMP = 1, 4, 0x300
NLMSGHDR = struct.Struct("=IHHII")  # length, type, flags, sequence number, port
IFINFOMSG = struct.Struct("=BxHiII")  # family, type, index, flags, change
IFADDRMSG = struct.Struct("=BBBBI")  # family, prefix length, flags, scope, index
RTATTR = struct.Struct("=HH")  # length, type
IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU = 1, 3, 4
IFA_ADDRESS = 1
ROOM = 1 << 16  # bytes: no answer about lo is longer


def _aligned(length: int) -> int:
    return (length + 3) & ~3


def _attributes(data: bytes) -> dict[int, bytes]:
    found = {}
    while len(data) >= RTATTR.size:
        length, kind = RTATTR.unpack_from(data)
        found[kind] = data[RTATTR.size : length]
        data = data[_aligned(length) :]
    return found


def _link(data: bytes) -> dict[str, Any]:
    _, kind, index, flags, _ = IFINFOMSG.unpack_from(data)
    attributes = _attributes(data[IFINFOMSG.size :])
    return {
        "index": index,
        "ifi_type": kind,
        "flags": flags,
        "ifname": attributes[IFLA_IFNAME].rstrip(b"\0").decode(),
        "mtu": int.from_bytes(attributes[IFLA_MTU], "little"),
        "address": attributes[IFLA_ADDRESS].hex(":"),
    }


def _address(data: bytes) -> dict[str, Any]:
    family, prefixlen, _, _, index = IFADDRMSG.unpack_from(data)
    address = _attributes(data[IFADDRMSG.size :])[IFA_ADDRESS]
    text = socket.inet_ntop(family, address)
    return {"index": index, "prefixlen": prefixlen, "address": text}


class IPRoute:
    """A routing socket. Raises NetlinkError with the kernel's errno."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE)

    def __enter__(self) -> "IPRoute":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def link(self, command: str, index: int) -> list[dict[str, Any]]:
        """`"get"` or `"del"` of the device with this index."""
        kind, flags = {"get": (RTM_GETLINK, 0), "del": (RTM_DELLINK, NLM_F_ACK)}[command]
        return [_link(each) for each in self._ask(kind, flags, IFINFOMSG.pack(0, 0, index, 0, 0))]

    def get_addr(self, index: int) -> list[dict[str, Any]]:
        """The addresses of the device with this index, in the kernel's order."""
        found = map(_address, self._ask(RTM_GETADDR, NLM_F_DUMP, IFADDRMSG.pack(0, 0, 0, 0, 0)))
        return [each for each in found if each["index"] == index]

    def _ask(self, kind: int, flags: int, body: bytes) -> Iterator[bytes]:
        length = NLMSGHDR.size + len(body)
        self._socket.send(NLMSGHDR.pack(length, kind, NLM_F_REQUEST | flags, 1, 0) + body)
        while True:
            for kind, body in _messages(self._socket.recv(ROOM)):
                if kind == NLMSG_DONE:
                    return
                if kind == NLMSG_ERROR:
                    _check(body)
                    return
                yield body
            if not flags:  # one question, one answer
                return


def _messages(data: bytes) -> Iterator[tuple[int, bytes]]:
    while data:
        length, kind, *_ = NLMSGHDR.unpack_from(data)
        yield kind, data[NLMSGHDR.size : length]
        data = data[_aligned(length) :]


def _check(body: bytes) -> None:
    (error,) = struct.unpack_from("=i", body)
    if error:
        raise NetlinkError(-error, os.strerror(-error))
