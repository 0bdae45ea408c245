"""The explorer ``limits``: which length still passes lo in one packet, for whom, in which release?

A fresh lo comes up with an MTU of 1500, all its features on and the ``gso_max_size`` of the state,
and one UDP_SEGMENT send goes through it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from lomodel.contract import Step
from lomodel.desk import RELEASE
from lomodel.explore.asked import Asks
from lomodel.explore.controls import Choice, Range
from lomodel.explore.from_trace import from_trace
from lomodel.explore.run import COUNTERS, Run, fate
from lomodel.explorers._packet import CHAIN, MAIN, STRIPS, VALUES
from lomodel.linux.include.linux.netdevice import GSO_LEGACY_MAX_SIZE
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_IP, ETH_P_IPV6
from lomodel.linux.net.core.dev import netif_get_gso_max_size
from lomodel.linux.net.core.skbuff import alloc_skb
from lomodel.scenario import Player

FAMILIES = {"inet": "IPv4", "inet6": "IPv6"}
HEADERS = {"inet": 28, "inet6": 48}
"""Bytes of the IP and UDP headers."""
LONGEST = {"inet": 65535 - 28, "inet6": 65535 - 8}
"""The longest payload: IPv4's length counts the IP header, IPv6's does not."""
BORN = GSO_LEGACY_MAX_SIZE
ASKS: Asks = {
    "append": ("__ip_append_data", "__ip6_append_data"),
    "udp_send_skb": ("udp_send_skb", "udp_v6_send_skb"),
    "gso_features_check": ("gso_features_check",),
    "netif_needs_gso": ("netif_needs_gso",),
    "enqueue_to_backlog": ("enqueue_to_backlog",),
}


def steps(c: dict[str, Any]) -> list[Step]:
    """The send of a state, as a scenario."""
    sent = {name: c[name] for name in ("family", "payload", "gso_size")}
    made: list[Step] = [{"do": "link", "up": True}, {"do": "link", "mtu": 1500}]
    if c["gso_max_size"] != BORN:
        made.append(limit_step(c["gso_max_size"]))
    return [*made, {"do": "udp"} | sent]


def limit_step(size: int) -> Step:
    """``ip link set lo gso_max_size``. A kernel that refuses it (EINVAL) keeps what it had."""
    return {"do": "link", "gso_max_size": size}


@cache
def lo_with(limit: int, release: str) -> Any:
    """The lo that the send of a state meets."""
    player = Player(release)
    player.step(limit_step(limit))
    return player.lo


def border(c: dict[str, Any]) -> tuple[int, str]:
    """The longest payload that passes in one packet, and what sets it."""
    lo = lo_with(c["gso_max_size"], c["release"])
    release, longest, headers = lo.machine.release, LONGEST[c["family"]], HEADERS[c["family"]]
    segments = release.udp_max_segments * c["gso_size"]
    borders = {longest: f"no {FAMILIES[c['family']]} packet holds more"}
    if release.udp_gso_counts_payload:
        borders[segments] = f"{release.udp_max_segments} datagrams may be in a send"
    else:
        borders[segments - headers] = f"with its headers a send may have {segments}"
    if release.gso_length_limit != "none":
        skb = alloc_skb(headroom=0)
        skb.protocol = ETH_P_IPV6 if c["family"] == "inet6" else ETH_P_IP
        size = netif_get_gso_max_size(lo, skb)
        passes = size - 1 - lo.hard_header_len - headers
        borders[passes] = f"with all headers it must be below {size}"
    least = min(borders)
    return least, borders[least]


def points(_: Any, c: dict[str, Any]) -> dict[str, dict[str, int]]:
    """The payloads with a name."""
    longest = border(c)[0]
    numbers = (longest, longest + 1, LONGEST["inet"])
    return {"payload": dict(zip(NAMED, numbers, strict=True))}


def helps(_: Any, c: dict[str, Any]) -> dict[str, str]:
    """What sets the border of the chosen send."""
    longest, why = border(c)
    return {"payload": f"Up to {longest} bytes pass in one packet: {why}."}


def summary(run: Run, c: dict[str, Any]) -> str:
    """The outcome in a sentence, and what became of the wish for another limit."""
    said = _refused(run, c) if run.observed["error"] else _sent(run)
    limit = run.device.gso_max_size
    if limit == c["gso_max_size"]:
        return said
    release = run.device.machine.release.name
    return f"{said} gso_max_size is still {limit}: Linux {release} takes no more (EINVAL)."


def _refused(run: Run, c: dict[str, Any]) -> str:
    error, most = run.observed["error"], run.device.machine.release.udp_max_segments
    if error == "EMSGSIZE":
        return f"The send fails with EMSGSIZE: no {FAMILIES[c['family']]} packet holds so much."
    return f"The send fails with {error}: it is too much for {most} datagrams, the most of a send."


def _sent(run: Run) -> str:
    packets = run.observed["stats"]["tx_packets"]
    became = f"Cut into {packets} packets" if run.cutter else "One packet"
    for asked in run.trace.decisions("gso_features_check"):
        if "len" in asked.operands:
            (_, length), (field, limit) = asked.operands.items()
            verdict = "is not below" if asked.answer else "is below"
            return f"{became}: skb->len is {length}, which {verdict} {field}, {limit}."
    return f"{became}: Linux {run.device.machine.release.name} does not ask how long it is."


def _limit_of_ipv4(run: Run) -> int | str:
    there = run.device.machine.release.has_gso_ipv4_max_size
    return run.device.gso_ipv4_max_size if there else "no such field"


def met(run: Run, c: dict[str, Any]) -> bool:
    """Whether a state is what the challenge asks for."""
    asked = {"family": "inet", "payload": LONGEST["inet"], "gso_size": 1000}
    return asked.items() <= c.items() and run.observed["stats"]["tx_packets"] == 1


NAMED = ("longest that passes", "one more", "longest of IPv4")
PAYLOADS = (
    *(4000, 29937, 29938, 29957, 29958, 63952, 63953, 63972, 63973),
    *(65473, 65474, 65487, 65493, 65494, 65507, 65508, 65527, 65528),
)
RELEASES = {name: f"Linux {name}" for name in ("5.14", "6.1", RELEASE, "6.18")}
SIZES = {1400: "1400 bytes", 1000: "1000 bytes"}
LIMITS = {BORN: f"{BORN}, as born", 30000: "30000", 100000: "100000"}
LIMIT = "ip link set lo gso_max_size."
READ_ONLY = "The model's table of 5.14 was read in its source; the others rest on recordings."
PRESETS: dict[str, dict[str, Any]] = {
    "IPv4: longest": {},
    "IPv4: one byte more": {"payload": 65494},
    "IPv6: one byte more": {"family": "inet6", "payload": 65474},
    "IPv6, raised": {"family": "inet6", "payload": 65487, "gso_max_size": 100000},
    "IPv4, raised": {"payload": 65507, "gso_max_size": 100000},
    "Lowered": {"payload": 29958, "gso_max_size": 30000},
    "Linux 5.14": {"payload": 65507, "release": "5.14"},
}

EXPLORER = from_trace(
    name="limits",
    title="How long may it be?",
    intro="Send one UDP packet with its lamp on, and see at which length it is cut all the same.",
    controls=[
        Choice("family", "Family", FAMILIES),
        Range("payload", "Payload", PAYLOADS, "bytes", "", 65493, (0, 65535), NAMED),
        Choice("gso_size", "Segment size", SIZES),
        Choice("gso_max_size", "gso_max_size", LIMITS, help=LIMIT),
        Choice("release", "Release", RELEASES, help=READ_ONLY, initial=RELEASE),
    ],
    groups={
        "": ("family", "payload", "gso_size"),
        "Device and kernel": ("gso_max_size", "release"),
    },
    presets=PRESETS,
    challenge="65507 bytes every 1000, over IPv4, in one packet.",
    met=met,
    points=points,
    fate=fate,
    main=MAIN,
    steps=steps,
    summary=summary,
    helps=helps,
    chain=CHAIN,
    asks=ASKS,
    values={
        **VALUES,
        "limit": ("gso_max_size", lambda run: run.device.gso_max_size),
        "limit4": ("gso_ipv4_max_size", _limit_of_ipv4),
    },
    counters=COUNTERS,
    strips=STRIPS,
)
