"""The part of net/ipv6/addrconf.c that chooses the address to send from.

Left out: deprecated, optimistic, temporary and home addresses, and what a socket prefers of them.
"""

from __future__ import annotations

import errno
from typing import NamedTuple

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.net.if_inet6 import Inet6Dev, Inet6Ifaddr, in6_text
from lomodel.linux.include.net.ipv6 import (
    IPV6_ADDR_ANY,
    IPV6_ADDR_MULTICAST,
    IPV6_ADDR_SCOPE_LINKLOCAL,
)
from lomodel.linux.include.uapi.linux.if_addr import IFA_F_TENTATIVE
from lomodel.linux.net.core.net_namespace import Net, for_each_netdev
from lomodel.linux.net.core.sock import sock_error_raise
from lomodel.linux.net.ipv6.addrconf_core import __ipv6_addr_src_scope, __ipv6_addr_type
from lomodel.linux.net.ipv6.addrlabel import ipv6_addr_label
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv6/addrconf.c")


class Ipv6SaddrDst(NamedTuple):
    """struct ipv6_saddr_dst: where a packet goes; ``ifindex`` is 0 where no device is known."""

    addr: bytes
    ifindex: int
    scope: int
    label: int


@kernel_function
def ipv6_dev_get_saddr(net: Net, dst_dev: NetDevice | None, daddr: bytes) -> bytes:
    """The address to send to ``daddr`` from, over ``dst_dev`` if that is known.

    OSError EADDRNOTAVAIL when there is none. For a group, or for a neighbour on the link, only the
    device's own addresses count, else those of every device.
    """
    known = net.ipv6.saddr_found
    key = daddr, dst_dev
    if not trace.on and key in known:
        return known[key]
    dst_type = __ipv6_addr_type(daddr)
    scope = __ipv6_addr_src_scope(dst_type)
    devices = list(for_each_netdev(net))
    if dst_dev is not None and (
        dst_type & IPV6_ADDR_MULTICAST or scope <= IPV6_ADDR_SCOPE_LINKLOCAL
    ):
        devices = [dst_dev]
    found = [ifa for dev in devices for ifa in _candidates(dev.ip6_ptr)]
    # Whoever is the destination itself wins the first rule, so the others need not be asked.
    best = next((ifa for ifa in found if ifa.addr == daddr), None)
    if best is None and found:
        ifindex = dst_dev.ifindex if dst_dev is not None else 0
        dst = Ipv6SaddrDst(daddr, ifindex, scope, ipv6_addr_label(daddr))
        best = max(found, key=lambda ifa: ipv6_get_saddr_eval(ifa, dst))
    if trace.on:
        chosen = None if best is None else in6_text(best.addr)
        decide("is there an address to send from?", best is not None, address=chosen)
    if best is None:
        raise sock_error_raise(errno.EADDRNOTAVAIL)
    known[key] = best.addr
    return best.addr


def _candidates(idev: Inet6Dev | None) -> list[Inet6Ifaddr]:
    """The addresses of a device that may be a source: no tentative ones, and no groups."""
    if idev is None:
        return []
    return [
        ifa
        for ifa in idev.addr_list
        if not ifa.flags & IFA_F_TENTATIVE
        and (kind := __ipv6_addr_type(ifa.addr)) != IPV6_ADDR_ANY
        and not kind & IPV6_ADDR_MULTICAST
    ]


def ipv6_get_saddr_eval(ifa: Inet6Ifaddr, dst: Ipv6SaddrDst) -> tuple[int, ...]:
    """How good a source is, by the rules of RFC 6724 in their order (net/ipv6/addrconf.c).

    It is the destination itself; its scope is enough, and no wider than need be; it is on the
    outgoing device; its label is the destination's; both or none are ORCHIDs; they have a long
    prefix in common.
    """
    scope = __ipv6_addr_src_scope(__ipv6_addr_type(ifa.addr))
    return (
        ifa.addr == dst.addr,
        -scope if scope >= dst.scope else scope - 128,
        not dst.ifindex or dst.ifindex == ifa.idev.dev.ifindex,
        ipv6_addr_label(ifa.addr) == dst.label,
        ipv6_addr_orchid(ifa.addr) == ipv6_addr_orchid(dst.addr),
        min(ipv6_addr_diff(ifa.addr, dst.addr), ifa.prefix_len),
    )


def ipv6_addr_orchid(addr: bytes) -> bool:
    """Whether the address is one of 2001:10::/28 (include/net/ipv6.h)."""
    return int.from_bytes(addr[:4], "big") & 0xFFFFFFF0 == 0x20010010


def ipv6_addr_diff(addr: bytes, other: bytes) -> int:
    """How many bits both addresses begin with (include/net/ipv6.h)."""
    return 128 - (int.from_bytes(addr, "big") ^ int.from_bytes(other, "big")).bit_length()
