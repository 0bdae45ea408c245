"""Steps of scenarios about groups: receivers that share a port, and a send to a group."""

from __future__ import annotations

from typing import Any

from lomodel.contract import Step

GROUP, PORT = "239.1.1.1", 7001


def new(name: str, family: str = "inet") -> Step:
    """A UDP socket."""
    return {"do": "socket", "name": name, "family": family, "type": "dgram"}


def put(name: str, option: str, value: Any) -> Step:
    """An option of a socket."""
    return {"do": "setsockopt", "socket": name, "option": option, "value": value}


def inbox(name: str, address: str = "0.0.0.0", family: str = "inet") -> tuple[Step, ...]:
    """A receiver that shares the port with others."""
    bound: Step = {"do": "bind", "socket": name, "address": address, "port": PORT}
    return new(name, family), put(name, "SO_REUSEADDR", 1), bound


def send(to: str, name: str = "out") -> Step:
    """One datagram of 100 bytes."""
    return {"do": "send", "socket": name, "payload": 100, "to": [to, PORT]}


def recv(name: str) -> Step:
    """Read what is there."""
    return {"do": "recv", "socket": name}
