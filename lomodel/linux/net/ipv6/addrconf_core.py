"""net/ipv6/addrconf_core.c: what kind of address an IPv6 address is."""

from __future__ import annotations

from lomodel.linux.include.net.ipv6 import (
    IPV6_ADDR_ANY,
    IPV6_ADDR_COMPATV4,
    IPV6_ADDR_LINKLOCAL,
    IPV6_ADDR_LOOPBACK,
    IPV6_ADDR_MAPPED,
    IPV6_ADDR_MULTICAST,
    IPV6_ADDR_SCOPE_GLOBAL,
    IPV6_ADDR_SCOPE_LINKLOCAL,
    IPV6_ADDR_SCOPE_NODELOCAL,
    IPV6_ADDR_SCOPE_SITELOCAL,
    IPV6_ADDR_SITELOCAL,
    IPV6_ADDR_UNICAST,
)
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv6/addrconf_core.c")

_GLOBAL = IPV6_ADDR_SCOPE_GLOBAL << 16
_LINKLOCAL = IPV6_ADDR_SCOPE_LINKLOCAL << 16


@kernel_function
def ipv6_addr_scope2type(scope: int) -> int:
    """A scope, and the bit of those that addresses of one host can have, too."""
    bits = {
        IPV6_ADDR_SCOPE_NODELOCAL: IPV6_ADDR_LOOPBACK,
        IPV6_ADDR_SCOPE_LINKLOCAL: IPV6_ADDR_LINKLOCAL,
        IPV6_ADDR_SCOPE_SITELOCAL: IPV6_ADDR_SITELOCAL,
    }
    return scope << 16 | bits.get(scope, 0)


@kernel_function
def __ipv6_addr_type(addr: bytes) -> int:
    """The bits IPV6_ADDR_... that hold for an address, and its scope from bit 16 on.

    What has no form of its own is global unicast.
    """
    if addr[0] >> 5 not in (0, 7):
        return IPV6_ADDR_UNICAST | _GLOBAL
    if addr[0] == 0xFF:
        return IPV6_ADDR_MULTICAST | ipv6_addr_scope2type(addr[1] & 0x0F)
    if addr[0] == 0xFE and addr[1] >> 6 == 2:
        return IPV6_ADDR_LINKLOCAL | IPV6_ADDR_UNICAST | _LINKLOCAL
    if addr[0] == 0xFE and addr[1] >> 6 == 3:
        return IPV6_ADDR_SITELOCAL | IPV6_ADDR_UNICAST | IPV6_ADDR_SCOPE_SITELOCAL << 16
    if any(addr[:8]):
        return IPV6_ADDR_UNICAST | _GLOBAL
    return _embedded_type(addr)


def _embedded_type(addr: bytes) -> int:
    """The type of an address whose first half is 0: the wildcard, ::1, or one of IPv4 inside."""
    middle, last = int.from_bytes(addr[8:12], "big"), int.from_bytes(addr[12:], "big")
    if not middle and not last:
        return IPV6_ADDR_ANY
    if not middle and last == 1:
        return IPV6_ADDR_LOOPBACK | IPV6_ADDR_UNICAST | _LINKLOCAL
    if not middle:
        return IPV6_ADDR_COMPATV4 | IPV6_ADDR_UNICAST | _GLOBAL
    if middle == 0xFFFF:
        return IPV6_ADDR_MAPPED | _GLOBAL
    return IPV6_ADDR_UNICAST | _GLOBAL


def ipv6_addr_type(addr: bytes) -> int:
    """The type without the scope (include/net/ipv6.h)."""
    return __ipv6_addr_type(addr) & 0xFFFF


def ipv6_addr_src_scope(addr_type: int) -> int:
    """The scope in what ``__ipv6_addr_type`` gave (__ipv6_addr_src_scope of include/net/ipv6.h)."""
    return -1 if addr_type == IPV6_ADDR_ANY else addr_type >> 16


def ipv6_addr_needs_scope_id(addr_type: int) -> bool:
    """Whether only a device makes clear who is meant: link-local addresses and groups.

    Source: __ipv6_addr_needs_scope_id of include/net/ipv6.h.
    """
    if addr_type & IPV6_ADDR_LINKLOCAL:
        return True
    return bool(addr_type & IPV6_ADDR_MULTICAST and addr_type & IPV6_ADDR_LOOPBACK)
