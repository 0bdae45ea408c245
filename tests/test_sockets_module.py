"""`lomodel.sockets`: programs that run with the model's module ``socket`` and with Python's.

Each answer stands here as Linux 6.18.44 gave it. What turned these red stands in
tests/mutations/sockets.toml.
"""

from __future__ import annotations

import inspect
import json
import socket as pythons
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from lomodel.desk import lo_up
from lomodel.sockets import SocketModule, captured, heard, sockets_of, tap_on, tried

Program = Callable[..., Any]


def refused(socket, tried):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.connect(("127.0.0.1", 9))
    return [tried(s.send, b"x") for _ in range(4)]


def names(socket, tried):
    a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    a.bind(("127.0.0.1", 7001))
    b.bind(("127.0.0.9", 7002))
    sent = b.sendto(b"four", ("127.0.0.1", 7001))
    data, name = a.recvfrom(9)
    return sent, len(data), name, b.getsockname()


def names_of_ipv6(socket, tried):
    a = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    b = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    a.bind(("::1", 7001))
    b.bind(("::", 7002))
    b.sendto(b"four", ("::1", 7001))
    return a.recvfrom(9)[1], a.getsockname(), b.getsockname()


def a_short_read(socket, tried):
    a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    a.bind(("127.0.0.1", 7001))
    a.sendto(bytes(10), ("127.0.0.1", 7001))
    data, control, flags, _ = a.recvmsg(4)
    return len(data), control, flags == socket.MSG_TRUNC


def segments(socket, tried):
    a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    a.bind(("127.0.0.1", 7001))
    size = (1000).to_bytes(2, sys.byteorder)
    sent = a.sendmsg([bytes(1000), bytes(1500)], [(17, 103, size)], 0, ("127.0.0.1", 7001))
    return sent, [len(a.recv(9999)) for _ in range(3)]


def together(socket, tried):
    a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    a.bind(("127.0.0.1", 7001))
    a.setsockopt(17, 104, 1)
    a.setsockopt(17, 103, 1000)
    a.sendto(bytes(2500), ("127.0.0.1", 7001))
    a.sendto(bytes(2500), ("127.0.0.1", 7001))
    data, control, _, _ = a.recvmsg(9999, 99)
    silent = a.recvmsg(9999)[1]
    return len(data), [(level, kind) for level, kind, _ in control], silent


def options(socket, tried):
    a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    a.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 3000)
    two = a.getsockopt(socket.IPPROTO_IP, 49, 2)
    bound = tried(a.setsockopt, socket.SOL_SOCKET, 25, b"lo\0")
    number = a.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF)
    return number, bound, list(two), a.getsockopt(socket.IPPROTO_IP, 49)


def negative(socket, tried):
    a = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    a.setsockopt(socket.IPPROTO_IPV6, 16, -1)
    return a.getsockopt(socket.IPPROTO_IPV6, 16), tried(a.setsockopt, socket.IPPROTO_IPV6, 16, 256)


def scopes(socket, tried):
    a = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
    return [
        tried(a.connect, ("ff02::5", 9, 0, 0)),
        tried(a.connect, ("ff02::5", 9, 0, 1)),
    ]


def closed(socket, tried):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as a:
        a.bind(("127.0.0.1", 7001))
    b = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    return tried(b.bind, ("127.0.0.1", 7001))


def frames(socket, tried):
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    tap.bind(("lo", 3))
    sender.bind(("lo", 0))
    sent = sender.send(bytes(12) + b"\x88\xb5" + bytes(46))
    frame, name = tap.recvfrom(9999)
    _, again = tap.recvfrom(9999)
    return sent, len(frame), name[:4], again[:4]


def a_short_read_of_a_frame(socket, tried):
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    tap.bind(("lo", 3))
    sender.bind(("lo", 0))
    sender.send(bytes(60))
    frame, _, flags, _ = tap.recvmsg(20)
    return len(frame), flags == socket.MSG_TRUNC


def no_protocol(socket, tried):
    """A packet socket that asks for no protocol hears nothing, bound or not."""
    quiet = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    quiet.bind(("lo", 0))
    tap.bind(("lo", 3))
    quiet.send(bytes(60))
    return len(tap.recv(99)), tried(quiet.recv, 99)


