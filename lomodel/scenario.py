"""Plays a scenario on the model: the same steps, and the same observations, as on a real kernel.

What a scenario is, and what is observed at each step, is the contract that ``lomodel.contract``
reads. Every step goes through the system call that a program would make.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter, sub
from typing import Any

from lomodel.contract import (
    EVENTS,
    SENDING,
    STATS,
    Names,
    Step,
    check_step,
    check_steps,
    errno_name,
)
from lomodel.linux.kernel.softirq import run_ksoftirqd
from lomodel.linux.net.core.dev import dev_get_stats
from lomodel.linux.net.socket import close, socket_create
from lomodel.machine import Machine
from lomodel.release import DEFAULT
from lomodel.steps import STEPS
from lomodel.steps.counters import counters
from lomodel.steps.device import addresses
from lomodel.steps.frames import DESTINATION, tcp_frame_bytes
from lomodel.steps.sending import FAMILY, LOCALHOST, PORT
from lomodel.trace import Event

__all__ = [
    "DESTINATION",
    "FAMILY",
    "LOCALHOST",
    "PORT",
    "Observed",
    "Player",
    "SYSCTL",
    "addresses",
    "contract_events",
    "play",
    "tcp_frame_bytes",
]

Observed = list[dict[str, Any]]

_counts = attrgetter(*STATS)

SYSCTL = {
    "net.core.netdev_max_backlog": "netdev_max_backlog",
    "net.core.wmem_default": "sysctl_wmem_default",
    "net.core.rmem_default": "sysctl_rmem_default",
}
"""The machine-wide settings that change what a scenario does, and the variables behind them."""


class Player:
    """A fresh network namespace of a machine of the model, on which steps are played.

    ``release`` names the kernel; ``machine`` may be given instead, to look at it afterwards, and
    one of its namespaces, ``net``, to go on with.
    """

    def __init__(
        self, release: str = DEFAULT, machine: Machine | None = None, net: Any = None
    ) -> None:
        self.machine = machine or Machine(release)
        self.net = net or self.machine.new_net()
        self.sockets: list[Any] = []
        #: The open sockets and taps of the scenario, by name.
        self.named: dict[str, Any] = {}
        #: The same names, as the contract keeps them to check single steps.
        self.names = Names()
        #: What the protocols had counted before.
        self.counted = {} if net is None else counters(self.net)

    @classmethod
    def of(cls, lo: Any) -> Player:
        """A player that goes on with the namespace of a loopback device."""
        return cls(machine=lo.machine, net=lo.nd_net)

    @property
    def lo(self) -> Any:
        """The namespace's loopback device."""
        return self.net.loopback_dev

    def step(self, step: Step) -> dict[str, Any]:
        """Play one step; returns what the contract observes of it.

        ScenarioError for a step that nobody could play.
        """
        check_step(step, "step", self.machine.netif_f.by_string, self.names)
        return self._play(step)

    def _play(self, step: Step) -> dict[str, Any]:
        if step["do"] in SENDING:
            return self._send(step)
        observed, result = self._call(STEPS[step["do"]], step)
        return observed | (result or {})

    def _send(self, step: Step) -> dict[str, Any]:
        before = dev_get_stats(self.lo)
        with self.machine.trace(calls=False) as trace:
            observed, result = self._call(STEPS[step["do"]], step)
            run_ksoftirqd(self.machine)
        after = dev_get_stats(self.lo)
        if callable(result):
            observed["received"] = result()
        else:
            observed |= result or {}
        while self.sockets:
            close(self.sockets.pop())
        observed["stats"] = dict(zip(STATS, map(sub, _counts(after), _counts(before)), strict=True))
        observed["events"] = contract_events(trace, self.lo.name)
        return observed

    def socket(self, family: int, type: int, protocol: int = 0) -> Any:
        """A socket that is closed at the end of the step."""
        self.sockets.append(socket_create(self.net, family, type, protocol))
        return self.sockets[-1]

    def _call(self, play: Callable[[Player, Step], Any], step: Step) -> tuple[dict[str, Any], Any]:
        try:
            return {"error": None}, play(self, step)
        except OSError as error:
            return {"error": errno_name(error)}, None


def play(
    steps: Sequence[Step], release: str = DEFAULT, sysctl: Mapping[str, int] | None = None
) -> Observed:
    """What Linux ``release`` does when ``steps`` are played in a fresh namespace, step by step.

    ``sysctl`` sets what ``SYSCTL`` names; what it leaves out is as the kernel boots. ScenarioError
    for steps that nobody could play, ValueError for a release that the model has not, KeyError for
    a setting that the model has not.
    """
    machine = Machine(release)
    for name, value in (sysctl or {}).items():
        setattr(machine, SYSCTL[name], value)
    player = Player(machine=machine)
    check_steps(steps, player.machine.netif_f.by_string)
    return [player._play(step) for step in steps]


def contract_events(trace: Any, device: str = "lo") -> list[list[Any]]:
    """The tracepoints of a trace that the contract speaks of, in order."""
    return [
        [event.name, event.fields]
        for event in trace
        if isinstance(event, Event) and event.dev == device and event.name in EVENTS
    ]
