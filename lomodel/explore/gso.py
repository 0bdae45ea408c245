"""The explorer ``gso``: does this packet pass lo whole, or does software cut it, and why?

Every state is played on the model from a fresh namespace: lo comes up, gets its MTU, its features
are set by one ETHTOOL_SFEATURES call, one packet is sent. What is shown comes from the trace of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from lomodel.contract import ScenarioError, check_steps
from lomodel.explore.controls import Choice, Range, Switch
from lomodel.explore.declaration import Declaration, Outcome, Question
from lomodel.figures.chain import draw, lay_out, operand_text, part_names
from lomodel.figures.tree import Node, call_tree, detach, lengths, paths, runs, unite
from lomodel.linux.include.net.ip import IP_MAX_MTU
from lomodel.linux.include.uapi.linux.if_ether import ETH_HLEN
from lomodel.machine import Machine
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

HEADERS = {"udp4": 20 + 8, "udp6": 40 + 8, "tcp4": 20 + 20, "tcp4-cwr": 20 + 20, "tcp6": 40 + 20}
"""The bytes of each packet's network and transport headers."""

ACK_PSH, CWR = 0x18, 0x80

ROOT = "__dev_queue_xmit"
RECEIVE = "__netif_receive_skb"
SOURCES = ("udp_sendmsg", "ip_do_fragment", "udpv6_sendmsg", "ip6_fragment", "packet_snd")
ORDER = (*SOURCES, ROOT)
FRAGMENTERS = frozenset({"ip_do_fragment", "ip6_fragment"})
CUTTERS = ("__udp_gso_segment", "tcp_gso_segment")
SEGMENTATION = "__skb_gso_segment"
SHOWN = frozenset(
    {
        *SOURCES,
        *CUTTERS,
        ROOT,
        RECEIVE,
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
GOALS = frozenset({"enqueue_to_backlog", RECEIVE})
ANSWERS = frozenset({"netif_needs_gso", "net_gso_ok"})
"""Functions whose answer is yes or no; the figure shows the answer."""

ASKING = {
    "packet_snd": ("packet_snd",),
    "udp_send_skb": ("udp_send_skb", "udp_v6_send_skb"),
    "mtu": ("ip_finish_output", "ip6_finish_output"),
    "segment": ("ip_finish_output_gso", "ip6_finish_output_gso"),
    "gso_features_check": ("gso_features_check",),
    "netif_needs_gso": ("netif_needs_gso",),
    "untrusted": CUTTERS,
    "enqueue_to_backlog": ("enqueue_to_backlog",),
}
"""Whose questions the decisions table shows: a name, and the functions (twins of two protocols)."""

ROWS = {function: name for name, functions in ASKING.items() for function in functions}

TOO_LONG = "the frame is longer than the MTU allows"
REASONS = {
    "is the frame too long even with a VLAN tag?": TOO_LONG,
    "is the frame longer than the MTU and the Ethernet header?": TOO_LONG,
    "is a segment longer than the MTU?": "a segment with its headers is longer than the MTU",
}
"""Why a send fails, by the question that was answered with yes."""


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
    """What was observed of the send, the features' states, the active word, and the trace.

    ScenarioError for a packet that nobody could send.
    """
    player = Player(machine=WatchedMachine(RELEASE))
    step = send_step(controls)
    check_steps([step], player.machine.netif_f.by_string)
    player.step({"do": "link", "up": True})
    player.step({"do": "link", "mtu": controls["mtu"]})
    player.step({"do": "features", "set": {name: controls[name] for name in FEATURES}})
    states = player.step({"do": "show"})["features"]
    active = player.lo.features
    observed = player.step(step)
    return observed, states, active, player.machine.last


def outcome(controls: dict[str, Any]) -> Outcome:
    """The outcome of one state of the controls."""
    try:
        observed, states, active, trace = play(controls)
    except ScenarioError as error:
        return Outcome(f"Nobody can send that: {error.expected}.", helps=helps(controls))
    way = outbound(trace)
    cutter, asked = _cutter(way), list(_asked(way))
    return Outcome(
        summary=_summary(observed, cutter, asked, controls),
        helps=helps(controls),
        values={
            **{name: observed["stats"][name] for name in COUNTERS},
            "cut_by": cutter or "nobody",
            "lengths": lengths(_event_lengths(trace, "netif_rx")),
            "features": hex(active),
            "gso_type": _gso_type(trace),
        },
        parts=_lit(trace),
        decisions=_decisions(asked),
        notes={n: states[n] for n in FEATURES if states[n] != ("on" if controls[n] else "off")},
        strips={
            "queued": runs(_event_lengths(trace, "net_dev_queue")),
            "sent": runs(_event_lengths(trace, "net_dev_start_xmit")),
        },
    )


def helps(controls: dict[str, Any]) -> dict[str, str]:
    """The words under the controls that depend on the chosen packet."""
    longest = longest_whole(controls["packet"])
    return {
        "payload": f"In segments, up to {longest} bytes may pass whole: with all headers that is "
        f"{gso_max_size() - 1}. {longest + 1} are cut."
    }


def longest_whole(packet: str) -> int:
    """The greatest payload, in bytes, with which a kind of packet may pass whole."""
    return gso_max_size() - 1 - ETH_HLEN - HEADERS[packet]


@cache
def gso_max_size() -> int:
    """From this length on, in bytes with all headers, lo takes no packet to be segmented."""
    return Machine(RELEASE).new_net().loopback_dev.gso_max_size


COUNTERS = ("tx_packets", "tx_bytes", "rx_packets", "rx_bytes", "tx_dropped", "rx_dropped")


def outbound(trace: Trace) -> list:
    """The records of the way out: what receiving (the softirq) does is left out."""
    kept, softirq = [], None
    for record in trace:
        if softirq is not None and record.depth > softirq:
            continue
        if record.kind == "call" and record.name == "do_softirq":
            softirq = record.depth
        else:
            softirq = None
            kept.append(record)
    return kept


def _event_lengths(trace: Trace, name: str) -> list[int]:
    return [
        r.fields["len"] for r in trace if r.kind == "event" and r.name == name and r.dev == "lo"
    ]


def _cutter(way: list) -> str:
    """Which function cut the packet on its way out, segments or fragments; "" if nobody did."""
    called = {record.name for record in way if record.kind == "call"}
    if "skb_segment" in called:
        return next(name for name in CUTTERS if name in called)
    return next(iter(FRAGMENTERS & called), "")


def _gso_type(trace: Trace) -> str:
    decisions = trace.decisions("netif_needs_gso")
    asked = [d.operands["gso_type"] for d in decisions if "gso_type" in d.operands]
    return hex(asked[0]) if asked else "–"


def _summary(
    observed: dict[str, Any], cutter: str, asked: list[Decision], controls: dict[str, Any]
) -> str:
    packets = observed["stats"]["tx_packets"]
    if observed["error"]:
        return f"The send fails with {observed['error']}: {REASONS[asked[-1].question]}."
    if cutter in FRAGMENTERS:
        return f"IP cuts it: {packets} fragments, each with the whole way to go by itself."
    if cutter:
        return f"Cut in software: {cutter} makes {packets} packets of one."
    if controls["gso_size"] is None or controls["payload"] <= controls["gso_size"]:
        return "There is nothing to cut: it is one packet, as it was sent."
    pieces = -(-controls["payload"] // controls["gso_size"])
    later = "the receiving socket cuts it" if observed.get("received") else "nobody cuts it"
    return f"It passes lo whole: one packet, {pieces} segments inside; {later}."


def _asked(way: list) -> Iterator[Decision]:
    """What was asked on the way out, in order, as far as the table has a row for it."""
    for record in way:
        if record.kind == "decision" and record.function in ROWS:
            yield record


def _decisions(answers: list[Decision]) -> dict[str, tuple[str, str]]:
    """Each question of the table that was asked: the answers, and the operands."""
    found: dict[tuple[str, str], list[Decision]] = {}
    for asked in answers:
        row = _functions(ROWS[asked.function])
        found.setdefault((row, asked.question), []).append(asked)
    names = {(q.function, q.text): q.name for q in questions()}
    return {names[key]: (_answers(same), _operands(same)) for key, same in found.items()}


def _functions(row: str) -> str:
    return " / ".join(ASKING[row])


def _answers(asked: list[Decision]) -> str:
    words = runs("yes" if each.answer else "no" for each in asked)
    if len(words) == 1:
        return words[0][1]
    return ", then ".join(f"{count} × {word}" for count, word in words)


def _operands(asked: list[Decision]) -> str:
    """The operands; where the question was asked often, from the first to the last."""
    first, last = asked[0].operands, asked[-1].operands
    text = operand_text({k: v if v == last[k] else f"{v}..{last[k]}" for k, v in first.items()})
    return f"{text} (IP_MAX_MTU)" if first.get("mtu") == IP_MAX_MTU else text


def shown_tree(records: Iterable) -> list[Node]:
    """The trace as the figure shows it: the senders, and the way through the device's layer."""
    above = call_tree((r for r in records if r.kind == "call"), SHOWN)
    ways = [n for n in above if n.name == ROOT] + detach(above, ROOT)
    senders = [n for node in above if node.name != ROOT for n in node.walk()]
    for node in senders:
        node.children = []
    return [*senders, *(_flatten(way) for way in ways)]


def _flatten(node: Node, received: bool = False) -> Node:
    """Draw what segmentation calls, however deep, directly below it: IPv4 and IPv6 meet there.

    A socket that receives a whole packet cuts it once more; there the figure stops.
    """
    received = received or node.name == RECEIVE
    if node.name == SEGMENTATION:
        inside = [n for n in node.walk() if n is not node and n.name not in ANSWERS]
        node.children = [] if received else [Node(n.name, n.file) for n in inside]
    for child in node.children:
        _flatten(child, received)
    return node


def tree_of(trace: Trace) -> list[Node]:
    """One forest for a trace; equal names under equal callers are one node."""
    return unite([shown_tree(trace)])


@cache
def union() -> list[Node]:
    """Every function that any packet passes, whole or cut: what the figure is drawn from."""
    tree = unite(tree_of(play(state)[-1]) for state in _witnesses())
    return sorted(tree, key=lambda node: ORDER.index(node.name))


def _witnesses() -> Iterator[dict[str, Any]]:
    """States whose traces together have every function and question that there is to show."""
    base = {"payload": 4000, "mtu": 1500}
    small = {"packet": "tcp4", "payload": 1000, "gso_size": None}
    for on in (False, True):
        for packet in PACKETS:
            yield base | {"packet": packet, "gso_size": 1400} | dict.fromkeys(FEATURES, on)
    for packet in PACKETS:
        yield base | {"packet": packet, "gso_size": None} | dict.fromkeys(FEATURES, True)
    yield base | small | dict.fromkeys(FEATURES, True)


@cache
def _parts() -> dict[tuple[str, ...], str]:
    """The figure's name for every path of calls."""
    rows = lay_out(union(), GOALS)
    names = part_names(rows)
    return {path: name for (path, _), name in zip(paths(union()), names, strict=True)}


def _lit(trace: Trace) -> dict[str, str]:
    """The parts of the figure that the trace passed through, with what it says of them."""
    counts: dict[tuple[str, ...], int] = {}
    _count_paths(shown_tree(trace), (), counts)
    answers = _call_answers(trace)
    return {
        _parts()[path]: answers.get(path[-1]) or _note(path, count)
        for path, count in counts.items()
    }


def _note(path: tuple[str, ...], count: int) -> str:
    if path[-1] == SEGMENTATION and RECEIVE in path:
        return "for the socket"
    return f"×{count}" if count > 1 else ""


def _count_paths(
    nodes: list[Node], above: tuple[str, ...], counts: dict[tuple[str, ...], int]
) -> None:
    for node in nodes:
        path = (*above, node.name)
        counts[path] = counts.get(path, 0) + 1
        _count_paths(node.children, path, counts)


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
    """The rows of the decisions table, with the questions as the model words them."""
    texts_of = {row: dict[str, None]() for row in ASKING}
    for state in _witnesses():
        for asked in _asked(outbound(play(state)[-1])):
            texts_of[ROWS[asked.function]][asked.question] = None
    return tuple(
        Question(row if not number else f"{row} {number + 1}", _functions(row), question)
        for row, texts in texts_of.items()
        for number, question in enumerate(texts)
    )


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
            Range(
                "payload",
                "Payload",
                (1000, 4000, 65473, 65474, 65493, 65494, 65507),
                "bytes",
                initial=4000,
                limits=(0, 65507),
            ),
            Choice(
                "gso_size",
                "Segment size",
                {None: "none asked for", 1400: "1400 bytes", 8000: "8000 bytes"},
                initial=1400,
            ),
            Choice(
                "mtu",
                "MTU",
                {1500: "1500", 65536: "65536 (lo's own)"},
                help="IPv4 reckons with 65535 at most (IP_MAX_MTU): no IPv4 packet can be longer.",
            ),
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
        echoes=("features",),
        idle="no effect on this packet",
        questions=questions(),
        questions_title="What the kernel asked, and the operands that it compared",
        strips={"queued": "to the device", "sent": "to loopback_xmit"},
        groups={
            "What is sent": ("packet", "payload", "gso_size", "mtu"),
            "ethtool -K lo": FEATURES,
        },
    )
