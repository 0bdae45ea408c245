"""The kernel's tracepoints, read through perf_event_open(2).

A tracepoint is a file descriptor here, so that nothing needs to be removed afterwards: what the
kernel holds for us goes when the process goes. tracefs is asked once for numbers and formats.
"""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import platform
import re
import struct
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from lomodel.contract import EVENTS
from lomodel.lab.errors import Disturbed, LabUnavailable, Overflow
from lomodel.lab.namespace import private_tracefs

PERF_TYPE_TRACEPOINT = 2
PERF_SAMPLE_TID, PERF_SAMPLE_RAW = 1 << 1, 1 << 10
PERF_FLAG_FD_CLOEXEC = 8
IOC_ENABLE, IOC_DISABLE, IOC_SET_OUTPUT = 0x2400, 0x2401, 0x2405
#: _IOW('$', 6, char *): the size of a pointer is part of the number.
IOC_SET_FILTER = 0x40002406 | struct.calcsize("P") << 16
RECORD_LOST, RECORD_SAMPLE = 2, 9
ATTR_DISABLED = 1
#: struct perf_event_attr up to bp_addr, 64 bytes: the first version, which every kernel takes.
ATTR = struct.Struct("=IIQQQQQIIQ")
HEADER = struct.Struct("=IHH")
SAMPLE = struct.Struct("=III")  # pid, tid, size of the raw record
DATA_HEAD, DATA_TAIL = 1024, 1032  # in struct perf_event_mmap_page
TRACE_FLAG_SOFTIRQ = 0x10
CODES = {(1, False): "B", (2, False): "H", (4, False): "I", (8, False): "Q"}
CODES |= {(size, True): code.lower() for (size, _), code in CODES.items()}
SOFTIRQ = "softirq_entry"


@dataclass(frozen=True)
class Abi:
    """What perf_event_open(2) is to a process, by its machine.

    `call` is the system call's number. `ring` is how many bytes of events are kept: an event takes
    about 100, and 65,495 segments make 200,000. All of the ring is memory that cannot be swapped,
    so that a 32-bit kernel, which has 896 MiB of such memory at most, is asked for less.
    """

    call: int
    ring: int = 32 << 20


I386 = Abi(336, ring=1 << 20)
#: By `uname -m` and the size of a pointer; a 32-bit process may run on a 64-bit kernel.
ABI = {
    ("x86_64", 8): Abi(298),
    ("x86_64", 4): I386,
    ("i686", 4): I386,
    ("aarch64", 8): Abi(241),
    ("riscv64", 8): Abi(241),
    ("ppc64le", 8): Abi(319),
    ("s390x", 8): Abi(331),
}


def this_abi() -> Abi:
    """This process's. Raises LabUnavailable for a machine that is not known."""
    machine, pointer = platform.machine(), struct.calcsize("P")
    try:
        return ABI[machine, pointer]
    except KeyError:
        name = f"{machine} ({8 * pointer} bits)"
        raise LabUnavailable("opening a tracepoint", f"unknown machine {name}") from None


@dataclass(frozen=True)
class Format:
    """Where a tracepoint's record has its fields."""

    number: int
    name: str
    record: struct.Struct
    names: tuple[str, ...]

    def read(self, raw: bytes) -> dict[str, int]:
        """The fields of one record, as integers."""
        return dict(zip(self.names, self.record.unpack_from(raw), strict=True))


@dataclass(frozen=True)
class Event:
    """One record: who was running when it was written, and what it says."""

    name: str
    tid: int
    fields: dict[str, int]

    @property
    def softirq(self) -> bool:
        return bool(self.fields["common_flags"] & TRACE_FLAG_SOFTIRQ)


_FIELD = re.compile(r"field:.*?(\w+)(?:\[\d*\])?;\s*offset:(\d+);\s*size:(\d+);\s*signed:(\d);")


