"""include/linux/in.h: kinds of IPv4 addresses that can be told from their bits.

"in" is a word of Python, hence the name.
"""

from __future__ import annotations

from lomodel.linux.include.uapi.linux.in_ import INADDR_BROADCAST


def ipv4_is_multicast(addr: int) -> bool:
    """Whether the address is that of a group: 224.0.0.0/4."""
    return addr >> 28 == 0xE


def ipv4_is_local_multicast(addr: int) -> bool:
    """Whether the group is one of the wire alone: 224.0.0.0/24."""
    return addr >> 8 == 0xE00000


def ipv4_is_lbcast(addr: int) -> bool:
    """Whether the address means everybody on the wire: 255.255.255.255."""
    return addr == INADDR_BROADCAST


def ipv4_is_loopback(addr: int) -> bool:
    """Whether the address is one of 127.0.0.0/8."""
    return addr >> 24 == 127


def ipv4_is_zeronet(addr: int) -> bool:
    """Whether the address is none at all: 0.0.0.0, and since 5.3 no other of 0.0.0.0/8."""
    return addr == 0
