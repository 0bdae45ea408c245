"""What the explorer ``ears`` plays, and how it says what came of it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import groupby, product
from typing import Any

from lomodel.contract import Step
from lomodel.desk import RELEASE
from lomodel.explore.chain import Chain, Path, freeze
from lomodel.explore.declaration import Outcome
from lomodel.explorers._packet import SENDERS
from lomodel.figures.tree import Node
from lomodel.scenario import Player
from lomodel.trace import Trace

UNKNOWN = 0x88B9
"""A type of frames that no protocol of the model or of a usual kernel has registered."""
RIDDLE: Step = {"do": "udp", "family": "inet", "payload": 4000, "gso_size": 1400}
TCP: Step = {"do": "tcp_frame", "family": "inet", "payload": 4000, "gso_size": 1460, "flags": 24}
SENDS: dict[str, Step] = {
    "riddle": RIDDLE,
    "riddle6": RIDDLE | {"family": "inet6"},
    "small": RIDDLE | {"payload": 100, "gso_size": None},
    "long": RIDDLE | {"gso_size": None},
    "closed": RIDDLE | {"payload": 100, "gso_size": None, "listening": False},
    "ping": {"do": "ping", "family": "inet", "payload": 56},
    "longping": {"do": "ping", "family": "inet", "payload": 4000},
    "tcp": TCP,
    "unknown": {"do": "frame", "dst": "zero", "ethertype": UNKNOWN, "payload": 1000},
}
PACKETS = {
    "riddle": "UDP: 4000 bytes every 1400",
    "riddle6": "The same over IPv6",
    "small": "UDP: 100 bytes",
    "long": "UDP: 4000 bytes in one datagram",
    "closed": "UDP: 100 bytes to a closed port",
    "ping": "A ping of 56 bytes",
    "longping": "A ping of 4000 bytes",
    "tcp": "TCP: 4000 bytes every 1460",
    "unknown": f"A frame of type {UNKNOWN:#06x}",
}
FEATURES = ("tx-udp-segmentation", "tx-tcp-segmentation")
MTUS = {1500: "1500", 65536: "65536 (lo's own)"}
FOREIGN = "TCP is one frame to a foreign hardware address, so nobody answers: otherhost."

SUMS = {
    "partial": "pseudo-header only",
    "good": "finished",
    "fragment": "over all fragments",
}
"""The contract's verdicts that occur here, in words."""
SAYS = {
    ("udp", "partial"): "bad udp cksum",
    ("tcp", "partial"): "cksum ... incorrect",
}
"""What ``tcpdump -vv`` calls wrong; everything else of this page it does not complain of."""

CHAIN = Chain(
    senders=SENDERS,
    roots=("__dev_queue_xmit",),
    shows={"__skb_gso_segment", "dev_queue_xmit_nit", "packet_rcv", "loopback_xmit"}
    | {"__netif_receive_skb", "ip_rcv", "ipv6_rcv"},
    ends=(),
    goals=(),
    title="A packet, and the two places where taps are served",
    description="From the send to the protocol that receives: packet_rcv is the tap.",
)


def steps(c: dict[str, Any]) -> list[Step]:
    """The state as a scenario."""
    switches: Step = {"do": "features", "set": {name: c[name] for name in FEATURES}}
    before: list[Step] = [{"do": "link", "up": True}, {"do": "link", "mtu": c["mtu"]}, switches]
    sent = SENDS[c["packet"]]
    if not c["tap"]:
        return [*before, sent]
    return [*before, {"do": "tap", "name": "t"}, sent, {"do": "captured", "tap": "t"}]


class Heard:
    """One state, played: what was ``observed`` of the send, its ``trace`` and the ``frames``."""

    def __init__(self, c: dict[str, Any]) -> None:
        player = Player(RELEASE)
        self.frames: list[dict[str, Any]] = []
        self.trace = Trace()
        for step in steps(c):
            with player.machine.trace() as trace:
                observed = player.step(step)
            if step == SENDS[c["packet"]]:
                self.observed, self.trace = observed, trace
            elif step["do"] == "captured":
                self.frames = observed["frames"]

    @property
    def listed(self) -> list[dict[str, Any]]:
        """The frames that tcpdump lists: libpcap leaves out what goes out over lo."""
        return [frame for frame in self.frames if frame["type"] != "outgoing"]


