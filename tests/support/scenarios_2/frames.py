"""Free frames: right packets, and packets with one thing wrong.

What the stack itself would answer with TCP, IGMP's and MLD's messages, and neighbour discovery are
in no frame, or go to a foreign hardware address (`contained`).
"""

from __future__ import annotations

import struct
from typing import Any

from . import packets as p
from .scene import Scene
from .sockets import HOME

SOURCES = {
    "inet": (
        *("127.0.0.1", "127.0.0.1", "127.0.0.1", "10.0.0.9", "8.8.8.8", "10.0.0.1", "127.0.0.2"),
        *("0.0.0.0", "255.255.255.255", "224.0.0.1", "127.255.255.255", "10.0.0.255", "240.0.0.1"),
    ),
    "inet6": (
        *("::1", "::1", "::1", "2001:db8::9", "2001:db8::1", "fe80::9", "::", "ff02::1"),
        *("::ffff:127.0.0.1", "::2"),
    ),
}
TARGETS = {
    "inet": (
        *("127.0.0.1", "127.0.0.1", "127.0.0.1", "127.0.0.1", "10.0.0.1", "127.0.0.2"),
        *("127.255.255.255", "255.255.255.255", "239.1.1.1", "224.0.0.1", "8.8.8.8", "0.0.0.0"),
        *("10.0.0.255", "240.0.0.1"),
    ),
    "inet6": (
        *("::1", "::1", "::1", "::1", "2001:db8::1", "ff02::1", "ff02::5", "ff01::1", "fe80::1"),
        *("::", "2001:db8::77", "::ffff:127.0.0.1", "ff05::7"),
    ),
}
MACS = (p.ZERO,) * 7 + (p.FOREIGN, p.BROADCAST, p.MULTICAST, bytes.fromhex("333300000001"))
MACS += (bytes.fromhex("020000000001"), bytes.fromhex("010000000000"))
ETHERTYPES = (0x0806, 0x8100, 0x88A8, 0x8847, 0x88CC, 0x8863, 0, 4, 46, 1500, 1535, 1536, 35001)
ETHERTYPES += (0x0001, 0x88F7, 0x893A, 0xFFFF)
PROTOCOLS = (0, 3, 4, 41, 46, 47, 50, 51, 89, 94, 99, 103, 108, 132, 140, 253, 255)
LENGTHS = (0, 1, 2, 10, 33, 100, 100, 200, 1000, 1400, 3000)


#: IPv4 options, right and wrong.
KNOWN_OPTIONS = tuple(
    bytes.fromhex(text)[:40]
    for text in (
        *("01010101", "00000000", "01", "94040000", "940400", "9404ffff", "94030000"),
        *("070704" + "00" * 4, "07070800000000", "07030400", "070b04" + "00" * 8, "070704", "0700"),
        *("44080500" + "00" * 4, "440c0501" + "00" * 8, "44040500", "440805f0" + "00" * 4),
        *("83070408080808", "89070408080808", "830704", "8907087f000001", "830b047f00000108080808"),
        *("860600000001", "8204abcd", "ff04abcd", "1f", "2200", "01" * 40, "4428050100000000"),
    )
)


def _home(scene: Scene, family: str) -> tuple[str, str]:
    """From where, to where: mostly something that can be delivered."""
    if scene.one_in(3):
        return scene.pick(SOURCES[family]), scene.pick(TARGETS[family])
    if _added(scene, family) and scene.one_in(2):
        far = {"inet": ("10.0.0.9", "8.8.8.8"), "inet6": ("2001:db8::9", "2001:db8::1")}
        near = {"inet": "10.0.0.1", "inet6": "2001:db8::1"}
        return scene.pick(far[family]), near[family]
    return HOME[family][0], HOME[family][0]


def _added(scene: Scene, family: str) -> bool:
    wanted = {"inet": "10.0.0.1/24", "inet6": "2001:db8::1/64"}[family]
    return any(step.get("add") == wanted for step in scene.steps)


def _ports(scene: Scene) -> tuple[int, int]:
    source = scene.pick((1111, 1111, 7002, 0, 7001, 65535))
    return source, scene.pick((7001, 7001, 7001, 7002, 7009, 0, 53))


def _length(scene: Scene) -> int:
    return scene.near([*LENGTHS, max(0, scene.mtu - 28), max(0, scene.mtu - 48)], 0, 4000)


def ethertype(family: str) -> int:
    """A family's."""
    return p.IPV4 if family == "inet" else p.IPV6


