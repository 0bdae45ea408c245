"""net/ipv6/af_inet6.c: IPv6's sockets. ``af_inet6_init`` sets IPv6 up at boot.

Left out: streams and ping sockets, capabilities.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.net import SOCK_RAW, NetProtoFamily, ProtoOps, Socket
from lomodel.linux.include.linux.socket import AF_INET6, MsgHdr, SockAddr
from lomodel.linux.include.net.ipv6 import (
    IPV6_ADDR_ANY,
    IPV6_ADDR_MAPPED,
    IPV6_ADDR_MULTICAST,
    ipv6_addr_to_v4,
)
from lomodel.linux.include.net.netns.ipv6 import NetnsIpv6
from lomodel.linux.include.net.protocol import InetProtosw
from lomodel.linux.include.net.transp_v6 import LOOPBACK4_IPV6
from lomodel.linux.include.uapi.linux.in6 import IPPROTO_ICMPV6
from lomodel.linux.include.uapi.linux.in_ import INADDR_ANY, IP_PMTUDISC_DONT
from lomodel.linux.include.uapi.linux.rtnetlink import RT_TABLE_LOCAL
from lomodel.linux.net.core.dev import dev_get_by_index
from lomodel.linux.net.core.net_namespace import Net, PernetOperations
from lomodel.linux.net.core.sock import (
    SOCK_BINDADDR_LOCK,
    SOCK_BINDPORT_LOCK,
    Sock,
    inet_addr_valid_or_nonlocal,
    inet_reset_saddr,
    release_sock,
    sock_error_raise,
)
from lomodel.linux.net.ipv4.af_inet import (
    check_double_bind,
    find_protosw,
    inet_autobind,
    inet_dgram_connect,
    inet_release,
)
from lomodel.linux.net.ipv4.fib_frontend_table import inet_addr_type_table
from lomodel.linux.net.ipv6.addrconf_addr import ipv6_chk_addr
from lomodel.linux.net.ipv6.addrconf_core import __ipv6_addr_needs_scope_id, ipv6_addr_type
from lomodel.linux.net.ipv6.mcast_socket import ipv6_sock_mc_close
from lomodel.trace import decide, kernel_file

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
    # A bit of struct sock: 2, which the setting may be, is 0 here.
    sk.ipv6only = net.ipv6.sysctl_bindv6only & 1
    if net.ipv4.sysctl_ip_no_pmtu_disc:
        sk.pmtudisc = IP_PMTUDISC_DONT


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

    With an address of its own the socket is one of IPv6 alone, unless that address is a mapped one.
    OSError EINVAL for a socket that has a port or a peer, for a mapped address on a socket of IPv6
    alone and for a link-local one without a device; ENODEV, EADDRNOTAVAIL for an address that is
    not local, EADDRINUSE for a port that is taken.
    """
    try:
        check_double_bind(sk)
        addr_type = ipv6_addr_type(uaddr.addr)
        if addr_type == IPV6_ADDR_MAPPED:
            v4addr = _mapped_address(sk, uaddr.addr)
        elif addr_type != IPV6_ADDR_ANY:
            _check_address(sk, uaddr, addr_type)
            v4addr = LOOPBACK4_IPV6
        else:
            v4addr = INADDR_ANY
        sk.inet_rcv_saddr = sk.inet_saddr = v4addr
        sk.sk_v6_rcv_saddr = uaddr.addr
        if not addr_type & IPV6_ADDR_MULTICAST:
            sk.np_saddr = uaddr.addr
        _take_port(sk, uaddr.port, addr_type)
    finally:
        release_sock(sk)


def _mapped_address(sk: Sock, addr: bytes) -> int:
    """The part of ``__inet6_bind`` for mapped addresses: IPv4's address, looked at as there."""
    if trace.on:
        decide("is the socket for IPv6 only?", bool(sk.ipv6only), ipv6only=sk.ipv6only)
    if sk.ipv6only:
        raise sock_error_raise(errno.EINVAL)
    v4addr = ipv6_addr_to_v4(addr)
    addr_type = inet_addr_type_table(sk.net, v4addr, RT_TABLE_LOCAL)
    if not inet_addr_valid_or_nonlocal(v4addr, addr_type):
        raise sock_error_raise(errno.EADDRNOTAVAIL)
    return v4addr


def _check_address(sk: Sock, uaddr: SockAddr, addr_type: int) -> None:
    """The part of ``__inet6_bind`` for addresses of IPv6's own; a scope id binds the socket to that
    device even if binding fails."""
    if __ipv6_addr_needs_scope_id(addr_type):
        if uaddr.scope_id:
            sk.sk_bound_dev_if = uaddr.scope_id
        if trace.on:
            decide(
                "is it clear on which device?", bool(sk.sk_bound_dev_if), scope_id=uaddr.scope_id
            )
        if not sk.sk_bound_dev_if:
            raise sock_error_raise(errno.EINVAL)
    dev = None
    if sk.sk_bound_dev_if:
        dev = dev_get_by_index(sk.net, sk.sk_bound_dev_if)
        if dev is None:
            raise sock_error_raise(errno.ENODEV)
    if addr_type & IPV6_ADDR_MULTICAST:
        return
    local = ipv6_chk_addr(sk.net, uaddr.addr, dev)
    if trace.on:
        decide("is it an address of this host?", local, addr=uaddr.addr.hex())
    if not local:
        raise sock_error_raise(errno.EADDRNOTAVAIL)


def _take_port(sk: Sock, port: int, addr_type: int) -> None:
    """The end of ``__inet6_bind``: take the port, or leave the address too."""
    saved_ipv6only = sk.ipv6only
    if addr_type not in (IPV6_ADDR_ANY, IPV6_ADDR_MAPPED):
        sk.ipv6only = 1
    try:
        sk.sk_prot.get_port(sk, port)
    except OSError:
        sk.ipv6only = saved_ipv6only
        inet_reset_saddr(sk)
        raise
    if addr_type != IPV6_ADDR_ANY:
        sk.sk_userlocks |= SOCK_BINDADDR_LOCK
    if port:
        sk.sk_userlocks |= SOCK_BINDPORT_LOCK
    sk.inet_dport = sk.inet_daddr = 0


@kernel_function
def inet6_sendmsg(sock: Socket, msg: MsgHdr, size: int) -> int:
    """sendmsg(2): see that the socket has a port, and let its protocol send. Returns the bytes."""
    sk = sock.sk
    if not sk.inet_num:
        inet_autobind(sk)
    sendmsg = sk.sk_prot.sendmsg
    return sendmsg(sk, msg, size)


@kernel_function
def inet6_release(sock: Socket) -> None:
    """close(2): leave the groups that the socket is in, of both families."""
    sk = sock.sk
    if sk.ipv6_mc_list:
        ipv6_sock_mc_close(sk)
    inet_release(sock)


inet6_dgram_ops = ProtoOps(
    family=AF_INET6,
    release=inet6_release,
    bind=inet6_bind,
    connect=inet_dgram_connect,
    sendmsg=inet6_sendmsg,
)
inet6_family_ops = NetProtoFamily(family=AF_INET6, create=inet6_create)


def inet6_net_init(net: Net) -> None:
    """What IPv6 keeps for a new namespace, and for its sockets."""
    # A part of C's struct net: it is there from the start.
    net.ipv6 = NetnsIpv6()
    net.ipv6.raw_hash = {}
    net.ipv6.sysctl_bindv6only = 0


inet6_net_ops = PernetOperations("inet6_net_ops", init=inet6_net_init)
