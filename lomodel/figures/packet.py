"""A packet as a bar: its headers in their layer's hue, its payload in paper, cut marks, lengths.

What becomes of it is told by the bar's form and by a word: one solid bar passes whole, several with
gaps were cut, a hollow one with a cross is dropped, a dashed one behind a stop was refused.
"""

from __future__ import annotations

import errno
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from lomodel.desk import send
from lomodel.figures.frames import sniff
from lomodel.figures.layers import sample
from lomodel.figures.picture import Picture, legend
from lomodel.figures.show import escape
from lomodel.figures.tree import lengths
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.linux.tcp import TCP_HLEN
from lomodel.linux.include.linux.udp import UDP_HLEN
from lomodel.linux.include.net.ip import IP_HLEN
from lomodel.linux.include.net.ipv6 import FRAG_HLEN, IPV6_HLEN
from lomodel.linux.include.uapi.linux.if_ether import ETH_HLEN, ETH_P_IP, ETH_P_IPV6
from lomodel.trace import Trace

ROOM = "is there room in the backlog?"
"""The question whose answer "no" drops a packet."""

LABELLED = 6
"""So many pieces have a length below each of them; more are told together."""


@dataclass(frozen=True)
class Header:
    """One header: its name, how a phone calls it, its bytes, and the layer that wrote it."""

    name: str
    length: int
    layer: str = "protocol"
    short: str = ""


@dataclass(frozen=True)
class Packet:
    """Headers from the outside in, then ``payload`` bytes, to be cut every ``gso_size`` (0: no)."""

    headers: tuple[Header, ...]
    payload: int
    gso_size: int = 0
    dropped: bool = False

    @property
    def overhead(self) -> int:
        """The bytes of all headers."""
        return sum(header.length for header in self.headers)

    @property
    def length(self) -> int:
        """skb->len: headers and payload, in bytes."""
        return self.overhead + self.payload

    @property
    def segments(self) -> list[int]:
        """The payload between its cut marks, in bytes."""
        if not 0 < self.gso_size < self.payload:
            return [self.payload]
        whole, rest = divmod(self.payload, self.gso_size)
        return [self.gso_size] * whole + ([rest] if rest else [])


ETHERNET = Header("Ethernet", ETH_HLEN, "device", "Eth")
UDP, TCP = Header("UDP", UDP_HLEN), Header("TCP", TCP_HLEN)
ICMP, ICMPV6 = Header("ICMP", 8), Header("ICMPv6", 8)
INTERNET = {"inet": Header("IPv4", IP_HLEN), "inet6": Header("IPv6", IPV6_HLEN)}
FRAGMENT = Header("fragment", FRAG_HLEN, short="frag")
TRANSPORT = {1: ICMP, 6: TCP, 17: UDP, 58: ICMPV6}
FRAGMENT_HEADER = 44


def udp_packet(payload: int, gso_size: int = 0, family: str = "inet") -> Packet:
    """A UDP datagram as it is handed to lo; ``payload`` and ``gso_size`` in bytes."""
    return Packet((ETHERNET, INTERNET[family], UDP), payload, gso_size)


def packet_of(frame: bytes | SkBuff, gso_size: int = 0) -> Packet:
    """The packet that a frame is, Ethernet first, from its bytes alone; an sk_buff knows its
    gso_size itself. ValueError for a frame that is not IPv4 or IPv6."""
    if isinstance(frame, SkBuff):
        frame, gso_size = frame.tobytes(), frame.gso_size
    ethertype = int.from_bytes(frame[12:14], "big")
    reader = {ETH_P_IP: _ipv4, ETH_P_IPV6: _ipv6}.get(ethertype)
    if reader is None:
        raise ValueError(f"a frame of type {ethertype:#06x}, expected IPv4 or IPv6")
    headers, protocol, first = reader(frame[ETH_HLEN:])
    headers = [ETHERNET, *headers]
    if first and protocol in TRANSPORT:
        headers.append(_transport(protocol, frame[sum(h.length for h in headers) :]))
    return Packet(tuple(headers), len(frame) - sum(h.length for h in headers), gso_size)


def _ipv4(packet: bytes) -> tuple[list[Header], int, bool]:
    """The headers, the protocol inside, and whether it begins here (in a later fragment: no)."""
    header = replace(INTERNET["inet"], length=4 * (packet[0] & 15))
    return [header], packet[9], int.from_bytes(packet[6:8], "big") & 0x1FFF == 0


def _ipv6(packet: bytes) -> tuple[list[Header], int, bool]:
    if packet[6] != FRAGMENT_HEADER:
        return [INTERNET["inet6"]], packet[6], True
    fragment = packet[IPV6_HLEN : IPV6_HLEN + FRAG_HLEN]
    first = int.from_bytes(fragment[2:4], "big") >> 3 == 0
    return [INTERNET["inet6"], FRAGMENT], fragment[0], first


