"""Record real TCP connections over lo: `python -m tools.recording.tcp.capture`.

Needs root, bpftrace, a kernel with BTF, and for `ecn` nft (all of them only here; replaying needs
nothing). Every recording is made in a network namespace of its own, which ends with its process.

A file is gzip'd JSON Lines: a line about the kernel and lo, then a line for each packet that
reached net_dev_queue, in that order, then the order of all events. See `lomodel.replay`, which
reads them.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import platform
import select
import shutil
import subprocess
import sys
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lomodel.lab import device, namespace
from lomodel.lab.errors import Disturbed, LabUnavailable
from lomodel.lab.player import claim_cpu
from tools.recording.tcp.configurations import CONFIGURATIONS, Configuration
from tools.recording.tcp.probe import Probe, Seen
from tools.recording.tcp.sorting import Sorting, is_marker
from tools.recording.tcp.talks import send_marker, talk

RECORDED = Path(__file__).resolve().parents[3] / "tests/recorded/tcp"
ATTEMPTS = 100
HELLO, BEGIN, END = 1, 2, 3
"""Payloads in bytes of the datagrams that say where a recording begins and ends."""


@dataclass
class Talker:
    """The process that talks, and the two pipes to it."""

    pid: int
    told: int
    tell: int

    def read_line(self) -> str:
        """What it says next; LabUnavailable when it is gone."""
        said = b""
        while not said.endswith(b"\n"):
            byte = os.read(self.told, 1)
            if not byte:
                raise LabUnavailable("talking over TCP", said.decode() or "the talker ended")
            said += byte
        return said.decode().strip()


def start_talker(configuration: Configuration, cpu: int) -> Talker:
    """Fork a process that talks on ``cpu``, in a namespace of its own."""
    told, its_out = os.pipe()
    its_in, tell = os.pipe()
    pid = os.fork()
    if pid:
        os.close(its_out)
        os.close(its_in)
        return Talker(pid, told, tell)
    namespace.die_with_parent()
    status = 1
    try:
        os.close(told)
        os.close(tell)
        _be_talker(configuration, cpu, its_in, its_out)
        status = 0
    except BaseException:
        os.write(its_out, traceback.format_exc().replace("\n", " ").encode() + b"\n")
    finally:
        os._exit(status)


def _be_talker(configuration: Configuration, cpu: int, its_in: int, its_out: int) -> None:
    namespace.fresh()
    os.sched_setaffinity(0, {cpu})
    # Somebody else's turn on this CPU would leave received packets to ksoftirqd.
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    _prepare(configuration)
    inode = os.stat("/proc/self/ns/net").st_ino
    os.write(its_out, b"%d\n" % inode)
    while not select.select([its_in], [], [], 0.1)[0]:
        send_marker(HELLO)
    send_marker(BEGIN)
    talk(configuration.family_number, configuration.options, configuration.scale)
    send_marker(END)
    os.read(its_in, 2)  # the namespace must last until all of it was read


def _prepare(configuration: Configuration) -> None:
    """Set lo and the namespace up as the configuration wants them."""
    device.set_mtu(configuration.mtu)
    device.set_features(configuration.features, device.feature_names())
    device.set_up(True)
    for name, value in configuration.sysctls.items():
        Path("/proc/sys", name).write_text(value)
    if configuration.nft:
        subprocess.run(["nft", "-f", "-"], input=configuration.nft, text=True, check=True)


def marker(seen: Seen) -> int:
    """The payload's length of a marker that is queued, else 0."""
    if seen.name != "net_dev_queue" or not is_marker(seen):
        return 0
    return seen.fields["len"] - 42


def between_markers(events: Iterator[Seen], inode: int, talker: Talker) -> Iterator[Seen]:
    """The events from BEGIN to END, the latter's transmission left out."""
    began, greeted = False, False
    for seen in events:
        kind = marker(seen) if seen.namespace == inode else 0
        if kind == HELLO and not greeted:
            os.write(talker.tell, b"1")
            greeted = True
        if kind == END:
            return
        began = began or kind == BEGIN
        if began:
            yield seen


def record_once(
    configuration: Configuration, events: Iterator[Seen], cpu: int
) -> list[dict[str, Any]]:
    """One recording, as the lines of its file. Disturbed when others' packets mixed in."""
    talker = start_talker(configuration, cpu)
    try:
        inode = int(talker.read_line())
        sorting = Sorting(inode, cpu)
        # All of it is read first, so that the next attempt starts where this one ends.
        for seen in list(between_markers(events, inode, talker)):
            sorting.take(seen)
    finally:
        os.close(talker.tell)
        os.close(talker.told)
        os.waitpid(talker.pid, 0)
    return [about(configuration), *sorting.packets, {"order": sorting.order}]


def about(configuration: Configuration) -> dict[str, Any]:
    """A file's first line."""
    return {
        "id": configuration.id,
        "kernel": f"Linux {platform.release().partition('-')[0]} {platform.machine()}",
        "release": ".".join(platform.release().split(".")[:2]),
        "family": configuration.family,
        "mtu": configuration.mtu,
        "features": configuration.features,
        "note": configuration.note,
    }


def record(configuration: Configuration, events: Iterator[Seen], cpu: int) -> list[dict[str, Any]]:
    """The first recording that nobody disturbed. Raises Disturbed."""
    for attempt in range(ATTEMPTS):
        try:
            return record_once(configuration, events, cpu)
        except Disturbed as error:
            print(f"{configuration.id}: again, {error}", file=sys.stderr)
            if attempt == ATTEMPTS - 1:
                raise
    raise AssertionError


def write(lines: list[dict[str, Any]], path: Path) -> None:
    """Write a file that depends on nothing but its lines."""
    text = "".join(json.dumps(line, separators=(",", ":")) + "\n" for line in lines)
    path.write_bytes(gzip.compress(text.encode(), mtime=0))


def main() -> int:
    """Record what is asked for, or all. The exit status is 1 where nothing can be recorded."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", help="only these configurations")
    parser.add_argument("--into", type=Path, default=RECORDED, help="a folder (the recorded one)")
    options = parser.parse_args()
    names = options.names
    cpu, claim = claim_cpu()
    others = os.sched_getaffinity(0) - {cpu}
    if others:
        os.sched_setaffinity(0, others)
    try:
        with claim, Probe(cpu) as probe:
            events = probe.events()
            for each in CONFIGURATIONS:
                if not names or each.id in names:
                    if each.nft and shutil.which("nft") is None:
                        raise LabUnavailable(f"marking packets for {each.id}", "nft is missing")
                    lines = record(each, events, cpu)
                    write(lines, options.into / f"{each.id}.jsonl.gz")
                    print(f"{each.id}: {len(lines) - 2} packets", flush=True)
    except (LabUnavailable, Disturbed) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
