"""The explorer ``first_test``: which test of a send speaks first?

lo is up, a receiver is bound to port 7001, and one datagram is sent. The figure lights the test
that speaks; a state may have several faults.
"""

from __future__ import annotations

from lomodel.desk import RELEASE
from lomodel.explore.controls import Choice
from lomodel.explore.declaration import Declaration, Main
from lomodel.explorers._first_test import (
    DESTINATIONS,
    NO,
    NONE,
    REFUSED,
    YES,
    figure,
    outcome,
    questions,
    steps,
)

EXPLORER = Declaration(
    name="first_test",
    title="Which test came first?",
    intro="Send one datagram with as many faults as you like, and see which of them is named.",
    controls=[
        Choice("family", "Family", {"inet": "IPv4", "inet6": "IPv6"}),
        Choice("destination", "Destination", DESTINATIONS, initial="local"),
        Choice(
            "connected",
            "Connected",
            {NO: "no", YES: "to port 7001", REFUSED: "to a closed port, after one send"},
            help="Options and the MTU are set after connect and before the send.",
        ),
        Choice("payload", "Payload", {n: f"{n} bytes" for n in (1000, 30000, 65508, 70000)}),
        Choice("segment", "Segment size", {None: "none", 100: "100", 2000: "2000"}),
        Choice("mtu", "MTU", {68: "68", 1500: "1500", 65536: "65536 (lo's own)"}, initial=65536),
        Choice("mode", "Mode", {"want": "MTU_DISCOVER want (as born)", "do": "MTU_DISCOVER do"}),
        Choice(
            "option",
            "Option",
            {
                NONE: "none",
                "no sum": "SO_NO_CHECK, UDP_NO_CHECK6_TX",
                "broadcast": "SO_BROADCAST",
            },
        ),
    ],
    outcome=outcome,
    figure=figure,
    questions=questions,
    values={
        "passed": "tests passed",
        "error": "the send gives",
        "function": "said by",
        "tx_packets": "tx_packets",
    },
    main=Main("passed", "test passed, then: {error}", "tests passed, then: {error}"),
    presets={
        "No fault": {},
        "Three faults": {"destination": "away", "payload": 70000, "connected": REFUSED},
        "Refused": {"destination": "none", "connected": REFUSED},
        "Too many": {"payload": 30000, "segment": 100},
        "Short MTU": {"payload": 30000, "mtu": 68},
        "::1 is gone": {"family": "inet6", "mtu": 68},
    },
    challenge="A refusal waits, the send has a fault of its own, and that one is named.",
    origin=f"model, Linux {RELEASE}",
    steps=steps,
)
