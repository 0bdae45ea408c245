"""The stack as a U: down the left leg a packet is sent, lo turns it, up the right it is received.

The drawing is the same on every page; the flag and what is opened at the bend change. The functions
stand in the order in which the model calls them when one datagram goes through lo, and their layers
come from their C files: nothing is drawn that a trace of that datagram has not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from lomodel.desk import RELEASE, lo_up
from lomodel.figures.layers import LAYERS, layer_of, sign
from lomodel.figures.picture import Picture, legend
from lomodel.figures.show import escape
from lomodel.figures.tree import CONTEXTS
from lomodel.linux.include.linux.net import SOCK_DGRAM
from lomodel.linux.include.linux.socket import AF_INET, SOL_UDP
from lomodel.linux.include.uapi.linux.udp import UDP_SEGMENT
from lomodel.linux.net.socket import bind, recv, sendto, setsockopt, socket_create
from lomodel.scenario import LOCALHOST, PORT
from lomodel.trace import Call, Trace

PAYLOAD, GSO_SIZE = 4000, 1400
"""The datagram that goes through the whole book: bytes, and where it asks to be cut."""

DOWN = ("sendto", "udp_sendmsg", "ip_output", "__dev_queue_xmit", "validate_xmit_skb")
BEND = "loopback_xmit"
UP = ("__netif_rx", "process_backlog", "ip_rcv", "udp_rcv", "recv")
"""The functions that stand for the layers, in the order in which they are called."""

LO = "lo"
"""The place of a page that is about the device and not about a function."""

FEATURE_WORDS = {
    "hw_features": "a switch exists",
    "wanted_features": "it is up",
    "features": "the lamp is on",
}
"""What can be opened at the bend: the device's three words."""

PROGRAM = "program"
"""Where the way starts and ends: a system call, which is no layer of the kernel."""

PITCH, HEIGHT, TOP = 50, 24, 20
LEFT, RIGHT, BOX = 8, 146, 122  # px: the two legs, and how wide a box is
WIDTH = 272


@dataclass(frozen=True)
class Place:
    """A function of the picture: its layer, and where its box stands, in px."""

    name: str
    layer: str
    x: int
    y: int

    @property
    def middle(self) -> float:
        """Where the packet's way passes."""
        return self.x + BOX / 2


def there_and_back(release: str = RELEASE) -> Trace:
    """The trace of the book's datagram, from ``sendto`` until the receiver has read all of it."""
    lo = lo_up(release, listening=False)
    receiver, sender = (socket_create(lo.nd_net, AF_INET, SOCK_DGRAM) for _ in range(2))
    bind(receiver, "", PORT)
    setsockopt(sender, SOL_UDP, UDP_SEGMENT, GSO_SIZE)
    with lo.machine.trace() as trace:
        sendto(sender, bytes(PAYLOAD), LOCALHOST["inet"], PORT)
        left = PAYLOAD
        while left:
            left -= len(recv(receiver) or b"")
    return trace


datagram = cache(there_and_back)
"""The same, once for each release."""


def calls(release: str = RELEASE) -> list[tuple[str, str]]:
    """The functions of that trace with their layers, in the order of their first call."""
    found: dict[str, str] = {}
    softirq: int | None = None
    for call in (record for record in datagram(release) if isinstance(record, Call)):
        if softirq is not None and call.depth <= softirq:
            softirq = None
        if call.name in CONTEXTS:
            softirq = call.depth
        layer = layer_of(call.symbol.file, "later" if softirq is not None else "")
        found.setdefault(call.name, PROGRAM if call.symbol.syscall else layer)
    return list(found.items())


def places(release: str = RELEASE) -> dict[str, Place]:
    """The boxes of both legs by the names of their functions."""
    layers = dict(calls(release))
    down = [Place(n, layers[n], LEFT, TOP + PITCH * i) for i, n in enumerate(DOWN)]
    last = TOP + PITCH * (len(UP) - 1)
    up = [Place(n, layers[n], RIGHT, last - PITCH * i) for i, n in enumerate(UP)]
    return {place.name: place for place in (*down, *up)}


