"""net/ipv6/ipv6_sockglue.c: socket options of IPv6.

Left out: every option that the model's packets do not show, multicast, getsockopt, error queues.
"""

from __future__ import annotations

import errno

from lomodel.linux.include.linux.socket import AF_INET6
from lomodel.linux.include.uapi.linux.in6 import (
    IPV6_DONTFRAG,
    IPV6_MTU,
    IPV6_MTU_DISCOVER,
    IPV6_RECVERR,
    IPV6_UNICAST_HOPS,
    IPV6_V6ONLY,
)
from lomodel.linux.include.uapi.linux.in_ import IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT
from lomodel.linux.include.uapi.linux.ipv6 import IPV6_MIN_MTU
from lomodel.linux.net.core.skbuff_errqueue import skb_errqueue_purge
from lomodel.linux.net.core.sock import Sock, sock_error_raise, sockopt_bytes, sockopt_int
from lomodel.linux.net.ipv4.ip_sockglue import _within
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv6/ipv6_sockglue.c")


@kernel_function
def ipv6_setsockopt(sk: Sock, optname: int, optval: bytes) -> None:
    """Set an option of IPPROTO_IPV6. OSError EINVAL for a value out of range, ENOPROTOOPT for an
    option that is not known."""
    val = sockopt_int(optval)
    if optname == IPV6_MTU_DISCOVER:
        sk.np_pmtudisc = _within(val, IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT)
    elif optname == IPV6_UNICAST_HOPS:
        sk.np_hop_limit = _within(val, -1, 255)
    elif optname == IPV6_MTU:
        sk.np_frag_size = val if not val else _within(val, IPV6_MIN_MTU, 1 << 31)
    elif optname == IPV6_V6ONLY:
        if sk.inet_num and sk.sk_family == AF_INET6:
            raise sock_error_raise(errno.EINVAL)
        sk.ipv6only = int(bool(val))
    elif optname in (IPV6_RECVERR, IPV6_DONTFRAG):
        setattr(sk, "recverr6" if optname == IPV6_RECVERR else "dontfrag", int(bool(val)))
        if optname == IPV6_RECVERR and not val:
            skb_errqueue_purge(sk)
    else:
        raise sock_error_raise(errno.ENOPROTOOPT)


@kernel_function
def ipv6_getsockopt(sk: Sock, optname: int, length: int) -> bytes:
    """Read an option of IPPROTO_IPV6. OSError ENOPROTOOPT for an option that is not known."""
    if optname == IPV6_MTU_DISCOVER:
        return sockopt_bytes(sk.np_pmtudisc, length)
    if optname == IPV6_RECVERR:
        return sockopt_bytes(sk.recverr6, length)
    raise sock_error_raise(errno.ENOPROTOOPT)
