"""The contract's ways to send something that have sockets of their own, on lo."""

from __future__ import annotations

import os
import socket
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

from lomodel.contract import PMTUDISC
from lomodel.lab import device
from lomodel.lab.errors import Disturbed
from lomodel.lab.sockets import FAMILY, endpoint

Step = dict[str, Any]
#: Reads what has arrived: the lengths of the datagrams, in order.
Reader = Callable[[], list[int]]

LOCALHOST = {"inet": "127.0.0.1", "inet6": "::1"}
RECEIVE_BUFFER = 64 << 20  # bytes: more than any scenario's datagrams
SO_RCVBUFFORCE = 33
UDP_SEGMENT = 103
IP_MTU_DISCOVER, IPV6_MTU_DISCOVER = 10, 23
ICMP_ECHO, ICMPV6_ECHO_REQUEST = 8, 128
ETHERTYPE = {"inet": 0x0800, "inet6": 0x86DD}
DESTINATION = {
    "zero": "000000000000",
    "other": "020000000099",
    "broadcast": "ffffffffffff",
    "multicast": "01005e000001",
}
SOL_PACKET, PACKET_VNET_HDR = 263, 15
VNET = struct.Struct("=BBHHHH")  # struct virtio_net_hdr
VNET_FIELDS = ("flags", "gso_type", "hdr_len", "gso_size", "csum_start", "csum_offset")
VIRTIO_NET_HDR_F_NEEDS_CSUM = 1
VIRTIO_NET_HDR_GSO = {"inet": 1, "inet6": 4}
VIRTIO_NET_HDR_GSO_ECN = 0x80
TCP_CWR = 0x80
TCP_START = 1111, 2222, 1000  # ports and sequence number, which a tap shows
TCP_CHECKSUM = 16  # where it is in the header


def zeros(length: int) -> bytes:
    """A payload. Its pages are not even touched until the kernel copies them."""
    return bytes(length)


