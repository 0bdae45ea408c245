"""include/linux/igmp.h: a group that a device is in, over IPv4."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True, eq=False)
class IpMcList:
    """struct ip_mc_list: ``multiaddr`` is the group's address, a number; ``users`` how often it was
    joined."""

    multiaddr: int
    users: int = 1