def verdicts(frames: Sequence[dict[str, Any]]) -> list[tuple[str, str]]:
    """Protocol and verdict of each sum that stands in a frame."""
    kinds = ("udp", "tcp", "icmp")
    return [(kind, frame[kind]["sum"]) for frame in frames for kind in kinds if kind in frame]


@cache
def union() -> tuple[list[Node], dict[Path, str]]:
    """What any state calls, as one tree, and the figure's name for each part of it."""
    forests = [
        freeze(CHAIN.tree(Heard(dict(zip(KEYS, state, strict=True))).trace)) for state in EVERY
    ]
    tree = CHAIN.union(forests)
    return tree, CHAIN.parts(tree)


KEYS = ("packet", "mtu", *FEATURES, "tap")
EVERY = list(product(SENDS, MTUS, *[(True, False)] * 3))


def outcome(c: dict[str, Any]) -> Outcome:
    """Plays a state and looks."""
    heard, parts = Heard(c), union()[1]
    stats, kinds = heard.observed["stats"], [frame["type"] for frame in heard.frames]
    sums = verdicts(heard.frames)
    return Outcome(
        summary=summary(heard, c),
        values={
            "frames": len(kinds),
            "listed": len(heard.listed),
            "order": _runs(kinds),
            "listing": _listing(heard.frames),
            "sums": _each([SUMS[verdict] for _, verdict in sums]),
            "says": _each([SAYS[each] for each in verdicts(heard.listed) if each in SAYS]),
            "packets": stats["tx_packets"],
            "dropped": stats["rx_dropped"],
        },
        parts={parts[path]: note for path, note in CHAIN.lit(heard.trace).items()},
        met=bool(kinds) and sums[:1] == [("udp", "fragment")],
    )


def _runs(items: Sequence[Any]) -> str:
    """Items in their order, equal neighbours together: 2 × 1442, 1242."""
    runs = [(item, len(list(group))) for item, group in groupby(items)]
    return ", ".join(f"{n} × {item}" if n > 1 else f"{item}" for item, n in runs) or "–"


def _listing(frames: Sequence[dict[str, Any]]) -> str:
    """Class and bytes of the frames in their order: outgoing 2 × 1442, 1242; host ..."""
    runs = groupby(frames, key=lambda frame: frame["type"])
    return "; ".join(f"{kind} {_runs([f['length'] for f in run])}" for kind, run in runs) or "–"


def _each(items: Sequence[str]) -> str:
    """How often each of the items is there; "–" for none."""
    return ", ".join(f"{items.count(item)} × {item}" for item in dict.fromkeys(items)) or "–"


def summary(heard: Heard, c: dict[str, Any]) -> str:
    """The outcome in a sentence or two."""
    stats, frames = heard.observed["stats"], heard.frames
    if heard.observed["error"]:
        return f"The send fails with {heard.observed['error']}."
    packets = f"{stats['tx_packets']} packet{'s' if stats['tx_packets'] > 1 else ''}"
    if not c["tap"]:
        lost = " Nobody wanted it: rx_dropped 1." if stats["rx_dropped"] else ""
        return f"Nobody listens. lo counts {packets}.{lost}"
    wrong = sum(each in SAYS for each in verdicts(frames))
    said = f"{wrong} sums look bad" if wrong else "no sum looks bad"
    return f"lo counts {packets}; the tap has {len(frames)} frames, and {said}.{_long(frames, c)}"


def _long(frames: list[dict[str, Any]], c: dict[str, Any]) -> str:
    longest = max(frame["length"] for frame in frames)
    if longest <= c["mtu"] + 14:
        return ""
    return f" A frame of {longest} bytes passes an MTU of {c['mtu']}."


WORDS = "in the capture, {listed} of them in tcpdump's list"
