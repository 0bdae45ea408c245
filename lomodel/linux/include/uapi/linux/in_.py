"""include/uapi/linux/in.h: protocol numbers, socket options and addresses of IPv4.

"in" is a word of Python, hence the name.
"""

from __future__ import annotations

IPPROTO_TCP = 6
IPPROTO_UDP = 17
INADDR_ANY = 0
INADDR_BROADCAST = 0xFFFFFFFF
INADDR_LOOPBACK = 0x7F000001

IP_TOS = 1
IP_TTL = 2
IP_MTU_DISCOVER = 10
IP_RECVERR = 11

IPPROTO_IP = 0
IPPROTO_ICMP = 1
IPPROTO_IPIP = 4
IPPROTO_IPV6 = 41

IP_PMTUDISC_DONT = 0
IP_PMTUDISC_WANT = 1
IP_PMTUDISC_DO = 2
IP_PMTUDISC_PROBE = 3
IP_PMTUDISC_OMIT = 5
