"""The recordings: what lo and the sockets are like in each of them."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field

TSO = {"inet": "tx-tcp-segmentation", "inet6": "tx-tcp6-segmentation"}
ECN, GSO = "tx-tcp-ecn-segmentation", "tx-generic-segmentation"
FAMILY = {"inet": socket.AF_INET, "inet6": socket.AF_INET6}

MARKS = """
table inet marks {
 chain out {
  type filter hook output priority mangle
  ip ecn ect0 numgen inc mod 6 0 ip ecn set ce
  ip6 ecn ect0 numgen inc mod 6 0 ip6 ecn set ce
 }
}
"""
"""Every sixth packet of an ECN connection meets a congestion, so that CWR is seen on data."""


@dataclass(frozen=True)
class Configuration:
    """One recording. ``mtu`` in bytes; ``options`` are the sockets' (level, name, value)."""

    id: str
    family: str
    mtu: int
    features: dict[str, bool]
    note: str = ""
    options: tuple[tuple[int, int, int | bytes], ...] = ()
    sysctls: dict[str, str] = field(default_factory=dict)
    nft: str = ""
    scale: int = 1

    @property
    def family_number(self) -> int:
        return FAMILY[self.family]


def _plain() -> list[Configuration]:
    """The eight that the project promises: family, MTU, TSO."""
    return [
        Configuration(
            f"{family}-{mtu}-tso-{'on' if tso else 'off'}",
            family,
            mtu,
            {TSO[family]: tso},
            scale=8 if mtu == 65536 else 1,
        )
        for family in TSO
        for mtu in (1500, 65536)
        for tso in (True, False)
    ]


def _special(family: str) -> list[Configuration]:
    """What else makes TCP's packets different, each with segmentation in software."""
    off = {TSO[family]: False}
    maxseg = (socket.IPPROTO_TCP, socket.TCP_MAXSEG, 536)
    return [
        Configuration(f"{family}-gso-off", family, 1500, {GSO: False}, "gso off, tso on"),
        Configuration(f"{family}-gso-tso-off", family, 1500, off | {GSO: False}),
        Configuration(f"{family}-mss-536", family, 65536, off, "MSS 536", (maxseg,)),
        Configuration(
            f"{family}-no-timestamps",
            family,
            1280,
            off,
            "no TCP timestamps, no window scaling",
            sysctls={"net/ipv4/tcp_timestamps": "0", "net/ipv4/tcp_window_scaling": "0"},
        ),
        _ecn(f"{family}-ecn", family, {}),
        _ecn(f"{family}-ecn-software", family, off | {ECN: False}),
        _ecn(f"{family}-ecn-feature-off", family, {ECN: False}),
    ]


def _ecn(id: str, family: str, features: dict[str, bool]) -> Configuration:
    return Configuration(
        id, family, 1500, features, "ECN", sysctls={"net/ipv4/tcp_ecn": "1"}, nft=MARKS
    )


IPV6_DSTOPTS = 59
NOTHING = bytes([1, 1, 1, 1, 1, 1, 1, 0])
"""Eight bytes of IPv4 options that mean nothing: NOP and the end."""
PADDING = bytes([0, 0, 1, 4, 0, 0, 0, 0])
"""An IPv6 destination options header of eight bytes with nothing but padding."""

SMALL = (socket.IPPROTO_TCP, socket.TCP_MAXSEG, 88)
"""The smallest MSS: one packet is cut into hundreds, and the backlog holds only 1,001."""

CONFIGURATIONS = (
    *_plain(),
    *_special("inet"),
    *_special("inet6"),
    Configuration(
        "inet-options",
        "inet",
        1500,
        {TSO["inet"]: False},
        "IPv4 options",
        ((socket.IPPROTO_IP, socket.IP_OPTIONS, NOTHING),),
    ),
    Configuration(
        "inet6-destination-options",
        "inet6",
        1500,
        {TSO["inet6"]: False},
        "an IPv6 extension header",
        ((socket.IPPROTO_IPV6, IPV6_DSTOPTS, PADDING),),
    ),
    *(
        Configuration(
            f"{family}-mss-88", family, 65536, {TSO[family]: False}, "MSS 88", (SMALL,), scale=2
        )
        for family in TSO
    ),
)
