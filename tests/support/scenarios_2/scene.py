"""A scenario of contract 2 while it is drawn: its steps, and what a later step may refer to."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar

Step = dict[str, Any]
Value = TypeVar("Value")

NAMES = ("a", "b", "r", "c", "s", "other socket", "é")
TAPS = ("t", "u", "tap")
#: Packets that the sends of one scenario make at the most, by and large.
BUDGET = 500


@dataclass
class Socket:
    """An open socket, as far as the next step wants to know it."""

    name: str
    family: str
    bound: tuple[str, int] | None = None
    peer: tuple[str, int] | None = None
    errors: bool = False
    speaks: bool = False
    sizes: list[int] = field(default_factory=list)


class Scene:
    """What was drawn so far. All chance comes from `random`, which may be Hypothesis's."""

    def __init__(self, random: Random, budget: int = BUDGET) -> None:
        self.random = random
        self.steps: list[Step] = []
        self.sockets: dict[str, Socket] = {}
        self.taps: list[str] = []
        self.mtu = 65536
        self.joined = False
        self.budget = budget
        #: Whether most sends go where somebody listens.
        self.homely = False
        #: Payloads and segment sizes that were sent: the next may be one byte more.
        self.sent: list[int] = []

    def add(self, do: str, **keys: Any) -> Step:
        """One more step."""
        self.steps.append({"do": do} | keys)
        return self.steps[-1]

    # Chance.

    def one_in(self, number: int) -> bool:
        """True once in so many times."""
        return self.random.randint(1, number) == 1

    def pick(self, values: Sequence[Value]) -> Value:
        """One of the values."""
        return values[self.random.randint(0, len(values) - 1)]

    def number(self, low: int, high: int) -> int:
        """Any number from `low` to `high`."""
        return self.random.randint(low, high)

    def near(self, values: Sequence[int], low: int, high: int) -> int:
        """One of the values, or a neighbour of one, seldom any other; from `low` to `high`."""
        how = self.number(0, 9)
        value = self.pick(values)
        if how == 9:
            return self.number(low, high)
        if how >= 5:
            value += self.pick((-1, 1, -1, 1, -8, -7, -2, 2, 7, 8, 9))
        return min(max(value, low), high)

    def weighed(self, actions: dict[Callable[[Scene], Any], int]) -> Callable[[Scene], Any]:
        """One of the actions, each as likely as its weight."""
        at = self.number(1, sum(actions.values()))
        for action, weight in actions.items():
            at -= weight
            if at <= 0:
                return action
        raise AssertionError

    def go_on(self, actions: dict[Callable[[Scene], Any], int], low: int, high: int) -> None:
        """Do so many of the actions."""
        for _ in range(self.number(low, high)):
            self.weighed(actions)(self)

    # What things cost.

    def fits(self, family: str) -> int:
        """The longest payload of one datagram in one packet."""
        return max(0, self.mtu - (28 if family == "inet" else 48))

    def affordable(self, payload: int, size: int | None, count: int) -> tuple[int, int]:
        """As many bytes and datagrams as the budget has packets left for."""
        while count > 1 and self._cost(payload, size) * count > self.budget:
            count = count * 3 // 4
        while payload > 0 and self._cost(payload, size) > max(self.budget, 4):
            payload = payload * 3 // 4
        self.budget = max(0, self.budget - self._cost(payload, size) * count)
        return payload, count

    def _cost(self, payload: int, size: int | None) -> int:
        pieces = payload // max(8, self.mtu - 56)
        if size:
            pieces = max(pieces, payload // size)
        return pieces + 1

    # Names.

    def open(self, family: str, name: str | None = None) -> Socket:
        """One more socket."""
        free = [each for each in NAMES if each not in self.sockets and each not in self.taps]
        name = name or (free[0] if free else f"s{len(self.steps)}")
        self.add("socket", name=name, family=family, type="dgram")
        self.sockets[name] = Socket(name, family)
        return self.sockets[name]

    def socket(self) -> Socket:
        """One of the sockets, opened if there is none."""
        if not self.sockets:
            return self.open(self.family())
        return self.pick(list(self.sockets.values()))

    def family(self) -> str:
        """One of the two."""
        return self.pick(("inet", "inet6"))

    def tap(self) -> None:
        """One more tap."""
        free = [each for each in TAPS if each not in self.taps and each not in self.sockets]
        if free:
            self.add("tap", name=free[0])
            self.taps.append(free[0])
