"""net/socket.c: system calls on sockets.

Addresses are given as text, as a user would write them; whoever cannot be understood is an OSError
with the errno of the kernel. Left out: file descriptors, streams, MSG_ flags, control messages
other than UDP_SEGMENT, ping sockets, capabilities.
"""

from __future__ import annotations

import errno
import ipaddress
from typing import Any

from lomodel.linux.include.linux.net import SOCK_DGRAM
from lomodel.linux.include.linux.socket import AF_INET, AF_INET6, SOL_SOCKET, MsgHdr
from lomodel.linux.include.net.tcp_states import TCP_CLOSE, TCP_ESTABLISHED
from lomodel.linux.net.core.sock import Sock, sk_setsockopt, sock_error_raise
from lomodel.linux.net.ipv4.af_inet import _may_bind, inet_autobind, inet_create
from lomodel.trace import system_call

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


@syscall
def connect(sock: Socket, addr: str, port: int) -> None:
    """connect(2) of a datagram socket: remember the peer, hear of its ICMP errors.

    OSError ENETUNREACH (IPv4) or EADDRNOTAVAIL (IPv6) when there is no way to it.
    """
    from lomodel.linux.net.ipv4.datagram import ip4_datagram_connect
    from lomodel.linux.net.ipv6.datagram import ip6_datagram_connect

    sk = sock.sk
    if not sk.inet_num:
        inet_autobind(sk)
    address = in_aton(sk.sk_family, addr)
    if sk.sk_family == AF_INET:
        ip4_datagram_connect(sk, address, port)
    else:
        ip6_datagram_connect(sk, address, port)
    sk.sk_state = TCP_ESTABLISHED


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
