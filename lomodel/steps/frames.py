"""The steps `frame`, `vnet_frame` and `tcp_frame`: what a packet socket sends."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from lomodel.contract import Step
from lomodel.linux.include.uapi.linux.virtio_net import (
    VIRTIO_NET_HDR_F_NEEDS_CSUM,
    VIRTIO_NET_HDR_GSO_ECN,
    VIRTIO_NET_HDR_GSO_NONE,
    VIRTIO_NET_HDR_GSO_TCPV4,
    VIRTIO_NET_HDR_GSO_TCPV6,
    VirtioNetHdr,
)
from lomodel.linux.net.core.skbuff import checksum
from lomodel.linux.net.packet.af_packet import packet_snd
from lomodel.steps.sending import message

if TYPE_CHECKING:
    from lomodel.scenario import Player

DESTINATION = {
    "zero": bytes(6),
    "other": bytes.fromhex("020000000099"),
    "broadcast": b"\xff" * 6,
    "multicast": bytes.fromhex("01005e000001"),
}
ETHERTYPE = {"inet": 0x0800, "inet6": 0x86DD}
TCPHDR_CWR = 0x80
TCP_CHECK = 16
TCP_START = (1111, 2222, 1000)
"""Ports and sequence number of a TCP frame."""


def _frame(player: Player, step: Step) -> None:
    if "hex" in step:
        packet_snd(player.lo, _free_frame(step))
        return
    header = DESTINATION[step["dst"]] + bytes(6) + struct.pack("!H", step["ethertype"])
    packet_snd(player.lo, message(header, step["payload"]), step["ethertype"])


def _free_frame(step: Step) -> bytes:
    return message(bytes.fromhex(step["hex"]), step.get("zeros", 0))


def _vnet_frame(player: Player, step: Step) -> None:
    packet_snd(player.lo, _free_frame(step), 0, VirtioNetHdr(**step["vnet"]))


def _tcp_frame(player: Player, step: Step) -> None:
    family = step["family"]
    frame = tcp_frame_bytes(family, step["payload"], step["flags"])
    network = 20 if family == "inet" else 40
    gso_type = VIRTIO_NET_HDR_GSO_NONE
    if step["gso_size"] is not None:
        gso_type = VIRTIO_NET_HDR_GSO_TCPV4 if family == "inet" else VIRTIO_NET_HDR_GSO_TCPV6
        gso_type |= VIRTIO_NET_HDR_GSO_ECN if step["flags"] & TCPHDR_CWR else 0
    header = VirtioNetHdr(
        flags=VIRTIO_NET_HDR_F_NEEDS_CSUM,
        gso_type=gso_type,
        hdr_len=14 + network + 20,
        gso_size=step["gso_size"] or 0,
        csum_start=14 + network,
        csum_offset=TCP_CHECK,
    )
    packet_snd(player.lo, frame, ETHERTYPE[family], header)


def tcp_frame_bytes(family: str, payload: int, flags: int) -> bytes:
    """A frame of one TCP packet from lo's address to itself, with ``payload`` zero bytes.

    The hardware destination is nobody's. The checksum field holds the pseudo-header's sum only.
    """
    length = 20 + payload
    address = b"\x7f\0\0\1" if family == "inet" else bytes(15) + b"\1"
    pseudo = checksum(address + address + struct.pack("!II", length, 6))
    tcp = struct.pack("!HHIIBBHHH", *TCP_START, 1, 5 << 4, flags, 65535, pseudo, 0)
    network = _ipv4_header(address, length) if family == "inet" else _ipv6_header(address, length)
    ethernet = DESTINATION["other"] + bytes(6) + struct.pack("!H", ETHERTYPE[family])
    return ethernet + network + tcp + bytes(payload)


def _ipv4_header(address: bytes, length: int) -> bytes:
    start = struct.pack("!BBHHHBB", 0x45, 0, 20 + length, 1, 0x4000, 64, 6)
    total = ~checksum(start + address + address) & 0xFFFF
    return start + struct.pack("!H", total) + address + address


def _ipv6_header(address: bytes, length: int) -> bytes:
    return struct.pack("!IHBB", 6 << 28, length, 6, 64) + address + address


STEPS = {"frame": _frame, "vnet_frame": _vnet_frame, "tcp_frame": _tcp_frame}
