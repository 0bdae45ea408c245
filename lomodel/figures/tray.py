"""The tray: the backlog of each CPU, and how it fills and empties while a send runs.

What lies in it is looked at while bottom halves are off; how it fills is read off the tracepoints
of a trace and the backlog's own answers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lomodel.desk import RELEASE, lo_up, send
from lomodel.figures.layers import sample
from lomodel.figures.picture import Picture
from lomodel.figures.show import escape
from lomodel.figures.stack import GSO_SIZE, PAYLOAD, calls
from lomodel.linux.kernel.softirq import local_bh_disable, local_bh_enable
from lomodel.trace import Trace

ROOM = "is there room in the backlog?"

EVENTS = {
    "net_dev_queue": ("Q", "handed to the device's queue"),
    "net_dev_start_xmit": ("S", "to the driver"),
    "netif_rx": ("N", "to the backlog"),
    "net_dev_xmit": ("X", "the driver has returned"),
    "netif_receive_skb": ("R", "received"),
}
"""Tracepoints with a letter each, and what it stands for."""


def lying(release: str = RELEASE) -> list[list[int]]:
    """The lengths in bytes of what waits in each CPU's tray, in the middle of the book's send."""
    lo = lo_up(release)
    local_bh_disable(lo.machine)
    send(lo, PAYLOAD, GSO_SIZE)
    found = [[skb.len for skb in sd.input_pkt_queue] for sd in lo.machine.softnet]
    local_bh_enable(lo.machine)
    return found


def tray(release: str = RELEASE) -> Picture:
    """The trays of a machine of two CPUs while the book's datagram lies in one of them.

    ``release`` names a kernel from 5.18 on, ValueError for one that the model has not.
    """
    trays, limit = lying(release), lo_up(release).machine.netdev_max_backlog
    html = (
        '<figure class="lo-picture lo-tray"><div class="lo-tray-way">'
        f"{_box('__netif_rx', release)}{_arrow('puts it in')}"
        f'<div class="lo-trays">{"".join(_tray(n, each) for n, each in enumerate(trays))}</div>'
        f"{_arrow('later', True)}{_box('process_backlog', release)}</div>"
        f"<figcaption>One tray for each CPU: <code>input_pkt_queue</code>. Its label says "
        f"<code>netdev_max_backlog</code> = {limit}.</figcaption></figure>"
    )
    return Picture("The tray", html, describe(trays, limit))


def describe(trays: list[list[int]], limit: int) -> str:
    """The trays in words."""
    each = "; ".join(
        f"CPU {cpu}: {', '.join(f'a packet of {n} bytes' for n in lens) or 'empty'}"
        for cpu, lens in enumerate(trays)
    )
    return (
        f"__netif_rx puts a packet into the tray of its CPU, and later process_backlog takes it "
        f"out. {each}. netdev_max_backlog is {limit}."
    )


def _box(name: str, release: str) -> str:
    layer = dict(calls(release))[name]
    return f'<div class="lo-tray-box lo-k-{layer}">{sample(layer)}<code>{name}</code></div>'


def _arrow(word: str, later: bool = False) -> str:
    return f'<div class="lo-tray-arrow{" later" if later else ""}"><span>{word}</span><i></i></div>'


def _tray(cpu: int, lengths: list[int]) -> str:
    packets = "".join(f"<b>{length}</b>" for length in lengths)
    return f'<div class="lo-one-tray"><div>{packets}</div>CPU {cpu}</div>'


@dataclass(frozen=True)
class Moment:
    """A tracepoint's letter, and how many packets waited after it; ``refused``: one did not get
    in."""

    letter: str
    waiting: int
    refused: bool = False


def filled(trace: Trace) -> list[Moment]:
    """How the tray filled and emptied, tracepoint by tracepoint; KeyError for none of EVENTS."""
    room = iter(d.answer for d in trace.decisions("enqueue_to_backlog") if d.question == ROOM)
    waiting, found = 0, []
    for name, _ in trace.events():
        if name not in EVENTS:
            continue
        taken = next(room) if name == "netif_rx" else True
        waiting += {"netif_rx": int(taken), "netif_receive_skb": -1}.get(name, 0)
        found.append(Moment(EVENTS[name][0], waiting, not taken))
    return found


def filling(trace: Trace, title: str) -> Picture:
    """A column for each tracepoint of a trace, with what waits in the tray after it."""
    moments = filled(trace)
    columns = "".join(_column(moment) for moment in moments)
    key = "".join(f"<span><b>{letter}</b> {says}</span>" for letter, says in EVENTS.values())
    text = f"{title}. Waiting after each: {_told(moments)}."
    html = (
        f'<figure class="lo-picture lo-filling"><p>{escape(title)}</p>'
        f'<div class="lo-filling-row" role="img" aria-label="{escape(text)}" '
        f'style="--columns:{len(moments)}">{columns}</div><figcaption>{key}</figcaption></figure>'
    )
    return Picture(title, html, text)


def _told(moments: Iterable[Moment]) -> str:
    return ", ".join(f"{m.letter} {'refused' if m.refused else m.waiting}" for m in moments)


def _column(moment: Moment) -> str:
    layer = "receiver" if moment.letter == "R" else "core"
    blocks = "<i></i>" * moment.waiting + ('<i class="no"></i>' if moment.refused else "")
    return f'<div class="lo-k-{layer}"><div>{blocks}</div><b>{moment.letter}</b></div>'
