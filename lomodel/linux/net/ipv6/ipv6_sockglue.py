"""net/ipv6/ipv6_sockglue.c: socket options of IPv6.

Left out: every option that the model's packets do not show, and source filters of groups.
"""

from __future__ import annotations

import errno

from lomodel import trace
from lomodel.linux.include.linux.net import SOCK_RAW
from lomodel.linux.include.net.dst import dst_mtu
from lomodel.linux.include.net.ipv6 import IPV6_DEFAULT_MCASTHOPS
from lomodel.linux.include.uapi.linux.in6 import (
    IPV6_ADD_MEMBERSHIP,
    IPV6_DONTFRAG,
    IPV6_DROP_MEMBERSHIP,
    IPV6_MTU,
    IPV6_MTU_DISCOVER,
    IPV6_MULTICAST_ALL,
    IPV6_MULTICAST_HOPS,
    IPV6_MULTICAST_IF,
    IPV6_MULTICAST_LOOP,
    IPV6_RECVERR,
    IPV6_UNICAST_HOPS,
    IPV6_V6ONLY,
)
from lomodel.linux.include.uapi.linux.in_ import (
    IP_PMTUDISC_DONT,
    IP_PMTUDISC_OMIT,
    IPPROTO_IP,
    IPPROTO_IPV6,
)
from lomodel.linux.include.uapi.linux.ipv6 import IPV6_MIN_MTU
from lomodel.linux.include.vdso.limits import INT_MAX
from lomodel.linux.net.core.dev import dev_get_by_index
from lomodel.linux.net.core.skbuff_errqueue import skb_errqueue_purge
from lomodel.linux.net.core.sock import (
    Sock,
    release_sock,
    sock_error_raise,
    sockopt_bytes,
    sockopt_int,
)
from lomodel.linux.net.ipv4.ip_sockglue import ip_getsockopt, ip_setsockopt
from lomodel.linux.net.ipv6.mcast_socket import ipv6_sock_mc_drop, ipv6_sock_mc_join
from lomodel.linux.net.ipv6.output_core import ip6_dst_hoplimit
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv6/ipv6_sockglue.c")

SIZEOF_IPV6_MREQ = 20
"""struct ipv6_mreq, in bytes: a group and a device's index."""

_FIELDS = {
    IPV6_UNICAST_HOPS: "np_hop_limit",
    IPV6_MULTICAST_HOPS: "np_mcast_hops",
    IPV6_MULTICAST_LOOP: "np_mc_loop",
    IPV6_MULTICAST_ALL: "np_mc_all",
    IPV6_MULTICAST_IF: "np_mcast_oif",
    IPV6_MTU_DISCOVER: "np_pmtudisc",
    IPV6_MTU: "np_frag_size",
    IPV6_V6ONLY: "ipv6only",
    IPV6_RECVERR: "recverr6",
    IPV6_DONTFRAG: "dontfrag",
}
"""The field behind an option."""
_RANGES = {
    IPV6_UNICAST_HOPS: (-1, 255),
    IPV6_MULTICAST_HOPS: (-1, 255),
    IPV6_MULTICAST_LOOP: (0, 1),
    IPV6_MTU_DISCOVER: (IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT),
}
"""What an option takes; the others take anything."""


@kernel_function
def ipv6_setsockopt(sk: Sock, level: int, optname: int, optval: bytes) -> None:
    """Set an option of IPPROTO_IPV6, or of IPPROTO_IP on a socket that is not raw.

    OSError ENOPROTOOPT for another level, else as ``do_ipv6_setsockopt`` and ``ip_setsockopt``.
    """
    if level == IPPROTO_IP and sk.sk_type != SOCK_RAW:
        ip_setsockopt(sk, level, optname, optval)
    elif level != IPPROTO_IPV6:
        if trace.on:
            decide("does the level know the option?", False, optname=optname)
        raise sock_error_raise(errno.ENOPROTOOPT)
    else:
        do_ipv6_setsockopt(sk, optname, optval)


@kernel_function
def do_ipv6_setsockopt(sk: Sock, optname: int, optval: bytes) -> None:
    """Set an option of IPPROTO_IPV6.

    OSError EINVAL for less than an int, for a value that the option does not take, and for
    IPV6_V6ONLY once the socket has a port; ENODEV for a device that there is not, ENOPROTOOPT for
    an option that is not known.
    """
    if optname in (IPV6_ADD_MEMBERSHIP, IPV6_DROP_MEMBERSHIP):
        _membership(sk, optname, optval)
        return
    if optname not in _FIELDS:
        if trace.on:
            decide("does the level know the option?", False, optname=optname)
        raise sock_error_raise(errno.ENOPROTOOPT)
    val = sockopt_int(optval)
    if optname == IPV6_MULTICAST_IF:
        _check_device(sk, val)
    elif optname == IPV6_V6ONLY:
        _check_unbound(sk)
    setattr(sk, _FIELDS[optname], _value(optname, val))
    if optname == IPV6_RECVERR and not val:
        skb_errqueue_purge(sk)


