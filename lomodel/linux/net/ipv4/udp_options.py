"""net/ipv4/udp.c: socket options of UDP."""

from __future__ import annotations

import errno

from lomodel.linux.include.linux.socket import SOL_UDP
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_IP
from lomodel.linux.include.uapi.linux.udp import UDP_GRO, UDP_NO_CHECK6_TX, UDP_SEGMENT
from lomodel.linux.include.vdso.limits import USHRT_MAX
from lomodel.linux.net.core.sock import Sock, sock_error_raise, sockopt_bytes, sockopt_int
from lomodel.linux.net.ipv4.ip_sockglue import ip_getsockopt, ip_setsockopt
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv4/udp.c")


@kernel_function
def udp_lib_setsockopt(sk: Sock, optname: int, optval: bytes) -> None:
    """Set an option of SOL_UDP. OSError EINVAL for a segment size that 16 bits cannot hold,
    ENOPROTOOPT for an option that is not known."""
    val = sockopt_int(optval)
    if optname == UDP_SEGMENT:
        if not 0 <= val <= USHRT_MAX:
            raise sock_error_raise(errno.EINVAL)
        sk.gso_size = val
    elif optname == UDP_GRO:
        sk.gro_enabled = int(bool(val))
    elif optname == UDP_NO_CHECK6_TX:
        sk.no_check6_tx = int(bool(val))
    else:
        raise sock_error_raise(errno.ENOPROTOOPT)


@kernel_function
def udp_setsockopt(sk: Sock, level: int, optname: int, optval: bytes) -> None:
    """setsockopt of levels that are not the socket's own."""
    if level == SOL_UDP:
        udp_lib_setsockopt(sk, optname, optval)
    elif level == IPPROTO_IP:
        ip_setsockopt(sk, optname, optval)
    else:
        raise sock_error_raise(errno.ENOPROTOOPT)


@kernel_function
def udp_lib_getsockopt(sk: Sock, optname: int, length: int) -> bytes:
    """Read an option of SOL_UDP. OSError ENOPROTOOPT for an option that is not known."""
    if optname == UDP_SEGMENT:
        return sockopt_bytes(sk.gso_size, length)
    if optname == UDP_GRO:
        return sockopt_bytes(sk.gro_enabled, length)
    if optname == UDP_NO_CHECK6_TX:
        return sockopt_bytes(sk.no_check6_tx, length)
    raise sock_error_raise(errno.ENOPROTOOPT)


@kernel_function
def udp_getsockopt(sk: Sock, level: int, optname: int, length: int) -> bytes:
    """getsockopt of levels that are not the socket's own."""
    if level == SOL_UDP:
        return udp_lib_getsockopt(sk, optname, length)
    if level == IPPROTO_IP:
        return ip_getsockopt(sk, optname, length)
    raise sock_error_raise(errno.ENOPROTOOPT)
