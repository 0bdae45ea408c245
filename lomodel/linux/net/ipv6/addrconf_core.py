"""net/ipv6/addrconf_core.c: what kind of address it is, told from its bits."""

from __future__ import annotations

from functools import lru_cache

from lomodel.linux.include.net.ipv6 import (
    IPV6_ADDR_ANY,
    IPV6_ADDR_LINKLOCAL,
    IPV6_ADDR_LOOPBACK,
    IPV6_ADDR_MAPPED,
    IPV6_ADDR_MULTICAST,
    IPV6_ADDR_SCOPE_GLOBAL,
    IPV6_ADDR_SCOPE_LINKLOCAL,
    IPV6_ADDR_SCOPE_MASK,
    IPV6_ADDR_SCOPE_NODELOCAL,
    IPV6_ADDR_SCOPE_SITELOCAL,
    IPV6_ADDR_SITELOCAL,
    IPV6_ADDR_UNICAST,
    IPV6_ADDR_COMPATv4,
    in6addr_loopback,
)


def ipv6_addr_scope2type(scope: int) -> int:
    """The bits for the scope of a group, with the kind of address that has the same scope
    (net/ipv6/addrconf_core.c)."""
    kinds = {
        IPV6_ADDR_SCOPE_NODELOCAL: IPV6_ADDR_LOOPBACK,
        IPV6_ADDR_SCOPE_LINKLOCAL: IPV6_ADDR_LINKLOCAL,
        IPV6_ADDR_SCOPE_SITELOCAL: IPV6_ADDR_SITELOCAL,
    }
    return scope << 16 | kinds.get(scope, 0)


@lru_cache(1024)
def __ipv6_addr_type(addr: bytes) -> int:
    """IPV6_ADDR_ bits with the address's scope from bit 16 on (net/ipv6/addrconf_core.c)."""
    if addr[0] & 0xE0 == 0xE0:
        if addr[0] == 0xFF:
            return IPV6_ADDR_MULTICAST | ipv6_addr_scope2type(addr[1] & 0x0F)
        if addr[0] == 0xFE and addr[1] & 0xC0 == 0x80:
            return IPV6_ADDR_UNICAST | ipv6_addr_scope2type(IPV6_ADDR_SCOPE_LINKLOCAL)
        if addr[0] == 0xFE and addr[1] & 0xC0 == 0xC0:
            return IPV6_ADDR_UNICAST | ipv6_addr_scope2type(IPV6_ADDR_SCOPE_SITELOCAL)
    everywhere = IPV6_ADDR_SCOPE_GLOBAL << 16
    if any(addr[:10]):
        return IPV6_ADDR_UNICAST | everywhere
    if addr[10:12] == b"\xff\xff" and not any(addr[8:10]):
        return IPV6_ADDR_MAPPED | everywhere
    if any(addr[8:12]):
        return IPV6_ADDR_UNICAST | everywhere
    if not any(addr[12:]):
        return IPV6_ADDR_ANY
    if addr == in6addr_loopback:
        return IPV6_ADDR_LOOPBACK | IPV6_ADDR_UNICAST | IPV6_ADDR_SCOPE_LINKLOCAL << 16
    return IPV6_ADDR_COMPATv4 | IPV6_ADDR_UNICAST | everywhere


def ipv6_addr_scope(addr: bytes) -> int:
    """The bits of an address's type that say how far it is known (include/net/ipv6.h)."""
    return __ipv6_addr_type(addr) & IPV6_ADDR_SCOPE_MASK


def __ipv6_addr_src_scope(type: int) -> int:
    """The scope of an address of that type: 2 the link, 14 everywhere; -1 for none at all
    (include/net/ipv6.h)."""
    return -1 if type == IPV6_ADDR_ANY else type >> 16


def ipv6_addr_type(addr: bytes) -> int:
    """IPV6_ADDR_ bits without the scope (include/net/ipv6.h)."""
    return __ipv6_addr_type(addr) & 0xFFFF


def __ipv6_addr_needs_scope_id(type: int) -> bool:
    """Whether only a device makes clear who is meant: link-local addresses, and groups of the link
    or of this host (include/net/ipv6.h)."""
    return bool(
        type & IPV6_ADDR_LINKLOCAL or (type & IPV6_ADDR_MULTICAST and type & IPV6_ADDR_LOOPBACK)
    )
