"""net/ipv6/proc.c: what /proc/net/snmp6 shows. Left out: UDP-Lite."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.linux.include.uapi.linux.snmp import (
    ICMP6_MIB_CSUMERRORS,
    ICMP6_MIB_INERRORS,
    ICMP6_MIB_INMSGS,
    ICMP6_MIB_OUTERRORS,
    ICMP6_MIB_OUTMSGS,
    ICMP6_MIB_RATELIMITHOST,
    IPSTATS_MIB_CEPKTS,
    IPSTATS_MIB_ECT0PKTS,
    IPSTATS_MIB_ECT1PKTS,
    IPSTATS_MIB_FRAGCREATES,
    IPSTATS_MIB_FRAGFAILS,
    IPSTATS_MIB_FRAGOKS,
    IPSTATS_MIB_INADDRERRORS,
    IPSTATS_MIB_INBCASTOCTETS,
    IPSTATS_MIB_INDELIVERS,
    IPSTATS_MIB_INDISCARDS,
    IPSTATS_MIB_INHDRERRORS,
    IPSTATS_MIB_INMCASTOCTETS,
    IPSTATS_MIB_INMCASTPKTS,
    IPSTATS_MIB_INNOROUTES,
    IPSTATS_MIB_INOCTETS,
    IPSTATS_MIB_INPKTS,
    IPSTATS_MIB_INTOOBIGERRORS,
    IPSTATS_MIB_INTRUNCATEDPKTS,
    IPSTATS_MIB_INUNKNOWNPROTOS,
    IPSTATS_MIB_NOECTPKTS,
    IPSTATS_MIB_OUTBCASTOCTETS,
    IPSTATS_MIB_OUTDISCARDS,
    IPSTATS_MIB_OUTFORWDATAGRAMS,
    IPSTATS_MIB_OUTMCASTOCTETS,
    IPSTATS_MIB_OUTMCASTPKTS,
    IPSTATS_MIB_OUTNOROUTES,
    IPSTATS_MIB_OUTOCTETS,
    IPSTATS_MIB_OUTPKTS,
    IPSTATS_MIB_OUTREQUESTS,
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

snmp6_ipstats_list: dict[str, int] = {
    "Ip6InReceives": IPSTATS_MIB_INPKTS,
    "Ip6InHdrErrors": IPSTATS_MIB_INHDRERRORS,
    "Ip6InTooBigErrors": IPSTATS_MIB_INTOOBIGERRORS,
    "Ip6InNoRoutes": IPSTATS_MIB_INNOROUTES,
    "Ip6InAddrErrors": IPSTATS_MIB_INADDRERRORS,
    "Ip6InUnknownProtos": IPSTATS_MIB_INUNKNOWNPROTOS,
    "Ip6InTruncatedPkts": IPSTATS_MIB_INTRUNCATEDPKTS,
    "Ip6InDiscards": IPSTATS_MIB_INDISCARDS,
    "Ip6InDelivers": IPSTATS_MIB_INDELIVERS,
    "Ip6OutForwDatagrams": IPSTATS_MIB_OUTFORWDATAGRAMS,
    "Ip6OutRequests": IPSTATS_MIB_OUTREQUESTS,
    "Ip6OutDiscards": IPSTATS_MIB_OUTDISCARDS,
    "Ip6OutNoRoutes": IPSTATS_MIB_OUTNOROUTES,
    "Ip6ReasmTimeout": IPSTATS_MIB_REASMTIMEOUT,
    "Ip6ReasmReqds": IPSTATS_MIB_REASMREQDS,
    "Ip6ReasmOKs": IPSTATS_MIB_REASMOKS,
    "Ip6ReasmFails": IPSTATS_MIB_REASMFAILS,
    "Ip6FragOKs": IPSTATS_MIB_FRAGOKS,
    "Ip6FragFails": IPSTATS_MIB_FRAGFAILS,
    "Ip6FragCreates": IPSTATS_MIB_FRAGCREATES,
    "Ip6InMcastPkts": IPSTATS_MIB_INMCASTPKTS,
    "Ip6OutMcastPkts": IPSTATS_MIB_OUTMCASTPKTS,
    "Ip6InOctets": IPSTATS_MIB_INOCTETS,
    "Ip6OutOctets": IPSTATS_MIB_OUTOCTETS,
    "Ip6InMcastOctets": IPSTATS_MIB_INMCASTOCTETS,
    "Ip6OutMcastOctets": IPSTATS_MIB_OUTMCASTOCTETS,
    "Ip6InBcastOctets": IPSTATS_MIB_INBCASTOCTETS,
    "Ip6OutBcastOctets": IPSTATS_MIB_OUTBCASTOCTETS,
    "Ip6InNoECTPkts": IPSTATS_MIB_NOECTPKTS,
    "Ip6InECT1Pkts": IPSTATS_MIB_ECT1PKTS,
    "Ip6InECT0Pkts": IPSTATS_MIB_ECT0PKTS,
    "Ip6InCEPkts": IPSTATS_MIB_CEPKTS,
    "Ip6OutTransmits": IPSTATS_MIB_OUTPKTS,
}

snmp6_icmp6_list: dict[str, int] = {
    "Icmp6InMsgs": ICMP6_MIB_INMSGS,
    "Icmp6InErrors": ICMP6_MIB_INERRORS,
    "Icmp6OutMsgs": ICMP6_MIB_OUTMSGS,
    "Icmp6OutErrors": ICMP6_MIB_OUTERRORS,
    "Icmp6InCsumErrors": ICMP6_MIB_CSUMERRORS,
    "Icmp6OutRateLimitHost": ICMP6_MIB_RATELIMITHOST,
}

snmp6_udp6_list: dict[str, int] = {
    "Udp6InDatagrams": UDP_MIB_INDATAGRAMS,
    "Udp6NoPorts": UDP_MIB_NOPORTS,
    "Udp6InErrors": UDP_MIB_INERRORS,
    "Udp6OutDatagrams": UDP_MIB_OUTDATAGRAMS,
    "Udp6RcvbufErrors": UDP_MIB_RCVBUFERRORS,
    "Udp6SndbufErrors": UDP_MIB_SNDBUFERRORS,
    "Udp6InCsumErrors": UDP_MIB_CSUMERRORS,
    "Udp6IgnoredMulti": UDP_MIB_IGNOREDMULTI,
    "Udp6MemErrors": UDP_MIB_MEMERRORS,
}

icmp6type2name: dict[int, str] = {
    1: "DestUnreachs",
    2: "PktTooBigs",
    3: "TimeExcds",
    4: "ParmProblems",
    128: "Echos",
    129: "EchoReplies",
    130: "GroupMembQueries",
    131: "GroupMembResponses",
    132: "GroupMembReductions",
    133: "RouterSolicits",
    134: "RouterAdvertisements",
    135: "NeighborSolicits",
    136: "NeighborAdvertisements",
    137: "Redirects",
    143: "MLDv2Reports",
}
"""The types of ICMPv6 messages that the file has names for."""


def snmp6_columns(net: Net) -> dict[str, int]:
    """/proc/net/snmp6 as it is since 6.12: every line's name and number, in order.

    A type of ICMPv6 without a name has a line once a message of it came or went.
    """
    mib = net.mib
    shown = {name: mib.ipv6_statistics[at] for name, at in snmp6_ipstats_list.items()}
    if not net.machine.release.ip_counts_transmits:
        del shown["Ip6OutTransmits"]
    shown |= {name: mib.icmpv6_statistics[at] for name, at in snmp6_icmp6_list.items()}
    by_type = mib.icmpv6msg_statistics
    for way, start in (("In", 0), ("Out", 0x100)):
        named = {f"Icmp6{way}{icmp6type2name[t]}": t for t in icmp6type2name}
        shown |= {name: by_type.get(type + start, 0) for name, type in named.items()}
    for at in sorted(by_type):
        if by_type[at]:
            shown[f"Icmp6{'Out' if at & 0x100 else 'In'}Type{at & 0xFF}"] = by_type[at]
    shown |= {name: mib.udp_stats_in6[at] for name, at in snmp6_udp6_list.items()}
    lite = (name for name in snmp6_udp6_list if name != "Udp6IgnoredMulti")
    return shown | {name.replace("Udp6", "UdpLite6"): 0 for name in lite}


def snmp6_seq_show(net: Net) -> str:
    """The whole file, without its last newline."""
    return "\n".join(f"{name:<32}\t{number}" for name, number in snmp6_columns(net).items())
