"""A real TCP connection over lo, packet by packet: what was queued, and what became of it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import cycle
from typing import Any

from . import device
from .errors import Disturbed
from .senders import FAMILY, LOCALHOST, RECEIVE_BUFFER, SO_RCVBUFFORCE
from .tracepoints import SOFTIRQ, Event, Tracepoints

ETH_P_ALL = 3
PACKET_OUTGOING = 4
NETWORK_HEADER = {"inet": 20, "inet6": 40}
GSO_TYPE = {"inet": 1, "inet6": 0x10}
#: Bytes of one write: from less than a segment to more than a window.
WRITES = (1, 100, 1448, 1449, 3000, 10_000, 65_000, 200_000)
FEATURES = ("tx-tcp-segmentation", "tx-tcp6-segmentation", "tx-tcp-ecn-segmentation")
XMIT = ("len", "protocol", "ip_summed", "gso_size", "gso_segs", "gso_type")


@dataclass
class Connection:
    """Both ends of a connection, and a tap that sees every packet leave through lo."""

    family: str
    near: socket.socket
    far: socket.socket
    tap: socket.socket
    headers: list[tuple[int, int]] = field(default_factory=list)
    """Of every packet that left: the TCP header's length in bytes, and its flags."""

    def write(self, length: int) -> None:
        """Send as much of `length` bytes as fits, read it at the other end."""
        data = bytes(length)
        while data:
            try:
                data = data[self.near.send(data) :]
            except BlockingIOError:
                pass
            self._read()
            self.look()

    def _read(self) -> None:
        try:
            while self.far.recv(1 << 20):
                pass
        except BlockingIOError:
            pass

    def look(self) -> None:
        """Take what the tap saw."""
        while True:
            try:
                packet, address = self.tap.recvfrom(128)
            except BlockingIOError:
                return
            if address[2] == PACKET_OUTGOING:
                header = packet[14 + NETWORK_HEADER[self.family] :]
                self.headers.append(((header[12] >> 4) * 4, header[13]))

    def close(self) -> None:
        """Close both ends, and see them off."""
        self.near.close()
        self._read()
        self.far.close()
        self.look()
        self.tap.close()


def _tap() -> socket.socket:
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    tap.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, RECEIVE_BUFFER)
    tap.setblocking(False)
    return tap


def connect(family: str) -> Connection:
    """A fresh connection from lo to itself."""
    tap = _tap()
    with socket.socket(FAMILY[family], socket.SOCK_STREAM) as listener:
        listener.bind((LOCALHOST[family], 0))
        listener.listen()
        near = socket.socket(FAMILY[family], socket.SOCK_STREAM)
        near.connect(listener.getsockname()[:2])
        far, _ = listener.accept()
    for end in (near, far):
        end.setblocking(False)
    near.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return Connection(family, near, far, tap)


def _prepare(mtu: int, tso: bool, names: list[str]) -> None:
    device.set_up(True)
    device.set_mtu(mtu)
    device.set_features(dict.fromkeys(FEATURES, tso), names)


def _queued(events: list[Event]) -> Iterator[tuple[int, list[Event]]]:
    """Every packet that was queued: its length, and the events of its transmission."""
    length, rest = None, []
    for event in events:
        if event.name == "net_dev_queue":
            if length is not None:
                yield length, rest
            length, rest = event.fields["len"], []
        elif event.name in ("net_dev_start_xmit", "netif_rx", "net_dev_xmit"):
            rest.append(event)
    if length is not None:
        yield length, rest


def _packet(family: str, length: int, rest: list[Event], headers: Iterator) -> dict[str, Any]:
    """One queued packet as the recordings have it."""
    starts = [event.fields for event in rest if event.name == "net_dev_start_xmit"]
    taken = [next(headers, (0, 0)) for _ in starts]
    first = starts[0]
    gso = [first["gso_size"], first["gso_segs"], first["gso_type"]]
    if len(starts) > 1:
        # Cut in software, after which the trace no longer says what TCP had asked for.
        above = 14 + NETWORK_HEADER[family] + taken[0][0]
        size = first["len"] - above
        gso = [size, -(-(length - above) // size), GSO_TYPE[family]]
    flags = taken[0][1] | taken[-1][1]
    return {
        "len": length,
        "tcp": [taken[0][0], flags],
        "gso": gso,
        "ip_summed": first["ip_summed"],
        "xmit": [_row(*rest[at : at + 3]) for at in range(0, len(rest), 3)],
    }


def _row(start: Event, receive: Event, done: Event) -> list[int]:
    row = [start.fields[name] for name in XMIT]
    return [*row, receive.fields["len"], done.fields["len"], done.fields["rc"]]


def record(
    tracepoints: Tracepoints, names: list[str], family: str, mtu: int, tso: bool, packets: int
) -> dict[str, Any]:
    """A connection of at least that many packets, in the namespace that this thread is in.

    Every packet has its length when queued, the TCP header's length and flags, what GSO was asked
    for, and a row for each transmission: net_dev_start_xmit's fields, netif_rx's length,
    net_dev_xmit's length and rc. `received` are netif_receive_skb's lengths, in order. Raises
    Disturbed when other packets were mixed in.
    """
    _prepare(mtu, tso, names)
    tracepoints.start()
    connection = connect(family)
    writes = cycle(WRITES)
    while len(connection.headers) < packets:
        connection.write(next(writes))
    connection.close()
    events = [event for event in tracepoints.stop() if event.name != SOFTIRQ]
    if sum(event.name == "net_dev_start_xmit" for event in events) != len(connection.headers):
        raise Disturbed("packets of another namespace's lo")
    headers = iter(connection.headers)
    found = [_packet(family, *each, headers) for each in _queued(events)]
    received = [event.fields["len"] for event in events if event.name == "netif_receive_skb"]
    about = {"family": family, "mtu": mtu, "tso": tso}
    return about | {"packets": found, "received": received}