def checksum(data: bytes) -> int:
    """The Internet checksum's sum, folded to 16 bits and not yet inverted."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def _receiver(stack: ExitStack, family: str) -> socket.socket:
    # Bound to the wildcard: whether the address exists is for sendto to find out. The kernel picks
    # the port, which so is none of those that a scenario can name.
    sock = stack.enter_context(socket.socket(FAMILY[family], socket.SOCK_DGRAM))
    try:
        sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    except PermissionError:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
    sock.bind(("", 0))
    return sock


def _lengths(sock: socket.socket) -> list[int]:
    buffer = bytearray(1 << 16)
    lengths = []
    while True:
        try:
            lengths.append(sock.recv_into(buffer, 0, socket.MSG_DONTWAIT))
        except BlockingIOError:
            return lengths


def _set_pmtudisc(sock: socket.socket, family: str, name: str) -> None:
    if family == "inet":
        sock.setsockopt(socket.IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC.index(name))
    else:
        sock.setsockopt(socket.IPPROTO_IPV6, IPV6_MTU_DISCOVER, PMTUDISC.index(name))


def udp(step: Step, stack: ExitStack) -> Reader:
    """One sendto on a datagram socket. Raises OSError, of sendto or of a socket option."""
    family = step["family"]
    receiver = _receiver(stack, family)
    port = receiver.getsockname()[1]
    if not step.get("listening", True):
        receiver.close()
    sender = stack.enter_context(socket.socket(FAMILY[family], socket.SOCK_DGRAM))
    if step["gso_size"] is not None:
        sender.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, step["gso_size"])
    if "pmtudisc" in step:
        _set_pmtudisc(sender, family, step["pmtudisc"])
    sender.sendto(zeros(step["payload"]), (LOCALHOST[family], port))
    if sender.getsockname()[1] == port:
        raise Disturbed("the kernel picked the port that was to have no listener")
    return lambda: _lengths(receiver) if receiver.fileno() >= 0 else []


def ping(step: Step, stack: ExitStack) -> None:
    """One echo request from a raw socket; the stack answers. Raises OSError."""
    family = step["family"]
    protocol = socket.IPPROTO_ICMP if family == "inet" else socket.IPPROTO_ICMPV6
    sock = stack.enter_context(socket.socket(FAMILY[family], socket.SOCK_RAW, protocol))
    header = struct.pack("!BBHHH", ICMP_ECHO, 0, 0, 1, 1)
    if family == "inet":
        # The payload is zeros, which add nothing to the sum; for IPv6 the kernel sums.
        header = struct.pack("!BBHHH", ICMP_ECHO, 0, ~checksum(header) & 0xFFFF, 1, 1)
    else:
        header = struct.pack("!BBHHH", ICMPV6_ECHO_REQUEST, 0, 0, 1, 1)
    to = endpoint(FAMILY[family], step.get("to", LOCALHOST[family]), 0)
    sock.sendmsg([header, zeros(step["payload"])], [], 0, to)


class Closer:
    """Closes packet sockets in other threads: each close waits 20 ms for an RCU grace period."""

    THREADS = 16

    def __init__(self) -> None:
        self._pool: ThreadPoolExecutor | None = None

    def __call__(self, sock: socket.socket) -> None:
        if self._pool is None:
            self._pool = ThreadPoolExecutor(self.THREADS, initializer=_leave_cpu)
        self._pool.submit(sock.close)


def _leave_cpu() -> None:
    # The sender's CPU is no place for others; they may have any other one, where there is one.
    sender = os.sched_getaffinity(0)
    os.sched_setaffinity(0, set(range(os.cpu_count() or 1)) - sender or sender)


close_elsewhere = Closer()


def _packet_socket(stack: ExitStack) -> socket.socket:
    # Protocol 0: it sends, but is no tap, in whose presence no packet counts as unknown.
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    stack.callback(close_elsewhere, sock)
    return sock


def _bound_packet_socket(stack: ExitStack) -> socket.socket:
    sock = _packet_socket(stack)
    sock.bind((device.name(), 0))
    return sock


def _free_frame(step: Step) -> list[bytes]:
    return [bytes.fromhex(step["hex"]), zeros(step.get("zeros", 0))]


def frame(step: Step, stack: ExitStack) -> None:
    """One raw frame. Raises OSError."""
    if "hex" in step:
        _bound_packet_socket(stack).sendmsg(_free_frame(step))
        return
    header = bytes.fromhex(DESTINATION[step["dst"]]) + bytes(6)
    header += struct.pack("!H", step["ethertype"])
    sock = _packet_socket(stack)
    sock.sendmsg([header, zeros(step["payload"])], [], 0, (device.name(), step["ethertype"]))


def vnet_frame(step: Step, stack: ExitStack) -> None:
    """One raw frame with a virtio header before it. Raises OSError."""
    fields = [step["vnet"].get(name, 0) for name in VNET_FIELDS]
    sock = _bound_packet_socket(stack)
    sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    sock.sendmsg([VNET.pack(*fields), *_free_frame(step)])


def _tcp(step: Step, source: bytes) -> bytes:
    header = struct.pack("!HHIIBBHHH", *TCP_START, 1, 5 << 4, step["flags"], 65535, 0, 0)
    pseudo = source + source + struct.pack("!II", len(header) + step["payload"], 6)
    # CHECKSUM_PARTIAL: the field holds the pseudo header's sum, whoever completes it adds the rest.
    return header[:TCP_CHECKSUM] + struct.pack("!H", checksum(pseudo)) + header[18:]


def _ipv4(length: int, source: bytes) -> bytes:
    fields = [0x45, 0, 20 + length, 1, 0x4000, 64, 6]  # version, tos, length, id, DF, ttl, TCP
    header = struct.pack("!BBHHHBBH", *fields, 0) + source + source
    fields.append(~checksum(header) & 0xFFFF)
    return struct.pack("!BBHHHBBH", *fields) + source + source


def _ipv6(length: int, source: bytes) -> bytes:
    return struct.pack("!IHBB", 6 << 28, length, 6, 64) + source + source


def _vnet_header(step: Step, network: int) -> bytes:
    start = 14 + network
    kind = 0
    if step["gso_size"] is not None:
        kind = VIRTIO_NET_HDR_GSO[step["family"]]
        kind |= VIRTIO_NET_HDR_GSO_ECN if step["flags"] & TCP_CWR else 0
    size = step["gso_size"] or 0
    flags = VIRTIO_NET_HDR_F_NEEDS_CSUM
    return VNET.pack(flags, kind, start + 20, size, start, TCP_CHECKSUM)


def tcp_frame(step: Step, stack: ExitStack) -> None:
    """One TCP packet with a virtio header before it, to nobody's address. Raises OSError."""
    family = step["family"]
    source = socket.inet_pton(FAMILY[family], LOCALHOST[family])
    network = (_ipv4 if family == "inet" else _ipv6)(20 + step["payload"], source)
    ethernet = bytes.fromhex(DESTINATION["other"]) + bytes(6)
    ethernet += struct.pack("!H", ETHERTYPE[family])
    header = _vnet_header(step, len(network)) + ethernet + network + _tcp(step, source)
    sock = _packet_socket(stack)
    sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
    address = (device.name(), ETHERTYPE[family])
    sock.sendmsg([header, zeros(step["payload"])], [], 0, address)


SENDERS: dict[str, Callable[[Step, ExitStack], Reader | None]] = {
    "udp": udp,
    "ping": ping,
    "frame": frame,
    "tcp_frame": tcp_frame,
    "vnet_frame": vnet_frame,
}
