"""Predictions of the page about the pair that each CPU counts in."""

from __future__ import annotations

from lomodel.cachelines import LAYOUTS, count_packets
from lomodel.explore.prediction import Choice, Number, Prediction, Reckoned
from lomodel.linux.include.linux.netdevice_stats import SIZEOF_U64, PcpuLstats
from lomodel.linux.include.linux.u64_stats_sync import sizeof_u64_stats_sync
from lomodel.machine import Machine

NUMBER = (2, 2)
TITLE = "One pair for each CPU"

CPUS, PACKETS = 4, 100
ASKED = "No scenario asks for it; a kernel of 32 bits tells its BTF, if it has any."
CACHES = "A kernel has one layout, and tells nobody of its caches."


def messages(release: str, layout: str, sums: int = 0) -> int:
    """The messages between caches while four CPUs count 100 packets each, in turns."""
    machine = Machine(release, possible_cpus=CPUS)
    return count_packets(LAYOUTS[layout](machine), PACKETS, sums).total


def array(release: str) -> str:
    """The array's messages, as the option's key."""
    return str(messages(release, "array"))


def padding(release: str) -> int:
    """The bytes of the struct on 32 bits that no field has."""
    return PcpuLstats.sizeof(32) - 2 * SIZEOF_U64 - sizeof_u64_stats_sync(32)


PREDICTIONS = (
    Prediction(
        name="pair-32",
        title="the pair on 32 bits",
        question="On 32 bits `syncp` is a counter of 4 bytes; `packets` and `bytes` are 64 bits "
        "long there, too. The struct is aligned to 16 bytes. How many of its bytes hold nothing?",
        kind=Number("bytes", 0, 128),
        source=Reckoned(padding, ASKED),
        expected=12,
        why="8 + 8 + 4 is 20, and a size is rounded up to the alignment, to 32, so that in an "
        "array the next one would be aligned, too.",
    ),
    Prediction(
        name="pair-shared",
        title="one pair for all",
        question="Four CPUs count 100 packets each, packet by packet in turns, in one pair that "
        "all of them share. How often does a cache have to fetch the line, from memory or from "
        "another cache?",
        kind=Number("times", 0, 100000),
        source=Reckoned(lambda release: messages(release, "one pair"), CACHES),
        expected=400,
        why="Only one cache can have the line to write. Whoever's turn it is finds it with the CPU "
        "before.",
    ),
    Prediction(
        name="pair-own",
        title="a pair for each",
        question="The same, with a pair for each CPU as `lo` has them: how often?",
        kind=Number("times", 0, 100000),
        source=Reckoned(lambda release: messages(release, "per CPU"), CACHES),
        expected=4,
        why="Each CPU fetches its own line for its first packet. Nobody else wants it.",
    ),
    Prediction(
        name="pair-array",
        title="an array",
        question="The same, with an array of four pairs of 16 bytes, a place for each CPU. Nobody "
        "writes into a place that is not its own. How often?",
        kind=Choice({"4": "4 times", "100": "100 times", "400": "400 times"}),
        source=Reckoned(array, CACHES),
        expected="400",
        why="Four places of 16 bytes are one cache line. What travels is the line, not the place.",
    ),
    Prediction(
        name="pair-sum",
        title="reading the sum",
        question="A pair for each of the four CPUs again, and when all have counted, CPU 0 reads "
        "the sum once. How many fetches does the reading cost?",
        kind=Number("fetches", 0, 100000),
        source=Reckoned(
            lambda release: messages(release, "per CPU", sums=1) - messages(release, "per CPU"),
            CACHES,
        ),
        expected=3,
        why="The lines of the other three; its own CPU 0 has.",
    ),
)
