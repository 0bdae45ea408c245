"""A frame that a packet socket read, as the contract writes it: a pure function of its bytes."""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass
from typing import Any

#: `sll_pkttype`, by its number.
TYPES = ("host", "broadcast", "multicast", "otherhost", "outgoing", "loopback")
#: The bits of `tp_status` that are reported, in the contract's order.
STATUS = {"CSUMNOTREADY": 1 << 3, "CSUM_VALID": 1 << 7, "GSO_TCP": 1 << 8}
#: The ports that a kernel picks: which of them it was is nobody's knowledge.
PICKED = range(32768, 61000)

ETH_HLEN, IPV6_HLEN, FRAGMENT_HLEN = 14, 40, 8
ETH_P_IP, ETH_P_IPV6 = 0x0800, 0x86DD
IPPROTO_ICMP, IPPROTO_TCP, IPPROTO_UDP = 1, 6, 17
IPPROTO_FRAGMENT, IPPROTO_ICMPV6 = 44, 58
IP_DF, IP_MF, IP_OFFSET = 0x4000, 0x2000, 0x1FFF  # IPv4's fragment field; offsets count 8 bytes
IP6_MF, IP6_OFFSET = 0x1, 0xFFF8
#: What a sum with nothing wrong comes to: all ones, in one's complement another zero.
GOOD = 0xFFFF


def reported_port(port: int) -> int:
    """A port as it is reported: 0 for one that the kernel picked."""
    return 0 if port in PICKED else port


def checksum(data: bytes) -> int:
    """The Internet checksum's sum of some bytes, folded to 16 bits and not inverted."""
    number = int.from_bytes(data, "big") << 8 * (len(data) % 2)
    # 65536 is 1 more than a multiple of 65535: folding is dividing. Zero stays zero, and no other
    # number of bytes comes to it.
    return (number % 0xFFFF or 0xFFFF) if number else 0


@dataclass(frozen=True)
class _Packet:
    """An IP packet in a frame: what its header says, and where what it carries begins and ends.

    `start` and `end` count bytes of the frame; `end` is what the IP header says, and may lie behind
    the frame. `addresses` are both, as in the pseudo header.
    """

    version: int
    shown: dict[str, Any]
    start: int
    end: int
    addresses: bytes


def _ipv4(data: bytes) -> _Packet | None:
    header = data[ETH_HLEN:]
    if len(header) < 20 or header[0] >> 4 != 4:
        return None
    size = 4 * (header[0] & 0xF)
    if size < 20 or len(header) < size:
        return None
    length, field = struct.unpack_from("!H2xH", header, 2)
    shown = {
        "src": socket.inet_ntop(socket.AF_INET, header[12:16]),
        "dst": socket.inet_ntop(socket.AF_INET, header[16:20]),
        "length": length,
        "ttl": header[8],
        "protocol": header[9],
        "df": bool(field & IP_DF),
        "mf": bool(field & IP_MF),
        "offset": 8 * (field & IP_OFFSET),
        "sum": "good" if checksum(header[:size]) == GOOD else "bad",
    }
    return _Packet(4, shown, ETH_HLEN + size, ETH_HLEN + length, header[12:20])


def _ipv6(data: bytes) -> _Packet | None:
    header = data[ETH_HLEN : ETH_HLEN + IPV6_HLEN]
    if len(header) < IPV6_HLEN or header[0] >> 4 != 6:
        return None
    length, protocol, hops = struct.unpack_from("!HBB", header, 4)
    start = ETH_HLEN + IPV6_HLEN
    end, field = start + length, 0
    if protocol == IPPROTO_FRAGMENT and len(data) >= start + FRAGMENT_HLEN:
        protocol, field = struct.unpack_from("!BxH", data, start)
        start += FRAGMENT_HLEN
    shown = {
        "src": socket.inet_ntop(socket.AF_INET6, header[8:24]),
        "dst": socket.inet_ntop(socket.AF_INET6, header[24:40]),
        "length": length,
        "ttl": hops,
        "protocol": protocol,
        "mf": bool(field & IP6_MF),
        "offset": field & IP6_OFFSET,
    }
    return _Packet(6, shown, start, end, header[8:40])


_NETWORK = {ETH_P_IP: _ipv4, ETH_P_IPV6: _ipv6}


def _udp(header: bytes) -> dict[str, Any]:
    sport, dport, length = struct.unpack_from("!HHH", header)
    return {"sport": reported_port(sport), "dport": reported_port(dport), "length": length}


def _tcp(header: bytes) -> dict[str, Any]:
    sport, dport, seq = struct.unpack_from("!HHI", header)
    ports = {"sport": reported_port(sport), "dport": reported_port(dport)}
    return ports | {"seq": seq, "flags": header[13]}


def _icmp(header: bytes) -> dict[str, Any]:
    return {"type": header[0], "code": header[1]}


#: By IP's version and protocol: the name, the header's bytes, where in it the sum is, its fields.
_TRANSPORT = {
    (4, IPPROTO_UDP): ("udp", 8, 6, _udp),
    (6, IPPROTO_UDP): ("udp", 8, 6, _udp),
    (4, IPPROTO_TCP): ("tcp", 20, 16, _tcp),
    (6, IPPROTO_TCP): ("tcp", 20, 16, _tcp),
    (4, IPPROTO_ICMP): ("icmp", 8, 2, _icmp),
    (6, IPPROTO_ICMPV6): ("icmp", 8, 2, _icmp),
}


def _pseudo_header(packet: _Packet) -> bytes:
    protocol = packet.shown["protocol"]
    if packet.version == 4 and protocol == IPPROTO_ICMP:
        return b""
    return packet.addresses + struct.pack("!II", packet.end - packet.start, protocol)


def _sum(data: bytes, packet: _Packet, size: int, place: int) -> str:
    """What is to be said of the sum that the header of ``size`` bytes has at ``place``."""
    if packet.shown["mf"]:
        return "fragment"
    if packet.end > len(data) or packet.end < packet.start + size:
        return "short"
    (field,) = struct.unpack_from("!H", data, packet.start + place)
    if packet.shown["protocol"] == IPPROTO_UDP and field == 0:
        return "zero"
    pseudo = _pseudo_header(packet)
    if checksum(pseudo + data[packet.start : packet.end]) == GOOD:
        return "good"
    return "partial" if pseudo and checksum(pseudo) == field else "bad"


def _transport(data: bytes, packet: _Packet) -> dict[str, Any]:
    key = packet.version, packet.shown["protocol"]
    if key not in _TRANSPORT or packet.shown["offset"] != 0:
        return {}
    name, size, place, fields = _TRANSPORT[key]
    header = data[packet.start : packet.start + size]
    if len(header) < size:
        return {}
    return {name: fields(header) | {"sum": _sum(data, packet, size, place)}}


def _network(data: bytes) -> dict[str, Any]:
    read = _NETWORK.get(int.from_bytes(data[12:14], "big"))
    packet = read(data) if read else None
    return {"ip": packet.shown} | _transport(data, packet) if packet else {}


def captured_frame(data: bytes, pkttype: int, protocol: int, status: int) -> dict[str, Any]:
    """A frame as the contract writes it.

    ``data`` is all of it, with the Ethernet header; ``pkttype`` is `sll_pkttype`, ``protocol``
    `sll_protocol` in this machine's byte order, ``status`` `tp_status`.
    """
    seen = {
        "type": TYPES[pkttype],
        "length": len(data),
        "ethertype": protocol,
        "status": [name for name, bit in STATUS.items() if status & bit],
    }
    return seen | _network(data)