def _wrong_ip(scene: Scene, family: str, length: int) -> dict[str, Any]:
    """Something wrong with the IP header, or nothing."""
    if not scene.one_in(3):
        return {}
    if family == "inet6":
        return scene.pick(
            (
                {"ttl": scene.pick((0, 1, 255, 2))},
                {"version": scene.pick((0, 4, 5, 7, 15))},
                {"total": max(0, length + scene.pick((-1, 1, -8, 8, -length, 100)))},
                {"total": scene.pick((0, 1, 7, 8, 65535))},
                {"traffic": scene.pick((0x0FF00000, 0x000FFFFF, 0x00300000))},
            )
        )
    return scene.pick(
        (
            {"ttl": scene.pick((0, 1, 255, 2))},
            {"version": scene.pick((0, 3, 5, 6, 15))},
            {"ihl": scene.pick((0, 1, 4, 6, 7, 15))},
            {"total": max(0, 20 + length + scene.pick((-1, 1, -8, 8, -length, 100)))},
            {"total": scene.pick((0, 1, 19, 20, 27, 28, 65535))},
            {"sum": scene.pick((0, 1, 0x2A7B, 0xFFFF))},
            {"flags": scene.pick((0x4000, 0x8000, 0xC000))},
            {"tos": scene.pick((1, 3, 255))},
            {"options": _options(scene)},
            {"options": _options(scene)},
        )
    )


def _options(scene: Scene) -> bytes:
    """IPv4 options, right and wrong."""
    return scene.pick(KNOWN_OPTIONS)


def contained(data: bytes) -> bytes:
    """The frame, sent to a foreign address if the stack would answer to it by itself, later."""
    kind = int.from_bytes(data[12:14], "big")
    protocols = {data[23:24]} if kind in (p.IPV4, p.IPV6, 0x8100, 0x88A8) else set()
    if kind == p.IPV6:
        protocols = {data[20:21]} | ({data[54:55]} if data[20:21] in _FOLLOWED else set())
    secret = protocols & {bytes([p.TCP]), bytes([p.IGMP])}
    if bytes([p.ICMPV6]) in protocols and any(130 <= byte <= 159 for byte in data[54:55]):
        secret = {b""}
    return p.FOREIGN + data[6:] if secret else data


_FOLLOWED = {bytes([each]) for each in (p.HOPOPTS, p.ROUTING, p.FRAGMENT, p.DSTOPTS, 51)}


def put(scene: Scene, data: bytes) -> None:
    """A frame step; zeros at the end are counted."""
    bare = data.rstrip(b"\0")
    if scene.one_in(3) or len(data) - len(bare) < 8:
        scene.add("frame", hex=data.hex())
    else:
        scene.add("frame", hex=bare.hex(), zeros=len(data) - len(bare))


def udp(scene: Scene) -> None:
    """A UDP packet."""
    family = scene.family()
    src, dst = _home(scene, family)
    length = _length(scene)
    wrong: dict[str, Any] = {}
    if scene.one_in(3):
        wrong = scene.pick(
            (
                {"sum": scene.pick((0, 0, 1, 0xFFFF, 0xE1EB))},
                {"sum": "partial"},
                {"length": scene.pick((0, 1, 7, 8, 65535))},
                {"length": max(0, 8 + length + scene.pick((-1, 1, -8, 8, 100)))},
            )
        )
    body = p.udp(src, dst, _ports(scene), bytes(length), **wrong)
    whole(scene, family, (src, dst), p.UDP, body)


def whole(
    scene: Scene, family: str, ends: tuple[str, str], protocol: int, body: bytes, **more: Any
) -> None:
    """An IP packet of that body in a frame, either with something wrong with it."""
    more = more or _wrong_ip(scene, family, len(body))
    head = p.ip(*ends, protocol, len(body), **more)
    kind = ethertype(family)
    if scene.one_in(25):
        kind = scene.pick((p.IPV4, p.IPV6, *ETHERTYPES))
    data = p.ethernet(kind, scene.pick(MACS)) + head + body
    if scene.one_in(12):
        data = data[: max(0, len(data) - scene.pick((1, 2, 8, len(body), scene.number(0, 60))))]
    elif scene.one_in(12):
        data += bytes(scene.pick((1, 2, 8, 18, 100)))
    put(scene, contained(data))


