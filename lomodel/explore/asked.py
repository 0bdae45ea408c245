"""The questions that an explorer of a trace shows: what the kernel asked, and what it compared.

``Asks`` maps the name of a row to the functions whose decisions it shows (twins of two protocols).
Texts, answers and operands are the trace's own. A function that asks several questions has several
rows: ``name``, ``name 2``, ...
"""

from __future__ import annotations

from collections.abc import Iterable

from lomodel.explore.declaration import Question
from lomodel.figures.chain import operand_text
from lomodel.figures.tree import runs
from lomodel.linux.include.net.ip import IP_MAX_MTU
from lomodel.trace import Decision

Asks = dict[str, tuple[str, ...]]
Key = tuple[str, str]
"""A row's name, and the question as the model words it."""

PACKET_ROWS: Asks = {
    "packet_snd": ("packet_snd",),
    "udp_send_skb": ("udp_send_skb", "udp_v6_send_skb"),
    "mtu": ("ip_finish_output", "ip6_finish_output"),
    "segment": ("ip_finish_output_gso", "ip6_finish_output_gso"),
    "gso_features_check": ("gso_features_check",),
    "netif_needs_gso": ("netif_needs_gso",),
    "untrusted": ("__udp_gso_segment", "tcp_gso_segment"),
    "enqueue_to_backlog": ("enqueue_to_backlog",),
}
"""What is asked of a packet between its sender and the backlog."""

CONSTANTS = {("mtu", IP_MAX_MTU): "IP_MAX_MTU"}
"""Operands that are a constant of the kernel's, which a reader would not expect there."""


def asked_on(way: Iterable, asks: Asks) -> list[Decision]:
    """What was asked on the way, in order, as far as there is a row for it."""
    rows = {function for functions in asks.values() for function in functions}
    return [r for r in way if r.kind == "decision" and r.function in rows]


def decisions(asked: list[Decision], asks: Asks) -> dict[Key, tuple[str, str]]:
    """Each question that was asked: the answers, and the operands."""
    row_of = {function: row for row, functions in asks.items() for function in functions}
    found: dict[Key, list[Decision]] = {}
    for each in asked:
        found.setdefault((row_of[each.function], each.question), []).append(each)
    return {key: (_answers(same), _operands(same)) for key, same in found.items()}


def _answers(asked: list[Decision]) -> str:
    words = runs("yes" if each.answer else "no" for each in asked)
    if len(words) == 1:
        return words[0][1]
    return ", then ".join(f"{count} × {word}" for count, word in words)


def _operands(asked: list[Decision]) -> str:
    """The operands; where the question was asked often, from the first to the last."""
    first, last = asked[0].operands, asked[-1].operands
    text = operand_text({k: v if v == last[k] else f"{v}..{last[k]}" for k, v in first.items()})
    known = [CONSTANTS[operand] for operand in first.items() if operand in CONSTANTS]
    return f"{text} ({', '.join(known)})" if known else text


def in_order(sequences: Iterable[tuple[Key, ...]]) -> list[Key]:
    """All questions of many states: what one state asks stands in the order that it asks in."""
    merged: list[Key] = []
    for keys in sequences:
        at = 0
        for key in keys:
            if key not in merged:
                merged.insert(at, key)
            at = merged.index(key) + 1
    return merged


def name_rows(keys: Iterable[Key], asks: Asks) -> dict[Key, Question]:
    """The rows of the questions that some state asks, in the order of ``asks``."""
    texts: dict[str, dict[str, None]] = {row: {} for row in asks}
    for row, text in keys:
        texts[row][text] = None
    return {
        (row, text): Question(f"{row} {n}" if n > 1 else row, " / ".join(asks[row]), text)
        for row in asks
        for n, text in enumerate(texts[row], start=1)
    }