def _layout(text: str, wanted: set[str]) -> tuple[struct.Struct, tuple[str, ...]]:
    code, names, end = "=", [], 0
    for name, offset, size, signed in _FIELD.findall(text):
        if name in wanted:
            code += f"{int(offset) - end}x" + CODES[int(size), signed == "1"]
            names.append(name)
            end = int(offset) + int(size)
    missing = wanted - set(names)
    if missing:
        raise LabUnavailable("reading a tracepoint's format", f"no field {', '.join(missing)}")
    return struct.Struct(code), tuple(names)


def parse_format(text: str, wanted: tuple[str, ...]) -> Format:
    """A tracepoint's `format` file, as far as the wanted fields go. Raises LabUnavailable."""
    number = re.search(r"^ID: (\d+)", text, re.M)
    name = re.search(r"^name: (\w+)", text, re.M)
    record, names = _layout(text, {"common_type", "common_flags", *wanted})
    return Format(int(number[1]), name[1], record, names)


def _formats(root: Path) -> Iterator[Format]:
    for name, fields in EVENTS.items():
        text = (root / "events/net" / name / "format").read_text()
        yield parse_format(text, (*fields, "skbaddr"))
    yield parse_format((root / "events/irq" / SOFTIRQ / "format").read_text(), ("vec",))


def read_formats() -> list[Format]:
    """The formats of the contract's tracepoints, and of softirq_entry. Raises LabUnavailable."""
    try:
        with private_tracefs() as root:
            return list(_formats(root))
    except OSError as error:
        raise LabUnavailable("mounting tracefs for the tracepoints", error) from None


def _perf_event_open(call: int, number: int, cpu: int) -> int:
    kind = PERF_SAMPLE_TID | PERF_SAMPLE_RAW
    attr = ATTR.pack(PERF_TYPE_TRACEPOINT, ATTR.size, number, 1, kind, 0, ATTR_DISABLED, 0, 0, 0)
    libc = ctypes.CDLL(None, use_errno=True)
    flags = ctypes.c_ulong(PERF_FLAG_FD_CLOEXEC)
    fd = libc.syscall(ctypes.c_long(call), attr, -1, cpu, -1, flags)
    if fd < 0:
        error = os.strerror(ctypes.get_errno())
        raise LabUnavailable("opening a tracepoint (perf_event_open)", error)
    return fd


def _filter_of(name: str) -> bytes:
    """A filter for devices called lo, as other namespaces' are, or by a name that lo has got.

    A name may have in it what ends a text there: `?` is any one byte.
    """
    if name == "lo":
        return b'name == "lo"'
    pattern = re.sub(rb"[^0-9A-Za-z_.-]", b"?", os.fsencode(name))
    return b'name == "lo" || name ~ "%s"' % pattern


