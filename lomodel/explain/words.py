"""Sentences: what a step was, what happened in it, which condition decided."""

from __future__ import annotations

import errno
import os
from ipaddress import ip_address

from lomodel.contract import Step
from lomodel.explain.findings import Finding
from lomodel.trace import Decision, brief

ADDRESSES = ("addr", "saddr", "daddr", "address", "prefsrc", "imr_address", "imr_multiaddr")
"""Operands that are addresses of IPv4 where they are numbers."""
FIRST_ADDRESS = 1 << 24
GSO_SHIFT = 16
"""So many places above its SKB_GSO_ bit is the feature's (NETIF_F_GSO_SHIFT)."""

HAPPENED = {
    "refused": "refused with {about}",
    "left": "{about}: an error was left for the next call",
    "dropped": "a packet of {about} was dropped",
    "fragmented": "IP cut the packet into fragments",
    "cut": "a packet of {about} was cut in software",
    "whole": "one packet of {about} went through lo whole, for many datagrams",
    "undelivered": "sent, but no socket got it",
    "unanswered": "sent, but nobody answered",
    "truncated": "the rest of the datagram is lost: only {about} were read",
    "joined": "several datagrams came in one read of {about}",
    "unsummed": "{about} frames have no finished checksum: what captures them may call it bad",
    "oversized": "a frame with a packet of {about} is longer than the MTU",
    "lost": "the device lost {about}",
    "unchanged": "not everything was changed ({about})",
}


def step_words(step: Step) -> str:
    """A step in one line."""
    do = step["do"]
    rest = {key: value for key, value in step.items() if key not in ("do", "type")}
    if do == "send":
        to = f" to {_place(rest.pop('to'))}" if "to" in rest else ""
        times = f", {rest.pop('count')} times" if "count" in rest else ""
        gso = f", UDP_SEGMENT {rest.pop('gso_size')}" if "gso_size" in rest else ""
        return f"{rest['socket']} sends {rest['payload']} bytes{to}{gso}{times}"
    if do in ("bind", "connect") and rest["address"] is not None:
        return f"{do} {rest['socket']} to {_place([rest['address'], rest.get('port', 0)])}"
    if "hex" in rest:
        rest["hex"] = f"{len(rest['hex']) // 2} bytes"
    return " ".join([do, *(f"{key} {_text(value)}" for key, value in rest.items())])


def _place(to: list[object]) -> str:
    return f"{to[0]} port {to[1]}"


def _text(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_text(each)}" for key, each in value.items())
    if isinstance(value, bool):
        return "on" if value else "off"
    return " ".join(map(str, value)) if isinstance(value, list) else str(value)


def happened(found: Finding) -> str:
    """What happened, in words."""
    about = found.about
    if found.kind == "refused":
        about = f"{about} ({os.strerror(getattr(errno, about))})"
    text = HAPPENED[found.kind].format(about=about or "some bytes")
    return text + (f", {found.times} times" if found.times > 1 else "")


def follows(found: Finding, packets: int, answered: bool, heard: bool) -> str:
    """What a finding means: ``packets`` went to the driver in the step, an ICMP error was sent if
    ``answered``, and a socket was told of it if ``heard``."""
    told = (
        "its sender is told by ICMP" if heard else "ICMP answers, and the sender does not hear it"
    )
    carried = f"lo carried {packets} packet{'' if packets == 1 else 's'} in this step"
    return {
        "refused": "" if packets else "nothing went to the driver",
        "left": "the next send, read or SO_ERROR that asks for it is given it, once",
        "dropped": told if answered else "nobody is told",
        "cut": carried,
        "fragmented": carried,
        "whole": carried,
    }.get(found.kind, "")


def condition_words(condition: Decision, features: dict[str, int]) -> str:
    """A condition: its question, the answer, and the numbers that were compared.

    ``features``: the bit of each feature, by ethtool's name.
    """
    answer = "yes" if condition.answer else "no"
    numbers = [f"{name} {operand(name, n)}" for name, n in condition.operands.items()]
    numbers += _features(condition.operands, features)
    return f'"{condition.question}" {answer}' + (f" ({', '.join(numbers)})" if numbers else "")


def about(condition: Decision, features: dict[str, int]) -> set[str]:
    """What a condition is about: the names of its numbers, and of the features that are missing."""
    return {*condition.operands, *_missing(condition.operands, features)}


def _features(operands: dict[str, object], bits: dict[str, int]) -> list[str]:
    return [f"without {name}" for name in _missing(operands, bits)]


def _missing(operands: dict[str, object], bits: dict[str, int]) -> list[str]:
    """The names of the feature bits that a condition is about: those that are missing."""
    word, kind = operands.get("features"), operands.get("gso_type")
    missing = operands.get("missing")
    if isinstance(word, int) and isinstance(kind, int):
        missing = kind << GSO_SHIFT & ~word
    if not isinstance(missing, int):
        return []
    return [name for name, bit in sorted(bits.items()) if bit & missing]


def operand(name: str, value: object) -> str:
    """A number as a person wants it: an address as an address."""
    if name in ADDRESSES and isinstance(value, int) and value >= FIRST_ADDRESS:
        return str(ip_address(value))
    if name in ADDRESSES and isinstance(value, str) and len(value) == 32:
        return str(ip_address(bytes.fromhex(value)))
    if name.endswith("flags") or name in ("features", "missing", "wanted"):
        return hex(value) if isinstance(value, int) else brief(value)
    return brief(value)
