"""Counters: what a row of things that somebody does adds up to."""

from __future__ import annotations

from lomodel.contract import Step
from lomodel.quiz.question import (
    FAMILIES,
    UP,
    Draw,
    Question,
    agree,
    amount,
    features_off,
    play,
    udp,
    worked_sum,
)
from lomodel.quiz.working import Working

NOBODY = 0x88B9
KINDS = (
    ("total", "What do rx_packets and rx_bytes of lo say then, on a lo that had counted nothing?"),
    ("unwanted", "What does rx_dropped of lo say then, on a lo that had counted nothing?"),
)


def _datagram(draw: Draw) -> tuple[str, Step]:
    family, payload = draw.pick(list(FAMILIES)), draw.number(1, 3000)
    return f"{payload} bytes over UDP and {FAMILIES[family]}", udp(payload, None, family)


def _closed(draw: Draw) -> tuple[str, Step]:
    family, payload = draw.pick(list(FAMILIES)), draw.number(1, 3000)
    told = f"{payload} bytes over UDP and {FAMILIES[family]} to a port where nobody listens"
    return told, udp(payload, None, family, listening=False)


def _ping(draw: Draw) -> tuple[str, Step]:
    family, payload = draw.pick(list(FAMILIES)), draw.number(8, 1400)
    told = f"one ping over {FAMILIES[family]} with {payload} bytes of payload"
    return told, {"do": "ping", "family": family, "payload": payload}


def _frame(draw: Draw) -> tuple[str, Step]:
    payload = draw.number(1, 1500)
    told = (
        f"a frame of type {NOBODY:#06x}, which nobody takes, with {payload} bytes behind its header"
    )
    return told, {"do": "frame", "dst": "zero", "ethertype": NOBODY, "payload": payload}


def _segments(draw: Draw) -> tuple[str, Step]:
    size = draw.number(50, 145) * 10
    payload = size * draw.number(1, 9) + draw.number(1, size)
    told = f"{payload} bytes over UDP and IPv4 with UDP_SEGMENT {size}"
    return told, udp(payload, size, "inet")


ACTIONS = (_datagram, _closed, _ping, _frame, _segments)


def question(draw: Draw, release: str) -> Question:
    """Three things, one after the other, and one number for all."""
    chosen = [draw.pick(ACTIONS)(draw) for _ in range(3)]
    cut = draw.pick((True, False))
    kind, asks = KINDS[0] if draw.number(1, 4) > 1 else KINDS[1]
    steps = [UP, *([features_off("tx-udp-segmentation")] if cut else []), *(s for _, s in chosen)]
    played = play(release, steps)
    sends = played.observed[-len(chosen) :]
    working = Working()
    sums = [_worked(working, told, each) for (told, _), each in zip(chosen, sends, strict=True)]
    switch = " after `ethtool -K lo tx-udp-segmentation off`" if cut else ""
    text = f"On a lo with MTU 65536{switch} somebody sends " + "; then ".join(t for t, _ in chosen)
    answer = (_total if kind == "total" else _unwanted)(working, sums, sends)
    return Question("counters", kind, f"{text}. {asks}", steps, answer, working.lines)


def _worked(working: Working, told: str, sent: dict) -> tuple[int, int, int]:
    """(packets, bytes, dropped) of one send, from what passed lo."""
    lengths = [fields["len"] for name, fields in sent["events"] if name == "netif_rx"]
    length = worked_sum(working, f"{told}; packets from their IP headers on", lengths)
    dropped = sent["stats"]["rx_dropped"]
    if dropped:
        working.say(f"Nobody took it: rx_dropped {dropped} more, and received all the same.")
    return len(lengths), length, dropped


def _total(working: Working, sums: list[tuple[int, int, int]], sends: list[dict]) -> str:
    packets = working.equation("packets", " + ".join(str(each[0]) for each in sums))
    length = working.equation("bytes", " + ".join(str(each[1]) for each in sums))
    names = ("rx_packets", "rx_bytes")
    counted = [sum(each["stats"][name] for each in sends) for name in names]
    agree("counters", [packets, length], counted)
    return amount(packets, length)


def _unwanted(working: Working, sums: list[tuple[int, int, int]], sends: list[dict]) -> str:
    dropped = working.equation("dropped", " + ".join(str(each[2]) for each in sums))
    agree("counters", dropped, sum(each["stats"]["rx_dropped"] for each in sends))
    return f"{dropped}"
