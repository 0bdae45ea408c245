"""The explorer ``gso``: does this packet pass lo whole, or does software cut it, and why?

Every state is played on the model from a fresh namespace: lo comes up, gets its MTU, its features
are set by one ETHTOOL_SFEATURES call, one packet is sent. What is shown comes from the trace of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from lomodel.explore.controls import Choice, Range, Switch
from lomodel.explore.declaration import Declaration, Outcome, Question
from lomodel.figures.chain import draw, lay_out, operand_text, part_names
from lomodel.figures.tree import Node, call_tree, detach, lengths, paths, runs, select, unite
from lomodel.kernel.machine import Machine
from lomodel.scenario import Player
from lomodel.trace import Call, Decision, Trace

RELEASE = "6.18"

FEATURES = (
    "tx-tcp-segmentation",
    "tx-tcp-ecn-segmentation",
    "tx-tcp-mangleid-segmentation",
    "tx-tcp6-segmentation",
    "tx-udp-segmentation",
    "tx-generic-segmentation",
)

PACKETS = {
    "udp4": "UDP over IPv4: one sendto",
    "udp6": "UDP over IPv6: one sendto",
    "tcp4": "TCP over IPv4",
    "tcp4-cwr": "TCP over IPv4 with CWR (ECN)",
    "tcp6": "TCP over IPv6",
}

ACK_PSH, CWR = 0x18, 0x80

ROOT = "__dev_queue_xmit"
SOURCES = ("udp_sendmsg", "udpv6_sendmsg", "packet_snd", "ip_do_fragment", "ip6_fragment")
CUTTERS = ("__udp_gso_segment", "tcp_gso_segment")
SEGMENTATION = "__skb_gso_segment"
SHOWN = frozenset(
    {
        *SOURCES,
        *CUTTERS,
        ROOT,
        SEGMENTATION,
        "validate_xmit_skb",
        "netif_skb_features",
        "gso_features_check",
        "netif_needs_gso",
        "net_gso_ok",
        "inet_gso_segment",
        "ipv6_gso_segment",
        "skb_segment",
        "xmit_one",
        "loopback_xmit",
        "eth_type_trans",
        "netif_rx_internal",
        "enqueue_to_backlog",
    }
)
GOALS = frozenset({"enqueue_to_backlog"})
ANSWERS = frozenset({"netif_needs_gso", "net_gso_ok"})
"""Functions whose answer is yes or no; the figure shows the answer."""


class WatchedMachine(Machine):
    """A machine that keeps the last trace, with its calls, whoever opened it."""

    last = Trace()

    @contextmanager
    def trace(self, calls: bool = True) -> Iterator[Trace]:
        """As ``Machine.trace``; calls are recorded in any case."""
        with super().trace() as self.last:
            yield self.last


def send_step(controls: dict[str, Any]) -> dict[str, Any]:
    """The contract's step that sends the chosen packet."""
    kind = controls["packet"]
    step = {
        "family": "inet6" if "6" in kind else "inet",
        "payload": controls["payload"],
        "gso_size": controls["gso_size"],
    }
    if kind.startswith("udp"):
        return {"do": "udp"} | step
    return {"do": "tcp_frame", "flags": ACK_PSH | (CWR if "cwr" in kind else 0)} | step


def play(controls: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str], int, Trace]:
    """What was observed of the send, the features' states, the active word, and the trace."""
    player = Player(machine=WatchedMachine(RELEASE))
    player.step({"do": "link", "up": True})
    player.step({"do": "link", "mtu": controls["mtu"]})
    player.step({"do": "features", "set": {name: controls[name] for name in FEATURES}})
    states = player.step({"do": "show"})["features"]
    active = player.lo.features
    observed = player.step(send_step(controls))
    return observed, states, active, player.machine.last


def outcome(controls: dict[str, Any]) -> Outcome:
    """The outcome of one state of the controls."""
    observed, states, active, trace = play(controls)
    queued = _event_lengths(trace, "net_dev_queue")
    sent = _event_lengths(trace, "net_dev_start_xmit")
    cutter = _cutter(trace)
    return Outcome(
        summary=_summary(observed, queued, sent, cutter, controls),
        values={
            **{name: observed["stats"][name] for name in COUNTERS},
            "cut_by": cutter or "nobody",
            "lengths": lengths(_event_lengths(trace, "netif_rx")),
            "features": hex(active),
            "gso_type": _gso_type(trace),
        },
        parts=_lit(trace),
        decisions=_decisions(trace),
        notes={n: states[n] for n in FEATURES if states[n] != ("on" if controls[n] else "off")},
        strips={"queued": runs(queued), "sent": runs(sent)},
    )


