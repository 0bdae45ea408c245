"""The steps that are about sockets, as functions: for scenarios that are written in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lomodel.contract.fields import Step

PORT = 7001
"""The port where nothing else is said."""


def sock(name: str, family: str = "inet") -> Step:
    """A UDP socket."""
    return {"do": "socket", "name": name, "family": family, "type": "dgram"}


def bind(name: str, address: str, port: int = PORT) -> Step:
    """bind(2)."""
    return {"do": "bind", "socket": name, "address": address, "port": port}


def connect(name: str, address: str | None, port: int = PORT) -> Step:
    """connect(2); None disconnects."""
    there = {} if address is None else {"port": port}
    return {"do": "connect", "socket": name, "address": address} | there


def put(name: str, option: str, value: Any, **more: Any) -> Step:
    """setsockopt(2)."""
    return {"do": "setsockopt", "socket": name, "option": option, "value": value} | more


def get(name: str, option: str) -> Step:
    """getsockopt(2)."""
    return {"do": "getsockopt", "socket": name, "option": option}


def send(name: str, payload: int, to: str | Sequence[Any] | None = None, **more: Any) -> Step:
    """A send of ``payload`` bytes to an address, or an address and a port; without, to the peer."""
    there = {"to": [to, PORT] if isinstance(to, str) else list(to)} if to else {}
    return {"do": "send", "socket": name, "payload": payload} | there | more


def recv(name: str, **more: Any) -> Step:
    """A read."""
    return {"do": "recv", "socket": name} | more