def echo(scene: Scene) -> None:
    """An echo request, mostly."""
    family = scene.family()
    src, dst = _home(scene, family)
    body = bytes(scene.near([0, 8, 56, 1000, 1472], 0, 3000))
    rest = struct.pack("!HH", 7, 1)
    more = {"sum": scene.pick((0, 1, 0xFFFF))} if scene.one_in(6) else {}
    if family == "inet":
        kind = 8 if not scene.one_in(4) else scene.pick((0, 1, 2, 7, 9, 10, 13, 14, 15, 17, 18, 42))
        data = p.icmp(kind, 0 if not scene.one_in(8) else 1, rest, body, **more)
    else:
        kind = 128 if not scene.one_in(4) else scene.pick((129, 0, 5, 100, 127, 160, 200, 255))
        head = kind, 0 if not scene.one_in(8) else 1, rest
        data = p.icmpv6(src, dst, head, body, **more)
    whole(scene, family, (src, dst), p.ICMP if family == "inet" else p.ICMPV6, data)


def _quoted(scene: Scene, family: str) -> tuple[tuple[str, str], bytes]:
    """A packet that a socket sent, or could have, with the addresses of who complains of it."""
    socks = [each for each in scene.sockets.values() if each.family == family]
    sock = scene.pick(socks) if socks else None
    source, target = (HOME[family][0], 7002), (HOME[family][0], 7001)
    if sock and sock.bound and not scene.one_in(5):
        source = (_plain(family, sock.bound[0]), sock.bound[1])
    if sock and sock.peer and not scene.one_in(5):
        target = (_plain(family, sock.peer[0]), sock.peer[1])
    payload = bytes(scene.pick((0, 10, 40, 100)))
    body = p.udp(source[0], target[0], (source[1] % 65536, target[1]), payload)
    protocol = p.UDP if not scene.one_in(8) else scene.pick((p.ICMP, 99, p.ICMPV6))
    quoted = p.ip(source[0], target[0], protocol, len(body)) + body
    if scene.one_in(4):
        cut = {"inet": (0, 8, 19, 20, 24, 27, 28, 30), "inet6": (0, 8, 39, 40, 44, 47, 48, 50)}
        quoted = quoted[: scene.pick(cut[family])]
    offender = target[0] if not scene.one_in(3) else scene.pick(SOURCES[family])
    return (offender, source[0]), quoted


def _plain(family: str, address: str) -> str:
    address = address.partition("%")[0]
    wildcard = address in ("0.0.0.0", "::") or address.startswith("::ffff:")
    return HOME[family][0] if wildcard else address


def complaint(scene: Scene) -> None:
    """An ICMP error about a packet."""
    family = scene.family()
    ends, quoted = _quoted(scene, family)
    rest = struct.pack("!HH", 0, scene.pick((0, 0, 68, 552, 576, 1280, 1400, 1500, 65535)))
    if family == "inet":
        kind = scene.pick((3, 3, 3, 3, 11, 12, 4, 5))
        codes = {3: (0, 1, 2, 3, 3, 4, 4, 5, 6, 9, 10, 13, 15, 16), 11: (0, 1), 12: (0, 1, 2)}
        code = scene.pick(codes.get(kind, (0, 1)))
        more = {"sum": 1} if scene.one_in(10) else {}
        body = p.icmp(kind, code, rest, quoted, **more)
        whole(scene, family, ends, p.ICMP, body)
        return
    kind = scene.pick((1, 1, 1, 2, 2, 3, 4, 4, 100, 127))
    codes = {1: (0, 1, 2, 3, 4, 4, 5, 6, 7), 2: (0, 1), 3: (0, 1, 2), 4: (0, 1, 2, 3)}
    more = {"sum": 1} if scene.one_in(10) else {}
    head = kind, scene.pick(codes.get(kind, (0,))), rest
    whole(scene, family, ends, p.ICMPV6, p.icmpv6(*ends, head, quoted, **more))


def unknown(scene: Scene) -> None:
    """A protocol that nobody has."""
    family = scene.family()
    src, dst = _home(scene, family)
    protocol = scene.pick(PROTOCOLS)
    if family == "inet6" and protocol in (0, 43, 44, 51, 60):
        protocol = 99
    whole(scene, family, (src, dst), protocol, bytes(scene.near([0, 1, 8, 20, 100, 600], 0, 2000)))