def _transport(protocol: int, segment: bytes) -> Header:
    header = TRANSPORT[protocol]
    return replace(header, length=4 * (segment[12] >> 4)) if header is TCP else header


@dataclass(frozen=True)
class Sent:
    """One send: the packets handed to the device's queue, those that lo was given, and the errno's
    name where the sender heard one."""

    before: tuple[Packet, ...]
    after: tuple[Packet, ...]
    error: str = ""


def sent(lo: NetDevice, payload: int, gso_size: int = 0, family: str = "inet") -> Sent:
    """Send a datagram as ``desk.send`` does, and watch what lo makes of it."""
    try:
        with sniff(lo) as frames:
            trace = send(lo, payload, gso_size, family)
    except OSError as error:
        name = errno.errorcode[error.errno]
        return Sent((udp_packet(payload, gso_size, family),), (), name)
    room = [d.answer for d in trace.decisions("enqueue_to_backlog") if d.question == ROOM]
    after = tuple(
        replace(packet_of(frame, fields["gso_size"]), dropped=not taken)
        for frame, fields, taken in zip(
            frames, _fields(trace, "net_dev_start_xmit"), room, strict=True
        )
    )
    return Sent(_queued(trace, after), after)


def _fields(trace: Trace, tracepoint: str) -> list[dict]:
    return [fields for name, fields in trace.events() if name == tracepoint]


def _queued(trace: Trace, after: Sequence[Packet]) -> tuple[Packet, ...]:
    """What each ``net_dev_queue`` stood for: the packets that followed it, in one piece."""
    pieces, groups = iter(after), []
    for name, fields in trace.events():
        if name == "net_dev_queue":
            groups.append((fields["len"], []))
        elif name == "net_dev_start_xmit":
            groups[-1][1].append(next(pieces))
    return tuple(_joined(length, group) for length, group in groups)


def _joined(length: int, pieces: Sequence[Packet]) -> Packet:
    """The packet of ``length`` bytes that was cut into ``pieces``, or that is the only one."""
    first = pieces[0]
    asked = first.payload if len(pieces) > 1 else first.gso_size
    return Packet(first.headers, length - first.overhead, asked)


Shown = Packet | bytes | SkBuff | Sent | Iterable[Packet]
"""What a bar is made of."""

FATES = ("", "whole", "cut", "dropped", "refused")
NOT_TO_SCALE = "Headers are drawn larger than they are."


@dataclass(frozen=True)
class Story:
    """Packets and what became of them, ready to be drawn and told."""

    packets: tuple[Packet, ...]
    fate: str
    error: str = ""

    @property
    def word(self) -> str:
        """The fate in a word or two; "" where it is not told."""
        lost = sum(packet.dropped for packet in self.packets)
        if self.fate == "cut":
            return f"cut into {len(self.packets)}" + (f", {lost} dropped" if lost else "")
        error = f": {self.error}" if self.error else ""
        return {"": "", "whole": "passes whole"}.get(self.fate, self.fate) + error

    @property
    def text(self) -> str:
        """All that the drawing says."""
        first = self.packets[0]
        headers = ", ".join(f"{header.name} {header.length}" for header in first.headers)
        asked = ""
        if len(first.segments) > 1:
            asked = f", to be cut every {first.gso_size}: {lengths(first.segments)}"
        if len(self.packets) == 1:
            parts = f"{first.length} bytes: {headers}, payload {first.payload}{asked}"
        else:
            payloads = lengths(packet.payload for packet in self.packets)
            every = lengths(packet.length for packet in self.packets)
            parts = f"{len(self.packets)} packets of {every} bytes; {headers}, payload {payloads}"
        return f"{parts}. {self.word[:1].upper()}{self.word[1:]}".rstrip(". ") + "."


def story(shown: Shown, fate: str = "") -> Story:
    """What a bar tells: ``fate`` if it is given, else what happened, as far as that is known."""
    if fate not in FATES:
        raise ValueError(f"fate {fate!r}: expected one of {', '.join(filter(None, FATES))}")
    if isinstance(shown, Sent):
        packets = shown.after or shown.before
        known = "refused" if shown.error else _happened(packets)
        return Story(packets, fate or known, shown.error)
    if isinstance(shown, bytes | SkBuff):
        shown = packet_of(shown)
    packets = (shown,) if isinstance(shown, Packet) else tuple(shown)
    if not packets:
        raise ValueError("no packet to draw")
    return Story(packets, fate or ("cut" if len(packets) > 1 else ""))


def _happened(packets: Sequence[Packet]) -> str:
    if len(packets) > 1:
        return "cut"
    return "dropped" if packets[0].dropped else "whole"


def packet_bar(shown: Shown, fate: str = "", caption: str = NOT_TO_SCALE) -> Picture:
    """A packet as a bar; of several packets, or of what ``sent`` gave, what became of it.

    ``fate`` is "whole", "cut", "dropped" or "refused"; else that of a ``Sent`` is what happened,
    several packets were cut, and of one nothing is told. ValueError for another fate, and for a
    frame that is not IPv4 or IPv6.
    """
    return _picture({"": story(shown, fate)}, caption)


