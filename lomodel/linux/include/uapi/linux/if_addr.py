"""include/uapi/linux/if_addr.h: a message about an address; flags and origins of an address."""

from __future__ import annotations

from typing import NamedTuple

IFA_F_SECONDARY = 0x01
IFA_F_PERMANENT = 0x80
IFA_F_TENTATIVE = 0x40
IFAPROT_KERNEL_LO = 1


class IfAddrMsg(NamedTuple):
    """struct ifaddrmsg with the attributes IFA_LOCAL and IFA_ADDRESS, in network order."""

    ifa_family: int
    ifa_prefixlen: int
    ifa_scope: int
    ifa_index: int
    local: bytes
    address: bytes
