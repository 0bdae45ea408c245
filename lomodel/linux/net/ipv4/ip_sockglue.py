"""net/ipv4/ip_sockglue.c: socket options of IPv4.

Left out: every option that the model's packets do not show, and source filters of groups.
"""

from __future__ import annotations

import errno
from collections.abc import Callable

from lomodel import trace
from lomodel.linux.include.net.dst import dst_mtu
from lomodel.linux.include.uapi.linux.in_ import (
    IP_ADD_MEMBERSHIP,
    IP_DROP_MEMBERSHIP,
    IP_MTU,
    IP_MTU_DISCOVER,
    IP_MULTICAST_ALL,
    IP_MULTICAST_IF,
    IP_MULTICAST_LOOP,
    IP_MULTICAST_TTL,
    IP_PMTUDISC_DONT,
    IP_PMTUDISC_OMIT,
    IP_RECVERR,
    IP_TOS,
    IP_TTL,
    IPPROTO_IP,
    IpMreqn,
)
from lomodel.linux.net.core.dev import dev_get_by_index
from lomodel.linux.net.core.skbuff_errqueue import skb_errqueue_purge
from lomodel.linux.net.core.sock import Sock, release_sock, sock_error_raise, sockopt_bytes
from lomodel.linux.net.ipv4.devinet_ifa import __ip_dev_find
from lomodel.linux.net.ipv4.igmp_socket import ip_mc_join_group, ip_mc_leave_group
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/ip_sockglue.c")

SIZEOF_IP_MREQ = 8
"""struct ip_mreq, in bytes: a group and an address."""
SIZEOF_IP_MREQN = 12
"""struct ip_mreqn: an index behind them."""


@kernel_function
def ip_setsockopt(sk: Sock, level: int, optname: int, optval: bytes) -> None:
    """Set an option of IPPROTO_IP.

    A value of fewer bytes than an int is its first byte, and one of none is 0 where the option
    takes that. OSError EINVAL for a value that the option does not take, EADDRNOTAVAIL for a device
    that there is not, ENOPROTOOPT for another level and an option that is not known.
    """
    if level != IPPROTO_IP or optname not in _SETTERS:
        if trace.on:
            decide("does IPPROTO_IP know the option?", False, level=level, optname=optname)
        raise sock_error_raise(errno.ENOPROTOOPT)
    if optname in _LOCKED:
        try:
            _LOCKED[optname](sk, optname, optval)
        finally:
            release_sock(sk)
        return
    name, needs_byte = _SETTERS[optname]
    if trace.on:
        decide("are there enough bytes?", len(optval) >= needs_byte, optlen=len(optval))
    if len(optval) < needs_byte:
        raise sock_error_raise(errno.EINVAL)
    setattr(sk, name, _value(optname, _int_or_byte(optval)))
    if optname == IP_RECVERR and not sk.recverr:
        skb_errqueue_purge(sk)


def _int_or_byte(optval: bytes) -> int:
    if len(optval) >= 4:
        return int.from_bytes(optval[:4], "little", signed=True)
    return optval[0] if optval else 0


def _value(optname: int, val: int) -> int:
    """What an option keeps of an int. OSError EINVAL where it does not take it."""
    if optname in (IP_RECVERR, IP_MULTICAST_LOOP):
        return int(bool(val))
    if optname == IP_MULTICAST_ALL:
        return _within(val, 0, 1)
    if optname == IP_MTU_DISCOVER:
        return _within(val, IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT)
    if optname == IP_TTL:
        return val if val == -1 else _within(val, 1, 255)
    if optname == IP_MULTICAST_TTL:
        return 1 if val == -1 else _within(val, 0, 255)
    return val & 0xFF  # IP_TOS


def _within(val: int, low: int, high: int) -> int:
    within = low <= val <= high
    if trace.on:
        decide("is the value one that the option takes?", within, val=val, low=low, high=high)
    if not within:
        raise sock_error_raise(errno.EINVAL)
    return val


