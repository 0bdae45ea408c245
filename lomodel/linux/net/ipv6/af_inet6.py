"""net/ipv6/af_inet6.c: IPv6's sockets. ``af_inet6_init`` sets IPv6 up at boot.

Left out: streams and ping sockets, scope ids, mapped addresses.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from lomodel.linux.include.linux.net import SOCK_RAW, NetProtoFamily, ProtoOps, Socket
from lomodel.linux.include.linux.socket import AF_INET6, MsgHdr, SockAddr
from lomodel.linux.include.net.ipv6 import IN6ADDR_ANY
from lomodel.linux.include.net.netns.ipv6 import NetnsIpv6
from lomodel.linux.include.net.protocol import InetProtosw
from lomodel.linux.include.net.transp_v6 import LOOPBACK4_IPV6
from lomodel.linux.include.uapi.linux.in6 import IPPROTO_ICMPV6
from lomodel.linux.net.core.net_namespace import Net, PernetOperations
from lomodel.linux.net.core.sock import Sock, sock_error_raise
from lomodel.linux.net.ipv4.af_inet import (
    check_double_bind,
    find_protosw,
    inet_autobind,
    inet_dgram_connect,
    take_port,
)
from lomodel.linux.net.ipv6.addrconf_addr import ipv6_chk_addr
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/af_inet6.c")


@kernel_function
def inet6_register_protosw(machine: Machine, p: InetProtosw) -> int:
    """Let ``p`` make sockets of its type. 0."""
    machine.inetsw6.setdefault(p.type, []).append(p)
    return 0


@kernel_function
def inet6_create(net: Net, sock: Socket, protocol: int) -> None:
    """The protocol's half of a new IPv6 socket; errors as ``find_protosw``.

    A raw socket hears its protocol at once; the sum of ICMPv6 is the kernel's business.
    """
    answer = find_protosw(net.machine.inetsw6, sock.type, protocol)
    sock.ops = answer.ops
    sock.sk = sk = Sock(net, AF_INET6, sock.type, protocol or answer.protocol, answer.prot)
    if sock.type == SOCK_RAW:
        sk.inet_num = protocol
        if protocol == IPPROTO_ICMPV6:
            sk.checksum_offset = 2
        answer.prot.hash(sk)


@kernel_function
def inet6_bind(sock: Socket, uaddr: SockAddr) -> None:
    """bind(2) of an IPv6 socket, for which a raw one has its own function."""
    sk = sock.sk
    if sk.sk_prot.bind is not None:
        sk.sk_prot.bind(sk, uaddr.addr)
    else:
        __inet6_bind(sk, uaddr)


@kernel_function
def __inet6_bind(sk: Sock, uaddr: SockAddr) -> None:
    """Take an address to hear and to send from, and a port. Routes are not asked.

    OSError EINVAL for a socket that has a port or a peer, EADDRNOTAVAIL for an address that is not
    local, EADDRINUSE for a port that is taken.
    """
    check_double_bind(sk)
    addr = uaddr.addr
    if addr != IN6ADDR_ANY and not ipv6_chk_addr(sk.net, addr, None):
        raise sock_error_raise(errno.EADDRNOTAVAIL)
    sk.sk_v6_rcv_saddr = sk.np_saddr = addr
    sk.inet_rcv_saddr = sk.inet_saddr = LOOPBACK4_IPV6 if addr != IN6ADDR_ANY else 0
    take_port(sk, uaddr.port)


@kernel_function
def inet6_sendmsg(sock: Socket, msg: MsgHdr, size: int) -> int:
    """sendmsg(2): see that the socket has a port, and let its protocol send. Returns the bytes."""
    sk = sock.sk
    if not sk.inet_num:
        inet_autobind(sk)
    sendmsg = sk.sk_prot.sendmsg
    return sendmsg(sk, msg, size)


inet6_dgram_ops = ProtoOps(
    family=AF_INET6, bind=inet6_bind, connect=inet_dgram_connect, sendmsg=inet6_sendmsg
)
inet6_family_ops = NetProtoFamily(family=AF_INET6, create=inet6_create)


def inet6_net_init(net: Net) -> None:
    """What IPv6 keeps for a new namespace, and for its sockets."""
    # A part of C's struct net: it is there from the start.
    net.ipv6 = NetnsIpv6()
    net.ipv6.raw_hash = {}
    net.ipv6.sysctl_bindv6only = 0


inet6_net_ops = PernetOperations("inet6_net_ops", init=inet6_net_init)
