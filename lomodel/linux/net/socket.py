"""net/socket.c: system calls on sockets.

Addresses are given as text, as a user would write them; whoever cannot be understood is an OSError
with the errno of the kernel. Left out: file descriptors, streams, control messages of a send
other than UDP_SEGMENT, ping sockets, capabilities.
"""

from __future__ import annotations

import errno
import ipaddress
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.net import NetProtoFamily, Socket
from lomodel.linux.include.linux.socket import AF_INET, AF_UNSPEC, InAddr, MsgHdr, SockAddr
from lomodel.linux.include.linux.uio import IovIter
from lomodel.linux.include.net.tcp_states import TCP_CLOSE
from lomodel.linux.include.uapi.asm_generic.socket import SOL_SOCKET
from lomodel.linux.kernel.module.kmod import __request_module
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.sock import sk_getsockopt, sk_setsockopt, sock_error_raise
from lomodel.trace import decide, kernel_file, system_call

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/socket.c")

syscall = system_call("net/socket.c")


_addresses: dict[tuple[int, str], tuple[InAddr, int]] = {}


def in_aton(family: int, text: str) -> tuple[InAddr, int]:
    """An address as text, in the form the model works with, and its scope id.

    "" is the wildcard; "ff02::5%1" has the scope 1. OSError EINVAL else.
    """
    found = _addresses.get((family, text))
    if found is None:
        found = _parse(family, text)
        if len(_addresses) < 1024:
            _addresses[family, text] = found
    return found


def _parse(family: int, text: str) -> tuple[InAddr, int]:
    try:
        if family == AF_INET:
            return int(ipaddress.IPv4Address(text or "0.0.0.0")), 0
        address = ipaddress.IPv6Address(text or "::")
        return address.packed, int(address.scope_id or 0)
    except ValueError:
        raise sock_error_raise(errno.EINVAL) from None


def _sockaddr(sock: Socket, addr: str, port: int) -> SockAddr:
    family = sock.ops.family
    address, scope_id = in_aton(family, addr)
    return SockAddr(family, address, port, scope_id)


@kernel_function
def sock_register(machine: Machine, ops: NetProtoFamily) -> None:
    """Let a family make sockets. OSError EEXIST when it does already."""
    if ops.family in machine.net_families:
        raise sock_error_raise(errno.EEXIST)
    machine.net_families[ops.family] = ops


@syscall
def socket_create(net: Net, family: int, type: int, protocol: int = 0) -> Socket:
    """socket(2). OSError EAFNOSUPPORT for a family that the model does not have, else as the
    family's ``create``."""
    families = net.machine.net_families
    if family not in families:
        __request_module(net.machine, f"net-pf-{family}")
    pf = families.get(family)
    if pf is None:
        if trace.on:
            decide("is there such a family?", False, family=family)
        raise sock_error_raise(errno.EAFNOSUPPORT)
    sock = Socket(net.machine, type)
    pf.create(net, sock, protocol)
    return sock


@syscall
def setsockopt(sock: Socket, level: int, optname: int, val: int | bytes) -> None:
    """setsockopt(2); ``val`` is an option's bytes, or a C int. OSError as the level's own function
    says."""
    optval = val if isinstance(val, bytes) else _c_int(val)
    sk = sock.sk
    if level == SOL_SOCKET and not sk.sk_prot.custom_sockopt:
        sk_setsockopt(sk, optname, optval)
    else:
        sk.sk_prot.setsockopt(sk, level, optname, optval)


def _c_int(val: int) -> bytes:
    if not -(1 << 31) <= val < 1 << 31:
        raise ValueError(f"an option's value is a C int, not {val}")
    return val.to_bytes(4, "little", signed=True)


@syscall
def getsockopt(sock: Socket, level: int, optname: int, length: int = 4) -> bytes:
    """getsockopt(2) with room for ``length`` bytes: those of the value. OSError as the level's own
    function says."""
    sk = sock.sk
    if level == SOL_SOCKET:
        return sk_getsockopt(sk, optname, length)
    return sk.sk_prot.getsockopt(sk, level, optname, length)


@syscall
def bind(sock: Socket, addr: str, port: int) -> None:
    """bind(2); port 0 takes a free one.

    OSError EADDRNOTAVAIL for an address that is not local, EADDRINUSE for a port that is taken.
    """
    sock.ops.bind(sock, _sockaddr(sock, addr, port))


@syscall
def connect(sock: Socket, addr: str | None, port: int = 0) -> None:
    """connect(2) of a datagram socket: remember the peer, hear of its ICMP errors.

    Without an address (AF_UNSPEC) it forgets the peer. OSError ENETUNREACH (IPv4) or EADDRNOTAVAIL
    (IPv6) when there is no way to it.
    """
    uaddr = SockAddr(AF_UNSPEC) if addr is None else _sockaddr(sock, addr, port)
    sock.ops.connect(sock, uaddr)


@syscall
def sendto(
    sock: Socket,
    payload: IovIter,
    addr: str | None = None,
    port: int = 0,
    gso_size: int | None = None,
) -> int:
    """sendto(2), or sendmsg(2) with a UDP_SEGMENT control message of ``gso_size`` bytes.

    Returns the bytes sent, all of them; OSError as the protocol's sendmsg says.
    """
    msg = sock.msg
    if addr is None:
        msg.msg_name = None
    else:
        family = sock.ops.family
        msg.msg_name, msg.msg_scope = _addresses.get((family, addr)) or in_aton(family, addr)
        msg.msg_port = port
    msg.msg_iter = payload
    msg.msg_gso_size = gso_size
    sendmsg = sock.ops.sendmsg
    return sendmsg(sock, msg, len(payload))


@syscall
def recv(sock: Socket, size: int = 1 << 16) -> IovIter | None:
    """recv(2) with MSG_DONTWAIT: the bytes of one datagram, or None where it says EAGAIN.

    OSError of an error that is pending on the socket (ECONNREFUSED).
    """
    msg = sock.msg
    msg.msg_name = None
    sk = sock.sk
    recvmsg = sk.sk_prot.recvmsg
    if recvmsg(sk, msg, size, 0) < 0:
        return None
    if msg.msg_control:
        msg.msg_control = []
    return msg.msg_iter


@syscall
def recvmsg(sock: Socket, size: int = 1 << 16, flags: int = 0) -> MsgHdr:
    """recvmsg(2) with MSG_DONTWAIT: one datagram of at most ``size`` bytes, and what is said of it.

    ``flags``: MSG_ERRQUEUE. OSError EAGAIN when there is none, or an error that is pending on the
    socket (ECONNREFUSED).
    """
    msg = MsgHdr()
    msg.msg_name = in_aton(sock.ops.family, "")[0]
    sk = sock.sk
    copied = sk.sk_prot.recvmsg(sk, msg, size, flags)
    if copied < 0:
        raise sock_error_raise(-copied)
    return msg


@syscall
def close(sock: Socket) -> None:
    """close(2): forget the socket and what it has not read."""
    sk = sock.sk
    if sock.ops.release is not None:
        sock.ops.release(sock)
    if sk.sk_prot.destroy is not None:
        sk.sk_prot.destroy(sk)
    sk.sk_prot.unhash(sk)
    sk.sk_receive_queue.clear()
    sk.reader_queue.clear()
    sk.sk_rmem_alloc = 0
    sk.sk_state = TCP_CLOSE