class Tracepoints:
    """The contract's tracepoints on one CPU, for devices called lo, in one ring, in order."""

    def __init__(self, cpu: int, name: str = "lo", formats: list[Format] | None = None):
        """`name` is another one that lo has got. Raises LabUnavailable."""
        abi = this_abi()
        self.cpu, self.name = cpu, name
        self.formats = {each.number: each for each in formats or read_formats()}
        self.fds = [_perf_event_open(abi.call, number, cpu) for number in self.formats]
        self.size = abi.ring
        self.ring = mmap.mmap(self.fds[0], mmap.PAGESIZE + self.size)
        self.tail = 0
        for fd in self.fds[1:]:
            fcntl.ioctl(fd, IOC_SET_OUTPUT, self.fds[0])
        for fd, each in zip(self.fds, self.formats.values(), strict=True):
            if each.name != SOFTIRQ:
                self._filter(fd)

    def of(self, name: str) -> Tracepoints:
        """The same, for lo by another name too. Raises LabUnavailable."""
        return Tracepoints(self.cpu, name, list(self.formats.values()))

    def close(self) -> None:
        """Give everything back."""
        self.ring.close()
        for fd in self.fds:
            os.close(fd)

    def _filter(self, fd: int) -> None:
        buffer = ctypes.create_string_buffer(_filter_of(self.name))
        # The ioctl takes the address itself, not a pointer to it.
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.ioctl(fd, ctypes.c_ulong(IOC_SET_FILTER), buffer) != 0:
            error = os.strerror(ctypes.get_errno())
            raise LabUnavailable("filtering a tracepoint by device", error)

    def start(self) -> None:
        """Record from now on; what an attempt that broke off has left is thrown away."""
        self._drain()
        for fd in self.fds:
            fcntl.ioctl(fd, IOC_ENABLE, 0)

    def stop(self) -> list[Event]:
        """Stop recording; what was recorded since `start`, in order."""
        for fd in self.fds:
            fcntl.ioctl(fd, IOC_DISABLE, 0)
        return list(self._records(self._drain()))

    def _drain(self) -> bytes:
        (head,) = struct.unpack_from("=Q", self.ring, DATA_HEAD)
        first, last = self.tail % self.size, head % self.size
        base = mmap.PAGESIZE
        if first <= last:
            data = self.ring[base + first : base + last]
        else:
            data = self.ring[base + first : base + self.size] + self.ring[base : base + last]
        self.tail = head
        struct.pack_into("=Q", self.ring, DATA_TAIL, head)
        return data

    def _records(self, data: bytes) -> Iterator[Event]:
        offset = 0
        while offset < len(data):
            kind, _, size = HEADER.unpack_from(data, offset)
            if kind == RECORD_LOST:
                raise Overflow(f"more events than a ring of {self.size >> 20} MiB holds")
            if kind == RECORD_SAMPLE:
                yield self._event(data, offset + HEADER.size)
            offset += size

    def _event(self, data: bytes, offset: int) -> Event:
        _, tid, size = SAMPLE.unpack_from(data, offset)
        raw = data[offset + SAMPLE.size : offset + SAMPLE.size + size]
        each = self.formats[int.from_bytes(raw[:2], sys.byteorder)]
        return Event(each.name, tid, each.read(raw))


@dataclass
class Sorter:
    """Tells one sender's events from those of other namespaces, whose device is called lo too.

    What the sender's own thread does outside softirq is its own. A packet received is its own
    when it is one that it sent (the same sk_buff). What a softirq sends in answer belongs to the
    packet that it received last.
    """

    tid: int
    on_the_way: set[int] = field(default_factory=set)
    answering: bool = False

    def own(self, event: Event) -> bool:
        """Whether this event, the next in order, belongs to the sender."""
        if event.name == SOFTIRQ:
            self.answering = False
            return False
        if event.name == "netif_receive_skb":
            return self._received(event.fields["skbaddr"])
        mine = self.answering if event.softirq else event.tid == self.tid
        if event.name == "netif_rx":
            (self.on_the_way.add if mine else self.on_the_way.discard)(event.fields["skbaddr"])
        return mine

    def _received(self, skb: int) -> bool:
        self.answering = skb in self.on_the_way
        self.on_the_way.discard(skb)
        return self.answering


def select(events: list[Event], tid: int) -> list[list]:
    """The sender's events as the contract writes them. Raises Disturbed when others mixed in."""
    sorter = Sorter(tid)
    chosen = []
    for event in events:
        if sorter.own(event):
            fields = {name: event.fields[name] for name in EVENTS[event.name]}
            chosen.append([event.name, fields])
        elif event.name != SOFTIRQ:
            # Their packets share the CPU's backlog with ours: neither order nor drops are ours.
            raise Disturbed(f"{event.name} of another namespace's lo")
    return chosen


def check_complete(events: list[list], stats: dict[str, int]) -> None:
    """Raise Disturbed when the events do not tell of every packet that lo counted.

    A BPF program that somebody attaches to a tracepoint decides for every other reader of perf
    whether he sees the event, and programs that only want to look say no.
    """
    seen = Counter(name for name, _ in events)
    sent = {seen[name] for name in ("net_dev_start_xmit", "netif_rx", "net_dev_xmit")}
    if len(sent) > 1 or seen["netif_receive_skb"] != stats["rx_packets"]:
        raise Disturbed("events are missing; is a BPF program attached to the tracepoints?")