def nowhere(socket, tried):
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    return tried(sender.send, bytes(60))


def no_such_device(socket, tried):
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
    return tried(tap.bind, ("lo1", 3))


ANSWERS: dict[Program, Any] = {
    refused: [1, "ECONNREFUSED", 1, "ECONNREFUSED"],
    names: [4, 4, ["127.0.0.9", 7002], ["127.0.0.9", 7002]],
    names_of_ipv6: [["::1", 7002, 0, 0], ["::1", 7001, 0, 0], ["::", 7002, 0, 0]],
    a_short_read: [4, [], True],
    segments: [2500, [1000, 1000, 500]],
    together: [2500, [[17, 104]], []],
    options: [6000, None, [1], 1],
    negative: [64, "EINVAL"],
    scopes: ["EINVAL", "ENETUNREACH"],
    closed: None,
    frames: [60, 60, ["lo", 0x88B5, 4, 772], ["lo", 0x88B5, 0, 772]],
    a_short_read_of_a_frame: [20, True],
    no_protocol: [60, "EAGAIN"],
    no_such_device: "ENODEV",
    nowhere: "ENXIO",
}
PROGRAMS = pytest.mark.parametrize("program", ANSWERS, ids=[each.__name__ for each in ANSWERS])


@PROGRAMS
def test_with_the_models_module(program: Program) -> None:
    answer = program(sockets_of(lo_up(listening=False)), tried)
    assert json.loads(json.dumps(answer)) == ANSWERS[program]


AROUND = """
import errno, json, socket, subprocess, sys
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
socket.setdefaulttimeout(2)
def tried(call, *arguments):
    try:
        return call(*arguments)
    except OSError as error:
        return errno.errorcode.get(error.errno, "EAGAIN")  # a timeout has no number
print(json.dumps({name}(socket, tried)))
"""


@PROGRAMS
def test_with_pythons_module(program: Program) -> None:
    """On this machine's kernel, in a namespace of its own."""
    text = inspect.getsource(program) + AROUND.replace("{name}", program.__name__)
    command = ["unshare", "-rn", sys.executable, "-c", text]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if "unshare" in done.stderr:
        pytest.skip(f"no namespace of one's own: {done.stderr.strip().splitlines()[-1]}")
    assert json.loads(done.stdout or "0") == ANSWERS[program], done.stderr


def test_the_constants_are_pythons() -> None:
    """Every constant that both have."""
    module = sockets_of(lo_up())
    names = ("AF_", "SOCK_", "SOL_", "SO_", "IP_", "IPPROTO_", "IPV6_", "MSG_", "PACKET_")
    compared = []
    for name in (each for each in dir(pythons) if each.startswith(names)):
        if (value := getattr(module, name, None)) is not None:
            assert value == getattr(pythons, name), name
            compared.append(name)
    assert len(compared) > 30
    with pytest.raises(AttributeError, match="no constant SO_NONE"):
        module.SO_NONE  # noqa: B018
    assert SocketModule.htons(3) == pythons.htons(3)


def test_nothing_to_read_is_an_errno() -> None:
    socket = sockets_of(lo_up())
    assert tried(socket.socket(socket.AF_INET, socket.SOCK_DGRAM).recv, 9) == "EAGAIN"


def test_what_was_heard_and_captured_is_read() -> None:
    lo = lo_up(listening=False)
    socket, tap = sockets_of(lo), tap_on(lo)
    a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    a.bind(("127.0.0.1", 7001))
    for size in (1, 300):
        a.sendto(bytes(size), ("127.0.0.1", 7001))
    assert heard(a) == [1, 300] and heard(a) == []
    ways = ("outgoing", "host")
    assert captured(tap) == [(way, size + 42) for size in (1, 300) for way in ways]
    assert captured(tap) == []


def test_a_message_that_the_model_has_not_is_refused() -> None:
    socket = sockets_of(lo_up())
    a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with pytest.raises(ValueError, match="no control message 0, 8"):
        a.sendmsg([b"x"], [(0, 8, bytes(12))], 0, ("127.0.0.1", 9))


def test_disconnecting() -> None:
    socket = sockets_of(lo_up())
    a = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    a.connect(("127.0.0.1", 9))
    a.connect(None)
    assert tried(a.send, b"x") == "EDESTADDRREQ"
