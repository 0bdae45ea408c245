"""net/ipv4/udp.c: socket options of UDP."""

from __future__ import annotations

import errno

from lomodel import trace
from lomodel.linux.include.linux.socket import SOL_UDP
from lomodel.linux.include.uapi.asm_generic.socket import SO_RCVBUF, SO_RCVBUFFORCE, SOL_SOCKET
from lomodel.linux.include.uapi.linux.udp import (
    UDP_GRO,
    UDP_NO_CHECK6_RX,
    UDP_NO_CHECK6_TX,
    UDP_SEGMENT,
)
from lomodel.linux.include.vdso.limits import USHRT_MAX
from lomodel.linux.net.core.sock import (
    Sock,
    release_sock,
    sk_setsockopt,
    sock_error_raise,
    sockopt_bytes,
    sockopt_int,
)
from lomodel.linux.net.ipv4.ip_sockglue import ip_getsockopt, ip_setsockopt
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/udp.c")


@kernel_function
def udp_lib_setsockopt(sk: Sock, level: int, optname: int, optval: bytes) -> None:
    """Set an option of SOL_UDP, or of SOL_SOCKET: how late memory is given back hangs on SO_RCVBUF,
    so that UDP takes the socket a second time for it.

    OSError EINVAL for a segment size that 16 bits cannot hold, ENOPROTOOPT for an option that is
    not known, and as ``sk_setsockopt``.
    """
    if level == SOL_SOCKET:
        try:
            sk_setsockopt(sk, optname, optval)
        finally:
            if optname in (SO_RCVBUF, SO_RCVBUFFORCE):
                release_sock(sk)
        return
    val = sockopt_int(optval)
    if optname not in _FIELDS:
        if trace.on:
            decide("does SOL_UDP know the option?", False, optname=optname)
        raise sock_error_raise(errno.ENOPROTOOPT)
    if optname == UDP_SEGMENT:
        if trace.on:
            decide("is it a segment size?", 0 <= val <= USHRT_MAX, val=val)
        if not 0 <= val <= USHRT_MAX:
            raise sock_error_raise(errno.EINVAL)
    else:
        val = int(bool(val))
    setattr(sk, _FIELDS[optname], val)
    if optname == UDP_GRO:
        release_sock(sk)


@kernel_function
def udp_setsockopt(sk: Sock, level: int, optname: int, optval: bytes) -> None:
    """setsockopt: what is not UDP's is IPv4's."""
    if level in (SOL_UDP, SOL_SOCKET):
        udp_lib_setsockopt(sk, level, optname, optval)
    else:
        ip_setsockopt(sk, level, optname, optval)


@kernel_function
def udp_lib_getsockopt(sk: Sock, optname: int, length: int) -> bytes:
    """Read an option of SOL_UDP. OSError ENOPROTOOPT for an option that is not known."""
    if optname not in _FIELDS:
        if trace.on:
            decide("does SOL_UDP know the option?", False, optname=optname)
        raise sock_error_raise(errno.ENOPROTOOPT)
    return sockopt_bytes(getattr(sk, _FIELDS[optname]), length)


_FIELDS = {
    UDP_SEGMENT: "gso_size",
    UDP_GRO: "gro_enabled",
    UDP_NO_CHECK6_TX: "no_check6_tx",
    UDP_NO_CHECK6_RX: "no_check6_rx",
}


@kernel_function
def udp_getsockopt(sk: Sock, level: int, optname: int, length: int) -> bytes:
    """getsockopt of levels that are not the socket's own: what is not UDP's is IPv4's."""
    if level == SOL_UDP:
        return udp_lib_getsockopt(sk, optname, length)
    return ip_getsockopt(sk, level, optname, length)
