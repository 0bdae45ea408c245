"""Taps: packet sockets that see every frame of lo twice."""

from __future__ import annotations

import socket
import struct
from contextlib import suppress
from functools import cache
from typing import Any

from lomodel.contract import errno_name
from lomodel.contract.captured import ETH_P_IP, ETH_P_IPV6, captured_frame
from lomodel.lab import device
from lomodel.lab.errors import LabUnavailable

ETH_P_ALL = 3
SOL_PACKET, PACKET_STATISTICS, PACKET_AUXDATA = 263, 6, 8
SO_RCVBUFFORCE = 33
BUFFER = 1 << 29  # bytes; the kernel takes twice as much, which still is a C int
FRAME_MAX = 1 << 21  # more than any frame that a scenario can send
AUXDATA = struct.Struct("=IIIHHHH")  # status, len, snaplen, mac, net, vlan_tci, vlan_tpid

STATISTICS = struct.Struct("=II")  # packets, drops

ROUTER_ALERT = b"\x94\x04\0\0"
IPPROTO_IGMP, IPPROTO_HOPOPTS, IPPROTO_ICMPV6 = 2, 0, 58
MLD_REPORTS = (131, 132, 143)


@cache
def _buffer() -> bytearray:
    return bytearray(FRAME_MAX)


def is_report(data: bytes) -> bool:
    """Whether a frame is a report of groups (IGMP, MLD) as the kernel sends it: with the option
    that makes routers look at it."""
    ethertype, network = int.from_bytes(data[12:14], "big"), data[14:]
    if ethertype == ETH_P_IP:
        alert = network[:1] == b"\x46" and network[20:24] == ROUTER_ALERT
        return alert and network[9] == IPPROTO_IGMP
    if ethertype == ETH_P_IPV6 and len(network) > 48:
        options = network[6] == IPPROTO_HOPOPTS and network[40] == IPPROTO_ICMPV6
        return options and network[48] in MLD_REPORTS
    return False


class Tap:
    """One tap. What it holds is taken off it again and again, so that its buffer never fills."""

    def __init__(self) -> None:
        """Open it. Raises OSError."""
        self.roomy = False
        """Whether its buffer holds whatever a step sends."""
        # Protocol 0, so that nothing comes before it is bound.
        self._sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        try:
            self._prepare()
        except BaseException:
            self._sock.close()
            raise
        self._frames: list[dict[str, Any]] = []
        self._error: str | None = None

    def _prepare(self) -> None:
        self._sock.setsockopt(SOL_PACKET, PACKET_AUXDATA, 1)
        try:
            self._sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
            self.roomy = True
        except PermissionError:
            self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, BUFFER)
        self._sock.bind((device.name(), ETH_P_ALL))

    def drain(self, hide_reports: bool) -> int:
        """Take over what the socket holds; group reports, if hidden, are thrown away: how many."""
        reports = 0
        while True:
            try:
                data, pkttype, protocol, status = self._read()
            except BlockingIOError:
                return reports
            except OSError as error:
                self._error = self._error or errno_name(error)
                continue
            if hide_reports and is_report(data):
                reports += 1
            else:
                self._frames.append(captured_frame(data, pkttype, protocol, status))

    def _read(self) -> tuple[bytes, int, int, int]:
        buffer = _buffer()
        ancillary = socket.CMSG_SPACE(AUXDATA.size)
        length, found, _, (_, protocol, pkttype, *_) = self._sock.recvmsg_into(
            [buffer], ancillary, socket.MSG_DONTWAIT
        )
        status = next(
            AUXDATA.unpack_from(data)[0]
            for level, kind, data in found
            if (level, kind) == (SOL_PACKET, PACKET_AUXDATA)
        )
        return bytes(buffer[:length]), pkttype, protocol, status

    def captured(self) -> dict[str, Any]:
        """All that was captured since the last time, and the first error met while reading.

        Raises LabUnavailable when the buffer was too small: an ordinary user's is.
        """
        statistics = self._sock.getsockopt(SOL_PACKET, PACKET_STATISTICS, STATISTICS.size)
        _, drops = STATISTICS.unpack(statistics)
        if drops:
            raise LabUnavailable("capturing every frame", f"the buffer had no room for {drops}")
        result = {"error": self._error, "frames": self._frames}
        self._error, self._frames = None, []
        return result

    def close(self) -> None:
        """Close it; it captures nothing any more when this returns."""
        with suppress(OSError):
            self._sock.close()

    @property
    def sock(self) -> socket.socket:
        """The packet socket."""
        return self._sock
