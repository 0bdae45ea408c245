"""The explorer ``one_read``: how many reads does one send take, and what is lost on the last step?

One send goes over a new lo to a reader, who may have asked for UDP_GRO, and who reads into a buffer
of a given size until nothing is left. The figure lights what the send and the reads called.
"""

from __future__ import annotations

from lomodel.desk import RELEASE
from lomodel.explore.controls import Choice, Range, Switch
from lomodel.explore.declaration import Declaration, Main
from lomodel.explorers._one_read import (
    ASKED,
    CHAIN,
    FEATURE,
    GRO,
    LIMITS,
    PAYLOADS,
    PRESETS,
    SEGMENTS,
    SIZES,
    outcome,
    steps,
    union,
)

EXPLORER = Declaration(
    name="one_read",
    title="One read",
    intro="Send once, read until nothing is left, and see how many reads it takes.",
    controls=[
        Range("payload", "Payload", PAYLOADS, "bytes", "", 4000, (0, 65507)),
        Choice("gso_size", "Segment size", SEGMENTS, initial=1400),
        Choice("gro", "UDP_GRO of the reader", ASKED, help=GRO),
        Choice("size", "Buffer of each read", SIZES),
        Switch(FEATURE, FEATURE),
        Choice("gso_max_segs", "gso_max_segs", LIMITS),
    ],
    groups={"": ("payload", "gso_size", "gro", "size"), "lo": (FEATURE, "gso_max_segs")},
    outcome=outcome,
    figure=lambda: CHAIN.draw(union()[0]),
    values={
        "reads": "reads",
        "lengths": "their lengths",
        "message": "UDP_GRO message",
        "truncated": "reads with MSG_TRUNC",
        "lost": "bytes lost",
        "carried": "packets on lo",
        "dropped": "drops counted anywhere",
    },
    strips={"carried": "packets on lo", "read": "reads"},
    main=Main("reads", "read: {lengths}", "reads: {lengths}", "read", "lengths"),
    presets=PRESETS,
    challenge="Lose bytes, while nothing counts a drop.",
    origin=f"model, Linux {RELEASE}",
    steps=steps,
)
