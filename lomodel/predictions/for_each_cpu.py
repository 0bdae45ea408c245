"""Predictions of the page about CPU ids: machines that are booted, which no scenario does."""

from __future__ import annotations

from lomodel.explore.prediction import Choice, Number, Prediction, Reckoned
from lomodel.linux.include.linux.cpumask import cpumask_weight
from lomodel.machine import Machine

NUMBER = (2, 3)
TITLE = "Ids are not counts"

IN_QEMU = (
    "No scenario boots a machine. Linux 6.12.117, booted so with eight CPUs in qemu, says the same."
)
NO_GAPS = "No scenario boots a machine, and x86 numbers its CPUs without gaps."
EIGHT = 8
TWICE = "nr_cpus=4 nr_cpus=6"


def nr_cpu_ids(release: str, cpus: int | tuple[int, ...], line: str) -> int:
    """The ids of a machine that is booted with a boot line."""
    return Machine(release, possible_cpus=cpus, cmdline=line).nr_cpu_ids


def copies(release: str, line: str) -> int:
    """The copies of lo's counters on a machine with eight CPUs."""
    machine = Machine(release, possible_cpus=EIGHT, cmdline=line)
    return sum(copy is not None for copy in machine.init_net.loopback_dev.lstats)


def zero(release: str) -> str:
    """What becomes of a machine with eight CPUs that is to have none."""
    machine = Machine(release, possible_cpus=EIGHT, cmdline="nr_cpus=0")
    if machine.dmesg:
        return "warned"
    possible = cpumask_weight(machine.cpu_possible_mask)
    return {1: "one", EIGHT: "ignored"}.get(possible, "other")


PREDICTIONS = (
    Prediction(
        name="cpus-gaps",
        title="three CPUs, a limit of five",
        question="The firmware of a machine reports CPUs 0, 2 and 5. It is booted with "
        "`nr_cpus=5`. What is `nr_cpu_ids`?",
        kind=Number("ids", 0, 256),
        source=Reckoned(lambda release: nr_cpu_ids(release, (0, 2, 5), "nr_cpus=5"), NO_GAPS),
        expected=3,
        why="Five is a limit of ids, so CPU 5 is out. Possible are 0 and 2, and the highest of "
        "them, plus one, is the end.",
    ),
    Prediction(
        name="cpus-twice",
        title="two limits",
        question="Eight CPUs, 0 to 7, booted with `nr_cpus=4 nr_cpus=6`. What is `nr_cpu_ids`?",
        kind=Choice({"8": "8", "6": "6", "4": "4"}),
        source=Reckoned(lambda release: str(nr_cpu_ids(release, EIGHT, TWICE)), IN_QEMU),
        expected="4",
        why="The option only lowers. When the second one is read, 6 is not below 4. The other way "
        "round the second one would count.",
    ),
    Prediction(
        name="cpus-none",
        title="no CPU at all",
        question="Eight CPUs, booted with `nr_cpus=0`. What happens?",
        kind=Choice(
            {
                "one": "one CPU is left",
                "warned": "the kernel warns, and takes another number",
                "ignored": "it is ignored without a word",
                "other": "the kernel does not boot",
            }
        ),
        source=Reckoned(zero, IN_QEMU),
        expected="ignored",
        why="`nrcpus` asks for a number above 0 and below `nr_cpu_ids`. What is none is dropped, "
        "and the function returns 0 in every case.",
    ),
    Prediction(
        name="cpus-two-run",
        title="two of eight run",
        question="Eight CPUs, booted with `maxcpus=2`: two are started. How many pairs of "
        "counters does `lo` get?",
        kind=Number("pairs", 0, 256),
        source=Reckoned(lambda release: copies(release, "maxcpus=2"), IN_QEMU),
        expected=8,
        why="The other six may be started later, so they are possible.",
    ),
    Prediction(
        name="cpus-none-run",
        title="none of eight",
        question="And booted with `maxcpus=0`: how many pairs of counters does `lo` get?",
        kind=Number("pairs", 0, 256),
        source=Reckoned(lambda release: copies(release, "maxcpus=0"), IN_QEMU),
        expected=1,
        why="Here it is not only what is started that changes: under `nosmp` x86 makes no CPU "
        "possible but the one that boots.",
    ),
)
