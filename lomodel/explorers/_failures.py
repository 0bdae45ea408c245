"""A birth of lo in which one allocation fails: in a new namespace, or at boot."""

from __future__ import annotations

import errno
from collections.abc import Sequence
from dataclasses import dataclass, field

from lomodel.desk import boot
from lomodel.figures.birth import birth
from lomodel.figures.part import Record, part
from lomodel.linux.kernel.panic import KernelPanic
from lomodel.linux.mm.slab import Allocation

THINGS = {
    "net": "the namespace itself",
    "net_device": "the device",
    "int": "the device's reference count",
    "netdev_hw_addr": "its address",
    "netdev_queue": "its queue for sending",
    "netdev_rx_queue": "its queue for receiving",
    "ethtool_netdev_state": "what ethtool keeps of it",
    "netdev_config": "its settings",
    "napi_config": "its settings for NAPI",
    "netdev_name_node": "its place in the table of names",
    "pcpu_lstats": "its counters",
    "in_device": "its IPv4 side",
    "inet6_dev": "its IPv6 side",
}
"""What the structs are for."""
LATER = {
    "net": "At boot nothing is allocated for the namespace: init_net is in the kernel's image.",
    "in_device": "At boot lo is born without its IPv4 side: IPv4 is not there yet.",
    "inet6_dev": "At boot lo is born without its IPv6 side: IPv6 is not there yet.",
}
"""Why the first lo does without."""


@dataclass
class Played:
    """What happened.

    ``records`` of a trace; the allocations that a birth asks for, those that were ``given`` and, if
    one failed, which, and its ``owner`` in the figure; the ``error`` of the caller by its name, or
    the message of a ``panic``; ``left``: how many bytes more than before are in use.
    """

    records: Sequence[Record]
    asked: Sequence[Allocation]
    failed: Allocation | None = None
    owner: str = ""
    error: str = ""
    panic: str = ""
    left: int = 0
    given: list[Allocation] = field(default_factory=list)

    def ran(self, function: str) -> bool:
        """Whether a kernel function was called."""
        return any(each.kind == "call" and each.name == function for each in self.records)


def play(nth: int, release: str, at_boot: bool) -> Played:
    """Let allocation ``nth`` of a birth fail, counted from 1 in a new namespace; 0, or a number
    that there is not: none."""
    asked = [each.allocation for each in birth(release)[1]]
    return _boot(nth, release, asked) if at_boot else _new_net(nth, release, asked)


def _new_net(nth: int, release: str, asked: list[Allocation]) -> Played:
    machine = boot(release)
    before = machine.memory.used
    played = Played((), asked)
    with machine.trace() as trace, machine.memory.recording() as made:
        if 0 < nth <= len(asked):
            machine.memory.fail(nth)
        try:
            machine.new_net()
        except OSError as error:
            played.error = errno.errorcode[error.errno or 0]
    played.records = list(trace)
    played.left = machine.memory.used - before
    return _with(played, made, release)


def _boot(nth: int, release: str, asked: list[Allocation]) -> Played:
    """The first lo: its allocations are the first of a boot, without those that it does without."""
    own = [each for each in asked if each.what not in LATER]
    place = next((n for n, each in enumerate(own, 1) if each.number == nth), None)
    played = Played((), asked)
    with boot(release).trace() as trace:
        try:
            boot(release, fail_nth=place)
        except KernelPanic as panic:
            played.panic = str(panic)
    played.records = part(trace, "loopback_net_init")
    if played.panic:
        made = [each._replace(failed=each.number == nth) for each in own[:place]]
    else:
        made = own
        played.left = sum([each.size for each in own])
    return _with(played, made, release)


def _with(played: Played, made: Sequence[Allocation], release: str) -> Played:
    """Sort out what was given and what failed."""
    played.given = [each for each in made if not each.failed]
    owners = {each.allocation.what: each.owner for each in birth(release)[1]}
    for each in made:
        if each.failed:
            played.failed, played.owner = each, owners[each.what]
    return played
