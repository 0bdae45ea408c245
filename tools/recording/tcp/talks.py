"""What two TCP sockets of one process say to each other over lo.

Both ends live in one thread, so that every packet is sent from one CPU, and nobody is woken up: the
order of everything is then the kernel's own and not the scheduler's.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable

ADDRESS = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
DELAYED_ACK = 0.06
"""Seconds: longer than the 40 ms after which an acknowledgement is sent without any data."""

Options = list[tuple[int, int, int | bytes]]


class Pair:
    """A connection: ``client`` and ``server`` are its two sockets, both non-blocking.

    ``options`` (level, name, value) are set on both sides before they connect.
    """

    def __init__(self, family: int, options: Options = ()) -> None:
        self.listener = socket.socket(family, socket.SOCK_STREAM)
        self.client = socket.socket(family, socket.SOCK_STREAM)
        for option in options:
            self.listener.setsockopt(*option)
            self.client.setsockopt(*option)
        self.listener.bind((ADDRESS[family], 0))
        self.listener.listen()
        self.client.connect(self.listener.getsockname())
        self.server = self.listener.accept()[0]
        self.client.setblocking(False)
        self.server.setblocking(False)

    def close(self) -> None:
        """The client first, then the server: FIN, FIN, and their acknowledgements."""
        for each in (self.client, self.server, self.listener):
            each.close()


def wait(seconds: float) -> None:
    """Let time pass without sleeping: the timers of an idle CPU may fire on another one."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        pass


def send_marker(size: int) -> None:
    """A datagram of ``size`` bytes that tells where in the events something begins."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as both:
        both.bind((ADDRESS[socket.AF_INET], 0))
        both.sendto(bytes(size), both.getsockname())


def send(sender: socket.socket, receiver: socket.socket, size: int, read: int = 1 << 20) -> None:
    """Send ``size`` bytes; the receiver reads ``read`` at a time, whenever the sender is full."""
    left = size
    while left:
        try:
            left -= sender.send(bytes(min(left, 256 << 10)))
        except BlockingIOError:
            drain(receiver, read)
    drain(receiver, read)


def drain(receiver: socket.socket, read: int = 1 << 20) -> int:
    """Read all that is there; how many bytes it was."""
    total = 0
    while True:
        try:
            data = receiver.recv(read)
        except BlockingIOError:
            return total
        if not data:
            return total
        total += len(data)


def bulk(pair: Pair, size: int) -> None:
    """One direction, as much as fits, then the receiver reads."""
    send(pair.client, pair.server, size)
    wait(DELAYED_ACK)


def requests(pair: Pair, sizes: tuple[int, ...]) -> None:
    """A request of 100 bytes, and an answer of the next size."""
    for size in sizes:
        send(pair.client, pair.server, 100)
        send(pair.server, pair.client, size)
    wait(DELAYED_ACK)


def small_writes(pair: Pair, count: int) -> None:
    """Writes of 1, 2, 3... bytes: first as Nagle wants them, then each at once."""
    for nodelay in (0, 1):
        pair.client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, nodelay)
        for size in range(1, count + 1):
            pair.client.send(bytes(size))
        wait(DELAYED_ACK)
        drain(pair.server)


def urgent(pair: Pair) -> None:
    """A byte of urgent data in the middle of others."""
    pair.client.send(bytes(3000))
    pair.client.send(b"!", socket.MSG_OOB)
    pair.client.send(bytes(3000))
    drain(pair.server)


def half_close(pair: Pair, size: int) -> None:
    """The client says that it has no more to say, and is still told something."""
    send(pair.client, pair.server, size)
    pair.client.shutdown(socket.SHUT_WR)
    drain(pair.server)
    send(pair.server, pair.client, size)


def full_window(pair: Pair) -> None:
    """Nobody reads until the window is closed; then everything, in small pieces."""
    pair.server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 20_000)
    try:
        for _ in range(20):
            pair.client.send(bytes(5000))
            wait(0.01)
    except BlockingIOError:
        pass
    wait(0.3)  # a probe of the closed window takes 200 ms
    while drain(pair.server, 700):
        wait(0.01)


def reset(pair: Pair) -> None:
    """Data that nobody reads, and then an abrupt end."""
    pair.client.send(bytes(2000))
    pair.client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def refused(family: int) -> None:
    """A connection to a port on which nobody listens."""
    with socket.socket(family, socket.SOCK_STREAM) as taken:
        taken.bind((ADDRESS[family], 0))
        with socket.socket(family, socket.SOCK_STREAM) as client:
            assert client.connect_ex(taken.getsockname())


def talk(family: int, options: Options, scale: int = 1) -> None:
    """One connection for every kind of talk; ``scale`` makes the long ones longer."""
    kinds: list[Callable[[Pair], None]] = [
        lambda pair: bulk(pair, scale * 120_000),
        lambda pair: requests(pair, (10, 1000, 3000, 9000, 30_000, scale * 40_000)),
        lambda pair: small_writes(pair, 8),
        urgent,
        lambda pair: half_close(pair, 20_000),
        full_window,
        reset,
    ]
    for kind in kinds:
        pair = Pair(family, options)
        kind(pair)
        pair.close()
    refused(family)
