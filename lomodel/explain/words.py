"""Sentences: what a step was, what happened in it, which condition decided."""

from __future__ import annotations

import errno
import os
from ipaddress import ip_address

from lomodel.contract import Step
from lomodel.explain.findings import Finding
from lomodel.trace import Decision, brief

ADDRESSES = ("addr", "saddr", "daddr", "address", "prefsrc", "imr_address")
"""Operands that are addresses of IPv4 where they are numbers."""
FIRST_ADDRESS = 1 << 24

HAPPENED = {
    "refused": "refused with {about}",
    "left": "{about}: an error was left for the next call",
    "dropped": "a packet of {about} was dropped",
    "fragmented": "IP cut the packet into fragments",
    "cut": "a packet of {about} was cut in software",
    "whole": "one packet of {about} went through lo whole, for many datagrams",
    "undelivered": "sent, but no socket got it",
    "truncated": "the rest of the datagram is lost: only {about} were read",
    "joined": "several datagrams came in one read of {about}",
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


def condition_words(condition: Decision) -> str:
    """A condition: its question, the answer, and the numbers that were compared."""
    answer = "yes" if condition.answer else "no"
    numbers = ", ".join(f"{name} {operand(name, n)}" for name, n in condition.operands.items())
    return f'"{condition.question}" {answer}' + (f" ({numbers})" if numbers else "")


def operand(name: str, value: object) -> str:
    """A number as a person wants it: an address as an address."""
    if name in ADDRESSES and isinstance(value, int) and value >= FIRST_ADDRESS:
        return str(ip_address(value))
    if name in ADDRESSES and isinstance(value, str) and len(value) == 32:
        return str(ip_address(bytes.fromhex(value)))
    if name.endswith("flags") or name in ("features", "missing", "wanted"):
        return hex(value) if isinstance(value, int) else brief(value)
    return brief(value)