def _membership(sk: Sock, optname: int, optval: bytes) -> None:
    """IP_ADD_MEMBERSHIP and IP_DROP_MEMBERSHIP, by struct ip_mreq or ip_mreqn; see igmp_socket."""
    if len(optval) < SIZEOF_IP_MREQ:
        if trace.on:
            decide("are there enough bytes for a membership?", False, optlen=len(optval))
        raise sock_error_raise(errno.EINVAL)
    ifindex = optval[8:SIZEOF_IP_MREQN] if len(optval) >= SIZEOF_IP_MREQN else b""
    mreq = IpMreqn(
        int.from_bytes(optval[:4], "big"),
        int.from_bytes(optval[4:8], "big"),
        int.from_bytes(ifindex, "little", signed=True),
    )
    if optname == IP_ADD_MEMBERSHIP:
        ip_mc_join_group(sk, mreq)
    else:
        ip_mc_leave_group(sk, mreq)


def _set_multicast_if(sk: Sock, optname: int, optval: bytes) -> None:
    """IP_MULTICAST_IF: the device for groups, by an address (struct in_addr, or struct ip_mreq
    behind a group), or by its index (struct ip_mreqn). The wildcard takes the setting back."""
    address = optval[4:8] if len(optval) >= 8 else optval[:4]
    if len(address) < 4:
        if trace.on:
            decide("are there enough bytes for an address?", False, optlen=len(optval))
        raise sock_error_raise(errno.EINVAL)
    addr = int.from_bytes(address, "big")
    index = int.from_bytes(optval[8:12], "little", signed=True) if len(optval) >= 12 else 0
    if index:
        dev = dev_get_by_index(sk.net, index)
    else:
        dev = __ip_dev_find(sk.net, addr) if addr else None
    if index or addr:
        if trace.on:
            decide("is there such a device?", dev is not None, imr_ifindex=index, imr_address=addr)
        if dev is None:
            raise sock_error_raise(errno.EADDRNOTAVAIL)
        index = dev.ifindex
        if sk.sk_bound_dev_if not in (0, index):
            raise sock_error_raise(errno.EINVAL)
    sk.mc_index, sk.mc_addr = index, addr


@kernel_function
def ip_getsockopt(sk: Sock, level: int, optname: int, length: int) -> bytes:
    """Read an option of IPPROTO_IP; a small value fills one byte where an int has no room.

    OSError ENOTCONN for IP_MTU of a socket that has no route, ENOPROTOOPT for an option that is not
    known, EOPNOTSUPP for another level.
    """
    if level != IPPROTO_IP:
        if trace.on:
            decide("is it a level of IPv4?", False, level=level)
        raise sock_error_raise(errno.EOPNOTSUPP)
    val = _read(sk, optname)
    if 0 < length < 4 and 0 <= val <= 255:
        return bytes([val])
    return sockopt_bytes(val, length)


def _read(sk: Sock, optname: int) -> int:
    if optname == IP_MTU:
        if sk.sk_dst_cache is None:
            if trace.on:
                decide("has the socket a route?", False)
            raise sock_error_raise(errno.ENOTCONN)
        return dst_mtu(sk.sk_dst_cache)
    if optname == IP_TTL and sk.uc_ttl < 0:
        return sk.net.ipv4.sysctl_ip_default_ttl
    if optname not in _SETTERS or optname in _LOCKED:
        if trace.on:
            decide("can the option be read?", False, optname=optname)
        raise sock_error_raise(errno.ENOPROTOOPT)
    val: int = getattr(sk, _SETTERS[optname][0])
    return val


_SETTERS = {
    IP_TOS: ("tos", 0),
    IP_TTL: ("uc_ttl", 1),
    IP_MTU_DISCOVER: ("pmtudisc", 0),
    IP_RECVERR: ("recverr", 0),
    IP_MULTICAST_IF: ("mc_index", 4),
    IP_MULTICAST_TTL: ("mc_ttl", 1),
    IP_MULTICAST_LOOP: ("mc_loop", 1),
    IP_MULTICAST_ALL: ("mc_all", 1),
    IP_ADD_MEMBERSHIP: ("mc_list", SIZEOF_IP_MREQ),
    IP_DROP_MEMBERSHIP: ("mc_list", SIZEOF_IP_MREQ),
}
"""The field behind an option, and the bytes that it needs at least."""
_LOCKED: dict[int, Callable[[Sock, int, bytes], None]] = {
    IP_MULTICAST_IF: _set_multicast_if,
    IP_ADD_MEMBERSHIP: _membership,
    IP_DROP_MEMBERSHIP: _membership,
}
"""Options that are set with the socket locked; none of them can be read here."""
