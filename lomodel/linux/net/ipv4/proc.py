"""net/ipv4/proc.c: what /proc/net/snmp and /proc/net/netstat show of IP, ICMP and UDP.

Left out: TCP, UDP-Lite, and what netstat has beside IpExt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.linux.include.uapi.linux.snmp import (
    ICMP_MIB_CSUMERRORS,
    ICMP_MIB_INERRORS,
    ICMP_MIB_INMSGS,
    ICMP_MIB_OUTERRORS,
    ICMP_MIB_OUTMSGS,
    ICMP_MIB_RATELIMITGLOBAL,
    ICMP_MIB_RATELIMITHOST,
    IPSTATS_MIB_CEPKTS,
    IPSTATS_MIB_CSUMERRORS,
    IPSTATS_MIB_ECT0PKTS,
    IPSTATS_MIB_ECT1PKTS,
    IPSTATS_MIB_FRAGCREATES,
    IPSTATS_MIB_FRAGFAILS,
    IPSTATS_MIB_FRAGOKS,
    IPSTATS_MIB_INADDRERRORS,
    IPSTATS_MIB_INBCASTOCTETS,
    IPSTATS_MIB_INBCASTPKTS,
    IPSTATS_MIB_INDELIVERS,
    IPSTATS_MIB_INDISCARDS,
    IPSTATS_MIB_INHDRERRORS,
    IPSTATS_MIB_INMCASTOCTETS,
    IPSTATS_MIB_INMCASTPKTS,
    IPSTATS_MIB_INNOROUTES,
    IPSTATS_MIB_INOCTETS,
    IPSTATS_MIB_INPKTS,
    IPSTATS_MIB_INTRUNCATEDPKTS,
    IPSTATS_MIB_INUNKNOWNPROTOS,
    IPSTATS_MIB_NOECTPKTS,
    IPSTATS_MIB_OUTBCASTOCTETS,
    IPSTATS_MIB_OUTBCASTPKTS,
    IPSTATS_MIB_OUTDISCARDS,
    IPSTATS_MIB_OUTFORWDATAGRAMS,
    IPSTATS_MIB_OUTMCASTOCTETS,
    IPSTATS_MIB_OUTMCASTPKTS,
    IPSTATS_MIB_OUTNOROUTES,
    IPSTATS_MIB_OUTOCTETS,
    IPSTATS_MIB_OUTPKTS,
    IPSTATS_MIB_OUTREQUESTS,
    IPSTATS_MIB_REASM_OVERLAPS,
    IPSTATS_MIB_REASMFAILS,
    IPSTATS_MIB_REASMOKS,
    IPSTATS_MIB_REASMREQDS,
    IPSTATS_MIB_REASMTIMEOUT,
    UDP_MIB_CSUMERRORS,
    UDP_MIB_IGNOREDMULTI,
    UDP_MIB_INDATAGRAMS,
    UDP_MIB_INERRORS,
    UDP_MIB_MEMERRORS,
    UDP_MIB_NOPORTS,
    UDP_MIB_OUTDATAGRAMS,
    UDP_MIB_RCVBUFERRORS,
    UDP_MIB_SNDBUFERRORS,
)

if TYPE_CHECKING:
    from lomodel.linux.net.core.net_namespace import Net

snmp4_ipstats_list: dict[str, int] = {
    "InReceives": IPSTATS_MIB_INPKTS,
    "InHdrErrors": IPSTATS_MIB_INHDRERRORS,
    "InAddrErrors": IPSTATS_MIB_INADDRERRORS,
    "ForwDatagrams": IPSTATS_MIB_OUTFORWDATAGRAMS,
    "InUnknownProtos": IPSTATS_MIB_INUNKNOWNPROTOS,
    "InDiscards": IPSTATS_MIB_INDISCARDS,
    "InDelivers": IPSTATS_MIB_INDELIVERS,
    "OutRequests": IPSTATS_MIB_OUTREQUESTS,
    "OutDiscards": IPSTATS_MIB_OUTDISCARDS,
    "OutNoRoutes": IPSTATS_MIB_OUTNOROUTES,
    "ReasmTimeout": IPSTATS_MIB_REASMTIMEOUT,
    "ReasmReqds": IPSTATS_MIB_REASMREQDS,
    "ReasmOKs": IPSTATS_MIB_REASMOKS,
    "ReasmFails": IPSTATS_MIB_REASMFAILS,
    "FragOKs": IPSTATS_MIB_FRAGOKS,
    "FragFails": IPSTATS_MIB_FRAGFAILS,
    "FragCreates": IPSTATS_MIB_FRAGCREATES,
    "OutTransmits": IPSTATS_MIB_OUTPKTS,
}

snmp4_ipextstats_list: dict[str, int] = {
    "InNoRoutes": IPSTATS_MIB_INNOROUTES,
    "InTruncatedPkts": IPSTATS_MIB_INTRUNCATEDPKTS,
    "InMcastPkts": IPSTATS_MIB_INMCASTPKTS,
    "OutMcastPkts": IPSTATS_MIB_OUTMCASTPKTS,
    "InBcastPkts": IPSTATS_MIB_INBCASTPKTS,
    "OutBcastPkts": IPSTATS_MIB_OUTBCASTPKTS,
    "InOctets": IPSTATS_MIB_INOCTETS,
    "OutOctets": IPSTATS_MIB_OUTOCTETS,
    "InMcastOctets": IPSTATS_MIB_INMCASTOCTETS,
    "OutMcastOctets": IPSTATS_MIB_OUTMCASTOCTETS,
    "InBcastOctets": IPSTATS_MIB_INBCASTOCTETS,
    "OutBcastOctets": IPSTATS_MIB_OUTBCASTOCTETS,
    "InCsumErrors": IPSTATS_MIB_CSUMERRORS,
    "InNoECTPkts": IPSTATS_MIB_NOECTPKTS,
    "InECT1Pkts": IPSTATS_MIB_ECT1PKTS,
    "InECT0Pkts": IPSTATS_MIB_ECT0PKTS,
    "InCEPkts": IPSTATS_MIB_CEPKTS,
    "ReasmOverlaps": IPSTATS_MIB_REASM_OVERLAPS,
}

snmp4_udp_list: dict[str, int] = {
    "InDatagrams": UDP_MIB_INDATAGRAMS,
    "NoPorts": UDP_MIB_NOPORTS,
    "InErrors": UDP_MIB_INERRORS,
    "OutDatagrams": UDP_MIB_OUTDATAGRAMS,
    "RcvbufErrors": UDP_MIB_RCVBUFERRORS,
    "SndbufErrors": UDP_MIB_SNDBUFERRORS,
    "InCsumErrors": UDP_MIB_CSUMERRORS,
    "IgnoredMulti": UDP_MIB_IGNOREDMULTI,
    "MemErrors": UDP_MIB_MEMERRORS,
}

TCP = {"RtoAlgorithm": 1, "RtoMin": 200, "RtoMax": 120000, "MaxConn": -1} | dict.fromkeys(
    (
        *("ActiveOpens", "PassiveOpens", "AttemptFails", "EstabResets", "CurrEstab", "InSegs"),
        *("OutSegs", "RetransSegs", "InErrs", "OutRsts", "InCsumErrors"),
    ),
    0,
)
"""TCP's columns where nobody speaks it: four limits, and nothing counted."""