def packet_bars(
    before: Shown,
    after: Shown | None = None,
    titles: tuple[str, str] = ("handed to the device", "what lo carries"),
    caption: str = NOT_TO_SCALE,
) -> Picture:
    """Two bars below each other: a packet, and what became of it; a ``Sent`` alone has both.

    TypeError when nothing says what became of the packet.
    """
    if after is None:
        if not isinstance(before, Sent):
            raise TypeError("packet_bars: expected what became of the packet, or a Sent alone")
        before, after = before.before, before
    first, second = story(before), story(after)
    second = replace(second, fate=second.fate or "whole")
    return _picture(dict(zip(titles, (replace(first, fate=""), second), strict=True)), caption)


def _picture(stories: dict[str, Story], caption: str) -> Picture:
    rows, said = "", []
    for title, each in stories.items():
        head = f'<p class="lo-told-title">{escape(title)}</p>' if title else ""
        rows += f"{head}{_bar(each)}"
        said.append(f"{title[:1].upper()}{title[1:]}: {each.text}" if title else each.text)
    first = next(iter(stories.values())).packets[0]
    layers = legend(header.layer for header in first.headers)
    html = (
        f'<figure class="lo-picture lo-packet-bar">{rows}'
        f"<figcaption>{escape(caption)} {layers}</figcaption></figure>"
    )
    text = " ".join(said)
    return Picture(f"Packet: {text}", html, text)


def _bar(told: Story) -> str:
    inside = _single(told.packets[0]) if len(told.packets) == 1 else _pieces(told.packets)
    word = ""
    if told.fate:
        word = f'<p class="lo-told-word"><span class="lo-token"></span>{escape(told.word)}</p>'
    return (
        f'<div class="lo-told {told.fate}" role="img" aria-label="{escape(told.text)}">'
        f"{inside}{word}</div>"
    )


def _single(packet: Packet) -> str:
    """Headers and payload in one grid, so that the lengths below stand under what they measure."""
    count = len(packet.headers)
    dashes = "".join(
        f'<i style="left:{100 * at / packet.payload:.2f}%"></i>' for at in _cut_marks(packet)
    )
    return (
        f'<div class="lo-headers" style="grid-template-columns:repeat({count},auto) minmax(0,1fr)">'
        f"{''.join(map(_header, packet.headers))}"
        f'<div class="lo-load{" many" if len(packet.segments) > LABELLED else ""}"><b>payload</b>'
        f"<span>{packet.payload}</span>{dashes}</div>"
        f'<div class="lo-dim" style="grid-column:1/{count + 1}"><span>headers {packet.overhead}'
        f"</span></div>{_dimensions(packet)}"
        f'<div class="lo-dim all"><span>skb-&gt;len {packet.length}</span></div></div>'
    )


def _cut_marks(packet: Packet) -> list[int]:
    """Where the payload is to be cut, in bytes from its start."""
    return [packet.gso_size * n for n in range(1, len(packet.segments))]


def _header(header: Header) -> str:
    name = escape(header.name)
    if header.short:
        name = f'<span class="long">{name}</span><span class="short">{escape(header.short)}</span>'
    return (
        f'<div class="lo-k-{header.layer}"><b>{sample(header.layer)}{name}</b>'
        f"<span>{header.length}</span></div>"
    )


def _dimensions(packet: Packet) -> str:
    parts = packet.segments
    if len(parts) > LABELLED:
        parts, texts = [packet.payload], [lengths(packet.segments)]
    else:
        texts = [str(part) for part in parts]
    columns = " ".join(f"minmax(0,{part}fr)" for part in parts)
    dims = "".join(f'<div class="lo-dim"><span>{text}</span></div>' for text in texts)
    return f'<div class="lo-dims" style="grid-template-columns:{columns}">{dims}</div>'


def _pieces(packets: Sequence[Packet]) -> str:
    """Several packets side by side, each with its headers as a cap; lengths below."""
    few = len(packets) <= LABELLED
    columns = " ".join(f"minmax(0,{packet.length}fr)" for packet in packets)
    bars = "".join(_piece(packet, few) for packet in packets)
    dims = [packet.length for packet in packets]
    below = "".join(f'<div class="lo-dim"><span>{each}</span></div>' for each in dims)
    if not few:
        below = f'<div class="lo-dim all"><span>{lengths(dims)}</span></div>'
    kind = "" if few else " many"
    return (
        f'<div class="lo-pieces{kind}" style="grid-template-columns:{columns}">{bars}{below}</div>'
    )


def _piece(packet: Packet, labelled: bool) -> str:
    caps = "".join(f'<i class="lo-k-{header.layer}"></i>' for header in packet.headers)
    label = f"<span>{packet.payload}</span>" if labelled else ""
    return f'<div class="lo-piece{" dropped" if packet.dropped else ""}">{caps}{label}</div>'
