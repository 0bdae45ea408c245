"""A trace that watched packets as steps: one call each, and what the packet was like then.

What a step shows is the packet as the call left it to the next step, or to its caller: what changed
since the step before is what this call has done, or what it called that is no step. Calls of the
same shape for the other pieces of a cut packet are folded into the first, which is followed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from lomodel.contract import errno_name
from lomodel.explore.headers import Group, groups_of
from lomodel.explore.packet_fields import fields_of
from lomodel.explore.sentences import SENTENCES, Sentence
from lomodel.figures.tree import CONTEXTS
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.trace import Call, Trace
from lomodel.watch import Packet

PLACES = {
    "protocol": "socket, UDP, IP",
    "core": "core",
    "device": "device",
    "receiver": "receiver",
}
"""Where in the kernel a call happens: the look's hues, and words for them."""

FOLDERS = {
    "drivers/": "device",
    "net/ethernet/": "device",
    "net/core/": "core",
    "net/sched/": "core",
    "include/linux/": "core",
    "kernel/": "core",
}
"""The place of a C file by its folder; what is not here is a protocol or a socket."""

WHOLE = ("__skb_gso_segment",)
"""Steps that are shown as one: of what they call nothing is a step, unless it was asked for."""

FIELDS_OF_A_WORD = ("netif_skb_features", "gso_features_check", "harmonize_features")
VERDICTS = {0: "accepted", 1: "dropped"}
OF_THE_BACKLOG = ("enqueue_to_backlog", "netif_rx_internal", "__netif_rx", "netif_rx")

Steps = Mapping[str, Sentence] | Iterable[str] | str | None
"""Which calls are steps: names with a sentence each, names, or None for the well-known ones."""


@dataclass
class Step:
    """One step, as plain data.

    * ``call``: the function's kernel name; ``file``: its C file; ``place``: one of ``PLACES``;
    * ``sentence``: what happens now; ``result``: what the call gives back, "" for nothing to tell,
      and ``known``: the number of the step, from 0, from which on it is known;
    * ``inside``: how far it is set in; ``context``: when it ran, if not at once; ``times``: how
      many calls it stands for;
    * ``groups`` and ``fields``: the packet's bytes by header, and its fields with their texts.
    """

    call: str
    file: str
    place: str
    sentence: str
    result: str
    known: int
    inside: int
    context: str
    times: int
    groups: list[Group]
    fields: dict[str, str]


@dataclass(eq=False)
class _Node:
    """A call that may be a step."""

    call: Call
    parent: _Node | None
    context: str
    times: int = 1
    children: list[_Node] = field(default_factory=list)

    def shape(self) -> tuple[Any, ...]:
        """What two calls have in common when one says nothing that the other has not said."""
        return self.call.name, self.context, tuple(c.shape() for c in self.children)

    def walk(self) -> Iterator[_Node]:
        """This call and those inside it, in order of entry."""
        yield self
        for child in self.children:
            yield from child.walk()

    @property
    def inside(self) -> int:
        """How far it is set in: under its caller, but a call that is the only one goes below."""
        if self.parent is None or self.parent.context != self.context:
            return 0
        alone = sum(c.context == self.context for c in self.parent.children) == 1
        return self.parent.inside + (not alone)


def steps_of(trace: Trace, steps: Steps = None) -> list[Step]:
    """The steps of a trace.

    ValueError for a trace that watched no packets, for a name that was not called or that has no
    sentence, and for a sentence that is none.
    """
    if not trace.moments:
        raise ValueError("the trace has no packets; expected one of machine.trace(packets=True)")
    sentences = declared(steps)
    roots = _nodes(trace, sentences)
    _fold(roots, _packets(trace))
    if steps is None:
        _close(roots)
    nodes = [node for root in roots for node in root.walk()]
    called = {node.call.name for node in nodes}
    missing = sorted(sentences.keys() - called) if steps is not None else []
    if missing or not nodes:
        raise ValueError(f"not called in this trace: {', '.join(missing or sorted(sentences))}")
    return _Reckoning(trace, nodes).steps(sentences)


def declared(steps: Steps) -> dict[str, Sentence]:
    """Names with their sentences; ValueError for a name without one, or for a text that is none."""
    if steps is None:
        return dict(SENTENCES)
    names: Mapping[str, Sentence] = (
        steps
        if isinstance(steps, Mapping)
        else dict.fromkeys([steps] if isinstance(steps, str) else steps, "")
    )
    found = {name: said or SENTENCES.get(name, "") for name, said in names.items()}
    for name, said in found.items():
        if not said:
            raise ValueError(f"{name}: no sentence is known; give one, steps={{{name!r}: ...}}")
        for text in said.values() if isinstance(said, Mapping) else [said]:
            if not text.endswith((".", "?", "!")):
                raise ValueError(f"{name}: expected a whole sentence, not {text!r}")
    return found


def _nodes(trace: Trace, names: Mapping[str, Sentence]) -> list[_Node]:
    """The calls with these names as trees, in order."""
    roots: list[_Node] = []
    open_calls: list[_Node] = []
    contexts: list[tuple[int, str]] = []
    for record in trace.records:
        while open_calls and open_calls[-1].call.depth >= record.depth:
            open_calls.pop()
        while contexts and contexts[-1][0] >= record.depth:
            contexts.pop()
        if not isinstance(record, Call):
            continue
        if record.name in CONTEXTS:
            contexts.append((record.depth, CONTEXTS[record.name]))
        if record.name in names:
            parent = open_calls[-1] if open_calls else None
            node = _Node(record, parent, contexts[-1][1] if contexts else "")
            (parent.children if parent else roots).append(node)
            open_calls.append(node)
    return roots


