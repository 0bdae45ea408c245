"""The turn: what loopback_xmit is given, its seven acts, and what goes up again.

The acts are the driver's, named here; how long the packet is at each of them is read off a watched
trace of the book's datagram.
"""

from __future__ import annotations

from dataclasses import dataclass

from lomodel.desk import RELEASE, lo_up, send
from lomodel.figures.layers import sample
from lomodel.figures.packet import Packet, packet_of
from lomodel.figures.picture import Picture, legend
from lomodel.figures.show import escape
from lomodel.figures.stack import GSO_SIZE, PAYLOAD
from lomodel.trace import Moment, watching
from lomodel.watch import watch_packets


@dataclass(frozen=True)
class Act:
    """One act: what it does, the C functions or the field by which it does it, and the call of the
    trace at whose entry, or return, the packet is as the act has left it."""

    does: str
    by: tuple[str, ...]
    call: str
    returned: bool = False


ACTS = (
    Act(
        "say when, if asked; wipe an old time off",
        ("skb_tx_timestamp", "skb_clear_tstamp"),
        "eth_type_trans",
    ),
    Act("let the sending socket go", ("skb_orphan",), "eth_type_trans"),
    Act("hold on to the route", ("skb_dst_force",), "eth_type_trans"),
    Act("read the Ethernet header, take it off", ("eth_type_trans",), "eth_type_trans", True),
    Act("note the length", ("skb->len",), "__netif_rx"),
    Act("hand it to the receiving side", ("__netif_rx",), "__netif_rx", True),
    Act("count it, if it was taken", ("dev_lstats_add",), "loopback_xmit", True),
)
"""The acts of ``loopback_xmit`` in the order of its lines."""


@dataclass(frozen=True)
class Turned:
    """The packet before and after, and its length in bytes after each act."""

    before: Packet
    after: Packet
    lengths: tuple[int, ...]


def turned(release: str = RELEASE) -> Turned:
    """The book's datagram, as a trace of a release from 5.18 on saw it."""
    with watching(watch_packets()):
        trace = send(lo_up(release), PAYLOAD, GSO_SIZE)
    start, end = (_moment(trace.moments, "loopback_xmit", returned) for returned in (False, True))
    before = packet_of(start.packet.head, GSO_SIZE)
    payload = start.packet.len - before.overhead
    before = Packet(before.headers, payload, GSO_SIZE)
    off = start.packet.len - end.packet.len
    kept = tuple(h for n, h in enumerate(before.headers) if sum(_lengths(before)[: n + 1]) > off)
    acts = (_moment(trace.moments, act.call, act.returned).packet.len for act in ACTS)
    return Turned(before, Packet(kept, payload, GSO_SIZE), tuple(acts))


def _lengths(packet: Packet) -> list[int]:
    return [header.length for header in packet.headers]


def _moment(moments: list[Moment], call: str, returned: bool) -> Moment:
    return next(m for m in moments if m.call.name == call and m.returned == returned)


def turn(named: bool = False, release: str = RELEASE) -> Picture:
    """The U, cut open at its turn: the packet going in, seven acts, the packet going up.

    ``named`` says what the acts are, and how long the packet is after each; else they are open.
    ``release`` names a kernel from 5.18 on, ValueError for one that the model has not.
    """
    data = turned(release)
    text = describe(data, named)
    inside = _named(data) if named else _open()
    layers = legend(["device", "protocol"])
    html = (
        '<figure class="lo-picture lo-turn"><div class="lo-turn-legs">'
        f"{_leg('down', 'given to the driver', data.before)}"
        f"{_leg('up', 'handed up again', data.after)}</div>"
        f'<div class="lo-turn-box lo-k-device"><div class="lo-turn-title">{sample("device")}'
        "<code>loopback_xmit</code></div>"
        f"{inside}</div><figcaption>One sendto of {PAYLOAD} bytes, to be cut every {GSO_SIZE}. "
        f"Headers are drawn larger than they are. {layers}</figcaption></figure>"
    )
    return Picture("The turn", html, text)


def describe(data: Turned, named: bool) -> str:
    """The figure in words."""
    ends = (
        f"loopback_xmit is given a packet of {data.before.length} bytes and hands up one of "
        f"{data.after.length}."
    )
    if not named:
        return f"{ends} Between the two are {len(ACTS)} acts, which are still open."
    acts = (
        f"{n} {act.does} ({', '.join(act.by)}): {length} bytes"
        for n, (act, length) in enumerate(zip(ACTS, data.lengths, strict=True), start=1)
    )
    return f"{ends} Its acts, and the packet's length after each: {'; '.join(acts)}."


def _leg(way: str, title: str, packet: Packet) -> str:
    caps = "".join(
        f'<i class="lo-k-{h.layer}">{escape(h.short or h.name)}<b>{h.length}</b></i>'
        for h in packet.headers
    )
    arrow = {"down": "↓", "up": "↑"}[way]
    return (
        f'<div class="lo-turn-leg {way}"><div class="lo-turn-title">{title}</div>'
        f'<div class="lo-turn-bar">{caps}'
        f"<span>payload<b>{packet.payload}</b></span></div>"
        f'<div class="lo-turn-len"><span aria-hidden="true">{arrow}</span> '
        f"<code>skb-&gt;len</code> {packet.length}</div></div>"
    )


def _open() -> str:
    slots = "".join(f"<li>{n}</li>" for n in range(1, len(ACTS) + 1))
    return f'<ol class="lo-turn-open">{slots}</ol>'


def _named(data: Turned) -> str:
    rows = "".join(
        f"<li><span>{escape(act.does)}</span><code>{escape(', '.join(act.by))}</code>"
        f"<b>{length}</b></li>"
        for act, length in zip(ACTS, data.lengths, strict=True)
    )
    return f'<ol class="lo-turn-acts">{rows}</ol>'
