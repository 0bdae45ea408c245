"""The explorer ``ears``: what does a capture of lo list, in which order, with which sums?

A fresh lo comes up; a packet socket listens to it, or nobody does; and something is sent.
"""

from __future__ import annotations

from lomodel.desk import RELEASE
from lomodel.explore.controls import Choice, Switch
from lomodel.explore.declaration import Declaration, Main
from lomodel.explorers._ears import (
    CHAIN,
    FEATURES,
    FOREIGN,
    MTUS,
    PACKETS,
    WORDS,
    outcome,
    steps,
    union,
)

EXPLORER = Declaration(
    name="ears",
    title="Two ears",
    intro="Send something over a new lo, and see what a capture of it lists.",
    controls=[
        Choice("packet", "What is sent", PACKETS, help=FOREIGN),
        Choice("mtu", "MTU", MTUS),
        *(Switch(name, name) for name in FEATURES),
        Switch("tap", "somebody captures", help="A packet socket that asks for every type."),
    ],
    outcome=outcome,
    figure=lambda: CHAIN.draw(union()[0]),
    values={
        "frames": "frames",
        "listed": "in tcpdump's list",
        "order": "class, in order",
        "listing": "class and bytes, in order",
        "sums": "UDP, TCP or ICMP sums",
        "says": "tcpdump -vv says",
        "packets": "packets counted by lo",
        "dropped": "dropped on arrival",
    },
    main=Main("frames", f"frame {WORDS}", f"frames {WORDS}", "", "listing"),
    groups={"": ("packet", "mtu"), "ethtool -K lo": FEATURES, "capture": ("tap",)},
    presets={
        "The riddle": {},
        "Cut": {"tx-udp-segmentation": False},
        "A ping": {"packet": "ping"},
        "Nobody listens": {"packet": "unknown", "tap": False},
    },
    challenge="A capture of UDP in which tcpdump calls no sum bad.",
    origin=f"model, Linux {RELEASE}",
    steps=steps,
)
