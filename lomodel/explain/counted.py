"""Which counters a step moved, and where a person finds each."""

from __future__ import annotations

import re
from collections.abc import Iterator

from lomodel.explain.played import Played

PLACES = {
    "Ip.": "/proc/net/snmp",
    "Icmp.": "/proc/net/snmp",
    "Udp.": "/proc/net/snmp",
    "IpExt.": "/proc/net/netstat",
    "Ip6": "/proc/net/snmp6",
    "Icmp6": "/proc/net/snmp6",
    "Udp6": "/proc/net/snmp6",
    "softnet.": "/proc/net/softnet_stat",
    "lo.rx_otherhost": "otherhost in ip -s -s link show lo",
    "lo.": "ip -s link show lo",
}
TELLING = re.compile(
    "Errors|NoPorts|NoRoutes|Discards|Fails|Unreachs|TooBig|ParmProb|UnknownProtos|Truncated"
    "|IgnoredMulti|Frag|Reasm|dropped"
)
"""What counts what went wrong or was taken apart, by its name; the others count everything."""

SUMS = ("InErrors",)
"""What other counters have, too."""
PASSED_ON = {"Ip.InReceives": "Ip.InDelivers", "Ip6InReceives": "Ip6InDelivers"}
"""What IP counts when a packet comes, and when it gives one to a protocol."""
ERROR_SENT = re.compile(r"^Icmp6?\.?Out(DestUnreachs|PktTooBigs|ParmProblems)")


def shown(played: Played) -> list[str]:
    """The counters that show what happened, each with its change and its place."""
    moved = [(n, by) for n, by in played.counted.items() if TELLING.search(n)]
    told = [f"{name.removeprefix('lo.')} +{by} ({_place(name)})" for name, by in moved]
    drops = played.dropped_by.items()
    if not moved:
        told = list(_kept_back(played.counted))
    return told + [f"drops of {name} +{by} (d in skmem of ss -uamn)" for name, by in drops]


def _kept_back(counted: dict[str, int]) -> Iterator[str]:
    """Packets that came to IP and went no further, which no counter of drops tells."""
    for came, passed in PASSED_ON.items():
        if counted.get(came, 0) > counted.get(passed, 0):
            on = counted.get(passed, 0)
            yield f"{came} +{counted[came]}, {passed} {f'+{on}' if on else 'not'} ({_place(came)})"


def _place(name: str) -> str:
    return next(place for start, place in PLACES.items() if name.startswith(start))


def symbols(played: Played) -> list[str]:
    """The names of those counters alone, as a page would speak of them; sums of others last."""
    told = [re.split(r"\.|6", name)[-1] for name in played.counted if TELLING.search(name)]
    return sorted(told, key=SUMS.__contains__)


def answered(played: Played) -> bool:
    """Whether the step has sent an ICMP error."""
    return any(ERROR_SENT.search(name) for name in played.counted)
