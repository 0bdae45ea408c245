"""What the tests of senders share: a machine with lo up, its sockets, and what a sniffer sees."""

from __future__ import annotations

import errno
import struct
from collections.abc import Callable
from typing import Any

from lomodel.linux.include.uapi.linux.if_packet import PACKET_OUTGOING
from lomodel.linux.net.core.dev import dev_get_stats
from lomodel.linux.net.core.dev_ioctl import set_mtu, set_up
from lomodel.linux.net.socket import bind, recv, sendto, socket_create
from lomodel.machine import Machine

AF_INET, AF_INET6, SOCK_DGRAM, SOCK_RAW = 2, 10, 2, 3
LOCALHOST = {AF_INET: "127.0.0.1", AF_INET6: "::1"}
PORT = 7000


class Host:
    """A machine whose lo is up; ``frames`` collects what leaves through lo, as bytes."""

    def __init__(self, release: str = "6.18", mtu: int | None = None) -> None:
        self.machine = Machine(release)
        self.net = self.machine.new_net()
        self.lo = self.net.loopback_dev
        self.frames: list[bytes] = []
        set_up(self.lo, True)
        if mtu is not None:
            set_mtu(self.lo, mtu)
        self.machine.ptype_all.append(self._tap)

    def _tap(self, skb: Any, dev: Any) -> None:
        if skb.pkt_type == PACKET_OUTGOING:
            self.frames.append(skb.tobytes())

    def socket(self, family: int = AF_INET, type: int = SOCK_DGRAM, protocol: int = 0) -> Any:
        return socket_create(self.net, family, type, protocol)

    def listener(self, family: int = AF_INET, port: int = PORT) -> Any:
        sock = self.socket(family)
        bind(sock, "", port)
        return sock

    def send(self, payload: bytes | int, family: int = AF_INET, sock: Any = None) -> int:
        data = bytes(payload) if isinstance(payload, int) else payload
        return sendto(sock or self.socket(family), data, LOCALHOST[family], PORT)

    def packets(self) -> int:
        return dev_get_stats(self.lo).tx_packets


def read_all(sock: Any) -> list[bytes]:
    """Every datagram that the socket can read now."""
    return [bytes(data) for data in iter(lambda: recv(sock), None)]


def errno_of(call: Callable, *args: Any) -> str | None:
    """The name of the errno that a call raises, None when it raises none."""
    try:
        call(*args)
    except OSError as error:
        return errno.errorcode[error.errno]
    return None


def ones_complement(data: bytes) -> int:
    """The Internet checksum's sum, word by word as RFC 1071 adds it: 0xffff when it is right."""
    data += b"\0" * (len(data) % 2)
    total = 0
    for (word,) in struct.iter_unpack("!H", data):
        total += word
        total = (total & 0xFFFF) + (total >> 16)
    return total


def transport_sum(frame: bytes) -> int:
    """The sum of a whole frame's transport part with its pseudo header; 0xffff when it is right."""
    network = frame[14:]
    if network[0] >> 4 == 4:
        body = network[20:]
        return ones_complement(network[12:20] + struct.pack("!HH", network[9], len(body)) + body)
    body = network[40:]
    return ones_complement(network[8:40] + struct.pack("!II", len(body), network[6]) + body)
