"""A frame with its Ethernet header opened: which 14 bytes these are, what is left without them."""

from __future__ import annotations

from dataclasses import dataclass

from lomodel.desk import lo_up, send
from lomodel.figures.frames import sniff
from lomodel.figures.layers import sample
from lomodel.figures.packet import ETHERNET, Packet, packet_of
from lomodel.figures.picture import Picture
from lomodel.figures.show import escape
from lomodel.figures.stack import GSO_SIZE, PAYLOAD
from lomodel.linux.include.uapi.linux.if_ether import ETH_ALEN, ETH_HLEN, ETH_P_IP, ETH_P_IPV6

TYPES = {ETH_P_IP: "IPv4", ETH_P_IPV6: "IPv6"}
CAPTION = (
    "The book's datagram as it is handed to lo, its first header opened. "
    "Headers are drawn larger than they are."
)


@dataclass(frozen=True)
class Field:
    """A part of the header: its name, what its value stands for, and its bytes."""

    name: str
    means: str
    bytes: bytes

    @property
    def cells(self) -> str:
        """The bytes as two digits each."""
        return self.bytes.hex(" ")


def fields(frame: bytes) -> tuple[Field, ...]:
    """Destination, source and type of a frame; ValueError for one without a whole header."""
    if len(frame) < ETH_HLEN:
        raise ValueError(f"{len(frame)} bytes, expected a header of {ETH_HLEN}")
    destination, source = frame[:ETH_ALEN], frame[ETH_ALEN : 2 * ETH_ALEN]
    kind = frame[2 * ETH_ALEN : ETH_HLEN]
    number = int.from_bytes(kind, "big")
    return (
        Field("destination", _address(destination), destination),
        Field("source", _address(source), source),
        Field("type", TYPES.get(number, f"{number:#06x}"), kind),
    )


def _address(address: bytes) -> str:
    return address.hex(":") if any(address) else "all zeros"


def datagram_frame() -> bytes:
    """The frame that the book's datagram is when it is handed to lo."""
    lo = lo_up()
    with sniff(lo) as frames:
        send(lo, PAYLOAD, GSO_SIZE)
    return frames[0]


def opened_frame(frame: bytes | None = None, caption: str = CAPTION) -> Picture:
    """A frame of IPv4 or IPv6, by default the book's, with the bytes of its Ethernet header.

    ValueError for a frame of another kind.
    """
    frame = datagram_frame() if frame is None else frame
    packet, parts = packet_of(frame), fields(frame)
    text = describe(packet, parts)
    html = (
        f'<figure class="lo-picture lo-ether"><div role="img" aria-label="{escape(text)}">'
        f"{_bar(packet)}{_rays(packet)}{_opened(parts)}</div>"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )
    return Picture(f"An opened frame: {text}", html, text)


def describe(packet: Packet, parts: tuple[Field, ...]) -> str:
    """The picture in words."""
    headers = ", ".join(f"{header.name} {header.length}" for header in packet.headers)
    opened = "; ".join(f"{part.name} {part.cells} ({part.means})" for part in parts)
    return (
        f"{packet.length} bytes are handed to the device: {headers}, payload {packet.payload}. "
        f"The Ethernet header: {opened}. "
        f"{packet.length - ETH_HLEN} bytes are left without it, and lo counts these."
    )


def _bar(packet: Packet) -> str:
    boxes = "".join(
        f'<div class="lo-k-{header.layer}"><b>{sample(header.layer)}'
        f'<span class="long">{header.name}</span>'
        f'<span class="short">{header.short or header.name}</span></b>{header.length}</div>'
        for header in packet.headers
    )
    columns = " ".join(f"{share}fr" for share in _shares(packet))
    lines = {1: f"handed to the device: {packet.length}"}
    lines |= {2: f"counted by lo: {packet.length - ETH_HLEN}"}
    above = "".join(
        f'<p class="lo-ether-len" style="grid-column:{first}/-1"><span>{words}</span></p>'
        for first, words in lines.items()
    )
    return (
        f'<div class="lo-ether-bar" style="grid-template-columns:{columns}">{above}{boxes}'
        f'<div class="lo-ether-load"><b>payload</b>{packet.payload}</div></div>'
    )


def _shares(packet: Packet) -> list[int]:
    """How wide each header and the payload are drawn, in hundredths of the bar."""
    widths = [22 if header is ETHERNET else 14 for header in packet.headers]
    return [*widths, 100 - sum(widths)]


def _rays(packet: Packet) -> str:
    """From the Ethernet header's edges to those of its bytes."""
    edge = _shares(packet)[0]
    return (
        '<svg class="lo-ether-rays" viewBox="0 0 100 10" preserveAspectRatio="none" '
        f'aria-hidden="true"><path d="M0 0V10M{edge} 0L100 10"/></svg>'
    )


def _opened(parts: tuple[Field, ...]) -> str:
    groups = "".join(
        f'<div style="flex-grow:{len(part.bytes)}"><p>'
        + "".join(f"<i>{cell}</i>" for cell in part.cells.split())
        + f"</p><b>{part.name}</b><span>{escape(part.means)}</span></div>"
        for part in parts
    )
    return f'<div class="lo-ether-open">{groups}</div>'
