"""The explorer ``card``: what becomes of the riddle's send on lo, and on a card with these lamps?

The card's words are those of a device registered on the model; lo is given them, and sends.
"""

from __future__ import annotations

from typing import Any

from lomodel.desk import RELEASE, counters, lo_up, send
from lomodel.explore.controls import Choice, Switch
from lomodel.explore.declaration import Declaration, Main, Outcome
from lomodel.explorers._boxes import Row, draw_rows
from lomodel.figures.card import PLAIN, as_card
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.net.ethtool.ioctl import feature_states
from lomodel.release import RELEASES
from lomodel.sockets import tried

LO, CARD = "lo", "card"
SUMS: dict[str, tuple[str, ...]] = {
    "none": (),
    "v4": ("IP_CSUM",),
    "both": ("IP_CSUM", "IPV6_CSUM"),
    "generic": ("HW_CSUM",),
}
SHOWN = (
    "tx-scatter-gather",
    "tx-checksum-ipv4",
    "tx-checksum-ipv6",
    "tx-checksum-ip-generic",
    "tx-udp-segmentation",
)
"""The lamps that the figure shows, by ethtool's strings."""


def device(c: dict[str, Any]) -> NetDevice:
    """The lo of a state, with its own words or a card's."""
    if c["device"] == LO:
        return lo_up(c["release"])
    cuts = ("GSO_UDP_L4",) if c["cuts"] else ()
    return as_card((*PLAIN, *SUMS[c["sums"]], *cuts), c["release"])


def outcome(c: dict[str, Any]) -> Outcome:
    """Sends the riddle and looks."""
    dev = device(c)
    states = feature_states(dev)
    done = tried(send, dev, 4000, 1400, c["family"])
    error = done if isinstance(done, str) else ""
    packets = counters(dev)["tx_packets"]
    lost = c["device"] == CARD and c["cuts"] and states[SHOWN[-1]].startswith("off")
    cut = packets > 1
    return Outcome(
        summary=summary(error, packets, lost),
        values={"tx_packets": packets, "error": error or "no error"},
        parts={name: states[name] for name in SHOWN if states[name].startswith("on")},
        fate=("refused", f"refused: {error}")
        if error
        else ("cut", "cut in software")
        if cut
        else ("whole", "taken whole"),
        met=cut and RELEASES[c["release"]].udp_gso_needs_partial,
    )


def summary(error: str, packets: int, lost: bool) -> str:
    """The outcome in a sentence or two."""
    rule = " The driver claims tx-udp-segmentation, and a rule keeps it off." if lost else ""
    if error:
        return f"UDP refuses the send with {error}: this device cannot finish the checksum."
    if packets > 1:
        return f"Software cuts it before the driver: {packets} packets.{rule}"
    return "The driver gets it whole: one packet, three datagrams inside."


def figure() -> str:
    """The five lamps."""
    rows = [Row("Lamps that are on", SHOWN, 1, "device")]
    return draw_rows(rows, "The lamps of the device", ", ".join(SHOWN))


EXPLORER = Declaration(
    name="card",
    title="lo, or a card with these lamps",
    intro="Send 4000 bytes, to be cut every 1400, over lo or over a card that you choose.",
    controls=[
        Choice("device", "Device", {LO: "lo", CARD: "a card with these lamps"}),
        Choice(
            "sums",
            "It sums",
            {
                "none": "nothing",
                "v4": "IPv4 only",
                "both": "IPv4, and IPv6",
                "generic": "anything",
            },
        ),
        Switch("cuts", "tx-udp-segmentation", initial=False),
        Choice("family", "Family", {"inet": "IPv4", "inet6": "IPv6"}),
        Choice("release", "Linux", {name: name for name in RELEASES}, initial=RELEASE),
    ],
    outcome=outcome,
    figure=figure,
    values={"tx_packets": "packets that the driver gets", "error": "the send gives"},
    main=Main("tx_packets", "packet for the driver", "packets for the driver"),
    groups={"": ("device", "family", "release"), "The card": ("sums", "cuts")},
    presets={
        "lo": {},
        "A plain card": {"device": CARD},
        "The same, 6.6": {"device": CARD, "release": "6.6"},
        "A good card": {"device": CARD, "sums": "generic", "cuts": True},
        "IPv4 only": {"device": CARD, "sums": "v4", "cuts": True, "release": "6.6"},
    },
    challenge="Lamps with which the riddle is cut in Linux 6.6 or older.",
    origin="model",
)