def station(function: str, release: str = RELEASE) -> str:
    """The function of the picture that ``function`` is, or that was the last before it.

    ``lo`` is the bend. ValueError for a function that the datagram does not pass.
    """
    if function in (LO, BEND):
        return BEND
    order = [name for name, _ in calls(release)]
    if function not in order:
        raise ValueError(
            f"{function!r} is not on the datagram's way; expected {LO!r} or one of "
            + ", ".join(order)
        )
    drawn = {*DOWN, BEND, *UP}
    return next(name for name in reversed(order[: order.index(function) + 1]) if name in drawn)


def here(
    place: str = LO,
    opened: Mapping[str, str] | Iterable[str] = (),
    note: str = "",
    release: str = RELEASE,
) -> Picture:
    """Where a page is: the U with a flag "you are here".

    ``place`` names a function that the book's datagram passes, or ``lo``; one without a box of its
    own has the flag at the last box before it. ``opened`` names what is shown inside the device,
    each with what it says (``FEATURE_WORDS``: the three feature words); ``note`` is a few words on
    what reaches in there. ``release`` names a kernel from 5.18 on. ValueError for a function that
    the datagram does not pass.
    """
    rows = dict(opened) if isinstance(opened, Mapping) else dict.fromkeys(opened, "")
    at = station(place, release)
    text = describe(place, at, rows, note, release)
    svg = _svg(text, at, rows, note, places(release))
    inside = "" if place in (LO, at) else f" You are in <code>{escape(place)}</code>."
    beside = f" {escape(note)}." if note and at != BEND else ""
    caption = f"Down, around, and up again.{inside}{beside} {legend(LAYERS)}"
    html = f'<figure class="lo-picture lo-stack">{svg}<figcaption>{caption}</figcaption></figure>'
    return Picture(f"The stack: you are at {place}", html, text)


def describe(place: str, at: str, rows: Mapping[str, str], note: str, release: str) -> str:
    """The picture in words: the way, and the place."""
    later = UP.index("process_backlog")
    where = "the device lo" if at == BEND else at
    if place not in (LO, at):
        where = f"{place}, which comes after {at}"
    parts = [
        f"The way of a packet. Down on the left: {', '.join(DOWN)}.",
        f"At the bottom the device lo turns it around, in {BEND}.",
        f"Up on the right: {', '.join(UP[:later])}, then later, in the softirq, "
        f"{', '.join(UP[later:-1])}, and the receiving program's {UP[-1]}.",
        f"You are here: {where}.",
    ]
    if rows:
        said = (f"{name} ({says})" if says else name for name, says in rows.items())
        parts.append(f"Inside the device: {', '.join(said)}.")
    return " ".join([*parts, f"{note}."] if note else parts)


def _svg(text: str, at: str, rows: Mapping[str, str], note: str, boxes: dict[str, Place]) -> str:
    bend = TOP + PITCH * len(DOWN)
    device = 84 + (23 * len(rows) + 4 if rows else 0)
    height = bend + device + (38 if at == BEND else 4)
    way = "".join(_way(boxes[a], boxes[b]) for a, b in zip(DOWN, DOWN[1:], strict=False))
    way += "".join(_way(boxes[a], boxes[b]) for a, b in zip(UP, UP[1:], strict=False))
    flag = _flag_below(bend + device, note) if at == BEND else _flag(boxes[at])
    return (
        f'<svg viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" '
        f'aria-label="{escape(text)}">'
        f'<text class="cap" x="4" y="12">sending</text>'
        f'<text class="cap" x="268" y="12" text-anchor="end">receiving</text>'
        f"{''.join(_box(each, each.name == at) for each in boxes.values())}{way}"
        f"{_device(bend, device, boxes, rows)}{flag}</svg>"
    )


def _box(place: Place, here: bool) -> str:
    mark = " here" if here else ""
    middle = place.y + HEIGHT / 2
    return (
        f'<g class="lo-k-{place.layer}{mark}">'
        f'<rect class="box" x="{place.x}" y="{place.y}" width="{BOX}" height="{HEIGHT}"/>'
        f"{_sign(place.layer, place.x, middle)}"
        f'<text class="mono" x="{place.x + 10}" y="{middle + 4:g}">{escape(place.name)}</text></g>'
    )


