"""Predictions of the page about torn reads. Their answers are all schedules' (interleave)."""

from __future__ import annotations

from lomodel.explore.prediction import Answer, Choice, Number, Prediction, Reckoned
from lomodel.interleave import WORD, Experiment, Outcome

NUMBER = (2, 5)
TITLE = "Torn reads"

LENGTH = 4028
BEFORE = WORD - 4000
NO_STEP = "no step of a scenario says who runs between two accesses to memory."


def outcome(bits: int = 32, sync: bool = False, second_look: bool = True) -> Outcome:
    """Every schedule of a reader and a writer of one packet, bytes just below 2^32."""
    return Experiment(bits, sync, (LENGTH,), 0, BEFORE, second_look).run()


def wrong(found: Outcome) -> list[tuple[int, int]]:
    """The pairs that were true at no moment."""
    return [pair for pair in found.pairs if found.experiment.verdict(pair) != "true"]


def first_torn() -> tuple[tuple[int, int], tuple[str, ...]]:
    """The torn pair that takes the fewest accesses, and its schedule."""
    shortest = outcome().shortest("torn")
    assert shortest is not None  # a page is about it
    return shortest


def on_64_bits(release: str) -> Answer:
    """Which numbers of a wrong pair contain the packet on a 64-bit machine."""
    pairs = wrong(outcome(bits=64))
    ahead = {"bytes" if bytes == BEFORE + LENGTH else "packets" for _, bytes in pairs}
    return "no" if not ahead else "both" if len(ahead) == 2 else ahead.pop()


PREDICTIONS = (
    Prediction(
        name="between-two-stores",
        title="between two stores",
        question="The writer has stored the low half of `bytes`, and not yet the high one. A "
        "reader loads both halves now. Which number does it get?",
        kind=Number("bytes", 0, 2**34),
        source=Reckoned(lambda release: first_torn()[0][1], NO_STEP),
        expected=28,
        why="4028 - 4000 is 28: that is the new low half. The carry belongs to the high half, "
        "which is still 0.",
    ),
    Prediction(
        name="fewest-accesses",
        title="the fewest accesses",
        question="A load or a store of 32 bits is one access. The writer loads what it adds to; "
        "the reader loads `packets`, then `bytes`. How many accesses does it take at least, the "
        "writer's and the reader's together, until the reader has got that number?",
        kind=Number("accesses", 1, 100),
        source=Reckoned(lambda release: len(first_torn()[1]), NO_STEP),
        expected=7,
        why="The reader's four loads, and in between the writer's two loads and its first store.",
    ),
    Prediction(
        name="pairs-in-all",
        title="all schedules",
        question="Whoever runs when, this one packet is counted. How many different pairs "
        "(packets, bytes) can a reader get in all, the two true ones included?",
        kind=Number("pairs", 2, 100),
        source=Reckoned(lambda release: len(outcome().pairs), NO_STEP),
        expected=5,
        why="Two are true, before and after. One has the bytes of the packet and not the packet. "
        "Two have bytes put together from halves of both moments, one too low and one too high.",
    ),
    Prediction(
        name="one-look",
        title="one look at the number",
        question="Leave out the reader's second look: it waits while the number is odd, then loads "
        "both counters and believes what it has. The writer counts its one packet as before. How "
        "many different wrong pairs can the reader get now?",
        kind=Number("pairs", 0, 100),
        source=Reckoned(lambda release: len(wrong(outcome(sync=True, second_look=False))), NO_STEP),
        expected=3,
        why="All that it can get without a sequence counter. An even number says that nobody was "
        "inside at that moment. The writer may come right after the look.",
    ),
    Prediction(
        name="sixty-four-bits",
        title="a machine of 64 bits",
        question="A 64-bit x86 loads and stores each number at once, and in order. The kernel "
        "has no sequence counter there. Can a reader get a pair that was never true?",
        kind=Choice(
            {
                "no": "no, each number is whole",
                "bytes": "yes: bytes that contain a packet which `packets` does not",
                "packets": "yes: a packet whose bytes are missing",
                "both": "yes, either",
            }
        ),
        source=Reckoned(on_64_bits, NO_STEP),
        expected="bytes",
        why="The writer adds bytes first; the reader reads packets first. So what slips in between "
        "is always in the bytes.",
    ),
)
