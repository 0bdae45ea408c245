"""Frames with a virtio header: what it asks for, right and wrong."""

from __future__ import annotations

from typing import Any

from . import packets as p
from .frames import MACS, _home, contained, ethertype
from .scene import Scene

NEEDS_CSUM, DATA_VALID, RSC_INFO = 1, 2, 4
NONE, TCPV4, UFO, TCPV6, USO, ECN = 0, 1, 3, 4, 5, 0x80
HEADER = {p.UDP: 8, p.TCP: 20}
FIELD = {p.UDP: 6, p.TCP: 16}


def frame(scene: Scene) -> None:
    """A frame with a virtio header."""
    family = scene.family()
    protocol = scene.pick((p.UDP, p.UDP, p.UDP, p.TCP))
    network = 20 if family == "inet" else 40
    start = 14 + network
    size = scene.pick((1000, 1000, 1400, 100, 10, 1, 1472, 1452))
    length = scene.near([0, 1, size - 1, size, 2 * size, 3 * size, 2500, 3000], 0, 9000)
    if scene.one_in(15):
        length = scene.near([127 * size, 128 * size, 129 * size, 65000], 0, 65400)
    length, _ = scene.affordable(length, size, 1)
    vnet = {
        "flags": NEEDS_CSUM,
        "gso_type": _kind(scene, family, protocol),
        "hdr_len": start + HEADER[protocol],
        "gso_size": size,
        "csum_start": start,
        "csum_offset": FIELD[protocol],
    }
    if not vnet["gso_type"] and scene.one_in(2):
        vnet["gso_size"] = 0
    ends = _home(scene, family)
    body, head = _packet(scene, family, (ends, protocol), length)
    if not scene.one_in(3):
        _wrong(scene, vnet, start, len(body), network)
    data = p.ethernet(ethertype(family), _mac(scene, protocol)) + head + body
    if scene.one_in(12):
        data = data[: scene.number(0, len(data))]
    _put(scene, contained(data), vnet)


def _kind(scene: Scene, family: str, protocol: int) -> int:
    if scene.one_in(6):
        return scene.pick((0, 1, 2, 3, 4, 5, 6, 7, 0x80, 0x81, 0x83, 0x84, 0x85, 255, 8, 16))
    if protocol == p.UDP:
        return scene.pick((USO, USO, UFO, NONE))
    kind = TCPV4 if family == "inet" else TCPV6
    return scene.pick((kind, kind, kind | ECN, NONE))


def _mac(scene: Scene, protocol: int) -> bytes:
    if protocol == p.TCP:
        return p.FOREIGN
    return scene.pick(MACS) if scene.one_in(4) else p.ZERO


def _packet(
    scene: Scene, family: str, what: tuple[tuple[str, str], int], length: int
) -> tuple[bytes, bytes]:
    ends, protocol = what
    more: dict[str, Any] = {"sum": scene.pick(("partial",) * 4 + (0, 1, 0xFFFF))}
    if scene.one_in(6):
        more = {}
    if protocol == p.TCP:
        more["flags"] = scene.pick((0x18, 0x10, 0x98, 0x19, 2, 255))
        if scene.one_in(5):
            more["options"] = bytes.fromhex("0101080a" + "00" * 8)
        body = p.tcp(*ends, (1111, 7001), bytes(length), **more)
    else:
        if scene.one_in(8):
            more["length"] = scene.pick((8, 0, 8 + length + 1, 7 + length & 0xFFFF, 1008))
        port = scene.pick((7001, 7001, 7001, 7009))
        body = p.udp(*ends, (1111, port), bytes(length), **more)
    wrong: dict[str, Any] = {}
    if family == "inet" and scene.one_in(5):
        wrong = scene.pick(
            ({"sum": 1}, {"ihl": 4}, {"ihl": 6}, {"flags": 0x4000}, {"total": 100}, {"version": 6})
        )
        wrong = wrong if not scene.one_in(4) else {"options": b"\1\1\1\1"}
    elif scene.one_in(8):
        wrong = {"total": scene.pick((0, 8, 100, 65535))}
    return body, p.ip(*ends, protocol, len(body), **wrong)


def _wrong(scene: Scene, vnet: dict[str, int], start: int, length: int, network: int) -> None:
    """One or two fields with another value."""
    whole = start + length
    values = {
        "flags": (0, 1, 2, 3, 4, 5, 6, 8, 255),
        "gso_type": (0, 1, 2, 3, 4, 5, 6, 0x80, 0x81, 0x83, 0x84, 0x85, 255),
        "hdr_len": (0, 1, 13, 14, 34, start, start + 8, start + 20, whole, whole + 1, 65535, 41),
        "gso_size": (0, 1, 7, 8, length - 8, length - 7, length, 1000, 65535, 65534),
        "csum_start": (0, 1, 14, 19, 20, 21, 34, start, start + 1, whole - 8, whole - 2, whole)
        + (whole - 7, 65535, network),
        "csum_offset": (0, 2, 6, 16, 7, length - 2, length - 1, length, 65535),
    }
    for _ in range(scene.pick((1, 1, 2))):
        name = scene.pick(list(values))
        vnet[name] = scene.near([max(0, min(each, 65535)) for each in values[name]], 0, 65535)
        if name in ("flags", "gso_type"):
            vnet[name] = scene.pick(values[name])


def _put(scene: Scene, data: bytes, vnet: dict[str, int]) -> None:
    bare = data.rstrip(b"\0")
    given = {name: value for name, value in vnet.items() if value or scene.one_in(3)}
    keys: dict[str, Any] = {"hex": bare.hex()}
    if len(data) > len(bare):
        keys["zeros"] = len(data) - len(bare)
    scene.add("vnet_frame", **keys, vnet=given)
