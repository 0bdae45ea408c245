"""bpftrace as a witness: what passed over any lo, event by event, with the packets' header bytes.

The tracepoint net_dev_queue tells only a packet's length. The rest of what TCP had asked for stands
in the packet itself, and a small BPF program (probe.bt) reads it at that moment.
"""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lomodel.lab.errors import LabUnavailable
from lomodel.lab.namespace import die_with_parent, private_tracefs

PROGRAM = Path(__file__).with_name("probe.bt")
BTF = Path("/sys/kernel/btf/vmlinux")
PAGES = 4096  # of ring a CPU: an event takes up to 200 bytes
NAMES = {
    "Q": "net_dev_queue",
    "S": "net_dev_start_xmit",
    "N": "netif_rx",
    "X": "net_dev_xmit",
    "R": "netif_receive_skb",
    "E": "softirq_entry",
    "L": "softirq_exit",
}
FIELDS = {
    "Q": ("len",),
    "S": ("len", "protocol", "ip_summed", "gso_size", "gso_segs", "gso_type"),
    "N": ("len",),
    "X": ("len", "rc"),
    "R": ("len",),
    "E": ("vec",),
    "L": ("vec",),
}
SKB = ("len", "data_len", "protocol", "ip_summed", "csum_start", "csum_offset")
SKB += ("network_header", "transport_header", "headroom", "gso_size", "gso_segs", "gso_type")
UNSET = 0xFFFF
"""What a header offset holds before somebody set it."""


@dataclass(slots=True)
class Seen:
    """One event. ``skb`` and ``head`` (bytes) say more of a packet that is queued or started."""

    name: str
    cpu: int
    namespace: int
    address: str
    fields: dict[str, int]
    comm: str = ""
    skb: dict[str, Any] = field(default_factory=dict)
    head: bytes = b""


class Probe:
    """A running bpftrace. Raises LabUnavailable, in one line, where it cannot run."""

    def __init__(self, cpu: int) -> None:
        """Look at softirqs of ``cpu``, and at packets of every CPU."""
        self._check()
        self._stack = ExitStack()
        try:
            self._stack.enter_context(private_tracefs())
        except OSError as error:
            raise LabUnavailable("mounting tracefs", error) from None
        self._process = subprocess.Popen(
            ["bpftrace", str(PROGRAM), str(cpu)],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=os.environ | {"BPFTRACE_PERF_RB_PAGES": str(PAGES)},
            preexec_fn=die_with_parent,
        )
        self._await_attached()

    def _check(self) -> None:
        if os.geteuid():
            raise LabUnavailable("reading packets", "only root may load BPF programs")
        if shutil.which("bpftrace") is None:
            raise LabUnavailable("starting bpftrace", "it is not installed")
        if not BTF.exists():
            raise LabUnavailable("reading packets", f"this kernel has no BTF ({BTF})")

    def _await_attached(self) -> None:
        said = ""
        for line in self._process.stdout:
            if line.startswith("Attaching"):
                return
            said = line.strip() or said
        raise LabUnavailable("starting bpftrace", said)

    def __enter__(self) -> Probe:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()
        self._stack.close()

    def events(self) -> Iterator[Seen]:
        """The events, each CPU's in order. Raises LabUnavailable when some were lost."""
        unfinished: dict[str, Seen] = {}
        for line in self._process.stdout:
            kind, *words = line.split() or [""]
            if kind == "M":
                unfinished[words[0]].skb = _skb(words[1:])
            elif kind == "H":
                seen = unfinished.pop(words[0])
                seen.head = _head(words[1:], seen.skb)
                yield seen
            elif kind in ("Q", "S"):
                unfinished[words[0]] = _event(kind, words)
            elif kind in NAMES:
                yield _event(kind, words)
            elif kind:
                raise LabUnavailable("reading bpftrace's events", line.strip())


def _event(kind: str, words: list[str]) -> Seen:
    """The first line of an event."""
    cpu, namespace, rest = int(words[0]), int(words[1]), words[2:]
    address = "" if kind in "EL" else rest.pop(0)
    fields = dict(zip(FIELDS[kind], map(int, rest), strict=False))
    seen = Seen(NAMES[kind], cpu, namespace, address, fields)
    if kind == "E":
        seen.comm = " ".join(rest[1:])
    return seen


def _skb(words: list[str]) -> dict[str, Any]:
    """What an M line says; offsets from the packet's first byte, which is Ethernet's."""
    skb: dict[str, Any] = dict(zip(SKB, map(int, words), strict=True))
    headroom = skb.pop("headroom")
    skb["protocol"] = int.from_bytes(skb["protocol"].to_bytes(2, "little"), "big")
    for name in ("csum_start", "network_header", "transport_header"):
        skb[name] = None if skb[name] == UNSET else skb[name] - headroom
    return skb


def _head(words: list[str], skb: dict[str, Any]) -> bytes:
    """The bytes of an H line, as many of them as are the packet's own and linear."""
    head = b"".join(struct.pack("=Q", int(word, 16)) for word in words)
    return head[: skb["len"] - skb["data_len"]]
