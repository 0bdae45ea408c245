"""The explorer ``gso``: does this packet pass lo whole, or does software cut it, and why?

A fresh lo comes up, gets its MTU and its features, and one packet is sent.
"""

from __future__ import annotations

from typing import Any

from lomodel.explore.asked import PACKET_ROWS
from lomodel.explore.controls import Choice, Range, Switch
from lomodel.explore.from_trace import from_trace
from lomodel.explore.run import COUNTERS, FRAGMENTERS, Run, fate
from lomodel.explorers._packet import CHAIN, MAIN, STRIPS, VALUES

FEATURES = (
    "tx-tcp-segmentation",
    "tx-tcp-ecn-segmentation",
    "tx-tcp-mangleid-segmentation",
    "tx-tcp6-segmentation",
    "tx-udp-segmentation",
    "tx-generic-segmentation",
)
PACKETS = {
    "udp4": "UDP over IPv4: one sendto",
    "udp6": "UDP over IPv6: one sendto",
    "tcp4": "TCP over IPv4",
    "tcp4-cwr": "TCP over IPv4 with CWR (ECN)",
    "tcp6": "TCP over IPv6",
}
ACK_PSH, CWR = 0x18, 0x80


def steps(c: dict[str, Any]) -> list[dict[str, Any]]:
    """The state as a scenario."""
    sent = {"payload": c["payload"], "gso_size": c["gso_size"]}
    sent |= {"do": "udp", "family": "inet6" if "6" in c["packet"] else "inet"}
    if "tcp" in c["packet"]:
        sent |= {"do": "tcp_frame", "flags": ACK_PSH | (CWR if "cwr" in c["packet"] else 0)}
    switches = {"do": "features", "set": {name: c[name] for name in FEATURES}}
    return [{"do": "link", "up": True}, {"do": "link", "mtu": c["mtu"]}, switches, sent]


def points(lo: Any, c: dict[str, Any]) -> dict[str, dict[str, int]]:
    """The payload with a name, where segments are asked for."""
    return {"payload": {ONE_SEGMENT: c["gso_size"]}} if c["gso_size"] else {}


def summary(run: Run, c: dict[str, Any]) -> str:
    """The outcome in a sentence."""
    packets = run.observed["stats"]["tx_packets"]
    if run.observed["error"]:
        return f"The send fails with {run.observed['error']}: {run.reason}."
    if run.cutter in FRAGMENTERS:
        return f"IP cuts it: {packets} fragments, each with the whole way to go by itself."
    if run.cutter:
        return f"Cut in software: {run.cutter} makes {packets} packets of one."
    if c["gso_size"] is None or c["payload"] <= c["gso_size"]:
        return "There is nothing to cut: it is one packet, as it was sent."
    later = "the receiving socket cuts it" if run.observed.get("received") else "nobody cuts it"
    pieces = -(-c["payload"] // c["gso_size"])
    return f"It passes lo whole: one packet, {pieces} segments inside; {later}."


def met(run: Run, c: dict[str, Any]) -> bool:
    """Whether a state is what the challenge asks for."""
    one = "tcp4" in c["packet"] and c["payload"] == 4000 and c["tx-tcp-segmentation"]
    return one and run.observed["stats"]["tx_packets"] > 1


CHALLENGE = "4000 bytes of TCP over IPv4 are cut in software, and tx-tcp-segmentation is on."
ONE_SEGMENT = "one segment"
PRESETS: dict[str, dict[str, Any]] = {
    "Features as born": {},
    "UDP segmentation off": {"tx-udp-segmentation": False},
    "gso off": {"tx-generic-segmentation": False},
}
PACKET = "TCP is one frame from a packet socket, which the next page comes back to."
LIMIT = "IPv4 reckons with 65535 at most (IP_MAX_MTU): no IPv4 packet can be longer."
SIZES = {None: "none asked for", 1400: "1400 bytes", 8000: "8000 bytes"}
PAYLOADS = (1000, 1400, 1401, 2800, 4000, 8000, 30000, 60000)
"""None so long that its length decides: that is asked on the next page."""

EXPLORER = from_trace(
    name="gso",
    title="Whole or cut?",
    intro="Send one packet through lo and see who, if anybody, cuts it into segments.",
    controls=[
        Choice("packet", "Packet", PACKETS, help=PACKET),
        Range("payload", "Payload", PAYLOADS, "bytes", "", 4000, (0, 65507), (ONE_SEGMENT,)),
        Choice("gso_size", "Segment size", SIZES, initial=1400),
        Choice("mtu", "MTU", {1500: "1500", 65536: "65536 (lo's own)"}, help=LIMIT),
        *(Switch(name, name) for name in FEATURES),
    ],
    groups={"": ("packet", "payload", "gso_size", "mtu"), "ethtool -K lo": FEATURES},
    presets=PRESETS,
    challenge=CHALLENGE,
    met=met,
    points=points,
    fate=fate,
    main=MAIN,
    steps=steps,
    summary=summary,
    features=FEATURES,
    chain=CHAIN,
    asks=PACKET_ROWS,
    values={
        **VALUES,
        "gso_type": ("gso_type", lambda run: run.operand("netif_needs_gso", "gso_type")),
    },
    counters=COUNTERS,
    strips=STRIPS,
)
