"""A scenario, played step by step with its calls and decisions recorded.

What can be seen beside the observations is taken down around each step: what the protocols and the
device have counted, what each socket has dropped, which errors wait on sockets, which addresses are
there.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from lomodel.contract import Step
from lomodel.explain.calls import Span, span_of
from lomodel.explain.reach import Ends, ends_of
from lomodel.linux.net.core.dev import dev_get_stats
from lomodel.scenario import Player
from lomodel.steps.counters import counters
from lomodel.steps.device import addresses

STATS = (
    *("tx_packets", "rx_packets", "tx_dropped", "rx_dropped", "tx_errors", "rx_errors"),
    "rx_otherhost_dropped",
)


@dataclass(frozen=True)
class State:
    """What can be seen of a namespace between two steps."""

    counted: dict[str, int]
    drops: dict[str, int]
    errors: dict[str, int]
    addresses: tuple[str, ...]
    mtu: int
    ends: dict[str, Ends] = field(default_factory=dict)
    """What each UDP socket is bound and connected to."""


@dataclass(frozen=True)
class Played:
    """One step that was played: what is observed of it, the calls, and what it changed."""

    number: int
    step: Step
    observed: dict[str, Any]
    calls: Span
    before: State
    after: State
    records: int
    """How much was recorded: how much work the step is."""

    @property
    def counted(self) -> dict[str, int]:
        """What the step has counted: only what is not 0, the sockets' drops by their names."""
        changed = {
            name: n - self.before.counted.get(name, 0) for name, n in self.after.counted.items()
        }
        return {name: n for name, n in changed.items() if n}

    @property
    def dropped_by(self) -> dict[str, int]:
        """How many datagrams each socket has dropped in this step."""
        before = self.before.drops
        changed = {name: n - before.get(name, 0) for name, n in self.after.drops.items()}
        return {name: n for name, n in changed.items() if n}

    @property
    def left_errors(self) -> dict[str, int]:
        """The sockets that an error waits on since this step, and its number."""
        before = self.before.errors
        return {s: n for s, n in self.after.errors.items() if n and n != before.get(s)}

    @property
    def lost(self) -> tuple[str, ...]:
        """The addresses that the step took away."""
        return tuple(a for a in self.before.addresses if a not in self.after.addresses)


def packets_of(played: Played) -> int:
    """How many packets went to the driver in the step."""
    return sum(1 for _ in played.calls.events("net_dev_start_xmit"))


def state_of(player: Player) -> State:
    """What can be seen now."""
    stats = dev_get_stats(player.lo)
    device = {f"lo.{name}": getattr(stats, name) for name in STATS}
    device["softnet.dropped"] = sum(softnet.dropped for softnet in player.machine.softnet)
    socks = {name: socket.sk for name, socket in player.named.items()}
    return State(
        counted=counters(player.net) | device,
        drops={name: sk.sk_drops for name, sk in socks.items()},
        errors={name: sk.sk_err for name, sk in socks.items()},
        addresses=tuple(addresses(player.lo)),
        mtu=player.lo.mtu,
        ends={name: ends_of(sk) for name, sk in socks.items() if sk.sk_prot},
    )


def play_step(player: Player, number: int, step: Step) -> Played:
    """Play one step, and write down everything."""
    before = state_of(player)
    with player.machine.trace() as trace:
        observed = player.step(step)
    return Played(number, step, observed, span_of(trace), before, state_of(player), len(trace))
