"""Asks the lo of a new network namespace of this machine; run below `unshare -rn`, prints JSON.

What tests/test_loopback_xmit.py asks the model too. Standard library only.
"""

from __future__ import annotations

import array
import fcntl
import json
import socket
import struct
import time

SIOCSIFFLAGS, SIOCETHTOOL, SIOCOUTQ = 0x8914, 0x8946, 0x5411
ETHTOOL_GET_TS_INFO = 0x41
SO_TXTIME, SO_TIMESTAMPNS, IP_RECVERR = 61, 35, 11
LOCALHOST = "127.0.0.1"
THOUSAND_SECONDS = 1000


def udp(*options: tuple[int, int, int | bytes]) -> socket.socket:
    """A UDP socket with these options."""
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for option in options:
        made.setsockopt(*option)
    made.settimeout(5)
    return made


def set_up() -> None:
    with udp() as any_socket:
        request = struct.pack("16sH22x", b"lo", 1)
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, request)


def ts_info() -> list[int]:
    """so_timestamping and phc_index."""
    answer = array.array("B", struct.pack("<I56x", ETHTOOL_GET_TS_INFO))
    request = struct.pack("16sP16x", b"lo", answer.buffer_info()[0])
    with udp() as any_socket:
        fcntl.ioctl(any_socket, SIOCETHTOOL, request)
    return list(struct.unpack_from("<4xIi", answer))


def charged() -> int:
    """Bytes that a sender is charged for while five datagrams of it are not read yet."""
    with udp() as receiver, udp() as sender:
        receiver.bind((LOCALHOST, 0))
        sender.connect(receiver.getsockname())
        for _ in range(5):
            sender.send(bytes(1000))
        return struct.unpack("i", fcntl.ioctl(sender, SIOCOUTQ, bytes(4)))[0]


def age() -> float:
    """Seconds since the time of receipt, as the receiver is told it, of a packet that its sender
    had given a time long ago."""
    clock = struct.pack("iI", time.CLOCK_REALTIME, 0)
    stamp = (socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
    with udp(stamp) as receiver, udp((socket.SOL_SOCKET, SO_TXTIME, clock)) as sender:
        receiver.bind((LOCALHOST, 0))
        long_ago = struct.pack("Q", time.time_ns() - THOUSAND_SECONDS * 10**9)
        told = [(socket.SOL_SOCKET, SO_TXTIME, long_ago)]
        sender.sendmsg([b"x"], told, 0, receiver.getsockname())
        ((_, _, seen),) = receiver.recvmsg(1, 100)[1]
        seconds, nanoseconds = struct.unpack("qq", seen)
        return time.time() - seconds - nanoseconds / 1e9


def checksum(data: bytes) -> int:
    total = sum(struct.unpack(f"!{len(data) // 2}H", data)) % 0xFFFF
    return ~total & 0xFFFF


def heard(code: int) -> int:
    """The errno that a socket gets from "destination unreachable" with this code; 0 for none."""
    me = socket.inet_aton(LOCALHOST)
    with udp((socket.IPPROTO_IP, IP_RECVERR, 1)) as sender:
        sender.bind((LOCALHOST, 0))
        sender.connect((LOCALHOST, 7000))
        ports = sender.getsockname()[1], 7000
        quoted = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 28, 1, 0, 64, 17, 0, me, me)
        quoted += struct.pack("!HHHH", *ports, 8, 0)
        total = checksum(struct.pack("!BBHI", 3, code, 0, 0) + quoted)
        with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP) as raw:
            raw.sendto(struct.pack("!BBHI", 3, code, total, 0) + quoted, (LOCALHOST, 0))
        return sender.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)


if __name__ == "__main__":
    set_up()
    answers = {"ts_info": ts_info(), "charged": charged(), "age": age()}
    print(json.dumps(answers | {"heard": {code: heard(code) for code in (3, 15, 16, 255)}}))
