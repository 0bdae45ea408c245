"""Replays recorded TCP connections on the model: the kernel's own TCP, the model's lo.

The model has no TCP. A recording (``tests/recorded/tcp``, made by its ``capture.py`` on a real
kernel) has what a real one did: every packet that reached net_dev_queue, with its sk_buff, its
header bytes and where it was sent from. Each is handed to the model's ``dev_queue_xmit`` at that
place, and what follows is the model's own.

Given, for each packet: its headers and sk_buff at net_dev_queue; whether a process, a timer or the
receipt of another packet (which one) sent it; whether bottom halves stayed off after it (``held``);
and of a timer that expired while packets waited, which one had been received last (``after``).

Predicted, and compared:

* of each packet all its events, in order, with every field: net_dev_queue, then net_dev_start_xmit,
  netif_rx and net_dev_xmit once a segment, and netif_receive_skb once a segment;
* of each frame that reaches the driver its header bytes (lengths, ids, sequence numbers, flags,
  checksum fields) and its sk_buff (``SKB``), so also every byte that segmentation writes;
* the order of all events of the connection, that is which packet comes when: when softirqs run,
  in turns of how many packets, and what is sent in between. The one CPU that everything ran on is
  the model's one CPU. A timer's packet is sent only if the model, too, ends a turn where the kernel
  did.

Not predicted: which packets TCP makes, and when a timer expires. The payload is zeros, for nobody
on lo reads it.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter, defaultdict, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.netdevice_softnet import SoftnetData
from lomodel.linux.include.linux.skbuff import NOT_SET, SkBuff, skb_headlen
from lomodel.linux.include.uapi.linux.if_packet import PACKET_OUTGOING
from lomodel.linux.kernel.softirq import local_bh_disable, local_bh_enable, run_ksoftirqd
from lomodel.linux.net.core.dev import dev_queue_xmit, net_rx_action
from lomodel.linux.net.core.dev_ioctl import set_mtu, set_up
from lomodel.linux.net.core.skbuff import alloc_skb, skb_add_frag, skb_put
from lomodel.linux.net.ethtool.ioctl import ethtool_set_features
from lomodel.machine import Machine

Event = list
"""``[name, fields]``, as the contract has it."""

HEADROOM = 160
HEAD = 120
"""Bytes: a recorded head is no longer than this. TCP's packets have nothing but headers there."""

PAYLOAD = bytes(1 << 17)
ETHERTYPES = (0x0800, 0x86DD)
EVENTS = ("net_dev_queue", "net_dev_start_xmit", "netif_rx", "net_dev_xmit", "netif_receive_skb")
_VALUES = ("protocol", "ip_summed", "csum_offset", "gso_size", "gso_segs", "gso_type")
_OFFSETS = ("csum_start", "network_header", "transport_header")
SKB = ("len", "data_len", *_VALUES, *_OFFSETS)
"""What is recorded of an sk_buff; offsets in bytes from ``data``, None where none is set."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One packet as it reached the driver: its sk_buff, and the bytes of its linear part."""

    skb: dict[str, int | None]
    head: bytes


@dataclass(slots=True)
class Packet:
    """One packet that was queued on lo.

    ``origin`` is ``process``, ``timer``, ``hrtimer``, ``tasklet`` or ``receive``, in which case
    ``cause`` says whose receipt: (packet, segment). ``held``: the next one was sent before softirqs
    could run. ``after``: a timer sent it between two turns of NET_RX, and that one was the last to
    be received before.
    """

    number: int
    queued: Frame
    origin: str
    cause: tuple[int, int] | None
    held: bool
    after: tuple[int, int] | None
    events: list[Event]
    frames: list[Frame]


@dataclass(slots=True)
class Recording:
    """A connection, or several in turn. ``order`` has the packet's number of each event."""

    about: dict[str, Any]
    packets: list[Packet]
    order: list[int]


@dataclass(slots=True)
class Replayed:
    """What the model did: the events and frames of each packet, by number, and their order."""

    events: dict[int, list[Event]] = field(default_factory=lambda: defaultdict(list))
    frames: dict[int, list[Frame]] = field(default_factory=lambda: defaultdict(list))
    order: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Difference:
    """A recorded thing and the model's; ``packet`` is None for the order of all."""

    packet: int | None
    what: str
    recorded: Any
    model: Any


# --- files ----------------------------------------------------------------------------------------


def load(path: str | Path) -> Recording:
    """Read a recording. OSError, ValueError or KeyError for what is none."""
    about, *packets, last = map(json.loads, gzip.decompress(Path(path).read_bytes()).splitlines())
    return Recording(about, [_packet(each) for each in packets], last["order"])


def _packet(line: dict[str, Any]) -> Packet:
    return Packet(
        number=line["n"],
        queued=_frame(line),
        origin=line["from"],
        cause=tuple(line["of"]) if "of" in line else None,
        held=line.get("held", False),
        after=tuple(line["after"]) if "after" in line else None,
        events=line["events"],
        frames=[_frame(each) for each in line["frames"]],
    )


def _frame(line: dict[str, Any]) -> Frame:
    return Frame(line["skb"], bytes.fromhex(line["head"]))


# --- playing --------------------------------------------------------------------------------------


def build_skb(queued: Frame, dev: NetDevice) -> SkBuff:
    """The packet as it stood at net_dev_queue: linear headers, and payload in pages."""
    recorded = queued.skb
    linear = recorded["len"] - recorded["data_len"]
    skb = alloc_skb(HEADROOM, linear)
    start = skb_put(skb, linear)
    skb.head[start : start + len(queued.head)] = queued.head
    if recorded["data_len"]:
        skb_add_frag(skb, memoryview(PAYLOAD)[: recorded["data_len"]])
    skb.dev = dev
    for name in _VALUES:
        setattr(skb, name, recorded[name])
    for name in _OFFSETS:
        offset = recorded[name]
        setattr(skb, name, NOT_SET if offset is None else start + offset)
    return skb


