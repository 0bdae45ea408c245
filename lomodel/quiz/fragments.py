"""Fragments: a datagram longer than the MTU that nobody asked to segment."""

from __future__ import annotations

from lomodel.linux.include.linux.udp import UDP_HLEN
from lomodel.linux.include.net.ipv6 import FRAG_HLEN
from lomodel.linux.include.uapi.linux.ipv6 import IPV6_MIN_MTU
from lomodel.quiz.question import (
    FAMILIES,
    HEADER,
    UP,
    Draw,
    Played,
    Question,
    agree,
    amount,
    play,
    runs,
    udp,
    worked_sum,
)
from lomodel.quiz.working import Working

KINDS = (
    ("counted", "What does lo add to tx_packets and tx_bytes?"),
    ("lengths", "How long are the IP packets that lo carries, in order?"),
    ("headers", "How many bytes of all that are IP and UDP headers?"),
)
LOWEST = {"inet": 500, "inet6": IPV6_MIN_MTU}
FIELD = {"inet": "", "inet6": f" - {FRAG_HLEN}"}


def question(draw: Draw, release: str) -> Question:
    """One send without UDP_SEGMENT on a small MTU."""
    family = draw.pick(list(FAMILIES))
    mtu = draw.pick((1500, 1492, draw.number(LOWEST[family], 9000)))
    payload = draw.number(mtu // 2, mtu * 7)
    kind, asks = draw.pick(KINDS)
    steps = [UP, {"do": "link", "mtu": mtu}, udp(payload, None, family)]
    text = (
        f"The MTU of lo is {mtu}. A program sends {payload} bytes over {FAMILIES[family]} to a "
        f"receiver on the same machine, without UDP_SEGMENT. {asks}"
    )
    played = play(release, steps)
    working = Working()
    lengths = _lengths(working, played, payload, mtu, family)
    agree("fragments", lengths, on_the_wire(played))
    answer = ANSWERS[kind](working, played, lengths, payload)
    return Question(
        "fragments", kind, text, steps, answer, working.lines, asked={"payload": payload}
    )


def on_the_wire(played: Played) -> list[int]:
    """The lengths of the packets that passed lo, from their IP headers on."""
    return [fields["len"] for name, fields in played.last["events"] if name == "netif_rx"]


def _lengths(working: Working, played: Played, payload: int, mtu: int, family: str) -> list[int]:
    head = HEADER[family]
    whole = working.equation("as one packet", f"{payload} + {UDP_HLEN} + {head}")
    working.decision(played.trace, "is it longer than the MTU?")
    if whole <= mtu:
        return [whole]
    room = f"({mtu} - {head}{FIELD[family]}) // 8 * 8"
    part = working.equation("data of a fragment, in units of 8 bytes", room)
    data = working.equation("data, the UDP header once among it", f"{payload} + {UDP_HLEN}")
    count = working.equation("fragments, rounded up", f"({data} + {part} - 1) // {part}")
    rest = working.equation("data of the last", f"{data} - {count - 1} * {part}")
    more = FIELD[family].replace("-", "+")
    full = working.equation("length of a full one", f"{part} + {head}{more}")
    last = working.equation("length of the last", f"{rest} + {head}{more}")
    return [full] * (count - 1) + [last]


def _counted(working: Working, played: Played, lengths: list[int], payload: int) -> str:
    length = worked_sum(working, "bytes", lengths)
    agree(
        "fragments",
        (len(lengths), length),
        tuple(map(played.stats.get, ("tx_packets", "tx_bytes"))),
    )
    return amount(len(lengths), length)


def _headers(working: Working, played: Played, lengths: list[int], payload: int) -> str:
    length = worked_sum(working, "bytes", lengths)
    over = working.equation("header bytes", f"{length} - {payload}")
    agree("fragments", over, played.stats["tx_bytes"] - payload)
    return f"{over} bytes"


def _each(working: Working, played: Played, lengths: list[int], payload: int) -> str:
    return runs(lengths)


ANSWERS = {"counted": _counted, "headers": _headers, "lengths": _each}
