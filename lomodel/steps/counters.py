"""The step `counters`: what the protocols have counted since the scenario began."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lomodel.contract import Step
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.ipv4.proc import netstat_columns, snmp_columns
from lomodel.linux.net.ipv6.proc import snmp6_columns

if TYPE_CHECKING:
    from lomodel.scenario import Player

NAMES: dict[str, tuple[str, ...]] = {
    "Ip.": (
        *("InReceives", "InHdrErrors", "InAddrErrors", "InUnknownProtos", "InDiscards"),
        *("InDelivers", "OutRequests", "OutDiscards", "OutNoRoutes", "ReasmReqds", "ReasmOKs"),
        *("ReasmFails", "FragOKs", "FragFails", "FragCreates", "OutTransmits"),
    ),
    "Icmp.": (
        *("InMsgs", "InErrors", "InCsumErrors", "InDestUnreachs", "InEchos", "InEchoReps"),
        *("OutMsgs", "OutErrors", "OutDestUnreachs", "OutEchos", "OutEchoReps"),
    ),
    "Udp.": (
        *("InDatagrams", "NoPorts", "InErrors", "OutDatagrams", "RcvbufErrors", "SndbufErrors"),
        *("InCsumErrors", "IgnoredMulti"),
    ),
    "IpExt.": (
        *("InNoRoutes", "InTruncatedPkts", "InMcastPkts", "OutMcastPkts", "InBcastPkts"),
        *("OutBcastPkts", "InCsumErrors"),
    ),
    "Ip6": (
        *("InReceives", "InHdrErrors", "InTooBigErrors", "InNoRoutes", "InAddrErrors"),
        *("InUnknownProtos", "InTruncatedPkts", "InDiscards", "InDelivers", "OutRequests"),
        *("OutDiscards", "OutNoRoutes", "ReasmReqds", "ReasmOKs", "ReasmFails", "FragOKs"),
        *("FragFails", "FragCreates", "InMcastPkts", "OutMcastPkts", "OutTransmits"),
    ),
    "Icmp6": (
        *("InMsgs", "InErrors", "InCsumErrors", "InDestUnreachs", "InPktTooBigs"),
        *("InParmProblems", "InEchos", "InEchoReplies", "OutMsgs", "OutErrors"),
        *("OutDestUnreachs", "OutPktTooBigs", "OutParmProblems", "OutEchos", "OutEchoReplies"),
    ),
    "Udp6": (
        *("InDatagrams", "NoPorts", "InErrors", "OutDatagrams", "RcvbufErrors", "SndbufErrors"),
        "InCsumErrors",
    ),
}
"""The counters that the contract speaks of, by what stands before their names."""


def counters(net: Net) -> dict[str, int]:
    """Every counter of the contract that this release has, also those that are 0."""
    columns = snmp_columns(net) | netstat_columns(net)
    shown = {f"{name}.{key}": n for name, row in columns.items() for key, n in row.items()}
    shown |= snmp6_columns(net)
    named = [start + name for start, names in NAMES.items() for name in names]
    return {name: shown[name] for name in named if name in shown}


def _counters(player: Player, step: Step) -> dict[str, Any]:
    now = counters(player.net)
    changed = {name: n - player.counted.get(name, 0) for name, n in now.items()}
    return {"counters": {name: n for name, n in changed.items() if n}}


STEPS = {"counters": _counters}