def fragments(scene: Scene) -> None:
    """A datagram in fragments, with all of them or not, in order or not."""
    family = scene.family()
    src, dst = _home(scene, family)
    length = scene.pick((24, 100, 100, 1000, 1472))
    body = p.udp(src, dst, _ports(scene), bytes(length), **({"sum": 1} if scene.one_in(8) else {}))
    if scene.one_in(8):
        body = p.icmp(8, 0, bytes(4), bytes(length))
    step = scene.pick((8, 16, 48, 512))
    if len(body) // step > 12:
        step = 512
    cuts = list(range(0, len(body), step))
    parts = [(at, body[at : at + step], at != cuts[-1]) for at in cuts]
    parts = _tampered(scene, parts)
    protocol = p.UDP if body[:2] != b"\x08\0" else (p.ICMP if family == "inet" else p.ICMPV6)
    ident = scene.pick((0x1234, 0x1234, 0x4321))
    for at, data, more in parts:
        _fragment(scene, family, (src, dst), (at, data, more, ident, protocol))


def _tampered(scene: Scene, parts: list[tuple[int, bytes, bool]]) -> list[tuple[int, bytes, bool]]:
    how = scene.number(0, 11)
    at = scene.number(0, len(parts) - 1)
    offset, data, more = parts[at]
    if how == 0:
        return parts[::-1]
    if how == 1:
        return [*parts[:at], *parts[at + 1 :]] or parts
    if how == 2:
        return [*parts[: at + 1], *parts[at:]]
    if how == 3:
        return [*parts, parts[at]]
    if how == 4:
        parts[at] = offset, data + bytes(scene.pick((1, 7, 8))), more
    elif how == 5:
        parts[at] = offset, data[: len(data) - scene.pick((1, 4, 8))], more
    elif how == 6:
        parts[at] = offset, data, not more
    elif how == 7:
        parts[at] = scene.pick((65528, 65520, offset + 8, max(0, offset - 8))), data, more
    elif how == 8:
        parts[at] = offset, b"", more
    return parts


def _fragment(
    scene: Scene, family: str, ends: tuple[str, str], part: tuple[int, bytes, bool, int, int]
) -> None:
    at, data, more, ident, protocol = part
    if family == "inet":
        flags = 0x2000 if more else 0
        head = p.ipv4(*ends, protocol, len(data), flags=flags, offset=at, ident=ident)
        rest = head + data
    else:
        body = p.fragment_header(protocol, at, more, ident) + data
        rest = p.ipv6(*ends, p.FRAGMENT, len(body)) + body
    put(scene, contained(p.ethernet(ethertype(family)) + rest))


OPTION_HEADERS = (
    *("", "01020000", "0104ffffffff", "05020000", "0502", "c204", "c20400010000", "c20400000000"),
    *("1e00", "3e0100", "5e0100", "9e0100", "de0100", "fe03aabbcc", "01ff", "0000000000", "8b00"),
    *("0100010001000100", "c91000000000000000000000000000000001", "260110", "01" + "00"),
)


def extensions(scene: Scene) -> None:
    """IPv6 extension headers before a datagram."""
    src, dst = _home(scene, "inet6")
    body = p.udp(src, dst, _ports(scene), bytes(scene.pick((0, 10, 100))))
    following = p.UDP
    if scene.one_in(6):
        following, body = p.ICMPV6, p.icmpv6(src, dst, (128, 0, bytes(4)), bytes(8))
    for _ in range(scene.pick((1, 1, 1, 2, 3))):
        kind, head = _extension(scene, following)
        following, body = kind, head + body
    whole(scene, "inet6", (src, dst), following, body)


def _extension(scene: Scene, following: int) -> tuple[int, bytes]:
    kind = scene.pick((p.HOPOPTS, p.DSTOPTS, p.ROUTING, p.FRAGMENT, p.NONE, 51, 135, 139))
    if kind == p.FRAGMENT:
        at, more = scene.pick(((0, False), (0, False), (0, True), (8, False), (65528, False)))
        return kind, p.fragment_header(following, at, more)
    if kind == p.ROUTING:
        routing = scene.pick((0, 2, 3, 4, 5, 253, 0, 2))
        left = scene.pick((0, 0, 1, 2, 255))
        addresses = scene.pick((bytes(4), bytes(4) + p.packed("::1"), bytes(4) + bytes(32)))
        return kind, p.extension(following, bytes([routing, left]) + addresses)
    if kind == 51:
        return kind, struct.pack("!BBHII", following, 1, 0, 1, 1)
    head = p.extension(following, bytes.fromhex(scene.pick(OPTION_HEADERS)))
    if scene.one_in(10):
        head = head[:1] + bytes([scene.pick((1, 3, 255))]) + head[2:]
    return kind, head


