"""Frames as a sniffer reads them: the header fields of Ethernet, IP, UDP and TCP, from the bytes.

Nothing is taken from the model's own bookkeeping: lengths, ids, flags and the state of every
checksum are read and reckoned from the frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from struct import pack, unpack_from

from lomodel.figures.show import Figure
from lomodel.figures.table import table
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.uapi.linux.if_packet import PACKET_OUTGOING
from lomodel.linux.net.core.skbuff import checksum

IPPROTO_TCP, IPPROTO_UDP = 6, 17
CHECK = {IPPROTO_TCP: 16, IPPROTO_UDP: 6}
FLAGS = ("FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR")


@contextmanager
def sniff(dev: NetDevice) -> Iterator[list[bytes]]:
    """The frames that go out through a device while the block runs, as a tap sees them."""
    frames: list[bytes] = []

    def tap(skb: SkBuff, _dev: NetDevice) -> None:
        if skb.pkt_type == PACKET_OUTGOING:
            frames.append(skb.tobytes())

    dev.ptype_all.append(tap)
    try:
        yield frames
    finally:
        dev.ptype_all.remove(tap)


@dataclass(frozen=True)
class Network:
    """The network layer of a frame: its fields, and where the transport header starts."""

    fields: dict[str, str]
    addresses: bytes
    protocol: int
    transport: bytes


def decode(frame: bytes) -> dict[str, str]:
    """The header fields of one frame, in the order of its bytes, as a reader wants them.

    ValueError for a frame that is not IPv4 or IPv6 with UDP or TCP inside.
    """
    ethertype = int.from_bytes(frame[12:14], "big")
    reader = {0x0800: _ipv4, 0x86DD: _ipv6}.get(ethertype)
    if reader is None:
        raise ValueError(f"a frame of type {ethertype:#06x}, expected IPv4 or IPv6")
    network = reader(frame[14:])
    transport = {IPPROTO_UDP: _udp, IPPROTO_TCP: _tcp}.get(network.protocol)
    if transport is None:
        raise ValueError(f"IP protocol {network.protocol}, expected UDP or TCP")
    fields = {"frame": str(len(frame))} | network.fields | transport(network.transport)
    return fields | {"checksum": checksum_state(network)}


def _ipv4(packet: bytes) -> Network:
    start = 4 * (packet[0] & 15)
    total, identification, fragment = unpack_from("!HHH", packet, 2)
    fields = {
        "tot_len": str(total),
        "id": str(identification),
        "DF": "yes" if fragment & 0x4000 else "no",
        "IP sum": "good" if checksum(packet[:start]) == 0xFFFF else "bad",
    }
    return Network(fields, packet[12:20], packet[9], packet[start:total])


def _ipv6(packet: bytes) -> Network:
    (length,) = unpack_from("!H", packet, 4)
    return Network({"payload_len": str(length)}, packet[8:40], packet[6], packet[40 : 40 + length])


def _udp(segment: bytes) -> dict[str, str]:
    (length,) = unpack_from("!H", segment, 4)
    return {"UDP len": str(length)}


def _tcp(segment: bytes) -> dict[str, str]:
    (sequence,) = unpack_from("!I", segment, 4)
    flags = [name for number, name in enumerate(FLAGS) if segment[13] >> number & 1]
    payload = len(segment) - 4 * (segment[12] >> 4)
    return {"seq": str(sequence), "flags": " ".join(flags), "payload": str(payload)}


def checksum_state(network: Network) -> str:
    """What the transport's checksum field holds: all of the sum, or the pseudo-header's only."""
    at = CHECK[network.protocol]
    field = int.from_bytes(network.transport[at : at + 2], "big")
    pseudo = checksum(network.addresses + pack("!II", len(network.transport), network.protocol))
    if field == pseudo:
        return "pseudo-header only"
    return "complete" if checksum(network.transport, pseudo) == 0xFFFF else "wrong"


def frame_table(frames: Iterable[bytes], name: str = "Frames") -> Figure:
    """The header fields of frames of one kind, a row a frame, lengths in bytes."""
    fields = [decode(frame) for frame in frames]
    head = ["", *(fields[0] if fields else {})]
    rows = [[number, *each.values()] for number, each in enumerate(fields, 1)]
    return table(f"{name}: {len(rows)}", head, rows)
