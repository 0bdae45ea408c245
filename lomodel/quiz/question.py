"""A question with its answer: drawn from a seed, played on the model, worked out beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

from lomodel.contract import Step
from lomodel.linux.include.linux.udp import UDP_HLEN
from lomodel.linux.include.net.ip import IP_HLEN
from lomodel.linux.include.net.ipv6 import IPV6_HLEN
from lomodel.machine import Machine
from lomodel.quiz.working import Working
from lomodel.scenario import SYSCTL, Observed, Player
from lomodel.trace import Trace

T = TypeVar("T")

UP: Step = {"do": "link", "up": True}
FAMILIES = {"inet": "IPv4", "inet6": "IPv6"}
HEADER = {"inet": IP_HLEN, "inet6": IPV6_HLEN}


class Draw:
    """Choices that depend on a text only: the same for every machine and every Python.

    Of Python's generator only ``random()`` is used, which alone is promised never to change.
    """

    def __init__(self, text: str) -> None:
        self._random = Random(text).random

    def pick(self, options: Sequence[T]) -> T:
        """One of the options."""
        return options[int(self._random() * len(options))]

    def number(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return low + int(self._random() * (high - low + 1))


@dataclass(frozen=True)
class Question:
    """A question about what ``steps`` do. ``kind`` names what is asked of the observations.

    ``sysctl`` is as in ``lomodel.scenario.play``; ``asked`` is what else the answer depends on.
    """

    topic: str
    kind: str
    text: str
    steps: list[Step]
    answer: str
    working: list[str]
    sysctl: dict[str, int] = field(default_factory=dict)
    asked: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Played:
    """What the model did: everything observed, and the trace of the last step."""

    observed: Observed
    trace: Trace
    player: Player

    @property
    def last(self) -> dict[str, Any]:
        """What was observed of the last step."""
        return self.observed[-1]

    @property
    def stats(self) -> dict[str, int]:
        """What the last step, a send, added to lo's counters."""
        return self.last["stats"]


def play(release: str, steps: list[Step], sysctl: Mapping[str, int] | None = None) -> Played:
    """Play steps on a new machine of the model, the last one with a trace."""
    machine = Machine(release)
    for name, value in (sysctl or {}).items():
        setattr(machine, SYSCTL[name], value)
    player = Player(machine=machine)
    observed = [player.step(step) for step in steps[:-1]]
    with machine.trace() as trace:
        observed.append(player.step(steps[-1]))
    return Played(observed, trace, player)


def agree(topic: str, worked: object, played: object) -> None:
    """RuntimeError when a working ends elsewhere than the model: then nobody may be taught it."""
    if worked != played:
        raise RuntimeError(f"{topic}: worked out {worked!r}, but the model played {played!r}")


def udp(payload: int, gso_size: int | None, family: str, **more: Any) -> Step:
    """One send of the contract."""
    return {"do": "udp", "family": family, "payload": payload, "gso_size": gso_size} | more


def features_off(*names: str) -> Step:
    """One ``ethtool -K lo NAME off ...``."""
    return {"do": "features", "set": dict.fromkeys(names, False)}


def headers(family: str) -> int:
    """The bytes of the IP and UDP headers of one packet."""
    return HEADER[family] + UDP_HLEN


def amount(packets: int, length: int) -> str:
    """How an answer says packets and bytes."""
    return f"{packets} packet{'' if packets == 1 else 's'}, {length} bytes"


def runs(lengths: Sequence[int]) -> str:
    """Lengths in order, equal ones counted: "2 of 1400, 1 of 1200 bytes"."""
    found: list[list[int]] = []
    for length in lengths:
        if found and found[-1][1] == length:
            found[-1][0] += 1
        else:
            found.append([1, length])
    return ", ".join(f"{count} of {length}" for count, length in found) + " bytes"


def worked_sum(working: Working, meaning: str, lengths: Sequence[int]) -> int:
    """An equation that adds lengths, equal neighbours as a product."""
    parts = runs(lengths).removesuffix(" bytes").split(", ")
    terms = (part.replace(" of ", " * ").removeprefix("1 * ") for part in parts)
    return working.equation(meaning, " + ".join(terms))
