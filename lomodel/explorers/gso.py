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


def headers(c: dict[str, Any]) -> int:
    """The bytes of the headers behind Ethernet's."""
    return (40 if "6" in c["packet"] else 20) + (8 if "udp" in c["packet"] else 20)


def border(lo: Any, c: dict[str, Any]) -> int:
    """The longest payload; lo takes no packet to be segmented from its limit on."""
    return lo.gso_max_size - 1 - lo.hard_header_len - headers(c)


def points(lo: Any, c: dict[str, Any]) -> dict[str, dict[str, int]]:
    """The payloads with a name, where segments are asked for; UDP refuses one beyond the MTU."""
    size, longest = c["gso_size"], border(lo, c)
    if size is None:
        return {}
    refused = "udp" in c["packet"] and size + headers(c) > c["mtu"]
    named = (size,) if refused else (size, longest, longest + 1)
    return {"payload": dict(zip(NAMED, named, strict=False))}


def helps(lo: Any, c: dict[str, Any]) -> dict[str, str]:
    """The border of the chosen packet, in words."""
    longest = border(lo, c)
    text = f"In segments, up to {longest} bytes may pass whole: with all headers that is "
    return {"payload": f"{text}{lo.gso_max_size - 1}. {longest + 1} are cut."}


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
    every = all(c[name] for name in FEATURES)
    one = "udp" in c["packet"] and c["payload"] == 4000
    return every and one and run.observed["stats"]["tx_packets"] == 3


CHALLENGE = "One sendto of 4000 bytes, three packets, every feature on."
NAMED = ("one segment", "at the limit", "one more")
PRESETS: dict[str, dict[str, Any]] = {
    "Features as born": {},
    "UDP segmentation off": {"tx-udp-segmentation": False},
    "gso off": {"tx-generic-segmentation": False},
}
DODGY = (
    "TCP is one frame from a packet socket: the kernel marks it untrusted (SKB_GSO_DODGY), so its "
    "headers are always checked before it may pass whole."
)
LIMIT = "IPv4 reckons with 65535 at most (IP_MAX_MTU): no IPv4 packet can be longer."
SIZES = {None: "none asked for", 1400: "1400 bytes", 8000: "8000 bytes"}
BORDERS = (65461, 65462, 65473, 65474, 65481, 65482, 65493, 65494)
PAYLOADS = (1000, 1400, 1401, 2800, 4000, 8000, *BORDERS, 65507)

EXPLORER = from_trace(
    name="gso",
    title="Whole or cut?",
    intro="Send one packet through lo and see who, if anybody, cuts it into segments.",
    controls=[
        Choice("packet", "Packet", PACKETS, help=DODGY),
        Range("payload", "Payload", PAYLOADS, "bytes", "", 4000, (0, 65507), NAMED),
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
    helps=helps,
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