def tcp(scene: Scene) -> None:
    """A TCP packet to a foreign hardware address: a tap looks at it, nobody else."""
    family = scene.family()
    src, dst = scene.pick(SOURCES[family]), scene.pick(TARGETS[family])
    more: dict[str, Any] = {"flags": scene.pick((0, 2, 16, 18, 24, 255))}
    if scene.one_in(3):
        more |= scene.pick(({"sum": 1}, {"sum": "partial"}, {"offset": 15}, {"offset": 4}))
    if scene.one_in(4):
        more["options"] = bytes.fromhex(scene.pick(("01010101", "020405b4", "0101080a" + "00" * 8)))
    body = p.tcp(src, dst, _ports(scene), bytes(scene.pick((0, 1, 100, 1000))), **more)
    whole(scene, family, (src, dst), p.TCP, body)


def odd(scene: Scene) -> None:
    """Other ethertypes, and frames that end early."""
    how = scene.number(0, 4)
    if how == 0:
        data = p.ethernet(p.IPV4) + p.ipv4("127.0.0.1", "127.0.0.1", p.UDP, 8) + bytes(8)
        put(scene, data[: scene.number(0, len(data))])
    elif how == 1:
        data = p.ethernet(p.IPV6) + p.ipv6("::1", "::1", p.UDP, 8) + bytes(8)
        put(scene, data[: scene.number(0, len(data))])
    elif how == 2:
        _vlan(scene)
    elif how == 3:
        zeros = scene.near([0, 1, 46, scene.mtu, scene.mtu, scene.mtu + 1, 70000], 0, 70000)
        kind = scene.pick((*ETHERTYPES, p.IPV4, p.IPV6))
        scene.add("frame", hex=p.ethernet(kind, scene.pick(MACS)).hex(), zeros=zeros)
    else:
        _arp(scene)


def _vlan(scene: Scene) -> None:
    family = scene.family()
    src, dst = _home(scene, family)
    body = p.udp(src, dst, _ports(scene), bytes(20))
    tag = struct.pack("!HH", scene.pick((0, 1, 5, 0x2005, 4095)), ethertype(family))
    kind = scene.pick((0x8100, 0x8100, 0x88A8))
    data = p.ethernet(kind, scene.pick(MACS)) + tag + p.ip(src, dst, p.UDP, len(body)) + body
    put(scene, data if not scene.one_in(4) else data[: scene.number(14, len(data))])


def _arp(scene: Scene) -> None:
    body = struct.pack("!HHBBH", 1, 0x0800, 6, 4, scene.pick((1, 2)))
    body += p.ZERO + p.packed("127.0.0.2") + p.ZERO + p.packed("127.0.0.1")
    put(scene, p.ethernet(0x0806, scene.pick(MACS)) + body[: scene.pick((28, 28, 8, 27))])


def mutated(scene: Scene) -> None:
    """A right packet with one or two bytes of its headers changed."""
    family = scene.family()
    src, dst = _home(scene, family)
    body = p.udp(src, dst, _ports(scene), bytes(scene.pick((0, 10, 100))))
    data = bytearray(p.ethernet(ethertype(family)) + p.ip(src, dst, p.UDP, len(body)) + body)
    for _ in range(scene.pick((1, 1, 2))):
        at = scene.number(0, len(data) - 1)
        data[at] = scene.pick((0, 1, data[at] ^ 1, data[at] ^ 0x80, 255, scene.number(0, 255)))
    put(scene, contained(bytes(data)))


def too_big(scene: Scene) -> None:
    """A message that a packet was too big, about a socket's own; then the socket sends."""
    socks = [each for each in scene.sockets.values() if each.bound and each.peer]
    if not socks:
        complaint(scene)
        return
    sock = scene.pick(socks)
    family = sock.family
    source, target = _plain(family, sock.bound[0]), _plain(family, sock.peer[0])
    ports = sock.bound[1], sock.peer[1]
    body = p.udp(source, target, ports, bytes(100))
    quoted = p.ip(source, target, p.UDP, len(body)) + body
    mtu = struct.pack("!I", scene.pick((0, 68, 552, 1000, 1280, 1400, 1500, 65535)))
    if family == "inet":
        whole(scene, family, (target, source), p.ICMP, p.icmp(3, 4, mtu, quoted), ttl=64)
    else:
        message = p.icmpv6(target, source, (2, 0, mtu), quoted)
        whole(scene, family, (target, source), p.ICMPV6, message, ttl=64)
    option = {"inet": "IP_MTU", "inet6": "IPV6_MTU"}[family]
    scene.add("getsockopt", socket=sock.name, option=option)
    scene.add("send", socket=sock.name, payload=scene.pick((10, 1300, 1450, 2000)))
