"""The bytes of a watched packet by header: which are written, which are there no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lomodel.linux.include.uapi.linux.in6 import IPPROTO_ICMPV6
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_ICMP, IPPROTO_UDP
from lomodel.watch import HEAD_BYTES, Packet

ETH_HLEN = 14
IPPROTO_TCP = 6
IPPROTO_FRAGMENT = 44
TRANSPORTS = {
    IPPROTO_ICMP: ("ICMP", 8),
    IPPROTO_TCP: ("TCP", 20),
    IPPROTO_UDP: ("UDP", 8),
    IPPROTO_ICMPV6: ("ICMPv6", 8),
}
ROW = 16
"""Bytes in a row."""

PLACE = {"Ethernet": "device", "payload": "payload"}
"""Whose hue a header has; all others are the protocols'."""


@dataclass(frozen=True)
class Header:
    """A header's name, its place in the buffer and its bytes: as many as there are, or will be."""

    name: str
    start: int
    length: int


@dataclass(frozen=True)
class Group:
    """A header at one step: ``cells`` has its bytes in hex, each "" that nobody has written;
    ``off``: whether ``skb->data`` is behind it, so that it does not count."""

    name: str
    cells: tuple[str, ...]
    off: bool

    @property
    def hue(self) -> str:
        """``device``, ``protocol`` or ``payload``."""
        return PLACE.get(self.name, "protocol")


def groups_of(packets: Sequence[Packet | None]) -> list[list[Group]]:
    """The headers of the packet at each step; before there is one, those of the first, empty.

    Where a header is not written yet, what it will be is known from a later step.
    """
    written: dict[int, list[Header]] = {}
    later: list[Header] = []
    found: list[list[Group]] = []
    for packet in reversed(packets):
        if packet is None:
            found.append(_empty(later))
            continue
        later = layout(packet)
        if network_is_written(packet):
            written[packet.number] = later
        else:
            later = written.get(packet.number, later)
        found.append([_group(packet, header) for header in later])
    return found[::-1]


def network_is_written(packet: Packet) -> bool:
    """Whether the network header says which it is: IPv4 or IPv6."""
    network = _network(packet)
    return network is not None and _byte(packet, network) >> 4 in (4, 6)


def _network(packet: Packet) -> int | None:
    """Where the network header is; what has only a link header has it behind that."""
    if packet.network_header is None and packet.mac_header is not None:
        return packet.mac_header + ETH_HLEN
    return packet.network_header


def layout(packet: Packet) -> list[Header]:
    """The headers that a packet has or has room for, and of its payload what fits into the rows."""
    network = _network(packet)
    if network is None:
        return []
    link = network - ETH_HLEN if packet.mac_header is None else packet.mac_header
    headers = [Header("Ethernet", link, ETH_HLEN), *_protocols(packet, network)]
    end = headers[-1].start + headers[-1].length
    whole = end - headers[0].start
    rows = -(-(whole + 2) // ROW) * ROW
    there = packet.start + len(packet.head) - end
    length = min(rows, HEAD_BYTES, whole + there) - whole
    return [*headers, Header("payload", end, length)] if length > 0 else headers


def _protocols(packet: Packet, network: int) -> list[Header]:
    """The network's header and the transport's, by the protocol numbers in them."""
    version = _byte(packet, network) >> 4
    end = packet.transport_header
    if version not in (4, 6):
        # Not written yet: the room between the two headers says what it will be.
        length = (end or network) - network
        return [Header(f"IPv{4 if length == 20 else 6}", network, length)] if length > 0 else []
    length = (_byte(packet, network) & 15) * 4 if version == 4 else 40
    number = _byte(packet, network + (9 if version == 4 else 6))
    headers = [Header(f"IPv{version}", network, length)]
    if version == 6 and number == IPPROTO_FRAGMENT:
        headers.append(Header("fragment", network + length, 8))
        number, length = _byte(packet, network + length), length + 8
    if number in TRANSPORTS and not _offset(packet, network, version):
        headers.append(Header(TRANSPORTS[number][0], network + length, TRANSPORTS[number][1]))
    return headers


def _offset(packet: Packet, network: int, version: int) -> int:
    """Where a fragment belongs, in units of 8 bytes: only the first has the transport's header."""
    if version == 4:
        return (_byte(packet, network + 6) << 8 | _byte(packet, network + 7)) & 0x1FFF
    if _byte(packet, network + 6) != IPPROTO_FRAGMENT:
        return 0
    return (_byte(packet, network + 42) << 8 | _byte(packet, network + 43)) >> 3


def _byte(packet: Packet, at: int) -> int:
    """A byte of the buffer; 0 beyond what is kept."""
    place = at - packet.start
    return packet.head[place] if 0 <= place < len(packet.head) else 0


def _group(packet: Packet, header: Header) -> Group:
    at = header.start - packet.start
    found = packet.head[at : at + header.length] if at >= 0 else b""
    # A header that nobody has written is all zeros in a new buffer, and no written one is; only
    # an Ethernet header stands where no data was before it, and a payload may well be zeros.
    written = found if header.name == "payload" or any(found) else b""
    cells = [f"{byte:02x}" for byte in written] + [""] * (header.length - len(written))
    return Group(header.name, tuple(cells), packet.data > header.start and bool(written))


def _empty(headers: list[Header]) -> list[Group]:
    return [Group(header.name, ("",) * header.length, False) for header in headers]
