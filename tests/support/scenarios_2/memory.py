"""What free frames are charged as: to a socket that takes them, whole, cut or in fragments."""

from __future__ import annotations

import struct
from collections.abc import Callable
from functools import wraps
from typing import Any

from . import packets as p
from .frames import ethertype
from .scene import Scene, Socket
from .sockets import HOME, memory_of

LENGTHS = (0, 8, 60, 68, 69, 100, 184, 212, 500, 1000, 1472, 3000, 4024, 4038, 4060, 5000, 8000)
LONG = (8150, 9000, 12000, 16000, 20000, 30000, 33000, 40000, 60000, 65000)
STEPS = (8, 16, 24, 48, 200, 512, 1000, 1480, 4040, 4096, 8000, 16384, 20000)


Ends = tuple[str, str]


def _aimed(at: Callable[[Scene, Socket, Ends], None]) -> Callable[[Scene], None]:
    """Do it at a socket that is bound, if there is one, and ask then what that is charged."""

    @wraps(at)
    def aimed(scene: Scene) -> None:
        bound = [each for each in scene.sockets.values() if each.bound]
        if bound:
            sock = scene.pick(bound)
            home = HOME[sock.family][0]
            at(scene, sock, (home, home))
            memory_of(scene, sock)

    return aimed


def _framed(sock: Socket, ends: Ends, body: bytes) -> bytes:
    """A UDP packet with the headers in front of it."""
    return p.ethernet(ethertype(sock.family)) + p.ip(*ends, p.UDP, len(body)) + body


def _ports(scene: Scene, sock: Socket) -> tuple[int, int]:
    assert sock.bound
    return scene.pick((1111, 7001, 0)), sock.bound[1] if scene.one_in(20) else 7001


def _length(scene: Scene) -> int:
    return min(scene.near(LONG if scene.one_in(3) else LENGTHS, 0, 65000), scene.fits("inet6"))


def _put(scene: Scene, data: bytes, vnet: dict[str, int] | None = None) -> None:
    bare = data.rstrip(b"\0")
    keys: dict[str, Any] = {"hex": bare.hex(), "zeros": len(data) - len(bare)}
    if vnet is None:
        scene.add("frame", **keys)
    else:
        scene.add("vnet_frame", **keys, vnet=vnet)


@_aimed
def datagram(scene: Scene, sock: Socket, ends: Ends) -> None:
    """A datagram in a frame, or several like it, with bytes behind it now and then."""
    length = _length(scene)
    wrong: dict[str, Any] = {}
    if scene.one_in(4):
        cut = max(0, 8 + length - scene.pick((1, 8, 100, length, length - 60)))
        wrong = scene.pick(({"sum": 0}, {"sum": 1}, {"length": cut}, {"length": cut, "sum": 0}))
    body = p.udp(*ends, _ports(scene, sock), bytes(length), **wrong)
    data = _framed(sock, ends, body)
    if scene.one_in(4):
        data += bytes(scene.pick((1, 8, 18, 100, 1000, 4000)))
    data = data[: scene.mtu + 14]
    for _ in range(scene.pick((1, 1, 2, 5, 30))):
        _put(scene, data)


@_aimed
def fragments(scene: Scene, sock: Socket, ends: Ends) -> None:
    """A datagram in fragments, in whatever order."""
    length = _length(scene)
    wrong = {"sum": scene.pick((0, 1))} if scene.one_in(6) else {}
    body = p.udp(*ends, _ports(scene, sock), bytes(length), **wrong)
    step = max(scene.pick(STEPS), 8 * (len(body) // 160))
    step = min(step, (scene.mtu - 48) & ~7)
    cuts = list(range(0, len(body), step))
    parts = [(at, body[at : at + step], at != cuts[-1]) for at in cuts]
    if scene.one_in(2):
        scene.random.shuffle(parts)
    ident = scene.number(1, 60000)
    for at, data, more in parts:
        _fragment(scene, sock.family, ends, (at, data, more, ident))


def _fragment(
    scene: Scene, family: str, ends: tuple[str, str], part: tuple[int, bytes, bool, int]
) -> None:
    at, data, more, ident = part
    if family == "inet":
        flags = 0x2000 if more else 0
        head = p.ipv4(*ends, p.UDP, len(data), flags=flags, offset=at, ident=ident)
        rest = head + data
    else:
        body = p.fragment_header(p.UDP, at, more, ident) + data
        rest = p.ipv6(*ends, p.FRAGMENT, len(body)) + body
    padding = bytes(scene.pick((1, 18, 100))) if scene.one_in(8) else b""
    _put(scene, (p.ethernet(ethertype(family)) + rest + padding)[: scene.mtu + 14])


@_aimed
def virtio(scene: Scene, sock: Socket, ends: Ends) -> None:
    """A datagram with a virtio header: to be cut (USO, UFO), or to be summed only."""
    length = _length(scene)
    size = scene.pick((100, 184, 212, 600, 1000, 1400, 1472, 4000, max(1, length // 3)))
    size = max(size, -(-length // 100))
    start = 14 + (20 if sock.family == "inet" else 40)
    body = p.udp(*ends, _ports(scene, sock), bytes(length), sum="partial")
    kind = scene.pick((0, 3, 3, 5, 5))
    if kind == 3 and not scene.one_in(10):
        size = max(8, size & ~7)
    vnet = {
        "flags": 1,
        "gso_type": kind,
        "hdr_len": scene.pick((0, start + 8, start + 8, 100, 200, 240, 300, 1000)),
        "gso_size": size if kind else 0,
        "csum_start": start,
        "csum_offset": 6,
    }
    data = _framed(sock, ends, body)
    vnet["hdr_len"] = min(vnet["hdr_len"], len(data))
    for _ in range(scene.pick((1, 1, 2, 8))):
        _put(scene, data, vnet)


@_aimed
def unequal(scene: Scene, sock: Socket, ends: Ends) -> None:
    """A length in a datagram's header that is 0."""
    body = p.udp(*ends, _ports(scene, sock), bytes(scene.pick((0, 10, 100))))
    body = body[:4] + struct.pack("!H", scene.pick((0, 7, 8))) + body[6:]
    data = _framed(sock, ends, body)
    _put(scene, data)
