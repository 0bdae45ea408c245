"""The explorer ``torn``: what does a reader get whom a writer has interrupted?

No scenario can say who runs between two accesses to memory; the outcomes are
``lomodel.interleave``'s.
"""

from __future__ import annotations

from typing import Any

from lomodel.explore.controls import Choice
from lomodel.explore.declaration import Declaration, Main, Outcome, Question
from lomodel.explorers._torn import LENGTH, STOPS, Played, figure
from lomodel.interleave import WORD

MACHINES = {
    "32": "32 bits, as the kernel has it",
    "bare": "32 bits, without the sequence counter",
    "64": "64 bits, as the kernel has it",
}
STARTS = {
    "bytes": "bytes 4000 below 2³²",
    "both": "packets 1 below 2³² as well",
    "none": "both at 0",
}
WHERE = dict(
    zip(
        STOPS,
        (
            "before it begins",
            "inside packets, between the halves",
            "between packets and bytes",
            "inside bytes, between the halves",
            "when it has both numbers",
        ),
        strict=True,
    )
)
DONE = {
    0: "nothing",
    1: "puts up the sign",
    2: "... and stores the low half of bytes",
    3: "... and the high half of bytes",
    4: "... and the low half of packets",
    5: "... and the high half of packets",
    6: "... and takes down the sign",
}
FATES = {"true": "whole", "mixed": "cut", "torn": "dropped"}
MEANS = {
    "true": "Both numbers were there at one moment.",
    "mixed": "Each number was there, but at different moments: bytes have the packet, packets "
    "have not.",
}


def outcome(c: dict[str, Any]) -> Outcome:
    """Plays the schedule."""
    play = Played(c)
    packets, bytes = play.pair
    return Outcome(
        summary=f"{meaning(play)}{waited(play)}",
        values={
            "bytes": bytes,
            "packets": packets,
            "halves": f"{bytes // WORD:#010x}, {bytes % WORD:#010x}",
            "accesses": len(play.run.log),
        },
        parts=play.parts(),
        decisions=asked(play),
        helps={"stop": MIDDLE} if play.bits == 64 and c["stop"].endswith("high") else {},
        fate=(FATES[play.verdict], play.verdict),
        met=bytes == LENGTH - 4000,
    )


MIDDLE = "A 64-bit machine loads a number at once: it is stopped before the number."


def meaning(play: Played) -> str:
    """What a reader got, in a sentence."""
    if play.verdict != "torn":
        return MEANS[play.verdict]
    packets, bytes = zip(*play.experiment.moments(), strict=True)
    wrong = [n for n, known in zip(play.pair, (packets, bytes), strict=True) if n not in known]
    return f"{' and '.join(map(str, wrong))} was never there: halves of two moments."


def waited(play: Played) -> str:
    """What the sequence counter made the reader do."""
    if not play.sync:
        return ""
    waits = any(which == "first" and seen % 2 for which, _, seen in play.looks)
    again = any(which == "second" and start != seen for which, start, seen in play.looks)
    done = [word for word, did in (("reads again", again), ("waits", waits)) if did]
    return f" The reader {' and '.join(done)}." if done else " The reader never has to wait."


def asked(play: Played) -> dict[str, tuple[str, str]]:
    """The two questions of the sequence counter, with all their answers."""
    rows = {}
    for name, which in (("odd", "first"), ("changed", "second")):
        looks = [(start, seen) for each, start, seen in play.looks if each == which]
        answers = [
            "yes" if (seen % 2 if name == "odd" else start != seen) else "no"
            for start, seen in looks
        ]
        seen = [str(seen) if name == "odd" else f"{start} and {seen}" for start, seen in looks]
        if looks:
            rows[name] = (", then ".join(answers), "sequence " + ", then ".join(seen))
    return rows


WHAT = "bytes, packets {packets}"
EXPLORER = Declaration(
    name="torn",
    title="Torn reads",
    intro="A reader is stopped, a writer counts one packet of 4028 bytes as far as you let it, and "
    "the reader goes on.",
    controls=[
        Choice("machine", "Machine", MACHINES),
        Choice("start", "Before", STARTS),
        Choice("stop", "The reader is stopped", WHERE, help="It stands before its next load."),
        Choice("done", "Meanwhile the writer", DONE, help="Without a counter there is no sign."),
    ],
    outcome=outcome,
    figure=figure,
    values={
        "bytes": "bytes",
        "packets": "packets",
        "halves": "high and low half of bytes",
        "accesses": "accesses to memory",
    },
    main=Main("bytes", WHAT, WHAT, "", "halves"),
    questions=lambda: [
        Question("odd", "u64_stats_fetch_begin", "Is the number odd?"),
        Question("changed", "u64_stats_fetch_retry", "Has it changed since?"),
    ],
    questions_title="What the reader asked of the sequence counter",
    presets={
        "Undisturbed": {},
        "It waits": {"done": 3},
        "It reads again": {"stop": "bytes.high", "done": 6},
        "Without the counter": {"machine": "bare", "stop": "bytes.high", "done": 3},
        "64 bits": {"machine": "64", "stop": "bytes.low", "done": 3},
    },
    challenge="The reader gets 28 bytes.",
)
