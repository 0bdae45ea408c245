"""net/ipv4/ip_sockglue.c: socket options of IPv4.

Left out: every option that the model's packets do not show, multicast, getsockopt, error queues.
"""

from __future__ import annotations

import errno

from lomodel.linux.include.uapi.linux.in_ import (
    IP_MTU_DISCOVER,
    IP_PMTUDISC_DONT,
    IP_PMTUDISC_OMIT,
    IP_RECVERR,
    IP_TOS,
    IP_TTL,
)
from lomodel.linux.net.core.skbuff_errqueue import skb_errqueue_purge
from lomodel.linux.net.core.sock import Sock, sock_error_raise, sockopt_bytes, sockopt_int
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv4/ip_sockglue.c")


@kernel_function
def ip_setsockopt(sk: Sock, optname: int, optval: bytes) -> None:
    """Set an option of IPPROTO_IP. OSError EINVAL for a value out of range, ENOPROTOOPT for an
    option that is not known."""
    val = sockopt_int(optval)
    if optname == IP_MTU_DISCOVER:
        sk.pmtudisc = _within(val, IP_PMTUDISC_DONT, IP_PMTUDISC_OMIT)
    elif optname == IP_TTL:
        sk.uc_ttl = val if val == -1 else _within(val, 1, 255)
    elif optname == IP_TOS:
        sk.tos = val & 0xFF
    elif optname == IP_RECVERR:
        sk.recverr = int(bool(val))
        if not val:
            skb_errqueue_purge(sk)
    else:
        raise sock_error_raise(errno.ENOPROTOOPT)


@kernel_function
def ip_getsockopt(sk: Sock, optname: int, length: int) -> bytes:
    """Read an option of IPPROTO_IP. OSError ENOPROTOOPT for an option that is not known."""
    if optname == IP_MTU_DISCOVER:
        return sockopt_bytes(sk.pmtudisc, length)
    if optname == IP_RECVERR:
        return sockopt_bytes(sk.recverr, length)
    raise sock_error_raise(errno.ENOPROTOOPT)


def _within(val: int, low: int, high: int) -> int:
    if not low <= val <= high:
        raise sock_error_raise(errno.EINVAL)
    return val
