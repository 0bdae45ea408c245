"""Words to the warm parent, and messages of a run: JSON, with its length in front."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

# What the outside says to the warm parent, in a byte, and what it answers.
RUN, END, IMPORT = b"r", b"e", b"i"
READY, ENDED = b"y", b"n"

HEAD = struct.Struct("!I")


def send(channel: socket.socket, message: Any) -> None:
    """One message. OSError where nobody listens any more."""
    data = json.dumps(message).encode()
    channel.sendall(HEAD.pack(len(data)) + data)


def receive(channel: socket.socket) -> Any:
    """The next message; None when there will be none."""
    head = _exactly(channel, HEAD.size)
    data = head and _exactly(channel, *HEAD.unpack(head))
    return json.loads(data) if data else None


def _exactly(channel: socket.socket, size: int) -> bytes:
    """So many bytes, or none when the channel ends before."""
    data = bytearray()
    while len(data) < size:
        part = channel.recv(min(size - len(data), 1 << 16))
        if not part:
            return b""
        data += part
    return bytes(data)
