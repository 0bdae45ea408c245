"""include/net/if_inet6.h: IPv6's side of a device, its addresses and its groups.

Addresses are 16 bytes in network order.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from socket import AF_INET6, inet_ntop

from lomodel.linux.include.linux.ipv6 import Ipv6Devconf
from lomodel.linux.include.linux.netdevice import NetDevice

IF_READY = 0x80000000


@dataclass(slots=True, eq=False)
class Ifmcaddr6:
    """struct ifmcaddr6: a group that a device is in; ``mca_users`` is how often it was joined."""

    mca_addr: bytes
    mca_users: int = 1


@dataclass(slots=True, eq=False)
class Ipv6McSocklist:
    """struct ipv6_mc_socklist: a group that a socket joined, and the device's index."""

    addr: bytes
    ifindex: int


@dataclass(slots=True, eq=False)
class Inet6Ifaddr:
    """struct inet6_ifaddr: an IPv6 address of a device; ``addr`` is 16 bytes in network order."""

    idev: Inet6Dev
    addr: bytes
    prefix_len: int
    scope: int
    flags: int
    ifa_proto: int

    def __str__(self) -> str:
        return f"{in6_text(self.addr)}/{self.prefix_len}"


@dataclass(slots=True, eq=False)
class Inet6Dev:
    """struct inet6_dev: IPv6's side of a device. It is made only at an MTU of 1280 or more."""

    dev: NetDevice
    cnf: Ipv6Devconf
    addr_list: list[Inet6Ifaddr] = field(default_factory=list)
    mc_list: list[Ifmcaddr6] = field(default_factory=list)
    if_flags: int = 0
    dead: bool = False


def in6_text(addr: bytes) -> str:
    """The address as people write it."""
    return inet_ntop(AF_INET6, addr)
