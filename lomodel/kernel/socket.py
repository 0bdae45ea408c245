"""net/socket.c with the socket part of net/ipv4/af_inet.c and net/ipv6/af_inet6.c: system calls.

Addresses are given as text, as a user would write them; whoever cannot be understood is an OSError
with the errno of the kernel. Left out: file descriptors, streams, MSG_ flags, control messages
other than UDP_SEGMENT, ping sockets, capabilities.
"""

from __future__ import annotations

import errno
import ipaddress
from functools import cache
from typing import Any

from ..trace import kernel_file, system_call
from .sock import (
    AF_INET,
    AF_INET6,
    IPPROTO_ICMP,
    IPPROTO_ICMPV6,
    IPPROTO_IP,
    IPPROTO_UDP,
    SOCK_DGRAM,
    SOCK_RAW,
    SOL_SOCKET,
    TCP_CLOSE,
    TCP_ESTABLISHED,
    MsgHdr,
    Sock,
    sk_setsockopt,
    sock_error_raise,
)

kernel_function = kernel_file("net/socket.c")
inet_function = kernel_file("net/ipv4/af_inet.c")
syscall = system_call("net/socket.c")

_addresses: dict[tuple[int, str], Any] = {}


class Socket:
    """struct socket: the user's handle. ``sk`` is the protocol's side of it."""

    __slots__ = ("machine", "sk", "type", "msg")

    def __init__(self, machine: Any, sk: Sock, type: int) -> None:
        self.machine = machine
        self.sk: Sock = sk
        self.type = type
        self.msg = MsgHdr()

    def __repr__(self) -> str:
        return f"<socket of {self.sk!r}>"


def in_aton(family: int, text: str) -> Any:
    """An address as text, in the form the model works with; "" is the wildcard. EINVAL else."""
    found = _addresses.get((family, text))
    if found is None:
        found = _parse(family, text)
        if len(_addresses) < 1024:
            _addresses[family, text] = found
    return found


def _parse(family: int, text: str) -> Any:
    try:
        if family == AF_INET:
            return int(ipaddress.IPv4Address(text or "0.0.0.0"))
        return ipaddress.IPv6Address(text or "::").packed
    except ValueError:
        raise sock_error_raise(errno.EINVAL) from None


@cache
def _protocols() -> dict[tuple[int, int], Any]:
    """The protocols that register with inet_register_protosw and its IPv6 twin."""
    from .raw import raw_prot
    from .rawv6 import rawv6_prot
    from .udp import udp_prot
    from .udpv6 import udpv6_prot

    return {
        (AF_INET, SOCK_DGRAM): udp_prot,
        (AF_INET, SOCK_RAW): raw_prot,
        (AF_INET6, SOCK_DGRAM): udpv6_prot,
        (AF_INET6, SOCK_RAW): rawv6_prot,
    }


@inet_function
def inet_create(net: Any, family: int, type: int, protocol: int) -> Sock:
    """The protocol's half of a new socket.

    OSError ESOCKTNOSUPPORT for a type that nobody serves, EPROTONOSUPPORT for a protocol that does
    not go with it. A raw socket hears its protocol at once, hence "bind" to its number.
    """
    prot = _protocols().get((family, type))
    if prot is None:
        raise sock_error_raise(errno.ESOCKTNOSUPPORT)
    if type == SOCK_DGRAM and protocol not in (IPPROTO_IP, IPPROTO_UDP):
        raise sock_error_raise(errno.EPROTONOSUPPORT)
    if type == SOCK_RAW and protocol == IPPROTO_IP:
        raise sock_error_raise(errno.EPROTONOSUPPORT)
    sk = Sock(net, family, type, protocol or IPPROTO_UDP, prot)
    if type == SOCK_RAW:
        sk.inet_num = protocol
        if protocol == IPPROTO_ICMPV6 and family == AF_INET6:
            sk.checksum_offset = 2
        prot.hash(sk)
    return sk


@syscall
def socket_create(net: Any, family: int, type: int, protocol: int = 0) -> Socket:
    """socket(2). OSError EAFNOSUPPORT for a family that the model does not have."""
    if family not in (AF_INET, AF_INET6):
        raise sock_error_raise(errno.EAFNOSUPPORT)
    return Socket(net.machine, inet_create(net, family, type, protocol), type)


