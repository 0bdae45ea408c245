"""Steps of scenarios (``lomodel.contract``) and readings of what is observed, for several pages."""

from __future__ import annotations

from collections.abc import Callable

from lomodel.contract import Step
from lomodel.scenario import Observed

UP: Step = {"do": "link", "up": True}
SHOW: Step = {"do": "show"}


def mtu(value: int) -> Step:
    """lo gets this MTU, in bytes."""
    return {"do": "link", "mtu": value}


def off(name: str) -> Step:
    """Ask for one feature, by ethtool's name, to be off."""
    return {"do": "features", "set": {name: False}}


def udp(payload: int, gso_size: int | None = None, family: str = "inet") -> Step:
    """One send of ``payload`` bytes; with ``gso_size`` as datagrams of that many each."""
    return {"do": "udp", "family": family, "payload": payload, "gso_size": gso_size}


def sent(counter: str) -> Callable[[Observed], int]:
    """Reads a counter of the last step, such as ``tx_packets``."""
    return lambda observed: observed[-1]["stats"][counter]