icmpmibmap: dict[str, int] = {
    "DestUnreachs": 3,
    "TimeExcds": 11,
    "ParmProbs": 12,
    "SrcQuenchs": 4,
    "Redirects": 5,
    "Echos": 8,
    "EchoReps": 0,
    "Timestamps": 13,
    "TimestampReps": 14,
    "AddrMasks": 17,
    "AddrMaskReps": 18,
}
"""The types of ICMP messages by their names in the file."""


def icmp_put(net: Net) -> dict[str, int]:
    """The columns of ICMP: all messages, then by type, those that came in before those that went
    out."""
    icmp, by_type = net.mib.icmp_statistics, net.mib.icmpmsg_statistics
    shown = {
        "InMsgs": icmp[ICMP_MIB_INMSGS],
        "InErrors": icmp[ICMP_MIB_INERRORS],
        "InCsumErrors": icmp[ICMP_MIB_CSUMERRORS],
    }
    shown |= {f"In{name}": by_type.get(type, 0) for name, type in icmpmibmap.items()}
    shown["OutMsgs"] = icmp[ICMP_MIB_OUTMSGS]
    shown["OutErrors"] = icmp[ICMP_MIB_OUTERRORS]
    shown["OutRateLimitGlobal"] = icmp[ICMP_MIB_RATELIMITGLOBAL]
    shown["OutRateLimitHost"] = icmp[ICMP_MIB_RATELIMITHOST]
    return shown | {f"Out{name}": by_type.get(type | 0x100, 0) for name, type in icmpmibmap.items()}


def icmpmsg_put(net: Net) -> dict[str, int]:
    """The columns of ICMP's messages by the number of their type: only those that came or went."""
    by_type = net.mib.icmpmsg_statistics
    return {
        f"{'Out' if at & 0x100 else 'In'}Type{at & 0xFF}": by_type[at]
        for at in sorted(by_type)
        if by_type[at]
    }


def snmp_columns(net: Net) -> dict[str, dict[str, int]]:
    """The columns of /proc/net/snmp by protocol, in the order of the file. Of TCP, which the model
    has not, as in a namespace where nobody speaks it."""
    ip, udp = net.mib.ip_statistics, net.mib.udp_statistics
    counted = {name: udp[at] for name, at in snmp4_udp_list.items()}
    unknown = () if net.machine.release.ip_counts_transmits else ("OutTransmits",)
    columns = {
        "Ip": {"Forwarding": 2, "DefaultTTL": net.ipv4.sysctl_ip_default_ttl}
        | {name: ip[at] for name, at in snmp4_ipstats_list.items() if name not in unknown},
        "Icmp": icmp_put(net),
        "IcmpMsg": icmpmsg_put(net),
        "Tcp": TCP,
        "Udp": counted,
        "UdpLite": dict.fromkeys(counted, 0),
    }
    return {name: row for name, row in columns.items() if row}


def snmp_seq_show(net: Net) -> str:
    """/proc/net/snmp as it is since 6.12, without its last newline: names, then numbers."""
    lines = []
    for name, row in snmp_columns(net).items():
        lines.append(f"{name}: {' '.join(row)}")
        lines.append(f"{name}: {' '.join(map(str, row.values()))}")
    return "\n".join(lines)


def netstat_columns(net: Net) -> dict[str, dict[str, int]]:
    """/proc/net/netstat, as far as the model counts."""
    ip = net.mib.ip_statistics
    return {"IpExt": {name: ip[at] for name, at in snmp4_ipextstats_list.items()}}
