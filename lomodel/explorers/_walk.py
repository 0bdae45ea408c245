"""Where a packet is stopped on its way through the turn, and what a trace saw of it there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lomodel.contract import Step
from lomodel.desk import RELEASE
from lomodel.explore.chain import Chain, Path
from lomodel.explore.traced import WatchedMachine
from lomodel.scenario import Player
from lomodel.trace import Call, Moment, Trace, watching
from lomodel.watch import Packet, watch_packets


@dataclass(frozen=True)
class Stop:
    """A place on the way: at the entry of one of ``functions``, or where it has ``returned``.

    ``says`` is a sentence, with words in braces (:func:`words`); ``light`` names the function that
    is marked in the figure, if it is not one of these.
    """

    functions: tuple[str, ...]
    returned: bool
    says: str
    light: str = ""

    def holds(self, moment: Moment) -> bool:
        """Whether a moment of a trace is this place."""
        return moment.call.name in self.functions and moment.returned == self.returned


STOPS = (
    Stop(("__dev_queue_xmit",), False, "the packet is handed to the device."),
    Stop(("validate_xmit_skb",), True, "{whole}."),
    Stop(("loopback_xmit",), False, "the driver has the packet, and a socket still pays for it."),
    Stop(
        ("eth_type_trans",),
        False,
        "an old time is wiped off, and the socket has let go.",
        light="loopback_xmit",
    ),
    Stop(("eth_type_trans",), True, "the Ethernet header is read and taken off."),
    Stop(("enqueue_to_backlog",), True, "it is queued; {lie} in the backlog of this CPU."),
    Stop(("dev_lstats_add",), True, "lo has counted {packets} of {bytes} bytes."),
    Stop(
        ("__netif_receive_skb",),
        False,
        "the softirq has taken the packet out; {lie} behind it in the backlog.",
    ),
    Stop(("ip_rcv", "ipv6_rcv"), False, "its protocol has the packet."),
)


@dataclass(frozen=True)
class Seen:
    """What the trace saw at a stop: the packet, the function, how many packets lay in the backlog,
    what lo had counted, into how many it was cut, and the figure's functions until there."""

    packet: Packet
    function: str
    waiting: int
    counted: list[int]
    pieces: int
    lit: dict[Path, str]


CHAIN = Chain(
    roots=("__dev_queue_xmit",),
    shows={name for stop in STOPS for name in stop.functions},
    title="The turn",
    description="The functions that a packet passes, from the device's queue to its protocol.",
)


def watched(steps: Sequence[Step]) -> Trace:
    """The watched trace of the last step, which sends."""
    player = Player(machine=WatchedMachine(RELEASE))
    *before, send = steps
    for step in before:
        player.step(step)
    with watching(watch_packets()):
        player.step(send)
    return player.machine.last


def seen(trace: Trace, stop: Stop) -> Seen:
    """What a trace saw at a stop, when the packet came there first."""
    at = next(n for n, moment in enumerate(trace.moments) if stop.holds(moment))
    past, call = trace.moments[: at + 1], trace.moments[at].call
    returns = [m.call for m in past if m.returned]
    taken = [c for c in returns if c.name == "enqueue_to_backlog" and c.result == 0]
    received = [m for m in past if m.call.name == "__netif_receive_skb" and not m.returned]
    counts = [c for c in returns if c.name == "dev_lstats_add"]
    lengths = [int(str(d.operands["len"])) for d in trace.decisions("loopback_xmit")]
    return Seen(
        packet=next(m.packet for m in reversed(past) if m.packet is not None),
        function=call.name,
        waiting=len(taken) - len(received),
        counted=lengths[: len(counts)],
        pieces=_pieces(trace),
        lit=_lit(trace, call, stop.light or call.name),
    )


def _pieces(trace: Trace) -> int:
    """Into how many packets the first one was cut on its way to the driver; 1 for not at all."""
    calls = (record for record in trace if isinstance(record, Call))
    made = next(call.result for call in calls if call.name == "validate_xmit_skb")
    return len(made) if isinstance(made, list) else 1


def _lit(trace: Trace, last: Call, marked: str) -> dict[Path, str]:
    """The figure's functions until a call, or until before it, where another one is marked."""
    end = next(n for n, record in enumerate(trace.records) if record is last)
    upto = end + 1 if marked == last.name else end
    passed = dict.fromkeys(CHAIN.lit(Trace(records=trace.records[:upto])), "")
    return passed | {next(path for path in reversed(passed) if path[-1][0] == marked): "here"}
