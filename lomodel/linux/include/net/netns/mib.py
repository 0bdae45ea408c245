"""include/net/netns/mib.h: what a namespace counts, protocol by protocol.

The kernel has a copy for each CPU and adds them up when somebody reads; the sum is kept here. The
index of a counter is a constant of include/uapi/linux/snmp.h.
"""

from __future__ import annotations

from collections import defaultdict

from lomodel.linux.include.uapi.linux.snmp import (
    __ICMP6_MIB_MAX,
    __ICMP_MIB_MAX,
    __IPSTATS_MIB_MAX,
    __UDP_MIB_MAX,
)


class NetnsMib:
    """struct netns_mib. ICMP's messages are counted by type, those that go out from 256 on."""

    __slots__ = (
        "ip_statistics",
        "ipv6_statistics",
        "udp_statistics",
        "udp_stats_in6",
        "icmp_statistics",
        "icmpmsg_statistics",
        "icmpv6_statistics",
        "icmpv6msg_statistics",
    )

    def __init__(self) -> None:
        self.ip_statistics = [0] * _IPSTATS
        self.ipv6_statistics = [0] * _IPSTATS
        self.udp_statistics = [0] * _UDP
        self.udp_stats_in6 = [0] * _UDP
        self.icmp_statistics = [0] * _ICMP
        self.icmpv6_statistics = [0] * _ICMP6
        self.icmpmsg_statistics: defaultdict[int, int] = defaultdict(int)
        self.icmpv6msg_statistics: defaultdict[int, int] = defaultdict(int)


# A name with two underscores would be another one inside a class.
_IPSTATS, _UDP, _ICMP, _ICMP6 = __IPSTATS_MIB_MAX, __UDP_MIB_MAX, __ICMP_MIB_MAX, __ICMP6_MIB_MAX
