"""include/linux/igmp.h: groups that a device is in, and a socket, over IPv4."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class IpMcList:
    """struct ip_mc_list: ``multiaddr`` is the group's address, a number; ``users`` how often it was
    joined."""

    multiaddr: int
    users: int = 1


@dataclass(slots=True, eq=False)
class IpMcSocklist:
    """struct ip_mc_socklist: a group that a socket joined (a number), and the device's index."""

    imr_multiaddr: int
    imr_ifindex: int