@syscall
def setsockopt(sock: Socket, level: int, optname: int, val: int) -> None:
    """setsockopt(2) for options whose value is an int. OSError as the level's own function says."""
    if not -(1 << 31) <= val < 1 << 31:
        raise ValueError(f"an option's value is a C int, not {val}")
    sk = sock.sk
    if level == SOL_SOCKET:
        sk_setsockopt(sk, optname, val)
    else:
        sk.sk_prot.setsockopt(sk, level, optname, val)


@syscall
def bind(sock: Socket, addr: str, port: int) -> None:
    """bind(2); port 0 takes a free one.

    OSError EADDRNOTAVAIL for an address that is not local, EADDRINUSE for a port that is taken.
    """
    sk = sock.sk
    address = in_aton(sk.sk_family, addr)
    if not _may_bind(sk, address):
        raise sock_error_raise(errno.EADDRNOTAVAIL)
    sk.inet_rcv_saddr = sk.inet_saddr = address
    if sk.sk_type == SOCK_DGRAM:
        try:
            sk.sk_prot.get_port(sk, port)
        except OSError:
            sk.inet_rcv_saddr = sk.inet_saddr = 0 if sk.sk_family == AF_INET else bytes(16)
            raise


def _may_bind(sk: Sock, address: Any) -> bool:
    from .addrconf import ipv6_chk_addr
    from .fib_frontend import RTN_LOCAL, inet_addr_type

    if sk.sk_family == AF_INET:
        return not address or inet_addr_type(sk.net, address) == RTN_LOCAL
    return address == bytes(16) or ipv6_chk_addr(sk.net, address, None)


@syscall
def connect(sock: Socket, addr: str, port: int) -> None:
    """connect(2) of a datagram socket: remember the peer, hear of its ICMP errors.

    OSError ENETUNREACH (IPv4) or EADDRNOTAVAIL (IPv6) when there is no way to it.
    """
    from .datagram import ip4_datagram_connect, ip6_datagram_connect

    sk = sock.sk
    if not sk.inet_num:
        inet_autobind(sk)
    address = in_aton(sk.sk_family, addr)
    if sk.sk_family == AF_INET:
        ip4_datagram_connect(sk, address, port)
    else:
        ip6_datagram_connect(sk, address, port)
    sk.sk_state = TCP_ESTABLISHED


@inet_function
def inet_autobind(sk: Sock) -> None:
    """Give a socket that sends without a port an ephemeral one; EAGAIN when none is left."""
    try:
        sk.sk_prot.get_port(sk, 0)
    except OSError:
        raise sock_error_raise(errno.EAGAIN) from None


@syscall
def sendto(sock: Socket, payload: Any, addr: str | None = None, port: int = 0) -> int:
    """sendto(2). Returns the bytes sent, all of them; OSError as the protocol's sendmsg says."""
    sk = sock.sk
    msg = sock.msg
    if addr is None:
        msg.msg_name = None
    else:
        msg.msg_name = _addresses.get((sk.sk_family, addr)) or in_aton(sk.sk_family, addr)
        msg.msg_port = port
    msg.msg_iter = payload
    if not sk.inet_num:
        inet_autobind(sk)
    sendmsg = sk.sk_prot.sendmsg
    return sendmsg(sk, msg, len(payload))


@syscall
def recv(sock: Socket) -> Any:
    """recv(2) with MSG_DONTWAIT: the bytes of one datagram, or None where it says EAGAIN.

    OSError of an error that is pending on the socket (ECONNREFUSED).
    """
    sk = sock.sk
    recvmsg = sk.sk_prot.recvmsg
    return recvmsg(sk)


@syscall
def close(sock: Socket) -> None:
    """close(2): forget the socket and what it has not read."""
    sk = sock.sk
    sk.sk_prot.unhash(sk)
    sk.sk_receive_queue.clear()
    sk.sk_rmem_alloc = 0
    sk.sk_state = TCP_CLOSE


__all__ = [
    "AF_INET",
    "AF_INET6",
    "IPPROTO_ICMP",
    "IPPROTO_ICMPV6",
    "SOCK_DGRAM",
    "SOCK_RAW",
    "Socket",
    "bind",
    "close",
    "connect",
    "recv",
    "sendto",
    "setsockopt",
    "socket_create",
]
