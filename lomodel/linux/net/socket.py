"""net/socket.c: system calls on sockets.

Addresses are given as text, as a user would write them; whoever cannot be understood is an OSError
with the errno of the kernel. Left out: file descriptors, streams, MSG_ flags, control messages
other than UDP_SEGMENT, ping sockets, capabilities.
"""

from __future__ import annotations

import errno
import ipaddress
from typing import TYPE_CHECKING

from lomodel.linux.include.linux.net import NetProtoFamily, Socket
from lomodel.linux.include.linux.socket import AF_INET, InAddr
from lomodel.linux.include.linux.uio import IovIter
from lomodel.linux.include.net.tcp_states import TCP_CLOSE
from lomodel.linux.include.uapi.asm_generic.socket import SOL_SOCKET
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.sock import sk_setsockopt, sock_error_raise
from lomodel.trace import kernel_file, system_call

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/socket.c")

syscall = system_call("net/socket.c")


_addresses: dict[tuple[int, str], InAddr] = {}


def in_aton(family: int, text: str) -> InAddr:
    """An address as text, in the form the model works with; "" is the wildcard. EINVAL else."""
    found = _addresses.get((family, text))
    if found is None:
        found = _parse(family, text)
        if len(_addresses) < 1024:
            _addresses[family, text] = found
    return found


def _parse(family: int, text: str) -> InAddr:
    try:
        if family == AF_INET:
            return int(ipaddress.IPv4Address(text or "0.0.0.0"))
        return ipaddress.IPv6Address(text or "::").packed
    except ValueError:
        raise sock_error_raise(errno.EINVAL) from None


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
    pf = net.machine.net_families.get(family)
    if pf is None:
        raise sock_error_raise(errno.EAFNOSUPPORT)
    sock = Socket(net.machine, type)
    pf.create(net, sock, protocol)
    return sock


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
    sock.ops.bind(sock, in_aton(sock.ops.family, addr), port)


@syscall
def connect(sock: Socket, addr: str, port: int) -> None:
    """connect(2) of a datagram socket: remember the peer, hear of its ICMP errors.

    OSError ENETUNREACH (IPv4) or EADDRNOTAVAIL (IPv6) when there is no way to it.
    """
    sock.ops.connect(sock, in_aton(sock.ops.family, addr), port)


@syscall
def sendto(sock: Socket, payload: IovIter, addr: str | None = None, port: int = 0) -> int:
    """sendto(2). Returns the bytes sent, all of them; OSError as the protocol's sendmsg says."""
    msg = sock.msg
    if addr is None:
        msg.msg_name = None
    else:
        family = sock.ops.family
        msg.msg_name = _addresses.get((family, addr)) or in_aton(family, addr)
        msg.msg_port = port
    msg.msg_iter = payload
    sendmsg = sock.ops.sendmsg
    return sendmsg(sock, msg, len(payload))


@syscall
def recv(sock: Socket) -> bytes | bytearray | None:
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
