"""net/ipv4/ip_sockglue.c and net/ipv6/ipv6_sockglue.c: socket options of IP.

Left out: every option that the model's packets do not show, multicast, getsockopt, error queues.
"""

from __future__ import annotations

import errno
from typing import Any

from ..trace import kernel_file
from .sock import AF_INET6, IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT, Sock, sock_error_raise

kernel_function = kernel_file("net/ipv4/ip_sockglue.c")
kernel_function_v6 = kernel_file("net/ipv6/ipv6_sockglue.c")

IP_TOS = 1
IP_TTL = 2
IP_HDRINCL = 3
IP_MTU_DISCOVER = 10
IP_RECVERR = 11

IPV6_UNICAST_HOPS = 16
IPV6_MTU_DISCOVER = 23
IPV6_MTU = 24
IPV6_RECVERR = 25
IPV6_V6ONLY = 26
IPV6_DONTFRAG = 62
IPV6_MIN_MTU = 1280


@kernel_function
def ip_setsockopt(sk: Sock, optname: int, val: int) -> None:
    """Set an option of IPPROTO_IP. OSError EINVAL for a value out of range, ENOPROTOOPT for an
    option that is not known."""
    if optname == IP_MTU_DISCOVER:
        sk.pmtudisc = _within(val, IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT)
    elif optname == IP_TTL:
        sk.uc_ttl = val if val == -1 else _within(val, 1, 255)
    elif optname == IP_TOS:
        sk.tos = val & 0xFF
    elif optname == IP_RECVERR:
        sk.recverr = int(bool(val))
    else:
        raise sock_error_raise(errno.ENOPROTOOPT)


@kernel_function_v6
def ipv6_setsockopt(sk: Sock, optname: int, val: int) -> None:
    """Set an option of IPPROTO_IPV6. OSError EINVAL for a value out of range, ENOPROTOOPT for an
    option that is not known."""
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
    else:
        raise sock_error_raise(errno.ENOPROTOOPT)


def _within(val: int, low: int, high: int) -> Any:
    if not low <= val <= high:
        raise sock_error_raise(errno.EINVAL)
    return val