def frame_of(skb: SkBuff) -> Frame:
    """What a recording would have of this packet."""
    seen: dict[str, int | None] = {name: getattr(skb, name) for name in SKB}
    for name in _OFFSETS:
        seen[name] = None if seen[name] == NOT_SET else seen[name] - skb.data
    return Frame(seen, bytes(skb.linear()[: min(HEAD, skb_headlen(skb))]))


class RecordedTcp:
    """Stands above the model's lo where TCP would: it sends what the recorded one sent, and when.

    A packet's number travels in ``skb.hash``, which segments inherit.
    """

    def __init__(self, recording: Recording, dev: NetDevice) -> None:
        self.dev = dev
        self.sent: list[int] = []
        self.arrived: list[int] = []
        self.frames: list[tuple[int, Frame]] = []
        free = [each for each in recording.packets if each.cause is None]
        self.unprompted = [each for each in free if each.after is None]
        self.between = deque(each for each in free if each.after is not None)
        self._last: tuple[int, int] | None = None
        self._arrivals: Counter[int] = Counter()
        self._answers: dict[tuple[int, int], list[Packet]] = defaultdict(list)
        for each in recording.packets:
            if each.cause is not None:
                self._answers[each.cause].append(each)

    def send(self, packet: Packet) -> None:
        """Queue it."""
        skb = build_skb(packet.queued, self.dev)
        skb.hash = packet.number
        self.sent.append(packet.number)
        dev_queue_xmit(skb)

    def receive(self, skb: SkBuff, dev: NetDevice) -> None:
        """The protocol handler: whatever the recorded TCP said to this packet is sent now."""
        number = skb.hash
        segment = self._arrivals[number]
        self._arrivals[number] += 1
        self.arrived.append(number)
        self._last = number, segment
        for answer in self._answers[number, segment]:
            self.send(answer)

    def tap(self, skb: SkBuff, dev: NetDevice) -> None:
        """A sniffer: it sees what goes to the driver, as it is there."""
        if skb.pkt_type == PACKET_OUTGOING:
            self.frames.append((skb.hash, frame_of(skb)))

    def turn(self, sd: SoftnetData) -> None:
        """One turn of NET_RX, and then what timers send before the next one."""
        net_rx_action(sd)
        while self.between and self.between[0].after == self._last:
            self.send(self.between.popleft())

    def play(self) -> None:
        """Send what processes and timers sent; receiving does the rest."""
        machine, off = self.dev.machine, False
        for packet in self.unprompted:
            if not off and (packet.held or packet.origin != "process"):
                local_bh_disable(machine)
                off = True
            self.send(packet)
            if off and not packet.held:
                local_bh_enable(machine)
                off = False
            run_ksoftirqd(machine)


def replay(recording: Recording, release: str | None = None) -> Replayed:
    """Play a recording on a fresh lo with its MTU and features.

    ``release`` is the recorded kernel's unless given; ValueError for one that the model has not.
    """
    machine = Machine(release or recording.about["release"])
    dev = machine.new_net().loopback_dev
    set_mtu(dev, recording.about["mtu"])
    ethtool_set_features(dev, recording.about["features"])
    set_up(dev, True)
    tcp = RecordedTcp(recording, dev)
    # The model's IP would look for a TCP that is not there; the replay ends where IP begins.
    machine.ptype_base = {ethertype: [tcp.receive] for ethertype in ETHERTYPES}
    machine.ptype_all.append(tcp.tap)
    machine.net_rx_action = tcp.turn
    with machine.trace(calls=False) as trace:
        tcp.play()
    return _sorted(trace.events(dev.name), tcp)


def _sorted(events: list[Event], tcp: RecordedTcp) -> Replayed:
    """The model's events by packet."""
    replayed = Replayed()
    sent, arrived, current = iter(tcp.sent), iter(tcp.arrived), -1
    for name, fields in events:
        if name not in EVENTS:
            continue
        if name == "net_dev_queue":
            current = next(sent)
        number = next(arrived, -1) if name == "netif_receive_skb" else current
        replayed.events[number].append([name, fields])
        replayed.order.append(number)
    for number, frame in tcp.frames:
        replayed.frames[number].append(frame)
    return replayed


# --- comparing ------------------------------------------------------------------------------------


def differences(recording: Recording, replayed: Replayed) -> Iterator[Difference]:
    """Everything in which the model did not do what the recorded kernel did."""
    for packet in recording.packets:
        number = packet.number
        yield from _unequal(number, "event", packet.events, replayed.events[number])
        yield from _unequal(number, "frame", packet.frames, replayed.frames[number])
    if recording.order != replayed.order:
        at = _first_unequal(recording.order, replayed.order)
        there = slice(max(0, at - 3), at + 3)
        what = f"order of events from {there.start} on"
        yield Difference(None, what, recording.order[there], replayed.order[there])


def _unequal(number: int, what: str, recorded: list, model: list) -> Iterator[Difference]:
    """The first place where two lists are not equal, if there is any."""
    if recorded != model:
        at = _first_unequal(recorded, model)
        theirs, ours = (each[at] if at < len(each) else None for each in (recorded, model))
        yield Difference(number, f"{what} {at}", theirs, ours)


def _first_unequal(one: list, other: list) -> int:
    for at, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return at
    return min(len(one), len(other))