def _close(nodes: list[_Node]) -> None:
    for node in nodes:
        if node.call.name in WHOLE:
            node.children = []
        _close(node.children)


def _packets(trace: Trace) -> dict[int, Packet | None]:
    """The packet of each call at its entry, by the call's id."""
    return {id(m.call): m.packet for m in trace.moments if not m.returned}


def _fold(nodes: list[_Node], packets: dict[int, Packet | None]) -> None:
    """Leave out what a function does for another packet, if it is what it did for the last one.

    The system calls stay: each was somebody's wish.
    """

    def number(node: _Node) -> int | None:
        seen = (packets[id(n.call)] for n in node.walk())
        return next((packet.number for packet in seen if packet is not None), None)

    for node in nodes:
        kept: list[_Node] = []
        for child in node.children:
            last = kept[-1] if kept else None
            if last and last.shape() == child.shape() and number(last) != number(child):
                last.times += 1
            else:
                kept.append(child)
        node.children = kept
        _fold(kept, packets)


class _Reckoning:
    """Walks a trace's moments from step to step."""

    def __init__(self, trace: Trace, nodes: list[_Node]) -> None:
        self.moments = trace.moments
        self.nodes = nodes
        entries = {id(m.call): at for at, m in enumerate(self.moments) if not m.returned}
        returns = {id(m.call): at for at, m in enumerate(self.moments) if m.returned}
        self.starts = [entries[id(node.call)] for node in nodes]
        # A call that a trace was closed inside of has not returned.
        self.ends = [returns.get(id(node.call), len(self.moments)) for node in nodes]

    def packets(self) -> list[Packet | None]:
        """The packet at each step."""
        stops = [*self.starts[1:], self.ends[-1] + 1]
        found: list[Packet | None] = []
        packet: Packet | None = None
        for start, stop, end in zip(self.starts, stops, self.ends, strict=True):
            for at in range(start, stop):
                packet = self._seen(at, end) or packet
            following = self._seen(stop, end) if stop < len(self.moments) else None
            # The next step may be about another packet; that is then its news, not this one's.
            if following and (packet is None or following.number == packet.number):
                packet = following
            found.append(packet)
        return found

    def _seen(self, at: int, end: int) -> Packet | None:
        """The packet of a moment, unless that is after the return ``end`` of the step's call.

        What a caller does later is the next step's news; and whoever called the one that gave the
        packet away has none any more.
        """
        return None if at > end else self.moments[at].packet

    def known(self, step: int) -> int:
        """From which step on it is known what a call gave back."""
        later = enumerate(self.starts[step + 1 :], step)
        return next((n for n, start in later if self.ends[step] < start), len(self.starts) - 1)

    def steps(self, sentences: Mapping[str, Sentence]) -> list[Step]:
        """All of them."""
        packets = self.packets()
        groups = groups_of(packets)
        fields = fields_of(packets)
        return [
            Step(
                call=node.call.name,
                file=node.call.symbol.file,
                place=place(node.call.symbol.file, node.context),
                sentence=say(sentences[node.call.name], node.call, fields[n]),
                result=result_text(node.call),
                known=self.known(n),
                inside=node.inside,
                context=node.context,
                times=node.times,
                groups=groups[n],
                fields=fields[n],
            )
            for n, node in enumerate(self.nodes)
        ]


def place(file: str, context: str) -> str:
    """Where a call happens: what runs in the softirq is the receiver's half, whatever its file."""
    if context:
        return "receiver"
    return next((p for folder, p in FOLDERS.items() if file.startswith(folder)), "protocol")


def say(sentence: Sentence, call: Call, fields: Mapping[str, str]) -> str:
    """A step's sentence, filled in; ValueError for a word in braces that is no field."""
    result = result_text(call)
    text = sentence if isinstance(sentence, str) else _choose(sentence, call, result, fields)
    try:
        return text.format_map({**fields, "result": result})
    except KeyError as error:
        known = ", ".join([*fields, "result"])
        raise ValueError(f"{call.name}: {error} in {text!r}; expected one of {known}") from None


def _choose(table: Mapping[str, str], call: Call, result: str, fields: Mapping[str, str]) -> str:
    failed = isinstance(call.result, BaseException) or result.startswith("-")
    words = {"error"} if failed else set(result.split())
    for key, text in table.items():
        name, equals, value = key.partition("=")
        told = fields.get(name, "0")
        if not key or key in words or (told == value if equals else told not in ("0", "–")):
            return text
    raise ValueError(f"{call.name}: no sentence for the result {result!r}")


def result_text(call: Call) -> str:
    """What a call gave back, in a word or two."""
    result = call.result
    if isinstance(result, bool):
        return "yes" if result else "no"
    if isinstance(result, int):
        return _number(call.name, result)
    if isinstance(result, OSError):
        return errno_name(result)
    if isinstance(result, BaseException):
        return type(result).__name__
    if isinstance(result, bytes | bytearray):
        return f"{len(result)} bytes"
    return _packet_text(result)


def _number(name: str, result: int) -> str:
    if name in FIELDS_OF_A_WORD:
        return hex(result)
    if name == "eth_type_trans":
        return f"0x{result:04x}"
    return VERDICTS.get(result, str(result)) if name in OF_THE_BACKLOG else str(result)


def _packet_text(result: object) -> str:
    if isinstance(result, SkBuff):
        return "packet"
    if isinstance(result, list) and result and isinstance(result[0], SkBuff):
        return "packet" if len(result) == 1 else f"{len(result)} packets"
    return ""


def changes(steps: list[Step]) -> list[list[str]]:
    """The names of the fields that each step has changed."""
    return [[]] + [
        [name for name, text in now.fields.items() if before.fields[name] != text]
        for before, now in pairwise(steps)
    ]
