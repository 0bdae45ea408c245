"""The explorer ``leaks``: datagrams go over lo; which are lost, and which file counts them?

A state is a scenario, except where ``netdev_max_backlog`` is another than 1000: that is the whole
machine's. What a socket's buffer holds is no part of the steps, since a kernel of 32 bits, such as
the page's own, charges less for a datagram.
"""

from __future__ import annotations

from lomodel.desk import RELEASE
from lomodel.explore.controls import Choice, Range, Switch
from lomodel.explore.declaration import Declaration, Main
from lomodel.explorers._leaks import (
    BACKLOGS,
    BUFFERS,
    CUT,
    HOW,
    NOBODY,
    READS,
    SETS,
    STRAY,
    figure,
    outcome,
    scenario,
)

EXPLORER = Declaration(
    name="leaks",
    title="Leaks",
    intro="Send datagrams over lo, and see which are lost and which file counts them.",
    controls=[
        Choice("how", "They are sent", HOW),
        Range("bytes", "Bytes each", (1, 1000, 60000), "bytes", "", 1000, (1, 65507)),
        Range("number", "Datagrams", (1, 17, 93, 300), "", "", 300, (1, 400)),
        Choice("socket", "Receiver", BUFFERS),
        Choice("reads", "It reads", READS),
        Choice("netdev_max_backlog", "netdev_max_backlog", BACKLOGS, help=SETS),
        Choice("stray", "A frame before them", STRAY),
        Switch("up", "lo is up"),
    ],
    outcome=outcome,
    figure=figure,
    values={
        "lost": "datagrams lost",
        "sent": "datagrams sent",
        "read": "read before the last came",
        "waits": "in the socket's queue",
    },
    main=Main("lost", "datagram lost of {sent}", "datagrams lost of {sent}"),
    presets={
        "Nobody reads": {},
        "One send of 93": {"how": CUT, "bytes": 1, "number": 93, "netdev_max_backlog": 10},
        "Nobody there": {"number": 17, "socket": NOBODY},
        "lo is down": {"number": 17, "up": False},
    },
    challenge="rx_dropped grows, and nobody misses a datagram.",
    origin=f"model, Linux {RELEASE}",
    steps=scenario,
)
