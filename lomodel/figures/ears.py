"""The U with two ears: where a packet socket is given the frames of a datagram.

The legs, the places of the ears and what each hears are read off a trace of the book's datagram
over a lo with an open tap, and off what that tap holds afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from lomodel.desk import RELEASE, lo_up, send
from lomodel.figures.layers import layer_of, sample
from lomodel.figures.picture import Picture, legend
from lomodel.figures.show import escape
from lomodel.figures.stack import BEND, GSO_SIZE, PAYLOAD
from lomodel.figures.tree import CONTEXTS
from lomodel.sockets import captured, tap_on
from lomodel.trace import Call, Decision, Event

SHOWN = (
    *("udp_sendmsg", "ip_output", "__dev_queue_xmit", "dev_queue_xmit_nit", BEND),
    *("__netif_rx", "process_backlog", "__netif_receive_skb", "ip_rcv", "udp_rcv"),
)
"""The functions of the picture; their order is the trace's."""
TAP = "packet_rcv"
"""What a packet socket has hung into the device's list."""


@dataclass(frozen=True)
class Place:
    """A function of the way: its layer, and what a tap hears there (class and bytes)."""

    name: str
    layer: str
    hears: tuple[str, int] | None


@cache
def way(release: str = RELEASE) -> tuple[Place, ...]:
    """The functions that the datagram passes, in their order, with the ears."""
    lo = lo_up(release)
    tap = tap_on(lo)
    trace = send(lo, PAYLOAD, GSO_SIZE)
    frames = iter(captured(tap))
    found: dict[str, str] = {}
    hears: dict[str, tuple[str, int]] = {}
    for call, above, later in _calls(trace):
        if call.name == TAP:
            hears[next(name for name in reversed(above) if name in SHOWN)] = next(frames)
        elif call.name in SHOWN:
            found.setdefault(call.name, layer_of(call.symbol.file, "later" if later else ""))
    return tuple(Place(name, layer, hears.get(name)) for name, layer in found.items())


def _calls(trace: Iterable[Call | Decision | Event]) -> Iterable[tuple[Call, list[str], bool]]:
    """Each call with the names of its callers, and whether it runs in the softirq."""
    stack: list[tuple[int, str]] = []
    for call in (record for record in trace if isinstance(record, Call)):
        while stack and stack[-1][0] >= call.depth:
            stack.pop()
        names = [name for _, name in stack]
        yield call, names, any(name in CONTEXTS for name in names)
        stack.append((call.depth, call.name))


def ears(release: str = RELEASE) -> Picture:
    """The U, sent on the left and received on the right, with the two ears of a tap."""
    places = way(release)
    bend = next(n for n, place in enumerate(places) if place.name == BEND)
    down, up = places[:bend], places[bend + 1 :]
    caption = (
        f"One sendto of {PAYLOAD} bytes, to be cut every {GSO_SIZE}: one packet, two ears. "
        f"{legend({place.layer for place in places})}"
    )
    html = (
        '<figure class="lo-picture lo-ears">'
        f"{_leg('down', 'sent ↓', down)}{_leg('up', '↑ received', up)}"
        f'<div class="lo-ears-bend lo-k-device">{_name(places[bend])}</div>'
        f"<figcaption>{caption}</figcaption></figure>"
    )
    return Picture("Two ears", html, describe(places))


def describe(places: Iterable[Place]) -> str:
    """The figure in words."""
    said = (
        f"{place.name} (a tap gets {place.hears[0]}, {place.hears[1]} bytes)"
        if place.hears
        else place.name
        for place in places
    )
    return f"The way of the datagram, and where a tap hears it: {', '.join(said)}."


def _leg(side: str, title: str, places: Iterable[Place]) -> str:
    rows = "".join(
        f'<li class="lo-k-{place.layer}">{_name(place)}{_ear(place)}</li>' for place in places
    )
    return f'<div class="lo-ears-leg {side}"><b>{title}</b><ol>{rows}</ol></div>'


def _name(place: Place) -> str:
    return f"<div>{sample(place.layer)}<code>{escape(place.name)}</code></div>"


def _ear(place: Place) -> str:
    if place.hears is None:
        return ""
    kind, length = place.hears
    return f"<p><b>{escape(kind)}</b> <span>{length} bytes</span></p>"
