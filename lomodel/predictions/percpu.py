"""Predictions of the page about per-CPU pointers: memory that no scenario can look into."""

from __future__ import annotations

from lomodel.explore.prediction import Choice, Number, Prediction, Reckoned
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.kernel.smp import cpu_down
from lomodel.machine import Machine

NUMBER = (2, 1)
TITLE = "A pointer to nowhere"

INSIDE = (
    "No step of a scenario shows where the kernel keeps its counters; root sees it in the "
    "tracepoint `percpu_alloc_percpu`."
)
ONE_MACHINE = "A scenario has no step that changes which CPUs a machine has."
GAPS = (0, 1, 5, 6)
LEAVING = 2
"""The CPU that is switched off."""


def lo_of(release: str, cpus: int | tuple[int, ...]) -> NetDevice:
    """The first lo of a machine."""
    return Machine(release, possible_cpus=cpus).init_net.loopback_dev


def copies(release: str) -> int:
    """How many copies the counters have on the machine with gaps."""
    return sum(copy is not None for copy in lo_of(release, GAPS).lstats)


def behind(release: str) -> int:
    """The bytes from the first pointer to the pointer of the next namespace's lo."""
    first = lo_of(release, 2)
    return first.machine.new_net().loopback_dev.lstats.ptr - first.lstats.ptr


def cost(release: str, cpus: int) -> int:
    """The bytes of lo's counters on a machine with so many CPUs."""
    lstats = lo_of(release, cpus).lstats
    return lstats.size * len(lstats)


def copy_of_a_stopped_cpu(release: str) -> str:
    """What has become of CPU 2's copy, in which one packet is counted."""
    lo = lo_of(release, 4)
    lo.machine.cpu = LEAVING
    lo.lstats[LEAVING].packets = 1
    cpu_down(lo.machine, LEAVING)
    counted = [None if copy is None else copy.packets for copy in lo.lstats]
    if counted[LEAVING] is None:
        return "freed"
    return {(0, 0, 1, 0): "stays", (1, 0, 0, 0): "moved"}.get(tuple(counted), "cleared")


PREDICTIONS = (
    Prediction(
        name="percpu-copies",
        title="ids with gaps",
        question="The possible CPUs of a machine are 0, 1, 5 and 6. How many copies of its "
        "counters does `lo` get?",
        kind=Number("copies", 1, 256),
        source=Reckoned(copies, ONE_MACHINE),
        expected=4,
        why="One for each possible CPU, and for no other id: a unit is only made for a CPU that "
        "may come.",
    ),
    Prediction(
        name="percpu-behind",
        title="the next one's pointer",
        question="A machine has two CPUs. The counters of `lo` in the first namespace have their "
        "pointer. How many bytes behind it is the pointer of the next namespace's, if nobody else "
        "asks for such memory?",
        kind=Number("bytes", 4, 65536),
        source=Reckoned(behind, INSIDE),
        expected=16,
        why="The number of CPUs does not matter: CPU 1's copies are in another unit. In each unit "
        "the next copy stands right behind the first. On a real kernel others, who do ask, stand "
        "between them.",
    ),
    Prediction(
        name="percpu-cost",
        title="a larger machine",
        question="How many more bytes do the counters of one `lo` take on a machine with 64 CPUs "
        "than on one with 2?",
        kind=Number("bytes", 0, 100000),
        source=Reckoned(lambda release: cost(release, 64) - cost(release, 2), ONE_MACHINE),
        expected=992,
        why="62 CPUs more, 16 bytes each.",
    ),
    Prediction(
        name="percpu-leaves",
        title="a CPU leaves",
        question="CPU 2 has counted one packet and is switched off. What becomes of its copy?",
        kind=Choice(
            {
                "freed": "it is freed",
                "cleared": "it is set to zero",
                "moved": "it is added to CPU 0's",
                "stays": "it stays as it is",
            }
        ),
        source=Reckoned(copy_of_a_stopped_cpu, ONE_MACHINE),
        expected="stays",
        why="The CPU is possible still: its unit stays, and nobody has told the counters.",
    ),
)
