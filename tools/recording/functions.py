"""Record which functions of the driver a real kernel runs in the life of a lo, with ftrace.

    python -m tools.recording.guest /tmp/linux --run tools.recording.functions

prints one JSON object: the kernel, the functions that its tracer does not know (the compiler has
built them into their callers, or they are gone after boot), and for each moment what ran, in order.
Needs root and the function tracer, which a locked kernel refuses. What it found stands in
`lomodel/life.py`.
"""

from __future__ import annotations

import ctypes
import fcntl
import json
import os
import re
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lomodel.life import BLOCKS

CLONE_NEWNET = 0x40000000
SIOCSIFFLAGS, SIOCETHTOOL, ETHTOOL_GLINK = 0x8914, 0x8946, 0xA
TRACEFS = Path("/sys/kernel/tracing")
ENTRY = re.compile(r": (\w+) <-")
libc = ctypes.CDLL(None, use_errno=True)


def watch() -> list[str]:
    """Trace the driver's functions only; returns those that cannot be traced."""
    libc.mount(b"tracefs", bytes(TRACEFS), b"tracefs", 0, None)
    unknown = []
    for block in BLOCKS:
        try:
            with (TRACEFS / "set_ftrace_filter").open("a") as file:
                file.write(f"{block.symbol}\n")
        except OSError:
            unknown.append(block.symbol)
    (TRACEFS / "current_tracer").write_text("function")
    return unknown


@contextmanager
def moment(name: str, found: dict[str, list[str]]) -> Iterator[None]:
    """What runs inside the block goes into ``found``."""
    (TRACEFS / "trace").write_text("")
    yield
    found[name] = ENTRY.findall((TRACEFS / "trace").read_text())


def set_up(sock: socket.socket, up: bool) -> None:
    """The ioctl that brings lo up or down."""
    fcntl.ioctl(sock, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", int(up)))


def link(sock: socket.socket) -> None:
    """The ioctl that asks for lo's link."""
    asked = ctypes.create_string_buffer(struct.pack("II", ETHTOOL_GLINK, 0), 8)
    fcntl.ioctl(sock, SIOCETHTOOL, struct.pack("16sP16x", b"lo", ctypes.addressof(asked)))


def live(found: dict[str, list[str]]) -> None:
    """A whole life, in a namespace that ends with this process."""
    with moment("namespace", found):
        libc.unshare(CLONE_NEWNET)
    sock, inbox = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    with moment("link, down", found):
        link(sock)
    with moment("up", found):
        set_up(sock, True)
    inbox.bind(("127.0.0.1", 7000))
    sock.setsockopt(socket.IPPROTO_UDP, 103, 1400)  # UDP_SEGMENT
    with moment("packet", found):
        sock.sendto(bytes(4000), ("127.0.0.1", 7000))
        if sum(len(inbox.recv(9999)) for _ in range(3)) != 4000:
            raise RuntimeError("other datagrams came than were sent")
    with moment("counters", found):
        Path("/proc/net/dev").read_text()
    with moment("link", found):
        link(sock)


def in_a_child() -> dict[str, list[str]]:
    """The life, and what runs when it has ended."""
    reader, writer = os.pipe()
    if not os.fork():
        found: dict[str, list[str]] = {}
        live(found)
        os.write(writer, json.dumps(found).encode())
        os._exit(0)
    os.wait()
    found = json.loads(os.read(reader, 65536))
    time.sleep(5)  # a namespace is taken down by a thread of the kernel
    found["gone"] = ENTRY.findall((TRACEFS / "trace").read_text())
    found["gone"] = found["gone"][len(found["link"]) :]
    return found


def main() -> None:
    """Print the recording."""
    unknown = watch()
    print(json.dumps({"kernel": os.uname().release, "unknown": unknown, "ran": in_a_child()}))


if __name__ == "__main__":
    main()
