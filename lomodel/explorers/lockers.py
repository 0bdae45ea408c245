"""The explorer ``lockers``: where do the counters of each lo lie, on which machine, after what?

Namespaces are born, the second may end, and one more may be born then. No scenario can say it: a
program sees no address of the kernel's, and a machine has the CPUs that it has.
"""

from __future__ import annotations

from typing import Any

from lomodel.desk import RELEASE
from lomodel.explore.controls import Choice, Switch
from lomodel.explore.declaration import Declaration, Main, Outcome
from lomodel.explorers._cells import cells
from lomodel.linux.include.linux.cpumask import cpumask_weight, for_each_possible_cpu
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.mm.percpu import per_cpu_address, per_cpu_offset
from lomodel.machine import Machine

CPUS: dict[str, tuple[str, tuple[int, ...]]] = {
    "one": ("CPU 0", (0,)),
    "two": ("CPUs 0 and 1", (0, 1)),
    "gaps": ("CPUs 0, 1, 4, 5", (0, 1, 4, 5)),
    "eight": ("CPUs 0 to 7", tuple(range(8))),
}
"""The machines: their words, and their possible CPUs."""
FIRST, YOUNGEST = "init_net", "one more"
MOST = 4
OWNERS = (FIRST, *(f"net {n}" for n in range(1, MOST + 1)), YOUNGEST)
"""Whose lo it is, in the order of birth."""
LINE, LINES = 64, 4
"""Bytes of a cache line, and how many lines of a unit are shown."""


def born(c: dict[str, Any]) -> dict[str, NetDevice]:
    """The lo of every living namespace by their owners, after all that the controls ask for."""
    machine = Machine(RELEASE, possible_cpus=CPUS[c["cpus"]][1], bits=c["bits"])
    nets = [machine.init_net, *(machine.new_net() for _ in range(c["namespaces"]))]
    los = {owner: net.loopback_dev for owner, net in zip(OWNERS, nets, strict=False)}
    if ends(c):
        machine.end_net(nets[2])
        del los[OWNERS[2]]
    if c["again"]:
        los[YOUNGEST] = machine.new_net().loopback_dev
    return los


def ends(c: dict[str, Any]) -> bool:
    """Whether there is a second namespace, and it ends."""
    return c["leaves"] and c["namespaces"] > 1


def overtaken(los: dict[str, NetDevice]) -> list[str]:
    """The owners whose pointer is greater than the youngest's, though they are older."""
    *older, youngest = los
    return [owner for owner in older if los[owner].lstats.ptr > los[youngest].lstats.ptr]


def outcome(c: dict[str, Any]) -> Outcome:
    """The copies of every lo's counters."""
    los = born(c)
    lo = los[FIRST]
    machine, size = lo.machine, lo.lstats.size
    cpus = list(for_each_possible_cpu(machine))
    copies = cpumask_weight(machine.cpu_possible_mask)
    behind = overtaken(los)
    return Outcome(
        summary(los, copies, behind),
        values={
            "bytes": size * copies * len(los),
            "each": size * copies,
            "copies": copies,
            "places": len(lo.lstats),
            "size": size,
            "unit": machine.percpu.unit_size,
            "last": f"{per_cpu_offset(machine, cpus[-1]):#x}",
            "pointers": ", ".join(f"{each.lstats.ptr:#x}" for each in los.values()),
        },
        parts={
            f"CPU {cpu}/{owner}": f"{per_cpu_address(machine, each.lstats, cpu):#x}"
            for owner, each in los.items()
            for cpu in cpus
        },
        words={f"line {n}": line(los, n) for n in range(LINES)},
        met=bool(behind),
    )


def line(los: dict[str, NetDevice], number: int) -> tuple[str, str]:
    """The address of a cache line of CPU 0's unit, and a sign for each of its bytes.

    Filled and hollow: counters, in turns; ink: what the kernel has put there besides.
    """
    lo = los[FIRST]
    chunk, signs = lo.lstats.chunk, ["."] * LINE * LINES
    pointers = sorted(each.lstats.ptr for each in los.values())
    own = {pointer - chunk.base: "co"[n % 2] for n, pointer in enumerate(pointers)}
    for offset, size in chunk.areas:
        signs[offset : offset + size] = own.get(offset, "x") * size
    at = chunk.base + per_cpu_offset(lo.machine, 0) + number * LINE
    return f"{at:#x}", "".join(signs[number * LINE : (number + 1) * LINE])


def summary(los: dict[str, NetDevice], copies: int, behind: list[str]) -> str:
    """The outcome in a sentence or two."""
    size = los[FIRST].lstats.size
    *_, last = los
    said = (
        f"{len(los)} loopback devices, {copies} "
        f"{'copy' if copies == 1 else 'copies'} of {size} bytes each; the youngest has the pointer "
        f"{los[last].lstats.ptr:#x}."
    )
    if behind:
        return f"{said} It took the hole and lies in front of {' and '.join(behind)}."
    return said


def figure() -> str:
    """One box for every copy that there may be."""
    rows = [f"CPU {cpu}" for cpu in CPUS["eight"][1]]
    text = "the address of each CPU's copy, by the owner of the lo"
    return cells(rows, OWNERS, "Copies", text, inside="rows", width=138)


EXPLORER = Declaration(
    name="lockers",
    title="Memory map",
    intro="Choose a machine, let namespaces be born and end, and see where the counters of each lo "
    "lie. A row of 64 places is a cache line of CPU 0's unit, a place a byte: filled and hollow "
    "the counters of one lo and the next, black (white on dark) what else the kernel keeps there.",
    controls=[
        Choice(
            "cpus",
            "Possible CPUs",
            {name: words for name, (words, _) in CPUS.items()},
            initial="two",
        ),
        Choice("bits", "Machine word", {64: "64 bits", 32: "32 bits"}),
        Choice("namespaces", "New namespaces", {n: str(n) for n in range(1, MOST + 1)}),
        Switch("leaves", "the second one ends", initial=False),
        Switch("again", "and one more is born", initial=False),
    ],
    groups={"": ("cpus", "bits"), "What happens": ("namespaces", "leaves", "again")},
    outcome=outcome,
    figure=figure,
    values={
        "bytes": "bytes for the counters",
        "each": "bytes for one lo",
        "copies": "copies of each",
        "places": "nr_cpu_ids",
        "size": "bytes of a copy",
        "unit": "bytes of a unit",
        "last": "offset of the last CPU",
        "pointers": "pointers, oldest first",
    },
    main=Main("bytes", "byte", "bytes of counters, {each} for each lo"),
    words=tuple(f"line {n}" for n in range(LINES)),
    presets={
        "Two CPUs": {},
        "Ids with gaps": {"cpus": "gaps"},
        "32 bits": {"bits": 32, "namespaces": 2},
        "The last one ends": {"namespaces": 2, "leaves": True},
    },
    challenge="A younger lo lies in front of an older one.",
    origin=f"model, Linux {RELEASE}",
)