COUNTERS = ("tx_packets", "tx_bytes", "rx_packets", "rx_bytes", "tx_dropped", "rx_dropped")


def _event_lengths(trace: Trace, name: str) -> list[int]:
    return [fields["len"] for event, fields in trace.events("lo") if event == name]


def _cutter(trace: Trace) -> str:
    """Which function cut the packet into segments or fragments; "" if nobody did."""
    called = trace.functions()
    if "skb_segment" in called:
        return next(name for name in CUTTERS if name in called)
    return next((name for name in SOURCES[3:] if name in called), "")


def _gso_type(trace: Trace) -> str:
    asked = [d.operands["gso_type"] for d in trace.decisions() if "gso_type" in d.operands]
    return hex(asked[0]) if asked else "–"


def _summary(
    observed: dict[str, Any],
    queued: list[int],
    sent: list[int],
    cutter: str,
    controls: dict[str, Any],
) -> str:
    if observed["error"]:
        return f"The send fails with {observed['error']}: nothing is sent."
    if "fragment" in cutter:
        return f"IP cuts it: {len(queued)} fragments, each with the whole way to go by itself."
    if cutter:
        return f"Cut in software: {cutter} makes {len(sent)} packets of one."
    if controls["gso_size"] is None or controls["payload"] <= controls["gso_size"]:
        return "There is nothing to cut: it is one packet, as it was sent."
    pieces = -(-controls["payload"] // controls["gso_size"])
    return f"It passes whole: one packet, with {pieces} segments inside that nobody ever cuts."


def _decisions(trace: Trace) -> dict[str, tuple[str, str]]:
    """Each question of QUESTIONS that was asked: the answers, and the operands."""
    asked: dict[str, list[Decision]] = {}
    for decision in trace.decisions():
        asked.setdefault(_question_name(decision), []).append(decision)
    return {name: (_answers(found), _operands(found)) for name, found in asked.items()}


def _question_name(decision: Decision) -> str:
    return f"{decision.function}: {decision.question}"


def _answers(decisions: list[Decision]) -> str:
    words = runs("yes" if decision.answer else "no" for decision in decisions)
    if len(words) == 1:
        return words[0][1]
    return ", then ".join(f"{count} × {word}" for count, word in words)


def _operands(decisions: list[Decision]) -> str:
    """The operands; where the question was asked often, from the first to the last."""
    first, last = operand_text(decisions[0].operands), operand_text(decisions[-1].operands)
    return first if first == last else f"{first} … {last}"


def shown_tree(records: Iterable) -> list[Node]:
    """The trace as the figure shows it: the senders, and the way through the device's layer."""
    records = list(records)
    others = frozenset(r.name for r in records if r.kind == "call") - SHOWN
    above = select(call_tree(records), others)
    ways = [n for n in above if n.name == ROOT] + detach(above, ROOT)
    senders = [n for node in above if node.name != ROOT for n in node.walk()]
    for node in senders:
        node.children = []
    return [*senders, *ways]


def flatten(tree: list[Node]) -> list[Node]:
    """Draw what segmentation calls, however deep, directly below it: IPv4 and IPv6 meet there."""
    for _, node in paths(tree):
        if node.name == SEGMENTATION:
            inside = [n for n in node.walk() if n is not node and n.name not in ANSWERS]
            for inner in inside:
                inner.children = []
            node.children = inside
    return tree


def tree_of(trace: Trace) -> list[Node]:
    """One forest for a trace; equal names under equal callers are one node."""
    return unite([flatten(shown_tree(trace))])


@cache
def union() -> list[Node]:
    """Every function that any packet passes, whole or cut: what the figure is drawn from."""
    return unite(tree_of(play(state)[-1]) for state in _witnesses())


def _witnesses() -> Iterator[dict[str, Any]]:
    """States whose traces together have every function that the figure should show."""
    base = {"payload": 4000, "mtu": 1500}
    for on in (False, True):
        for packet in PACKETS:
            yield base | {"packet": packet, "gso_size": 1400} | dict.fromkeys(FEATURES, on)
    for packet in ("udp4", "udp6"):
        yield base | {"packet": packet, "gso_size": None} | dict.fromkeys(FEATURES, True)


@cache
def _parts() -> dict[tuple[str, ...], str]:
    """The figure's name for every path of calls."""
    rows = lay_out(union(), GOALS)
    names = part_names(rows)
    return {path: name for (path, _), name in zip(paths(union()), names, strict=True)}


def _lit(trace: Trace) -> dict[str, str]:
    """The parts of the figure that the trace passed through, with what it says of them."""
    counts: dict[str, int] = {}
    for call in trace:
        if call.kind == "call":
            counts[call.name] = counts.get(call.name, 0) + 1
    answers = _call_answers(trace)
    names = _parts()
    return {
        names[path]: answers.get(node.name) or _times(counts[node.name])
        for path, node in paths(tree_of(trace))
        if path in names
    }


def _times(count: int) -> str:
    return f"×{count}" if count > 1 else ""


def _call_answers(trace: Trace) -> dict[str, str]:
    """What the functions of ANSWERS said the first time: the segmenters ask net_gso_ok again."""
    found: dict[str, str] = {}
    for call in trace:
        if isinstance(call, Call) and call.name in ANSWERS:
            found.setdefault(call.name, "yes" if call.result else "no")
    return found


def figure() -> str:
    """The way through the device's layer, with every function that some packet passes."""
    rows = lay_out(union(), GOALS)
    root = next(row for row in rows if row.node.name == ROOT)
    senders = [row for row in rows if row.node.name in SOURCES]
    for row in senders:
        row.x, row.width = row.x + 22, row.width - 22
    words = (
        "From the sender to the backlog: the functions that a packet passes. Those set off to the"
    )
    words += " right are asked or called on the way."
    return draw(rows, "Call chain of a packet on lo", words, {row: root for row in senders})


@cache
def questions() -> tuple[Question, ...]:
    """Every condition that any of the witnesses met, in the order of the way."""
    found: dict[str, Question] = {}
    for state in _witnesses():
        for decision in play(state)[-1].decisions():
            name = _question_name(decision)
            found.setdefault(name, Question(name, decision.function, decision.question))
    order = [call for call, _ in _first_calls()]
    return tuple(sorted(found.values(), key=lambda q: order.index(q.function)))


def _first_calls() -> list[tuple[str, int]]:
    """The functions of all witnesses, in the order in which a packet meets them."""
    united = unite(call_tree(play(state)[-1]) for state in _witnesses())
    found = dict.fromkeys(node.name for _, node in paths(united))
    return [(name, number) for number, name in enumerate(found)]


@cache
def declare() -> Declaration:
    """The explorer's declaration."""
    return Declaration(
        name="gso",
        title="Whole or cut?",
        intro="Send one packet through lo and see who, if anybody, cuts it into segments.",
        controls=[
            Choice(
                "packet",
                "Packet",
                PACKETS,
                help="TCP is one frame from a packet socket: the kernel marks it untrusted "
                "(SKB_GSO_DODGY), so its headers are always checked before it may pass whole.",
            ),
            Range("payload", "Payload", (1000, 4000, 65493, 65494, 65507), "bytes", initial=4000),
            Choice(
                "gso_size",
                "Segment size",
                {None: "none: no segmentation asked", 1400: "1400 bytes", 1480: "1480 bytes"},
                initial=1400,
            ),
            Choice("mtu", "MTU", {1500: "1500", 65536: "65536 (lo's own)"}),
            *(Switch(name, name) for name in FEATURES),
        ],
        outcome=outcome,
        figure=figure,
        values={
            "cut_by": "cut by",
            "lengths": "lengths that loopback_xmit counts",
            "gso_type": "gso_type",
            "features": "dev->features",
            **{name: name for name in COUNTERS},
        },
        questions=questions(),
        questions_title="What the kernel asked, and the operands that it compared",
        strips={"queued": "to the device", "sent": "to loopback_xmit"},
        groups={
            "What is sent": ("packet", "payload", "gso_size", "mtu"),
            "ethtool -K lo": FEATURES,
        },
    )
