"""Packets as bytes: headers with right lengths and sums, which the caller may get wrong."""

from __future__ import annotations

import socket
import struct
from typing import Any

ZERO = bytes(6)
FOREIGN = bytes.fromhex("020000000099")
BROADCAST = b"\xff" * 6
MULTICAST = bytes.fromhex("01005e000001")
IPV4, IPV6 = 0x0800, 0x86DD
ICMP, IGMP, TCP, UDP, ICMPV6 = 1, 2, 6, 17, 58
ROUTING, FRAGMENT, HOPOPTS, DSTOPTS, NONE = 43, 44, 0, 60, 59


def add_up(data: bytes) -> int:
    """The Internet checksum's sum, folded to 16 bits and not inverted."""
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return total


def inverted(total: int) -> int:
    """The checksum of a sum."""
    return ~total & 0xFFFF


def packed(address: str) -> bytes:
    """An address as bytes."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.inet_pton(family, address.partition("%")[0])


def pseudo(src: str, dst: str, length: int, protocol: int) -> int:
    """The sum of the pseudo-header."""
    return add_up(packed(src) + packed(dst) + struct.pack("!II", length, protocol))


def ethernet(ethertype: int, dst: bytes = ZERO, src: bytes = ZERO) -> bytes:
    """An Ethernet header."""
    return dst + src + struct.pack("!H", ethertype)


def ipv4(src: str, dst: str, protocol: int, length: int, **more: Any) -> bytes:
    """An IPv4 header before `length` bytes.

    `more`: ttl, flags (in the upper 3 bits of 16), offset (bytes), ident, tos, options, version,
    ihl (words), total, sum, each right or usual when left out.
    """
    options = more.get("options", b"")
    options += bytes(-len(options) % 4)
    ihl = more.get("ihl", 5 + len(options) // 4)
    total = more.get("total", 20 + len(options) + length) & 0xFFFF
    fields = [more.get("version", 4) << 4 | ihl & 15, more.get("tos", 0), total]
    fields += [more.get("ident", 0x1234), more.get("flags", 0) | more.get("offset", 0) >> 3]
    fields += [more.get("ttl", 64), protocol]
    ends = packed(src) + packed(dst) + options
    right = inverted(add_up(struct.pack("!BBHHHBBH", *fields, 0) + ends))
    return struct.pack("!BBHHHBBH", *fields, more.get("sum", right)) + ends


def ipv6(src: str, dst: str, protocol: int, length: int, **more: Any) -> bytes:
    """An IPv6 header before `length` bytes. `more`: hops, version, total, traffic."""
    first = more.get("version", 6) << 28 | more.get("traffic", 0)
    fields = first, more.get("total", length) & 0xFFFF, protocol, more.get("hops", 64)
    return struct.pack("!IHBB", *fields) + packed(src) + packed(dst)


def ip(src: str, dst: str, protocol: int, length: int, **more: Any) -> bytes:
    """The header of the addresses' family."""
    if ":" not in src:
        return ipv4(src, dst, protocol, length, **more)
    return ipv6(src, dst, protocol, length, **more | {"hops": more.get("ttl", 64)})


def udp(src: str, dst: str, ports: tuple[int, int], payload: bytes, **more: Any) -> bytes:
    """A UDP datagram. `more`: length, sum ("partial": the pseudo-header's alone)."""
    length = more.get("length", 8 + len(payload))
    head = struct.pack("!HHH", *ports, length & 0xFFFF)
    partial = pseudo(src, dst, 8 + len(payload), UDP)
    whole = add_up(head + bytes(2) + payload) + partial
    # Zero would mean: no sum.
    right = inverted((whole & 0xFFFF) + (whole >> 16)) or 0xFFFF
    value = more.get("sum", right)
    return head + struct.pack("!H", partial if value == "partial" else value) + payload


def tcp(src: str, dst: str, ports: tuple[int, int], payload: bytes, **more: Any) -> bytes:
    """A TCP segment. `more`: flags, seq, sum ("partial"), offset (words), options."""
    options = more.get("options", b"")
    words = more.get("offset", 5 + len(options) // 4)
    head = struct.pack("!HHII", *ports, more.get("seq", 1000), 5000)
    head += struct.pack("!BBH", (words & 15) << 4, more.get("flags", 0x18), 512)
    partial = pseudo(src, dst, 20 + len(options) + len(payload), TCP)
    whole = add_up(head + bytes(4) + options + payload) + partial
    right = inverted((whole & 0xFFFF) + (whole >> 16))
    value = more.get("sum", right)
    total = struct.pack("!HH", partial if value == "partial" else value, 0)
    return head + total + options + payload


def icmp(kind: int, code: int, rest: bytes, payload: bytes = b"", **more: Any) -> bytes:
    """An ICMP message; `rest` are bytes 4 to 7. `more`: sum."""
    head = struct.pack("!BB", kind, code)
    right = inverted(add_up(head + bytes(2) + rest + payload))
    return head + struct.pack("!H", more.get("sum", right)) + rest + payload


def icmpv6(src: str, dst: str, head: tuple[int, int, bytes], payload: bytes, **more: Any) -> bytes:
    """An ICMPv6 message; `head` is type, code, bytes 4 to 7. `more`: sum."""
    kind, code, rest = head
    first = struct.pack("!BB", kind, code)
    partial = pseudo(src, dst, 8 + len(payload), ICMPV6)
    whole = add_up(first + bytes(2) + rest + payload) + partial
    right = inverted((whole & 0xFFFF) + (whole >> 16))
    return first + struct.pack("!H", more.get("sum", right)) + rest + payload


def extension(following: int, body: bytes) -> bytes:
    """An IPv6 extension header of as many units of 8 bytes as it takes; padded with Pad1."""
    body += bytes(-(len(body) + 2) % 8)
    return struct.pack("!BB", following, (len(body) + 2) // 8 - 1) + body


def fragment_header(following: int, offset: int, more: bool, ident: int = 0x1234) -> bytes:
    """IPv6's fragment header; `offset` in bytes."""
    return struct.pack("!BBHI", following, 0, offset & 0xFFF8 | more, ident)
