"""The explorer ``cpu_loop``: which ids does a loop over CPUs visit, on which machine, booted how?

No scenario can say it: a scenario boots no machine.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from lomodel.desk import RELEASE
from lomodel.explore.controls import Choice
from lomodel.explore.declaration import Declaration, Main, Outcome, Question
from lomodel.explorers._cells import cells
from lomodel.figures.masks import masks
from lomodel.linux.include.linux.cpumask import bitmap, cpumask_next, cpumask_weight, find_next_bit
from lomodel.linux.include.linux.cpumask import for_each_cpu as visited
from lomodel.machine import Machine

FIRMWARE: dict[str, tuple[str, tuple[int, ...]]] = {
    "eight": ("0 to 7", tuple(range(8))),
    "gaps": ("0, 1, 4, 5", (0, 1, 4, 5)),
    "three": ("0, 2, 5", (0, 2, 5)),
    "one": ("0", (0,)),
}
"""The CPUs that the firmware reports: their words, and their ids."""
LINES = (
    *("", "nr_cpus=4", "nr_cpus=6", "nr_cpus=6 nr_cpus=4", "nr_cpus=4 nr_cpus=6"),
    *("nr_cpus=0", "nr_cpus=2x", "nr_cpus=04", "maxcpus=2", "maxcpus=0", "nosmp"),
)
MOST = 8
"""Ids that are drawn; a loop asks one time more than it visits ids."""
WIDTH = 64
"""Places of a row."""
OLD = "5.14"
"""A release with the loop that started before the first id."""


@cache
def booted(firmware: str, line: str, plugged: str, release: str) -> Machine:
    """The machine; ``plugged`` says which of its CPUs are present."""
    ids = FIRMWARE[firmware][1]
    present = ids if plugged == "all" else [cpu for cpu in ids if cpu < 2]
    return Machine(release, possible_cpus=ids, present_cpus=present, cmdline=line)


def asked(machine: Machine, mask: int) -> list[tuple[str, int]]:
    """Every question of the loop over a mask, and the id that answers it, the end included."""
    words, found, cpu = bitmap(mask), [], -1
    while cpu < machine.nr_cpu_ids:
        start, cpu = cpu, cpumask_next(machine, cpu, words)
        if machine.release.for_each_cpu == "cpumask_next":
            found.append((f"cpumask_next({start})", cpu))
        else:
            assert cpu == find_next_bit(words, machine.nr_cpu_ids, start + 1)
            found.append((f"find_next_bit(from {start + 1})", cpu))
    return found


def outcome(c: dict[str, Any]) -> Outcome:
    """What the masks are, and what the loop over one of them does."""
    machine = booted(c["firmware"], c["line"], c["plugged"], c["release"])
    every, end = masks(machine), machine.nr_cpu_ids
    calls, ids = asked(machine, every[c["mask"]]), list(visited(machine, every[c["mask"]]))
    copies = cpumask_weight(every["possible"])
    return Outcome(
        summary(c, ids, end, copies),
        values={
            "nr_cpu_ids": end,
            "copies": copies,
            "visits": ", ".join(map(str, ids)),
            "online": cpumask_weight(every["online"]),
            "NR_CPUS": machine.NR_CPUS,
        },
        parts={
            f"{name}/{cpu}": "in" for name, mask in every.items() for cpu in visited(machine, mask)
        }
        | {f"the loop/{cpu}": f"{n}." for n, cpu in enumerate(ids, 1)},
        decisions={
            f"call {n}": (str(cpu) if cpu < end else f"{cpu}: the end", question)
            for n, (question, cpu) in enumerate(calls, 1)
        },
        words={name: signs(mask, end) for name, mask in every.items()},
        met=end == 3 and copies == 2,
    )


def signs(mask: int, end: int) -> tuple[str, str]:
    """A mask as a number and as a row: filled in it, hollow not, dashed where the loop ends."""
    row = "".join("c" if mask >> cpu & 1 else "o" for cpu in range(end))
    return f"{mask:#x}", f"{row}w".ljust(WIDTH, ".")


def summary(c: dict[str, Any], ids: list[int], end: int, copies: int) -> str:
    """The outcome in a sentence or two."""
    visits = f"The loop over {c['mask']} CPUs visits {', '.join(map(str, ids))} and ends at {end}."
    return f"{visits} lo has {copies} {'copy' if copies == 1 else 'copies'} of its counters."


def figure() -> str:
    """One box for each id in each mask, and one for when the loop visits it."""
    rows = ["possible", "present", "online", "the loop"]
    text = "the ids that are in each mask, and in which order the loop visits them"
    ids = [str(cpu) for cpu in range(MOST)]
    return cells(rows, ids, "CPU ids", text, inside="columns", layer="core", width=64)


def questions() -> list[Question]:
    """One row for each time that the loop asks."""
    return [Question(f"call {n}", "for_each_cpu", "which is next?") for n in range(1, MOST + 2)]


EXPLORER = Declaration(
    name="cpu_loop",
    title="The CPU loop",
    intro="Choose the machine and its boot line. A row is a mask, from CPU 0 at the left: filled "
    "in the mask, hollow not; at the dashed place the loop ends.",
    controls=[
        Choice("firmware", "CPUs", {name: words for name, (words, _) in FIRMWARE.items()}),
        Choice(
            "plugged",
            "Plugged in",
            {"all": "all", "two": "those below 2"},
            help="A CPU that is not plugged in may come later, so it is possible.",
        ),
        Choice("line", "Boot line", {line: line or "(nothing)" for line in LINES}),
        Choice(
            "mask",
            "Loop over",
            {"possible": "possible", "present": "present", "online": "online"},
        ),
        Choice("release", "Loop of", {RELEASE: f"Linux {RELEASE}", OLD: f"Linux {OLD}"}),
    ],
    groups={"Machine": ("firmware", "plugged", "line"), "Loop": ("mask", "release")},
    outcome=outcome,
    figure=figure,
    questions=questions,
    questions_title="What the loop asks, and the id that it gets",
    values={
        "nr_cpu_ids": "nr_cpu_ids",
        "copies": "copies of lo's counters",
        "visits": "ids that the loop visits",
        "online": "CPUs online",
        "NR_CPUS": "NR_CPUS of the build",
    },
    main=Main("nr_cpu_ids", "is nr_cpu_ids; copies: {copies}", "is nr_cpu_ids; copies: {copies}"),
    words=("possible", "present", "online"),
    presets={
        "Eight CPUs": {},
        "nr_cpus=": {"line": "nr_cpus=4"},
        "maxcpus=": {"line": "maxcpus=2", "mask": "online"},
        "Two options": {"line": "nr_cpus=4 nr_cpus=6"},
        "nosmp": {"line": "nosmp"},
        "One CPU": {"firmware": "one"},
    },
    challenge="nr_cpu_ids is 3, and lo has two copies.",
    origin="model",
)
