"""include/linux/inetdevice.h: IPv4's side of a device, and its addresses.

Addresses are 4 bytes in network order where an address is kept, and numbers where one is looked
for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from operator import attrgetter

from lomodel.linux.include.linux.igmp import IpMcList
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.net.ip import IPV4_MIN_MTU
from lomodel.linux.include.uapi.linux.if_addr import IFA_F_PERMANENT
from lomodel.linux.include.uapi.linux.rtnetlink import RT_SCOPE_UNIVERSE


@dataclass(slots=True)
class Ipv4Devconf:
    """struct ipv4_devconf, the settings that matter here: sysctls of net.ipv4.conf, and two that
    only the kernel sets."""

    route_localnet: int = 0
    accept_local: int = 0
    rp_filter: int = 0
    noxfrm: int = 0
    nopolicy: int = 0

    def __copy__(self) -> Ipv4Devconf:
        return Ipv4Devconf(*_settings(self))


_settings = attrgetter(*Ipv4Devconf.__slots__)


@dataclass(slots=True, eq=False)
class InIfaddr:
    """struct in_ifaddr: an IPv4 address of a device; addresses in network order, 4 bytes."""

    ifa_dev: InDevice
    ifa_local: bytes = bytes(4)
    ifa_address: bytes = bytes(4)
    ifa_prefixlen: int = 0
    ifa_scope: int = RT_SCOPE_UNIVERSE
    ifa_flags: int = IFA_F_PERMANENT
    ifa_label: str = ""

    @property
    def ifa_mask(self) -> int:
        """The netmask as a number."""
        return inet_make_mask(self.ifa_prefixlen)

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.ifa_local))}/{self.ifa_prefixlen}"


@dataclass(slots=True, eq=False)
class InDevice:
    """struct in_device: IPv4's side of a device. It exists while the MTU is at least 68."""

    dev: NetDevice
    ifa_list: list[InIfaddr] = field(default_factory=list)
    cnf: Ipv4Devconf = field(default_factory=lambda: Ipv4Devconf())
    mc_list: list[IpMcList] = field(default_factory=list)
    dead: bool = False


def inetdev_valid_mtu(mtu: int) -> bool:
    """Whether IPv4 can work with this MTU: 68 bytes or more, unsigned."""
    return mtu >= IPV4_MIN_MTU


def inet_make_mask(plen: int) -> int:
    """The netmask of ``plen`` bits, as a number."""
    return 0xFFFFFFFF ^ (0xFFFFFFFF >> plen)


def inet_ifa_match(address: bytes, ifa: InIfaddr) -> bool:
    """Whether ``address`` lies in the network of ``ifa``."""
    difference = int.from_bytes(address, "big") ^ int.from_bytes(ifa.ifa_address, "big")
    return not difference & ifa.ifa_mask


def IN_DEV_ROUTE_LOCALNET(in_dev: InDevice) -> bool:
    """Whether 127.0.0.0/8 may be routed like other addresses: the device's setting or all's."""
    return bool(in_dev.dev.nd_net.ipv4.devconf_all.route_localnet or in_dev.cnf.route_localnet)


def IN_DEV_ACCEPT_LOCAL(in_dev: InDevice) -> bool:
    """Whether packets that come in may have an address of this host as their source."""
    return bool(in_dev.dev.nd_net.ipv4.devconf_all.accept_local or in_dev.cnf.accept_local)


def IN_DEV_RPFILTER(in_dev: InDevice) -> int:
    """How far the way back to a packet's source is checked: the greater of the two settings."""
    return max(in_dev.dev.nd_net.ipv4.devconf_all.rp_filter, in_dev.cnf.rp_filter)
