"""Steps of scenarios about groups: receivers that share a port, and a send to a group."""

from __future__ import annotations

from lomodel.contract import Step, making
from lomodel.contract.making import bind, put, sock

GROUP = "239.1.1.1"


def inbox(name: str, address: str = "0.0.0.0", family: str = "inet") -> tuple[Step, ...]:
    """A receiver that shares the port with others."""
    return sock(name, family), put(name, "SO_REUSEADDR", 1), bind(name, address)


def send(to: str, name: str = "out") -> Step:
    """One datagram of 100 bytes."""
    return making.send(name, 100, to)
