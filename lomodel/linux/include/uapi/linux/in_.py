"""include/uapi/linux/in.h: protocol numbers, socket options and addresses of IPv4.

"in" is a word of Python, hence the name.
"""

from __future__ import annotations

from dataclasses import dataclass

IPPROTO_TCP = 6
IPPROTO_UDP = 17
INADDR_ANY = 0
INADDR_BROADCAST = 0xFFFFFFFF
INADDR_LOOPBACK = 0x7F000001
INADDR_DUMMY = 0xC0000008

IP_TOS = 1
IP_TTL = 2
IP_MTU_DISCOVER = 10
IP_RECVERR = 11
IP_MTU = 14
IP_MULTICAST_IF = 32
IP_MULTICAST_TTL = 33
IP_MULTICAST_LOOP = 34
IP_ADD_MEMBERSHIP = 35
IP_DROP_MEMBERSHIP = 36
IP_MULTICAST_ALL = 49

IPPROTO_IP = 0
IPPROTO_ICMP = 1
IPPROTO_IGMP = 2
IPPROTO_IPIP = 4
IPPROTO_IPV6 = 41
IPPROTO_PIM = 103
IPPROTO_UDPLITE = 136
IPPROTO_RAW = 255

IP_PMTUDISC_DONT = 0
IP_PMTUDISC_WANT = 1
IP_PMTUDISC_DO = 2
IP_PMTUDISC_PROBE = 3
IP_PMTUDISC_INTERFACE = 4
IP_PMTUDISC_OMIT = 5


@dataclass(slots=True)
class IpMreqn:
    """struct ip_mreqn: a group, and the device by its address or its index (0: by neither)."""

    imr_multiaddr: int
    imr_address: int
    imr_ifindex: int