def _sign(layer: str, x: float, y: float) -> str:
    """A layer's sign around a point; the program, which is none, has an empty square."""
    if layer == PROGRAM:
        return f'<rect class="open" x="{x - 3.5:g}" y="{y - 3.5:g}" width="7" height="7"/>'
    return sign(layer, x, y)


def _way(start: Place, end: Place) -> str:
    """The packet's way between two boxes above each other; dashed: it happens later."""
    x, down = start.middle, end.y > start.y
    top, tip = (start.y + HEIGHT, end.y) if down else (start.y, end.y + HEIGHT)
    later = start.name == UP[0]
    word = f'<text class="cap" x="{x + 7:g}" y="{(top + tip) / 2 + 4:g}">later</text>'
    return _arrow(x, top, tip, " later" if later else "") + (word if later else "")


def _arrow(x: float, start: float, tip: float, classes: str = "") -> str:
    back = -6 if tip > start else 6
    return (
        f'<path class="way{classes}" d="M{x:g} {start:g}V{tip + back:g}"/>'
        f'<path class="head" d="M{x - 4:g} {tip + back:g}h8L{x:g} {tip:g}z"/>'
    )


def _device(top: int, height: int, boxes: dict[str, Place], rows: Mapping[str, str]) -> str:
    left, right = boxes[DOWN[-1]].middle, boxes[UP[0]].middle
    bottom = boxes[DOWN[-1]].y + HEIGHT
    turn = top + 40
    return (
        f'{_arrow(left, bottom, top)}{_arrow(right, top, bottom)}<g class="lo-k-device">'
        f'<path class="box" d="M4 {top}H268V{top + height}H4z"/>'
        f'<path class="bend" d="M{left:g} {top}V{turn - 16}a16 16 0 0 0 16 16'
        f'H{right - 16:g}a16 16 0 0 0 16 -16V{top}"/>'
        f'<rect class="glyph" x="130" y="{turn - 8}" width="16" height="16"/>'
        f'<text class="title" x="138" y="{turn - 18}" text-anchor="middle">the device lo</text>'
        f'<text class="mono" x="138" y="{turn + 26}" text-anchor="middle">{BEND}</text>'
        + "".join(_row(top + 100 + 23 * i, *row) for i, row in enumerate(rows.items()))
        + "</g>"
    )


def _row(y: int, name: str, says: str) -> str:
    return (
        f'{_thing(name, y - 12)}<text class="mono bold" x="44" y="{y}">{escape(name)}</text>'
        f'<text class="cap" x="262" y="{y}" text-anchor="end">{escape(says)}</text>'
    )


def _thing(name: str, y: int) -> str:
    """A switch for where one is mounted, with its knob up where it is up; a lamp for what is on."""
    switch = f'<rect class="open" x="20" y="{y}" width="11" height="17" rx="3"/>'
    knob = f'<rect class="glyph" x="22" y="{y + 2}" width="7" height="6.5" rx="1"/>'
    lamp = f'<rect class="glyph" x="19.5" y="{y + 2}" width="12" height="13" rx="5"/>'
    return dict(zip(FEATURE_WORDS, (switch, switch + knob, lamp), strict=True)).get(name, "")


def _flag(place: Place) -> str:
    """Below a box, between the two legs; its tip is at the box that it names."""
    x, y = 75, place.y + HEIGHT
    tip = x + 14 if place.x == LEFT else x + 112
    return (
        f'<path class="flag" d="M{x} {y + 6}h126v18H{x}z M{tip - 7} {y + 6.5}l7 -7l7 7z"/>'
        f'<text class="flagtext" x="138" y="{y + 19}" text-anchor="middle">you are here</text>'
    )


def _flag_below(y: int, note: str) -> str:
    beside = ""
    if note:
        beside = (
            f'<text class="cap" x="122" y="{y + 29}">{escape(note)}</text>'
            f'<path class="way" d="M250 {y + 25}V{y + 8}"/>'
            f'<path class="head" d="M246 {y + 8}h8l-4 -7z"/>'
        )
    return (
        f'<path class="flag" d="M4 {y + 14}H112V{y + 36}H4z M30 {y + 14.5}l7 -9l7 9z"/>'
        f'<text class="flagtext" x="14" y="{y + 29}">you are here</text>{beside}'
    )