def _membership(sk: Sock, optname: int, optval: bytes) -> None:
    """IPV6_ADD_MEMBERSHIP and IPV6_DROP_MEMBERSHIP, by struct ipv6_mreq; see mcast_socket."""
    try:
        if len(optval) < SIZEOF_IPV6_MREQ:
            if trace.on:
                decide("are there enough bytes for a membership?", False, optlen=len(optval))
            raise sock_error_raise(errno.EINVAL)
        addr, ifindex = optval[:16], int.from_bytes(optval[16:20], "little", signed=True)
        if optname == IPV6_ADD_MEMBERSHIP:
            ipv6_sock_mc_join(sk, ifindex, addr)
        else:
            ipv6_sock_mc_drop(sk, ifindex, addr)
    finally:
        release_sock(sk)


def _value(optname: int, val: int) -> int:
    """What an option keeps of an int. OSError EINVAL where it does not take it."""
    low, high = _RANGES.get(optname, (val, val))
    if optname == IPV6_MTU and val:
        low, high = IPV6_MIN_MTU, INT_MAX
    within = low <= val <= high
    if trace.on:
        decide("is the value one that the option takes?", within, val=val, low=low, high=high)
    if not within:
        raise sock_error_raise(errno.EINVAL)
    if optname == IPV6_MULTICAST_HOPS and val == -1:
        return IPV6_DEFAULT_MCASTHOPS
    if optname in (IPV6_MULTICAST_ALL, IPV6_V6ONLY, IPV6_RECVERR, IPV6_DONTFRAG):
        return int(bool(val))
    return val


def _check_device(sk: Sock, index: int) -> None:
    """IPV6_MULTICAST_IF: the device must be there, and the one that the socket is bound to."""
    if not index:
        return
    dev = dev_get_by_index(sk.net, index)
    if trace.on:
        decide("is there such a device?", dev is not None, index=index)
    if dev is None:
        raise sock_error_raise(errno.ENODEV)
    if sk.sk_bound_dev_if not in (0, index):
        raise sock_error_raise(errno.EINVAL)


def _check_unbound(sk: Sock) -> None:
    """IPV6_V6ONLY: the socket must not have a port yet; this is asked with the socket locked."""
    if trace.on:
        decide("does the socket have a port?", bool(sk.inet_num), port=sk.inet_num)
    release_sock(sk)
    if sk.inet_num:
        raise sock_error_raise(errno.EINVAL)


@kernel_function
def ipv6_getsockopt(sk: Sock, level: int, optname: int, length: int) -> bytes:
    """Read an option of IPPROTO_IPV6, or of IPPROTO_IP on a socket that is not raw.

    OSError ENOPROTOOPT for another level, else as ``do_ipv6_getsockopt`` and ``ip_getsockopt``.
    """
    if level == IPPROTO_IP and sk.sk_type != SOCK_RAW:
        return ip_getsockopt(sk, level, optname, length)
    if level != IPPROTO_IPV6:
        if trace.on:
            decide("does the level know the option?", False, optname=optname)
        raise sock_error_raise(errno.ENOPROTOOPT)
    return sockopt_bytes(do_ipv6_getsockopt(sk, optname), length)


@kernel_function
def do_ipv6_getsockopt(sk: Sock, optname: int) -> int:
    """The value of an option of IPPROTO_IPV6.

    A hop limit that was not set is what the socket's route has, or the setting of all devices.
    OSError ENOTCONN for IPV6_MTU of a socket that has no route, ENOPROTOOPT for an option that is
    not known.
    """
    if optname not in _FIELDS:
        if trace.on:
            decide("does the level know the option?", False, optname=optname)
        raise sock_error_raise(errno.ENOPROTOOPT)
    dst = sk.sk_dst_cache
    if optname == IPV6_MTU:
        if dst is None:
            if trace.on:
                decide("has the socket a route?", False)
            raise sock_error_raise(errno.ENOTCONN)
        return dst_mtu(dst)
    val: int = getattr(sk, _FIELDS[optname])
    if optname == IPV6_UNICAST_HOPS and val < 0:
        if dst is not None:
            return ip6_dst_hoplimit(dst)
        return sk.net.ipv6.devconf_all.hop_limit
    return val
