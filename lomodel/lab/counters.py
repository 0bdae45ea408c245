"""The counters of IP, ICMP and UDP under /proc/net, by the contract's names."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

PROC = Path("/proc/thread-self/net")

_IP = """InReceives InHdrErrors InAddrErrors InUnknownProtos InDiscards InDelivers OutRequests
    OutDiscards OutNoRoutes ReasmReqds ReasmOKs ReasmFails FragOKs FragFails FragCreates
    OutTransmits"""
_ICMP = """InMsgs InErrors InCsumErrors InDestUnreachs InEchos InEchoReps OutMsgs OutErrors
    OutDestUnreachs OutEchos OutEchoReps"""
_UDP = "InDatagrams NoPorts InErrors OutDatagrams RcvbufErrors SndbufErrors InCsumErrors"
_IPEXT = """InNoRoutes InTruncatedPkts InMcastPkts OutMcastPkts InBcastPkts OutBcastPkts
    InCsumErrors"""
_IP6 = """InReceives InHdrErrors InTooBigErrors InNoRoutes InAddrErrors InUnknownProtos
    InTruncatedPkts InDiscards InDelivers OutRequests OutDiscards OutNoRoutes ReasmReqds ReasmOKs
    ReasmFails FragOKs FragFails FragCreates InMcastPkts OutMcastPkts OutTransmits"""
_ICMP6 = """InMsgs InErrors InCsumErrors InDestUnreachs InPktTooBigs InParmProblems InEchos
    InEchoReplies OutMsgs OutErrors OutDestUnreachs OutPktTooBigs OutParmProblems OutEchos
    OutEchoReplies"""
_GROUPS = {
    "Ip.": _IP,
    "Icmp.": _ICMP,
    "Udp.": f"{_UDP} IgnoredMulti",
    "IpExt.": _IPEXT,
    "Ip6": _IP6,
    "Icmp6": _ICMP6,
    "Udp6": _UDP,
}
#: The counters that the contract has.
NAMES = frozenset(group + name for group, names in _GROUPS.items() for name in names.split())


def _tables(path: Path) -> Iterator[tuple[str, int]]:
    """Of /proc/net/snmp and netstat: pairs of lines, names above numbers."""
    for names, numbers in pairwise(path.read_text().splitlines()):
        group, first, *rest = names.split()
        if not first.lstrip("-").isdigit():
            for name, number in zip([first, *rest], numbers.split()[1:], strict=True):
                yield group.replace(":", ".") + name, int(number)


def _lines(path: Path) -> Iterator[tuple[str, int]]:
    """Of /proc/net/snmp6: a name and a number on each line."""
    for line in path.read_text().splitlines():
        name, number = line.split()
        yield name, int(number)


def read() -> dict[str, int]:
    """The counters now, since the calling thread's namespace is there. Raises OSError."""
    found = dict(_tables(PROC / "snmp")) | dict(_tables(PROC / "netstat"))
    if (PROC / "snmp6").exists():  # a kernel without IPv6 has none
        found |= dict(_lines(PROC / "snmp6"))
    return {name: found[name] for name in NAMES & found.keys()}
