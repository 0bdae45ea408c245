"""Python's module ``socket`` for a lo of the model: the same calls, the same errors.

    socket = sockets_of(lo_up())
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(("127.0.0.1", 9))              # nobody listens there
    [tried(s.send, b"x") for _ in range(4)]  # [1, 'ECONNREFUSED', 1, 'ECONNREFUSED']

What a cell shows this way runs on a real kernel when its first line is ``import socket``; options
that Python has no name for, such as UDP_SEGMENT (103), are numbers there. Sockets never block: what
would wait is BlockingIOError (EAGAIN). Left out: streams, names to be looked up, control messages
of a send other than UDP_SEGMENT.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from typing import Any

from lomodel.contract import errno_name
from lomodel.linux.include.linux import net, socket
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.socket import (
    AF_INET,
    AF_INET6,
    AF_PACKET,
    MSG_TRUNC,
    SOL_UDP,
    InAddr,
    MsgHdr,
    SockAddr,
)
from lomodel.linux.include.uapi.asm_generic import socket as options
from lomodel.linux.include.uapi.linux import if_ether, if_packet, in6, in_, udp
from lomodel.linux.kernel.softirq import run_ksoftirqd
from lomodel.linux.net import socket as kernel
from lomodel.linux.net.packet.af_packet import packet_snd
from lomodel.steps.sending import address_text

HEADERS = (net, socket, options, in_, in6, udp, if_packet, if_ether)
"""Where the constants are: SOCK_DGRAM, SOL_SOCKET, IP_MTU_DISCOVER, UDP_GRO, ..."""
LONGEST = 1 << 18
"""More bytes than any frame on lo has."""
PACKET_TYPES = ("host", "broadcast", "multicast", "otherhost", "outgoing", "loopback")
"""The classes of ``sll_pkttype``, in the order of their numbers."""


def sockets_of(lo: NetDevice) -> SocketModule:
    """The module ``socket`` for programs in the namespace of ``lo``."""
    return SocketModule(lo)


def tried(call: Callable[..., Any], *arguments: Any) -> Any:
    """What a call returns, or the name of the errno that it raises."""
    try:
        return call(*arguments)
    except OSError as error:
        return errno_name(error)


def tap_on(lo: NetDevice) -> SocketObject:
    """A packet socket that captures everything on ``lo``, as ``tcpdump -i lo`` does."""
    tap = SocketObject(lo, AF_PACKET, net.SOCK_RAW, 0)
    tap.bind((lo.name, if_ether.ETH_P_ALL))
    return tap


def heard(sock: SocketObject) -> list[int]:
    """The lengths of the datagrams that a socket can read now, in bytes; they are read."""
    lengths = []
    while True:
        try:
            lengths.append(len(sock.recv(LONGEST)))
        except BlockingIOError:
            return lengths


def captured(tap: SocketObject) -> list[tuple[str, int]]:
    """What a packet socket has captured: the class of each frame and its bytes; they are read."""
    frames = []
    while True:
        try:
            frame, (_, _, pkttype, _, _) = tap.recvfrom(LONGEST)
        except BlockingIOError:
            return frames
        frames.append((PACKET_TYPES[pkttype], len(frame)))


class SocketModule:
    """What ``import socket`` gives: constants by their names, and ``socket``."""

    def __init__(self, lo: NetDevice) -> None:
        self._lo = lo

    def __getattr__(self, name: str) -> int:
        for header in HEADERS:
            if isinstance(value := vars(header).get(name), int):
                return value
        raise AttributeError(f"the model has no constant {name}")

    def socket(self, family: int = AF_INET, type: int = net.SOCK_DGRAM, proto: int = 0) -> Any:
        """A new socket. OSError EAFNOSUPPORT, ESOCKTNOSUPPORT, EPROTONOSUPPORT as socket(2)."""
        return SocketObject(self._lo, family, type, proto)

    @staticmethod
    def htons(number: int) -> int:
        """16 bits in network order, as the protocol of a packet socket travels."""
        return int.from_bytes(number.to_bytes(2, "big"), "little")

    def __repr__(self) -> str:
        return f"<module socket on {self._lo.name}>"


class SocketObject:
    """One socket. Every method is a system call, and raises the OSError that the kernel gives."""

    def __init__(self, lo: NetDevice, family: int, type: int, proto: int) -> None:
        self._lo, self.family, self.type = lo, family, type
        self._socket = kernel.socket_create(lo.nd_net, family, type, _protocol(family, proto))
        self._bound: NetDevice | None = None

    def __repr__(self) -> str:
        return f"<socket on {self._lo.name}, {self._socket!r}>"

    def __enter__(self) -> SocketObject:
        return self

    def __exit__(self, *raised: object) -> None:
        self.close()

    def bind(self, address: tuple[Any, ...]) -> None:
        """bind(2): (address, port), for AF_PACKET (name of the device, protocol).

        OSError ENODEV there for a name that no device has.
        """
        if self.family == AF_PACKET:
            protocol = address[1] if len(address) > 1 else 0
            dev = self._device(address[0])
            self._socket.ops.bind(self._socket, SockAddr(AF_PACKET, dev.ifindex, protocol))
            self._bound = dev
        else:
            kernel.bind(self._socket, *_text(address))

    def connect(self, address: tuple[Any, ...] | None) -> None:
        """connect(2); None stands for AF_UNSPEC, which disconnects."""
        kernel.connect(self._socket, *(_text(address) if address else (None,)))
        self._done()

    def send(self, data: bytes) -> int:
        """send(2) to the peer, or of a frame; the bytes sent.

        OSError ENXIO for a frame from a socket that is bound to no device.
        """
        if self.family == AF_PACKET:
            if self._bound is None:
                raise OSError(errno.ENXIO, "the packet socket is bound to no device")
            try:
                return packet_snd(self._bound, data)
            finally:
                self._done()
        return self.sendmsg([data])

    def sendto(self, data: bytes, address: tuple[Any, ...]) -> int:
        """sendto(2) to (address, port); the bytes sent."""
        return self.sendmsg([data], address=address)

    def sendmsg(
        self,
        buffers: Iterable[bytes],
        ancdata: Iterable[tuple[int, int, bytes]] = (),
        flags: int = 0,
        address: tuple[Any, ...] | None = None,
    ) -> int:
        """sendmsg(2); ``ancdata`` may have one UDP_SEGMENT message. The bytes sent."""
        gso_size = None
        for level, kind, value in ancdata:
            if (level, kind) != (SOL_UDP, udp.UDP_SEGMENT):
                raise ValueError(f"the model has no control message {level}, {kind}")
            (gso_size,) = struct.unpack("=H", value)
        where = _text(address) if address else (None, 0)
        try:
            return kernel.sendto(self._socket, b"".join(buffers), *where, gso_size)
        finally:
            self._done()

    def recv(self, size: int, flags: int = 0) -> bytes:
        """recv(2) of at most ``size`` bytes. BlockingIOError where nothing is there."""
        return bytes(kernel.recvmsg(self._socket, size, flags).msg_iter)

    def recvfrom(self, size: int, flags: int = 0) -> tuple[bytes, tuple[Any, ...]]:
        """recvfrom(2): the bytes, and whom they are from."""
        msg = kernel.recvmsg(self._socket, size, flags)
        return bytes(msg.msg_iter), self._name(msg)

    def recvmsg(
        self, size: int, ancbufsize: int = 0, flags: int = 0
    ) -> tuple[bytes, list[tuple[int, int, Any]], int, tuple[Any, ...]]:
        """recvmsg(2): bytes, control messages (their values as numbers), MSG_ flags, sender."""
        msg = kernel.recvmsg(self._socket, size, flags)
        control = list(msg.msg_control) if ancbufsize else []
        return bytes(msg.msg_iter), control, msg.msg_flags & MSG_TRUNC, self._name(msg)

    def setsockopt(self, level: int, optname: int, value: int | bytes) -> None:
        """setsockopt(2)."""
        kernel.setsockopt(self._socket, level, optname, value)

    def getsockopt(self, level: int, optname: int, buflen: int = 0) -> int | bytes:
        """getsockopt(2): an int, or with ``buflen`` so many bytes at most."""
        value = kernel.getsockopt(self._socket, level, optname, buflen or 4)
        return value if buflen else int.from_bytes(value, "little", signed=True)

    def getsockname(self) -> tuple[Any, ...]:
        """The address and port that the socket has."""
        sk = self._socket.sk
        here = sk.sk_v6_rcv_saddr if self.family == AF_INET6 else sk.inet_rcv_saddr
        return self._address(here, sk.inet_num)

    def close(self) -> None:
        """close(2)."""
        kernel.close(self._socket)

    def _name(self, msg: MsgHdr) -> tuple[Any, ...]:
        if self.family == AF_PACKET:
            pkttype, protocol, _ = msg.msg_name
            return self._lo.name, protocol, pkttype, self._lo.type, bytes(6)
        return self._address(msg.msg_name, msg.msg_port)

    def _address(self, address: InAddr, port: int) -> tuple[Any, ...]:
        """As Python has an address: one of IPv6 with its flow label, which is 0, and its scope."""
        host = address_text(self.family, address)
        if self.family != AF_INET6:
            return host, port
        scope = self._lo.ifindex if ip_address(host).is_link_local else 0
        return host, port, 0, scope

    def _device(self, name: str) -> NetDevice:
        for dev in self._lo.nd_net.dev_base_head:
            if dev.name == name:
                return dev
        raise OSError(errno.ENODEV, f"no device {name}")

    def _done(self) -> None:
        """Let everything that the call caused happen: lo delivers in the sender's own time."""
        run_ksoftirqd(self._lo.machine)


def _protocol(family: int, proto: int) -> int:
    """The protocol of a packet socket travels in network order; the model's numbers have none."""
    return SocketModule.htons(proto) if family == AF_PACKET else proto


def _text(address: tuple[Any, ...]) -> tuple[str, int]:
    """(address, port) with the scope, where there is one, behind the address."""
    name, port, *more = address
    return (f"{name}%{more[1]}" if len(more) > 1 and more[1] else name), port


__all__ = ["AF_INET", "AF_INET6", "AF_PACKET", "captured", "heard", "sockets_of", "tap_on", "tried"]
