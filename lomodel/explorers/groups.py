"""The explorer ``groups``: one datagram to many over lo; which receivers get it?

Every state is a scenario. The figure has the counters that a datagram to many moves.
"""

from __future__ import annotations

from lomodel.desk import RELEASE
from lomodel.explore.controls import Choice, Switch
from lomodel.explore.declaration import Declaration, Main
from lomodel.explorers._groups import (
    ADDRESS,
    BOUND,
    BROADCAST,
    DEVICE,
    FIRST,
    JOINS,
    LIMITED,
    SIX,
    TO,
    WAYS,
    figure,
    outcome,
    steps,
)

EXPLORER = Declaration(
    name="groups",
    title="Who gets it?",
    intro="Send one datagram of 100 bytes over lo, and see which receivers get it.",
    controls=[
        Choice("to", "To", TO),
        Choice("way", "The sender names lo by", WAYS),
        Switch("broadcast", "SO_BROADCAST", initial=False),
        Choice("receivers", "Receivers on the port", {1: "one", 2: "two", 3: "three"}, initial=3),
        Choice("bound", "Bound to", BOUND),
        Choice("join", "Who has joined", JOINS, initial=FIRST),
        Switch("flag", "ip link set lo multicast on", initial=False),
    ],
    groups={
        "The sender": ("to", "way", "broadcast"),
        "The receivers": ("receivers", "bound", "join"),
        "lo": ("flag",),
    },
    outcome=outcome,
    figure=figure,
    values={
        "got": "receivers that get it",
        "receivers": "receivers",
        "source": "from",
        "lo": "packets that lo counts",
    },
    main=Main("got", "receiver of {receivers} gets it", "receivers of {receivers} get it"),
    presets={
        "To a group": {},
        "lo is named": {"way": ADDRESS},
        "Broadcast": {"to": BROADCAST, "broadcast": True},
        "255.255.255.255": {"to": LIMITED, "broadcast": True, "way": DEVICE},
        "IPv6": {"to": SIX, "way": ADDRESS, "flag": True},
    },
    challenge="lo counts the datagram, and no socket gets it.",
    origin=f"model, Linux {RELEASE}",
    steps=steps,
)
