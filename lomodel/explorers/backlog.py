"""The explorer ``backlog``: one send, cut into many segments. How many does the tray take?

A fresh lo comes up, and one TCP packet of 10 bytes a segment is handed to it by a packet socket.
``netdev_max_backlog`` is the machine's, and no step of the contract can set it: a state with
another than 1000 is an outcome of the model alone.
"""

from __future__ import annotations

from typing import Any

from lomodel.contract import Step
from lomodel.explore.asked import Asks
from lomodel.explore.chain import Chain
from lomodel.explore.controls import Choice, Range, Switch
from lomodel.explore.declaration import Main
from lomodel.explore.from_trace import from_trace
from lomodel.explore.run import COUNTERS, SOFTIRQ, Run, fate
from lomodel.explore.traced import Deed
from lomodel.trace import Call

SEGMENT = 10
"""Bytes of payload in each segment."""
BORN = 1000
FEATURE = "tx-tcp-segmentation"
SEGMENTS = (
    *(1, 2, 3, 4, 5, 10, 11, 12, 64, 65, 100, 500, 640, 641),
    *(1000, 1001, 1002, 1003, 1200, 1500),
)
BACKLOGS = {BORN: "1000, as born", 0: "0", 1: "1", 2: "2", 3: "3", 10: "10"}
SETS = (
    "sysctl net.core.netdev_max_backlog: the whole machine's, so no step of a scenario sets it. "
    "With another value than 1000 you see what the model says."
)
FULL, ONE_MORE = "all get in", "one too many"

CHAIN = Chain(
    senders=("packet_snd",),
    roots=("__dev_queue_xmit", "do_softirq"),
    shows={
        *("validate_xmit_skb", "skb_segment", "loopback_xmit", "__netif_rx"),
        *("enqueue_to_backlog", "dev_lstats_add", "do_softirq", "process_backlog"),
        "__netif_receive_skb",
    },
    title="A send and the backlog",
    description="From the sender to the backlog, and out of it again in the softirq.",
)
ASKS: Asks = {"enqueue_to_backlog": ("enqueue_to_backlog",), "loopback_xmit": ("loopback_xmit",)}


def steps(c: dict[str, Any]) -> list[Step]:
    """The send of a state, as a scenario."""
    packet = {"do": "tcp_frame", "family": "inet", "payload": SEGMENT * c["segments"]}
    return [
        {"do": "link", "up": True},
        {"do": "features", "set": {FEATURE: c[FEATURE]}},
        packet | {"gso_size": SEGMENT, "flags": 16},
    ]


def beyond(c: dict[str, Any]) -> Deed | None:
    """The sysctl, where it is not as it was born."""
    if c["netdev_max_backlog"] == BORN:
        return None

    def set_backlog(lo: Any) -> None:
        lo.machine.netdev_max_backlog = c["netdev_max_backlog"]

    return set_backlog


def points(lo: Any, c: dict[str, Any]) -> dict[str, dict[str, int]]:
    """The segments with a name: the most that get in, and one more."""
    if c[FEATURE]:
        return {}
    most = lo.machine.netdev_max_backlog + 1
    return {"segments": {FULL: most, ONE_MORE: most + 1}}


def received_by_sender(run: Run) -> int:
    """The packets that were received inside the sender's own call."""
    inside, count = False, 0
    for record in (r for r in run.trace if isinstance(r, Call)):
        if record.name == SOFTIRQ:
            inside = record.depth > 0
        count += inside and record.name == "__netif_receive_skb"
    return count


def polls(run: Run) -> int:
    """How often the softirq has come for packets."""
    return run.trace.functions().count("process_backlog")


def summary(run: Run, c: dict[str, Any]) -> str:
    """The outcome in a sentence."""
    stats, times = run.observed["stats"], polls(run)
    taken, lost = stats["tx_packets"], stats["rx_dropped"]
    if not lost:
        each = "One packet gets in" if taken == 1 else f"All {taken} packets get in"
        empty = "1 poll empties" if times == 1 else f"{times} polls of the softirq empty"
        return f"{each}, and {empty} the tray."
    meet, are = ("meets", "is") if lost == 1 else ("meet", "are")
    get = "gets" if taken == 1 else "get"
    return (
        f"{taken} {get} in; {lost} {meet} a tray that holds more than {c['netdev_max_backlog']}, "
        f"and {are} dropped. The sender hears nothing of it."
    )


def met(run: Run, c: dict[str, Any]) -> bool:
    """Whether a state is what the challenge asks for."""
    stats = run.observed["stats"]
    return bool(0 < stats["rx_dropped"] == stats["tx_packets"])


PRESETS: dict[str, dict[str, Any]] = {
    "A tray full": {},
    "One too many": {"segments": 1002},
    "Far too many": {"segments": 1500},
    "A tray of none": {"netdev_max_backlog": 0, "segments": 3},
    "Switch up": {"segments": 1500, FEATURE: True},
}

EXPLORER = from_trace(
    name="backlog",
    title="Backlog and drops",
    intro="Send one TCP packet that is cut into segments of 10 bytes, and see which of them the "
    "tray takes.",
    controls=[
        Range("segments", "Segments", SEGMENTS, "", "", 1001, (1, 1500), (FULL, ONE_MORE)),
        Choice("netdev_max_backlog", "netdev_max_backlog", BACKLOGS, help=SETS),
        Switch(FEATURE, FEATURE, initial=False),
    ],
    presets=PRESETS,
    challenge="As many dropped as taken.",
    met=met,
    points=points,
    fate=fate,
    main=Main(
        "tx_packets",
        "packet counted by lo, {rx_dropped} dropped",
        "packets counted by lo, {rx_dropped} dropped",
    ),
    steps=steps,
    beyond=beyond,
    summary=summary,
    chain=CHAIN,
    asks=ASKS,
    values={
        "polls": ("polls", polls),
        "own": ("received in the sender's own call", received_by_sender),
        "softnet": ("dropped in softnet_stat", lambda run: run.device.machine.softnet[0].dropped),
    },
    counters=COUNTERS,
)
