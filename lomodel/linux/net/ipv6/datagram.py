"""net/ipv6/datagram.c: connecting a socket that has no connections.

Left out: flow labels, IPV6_UNICAST_IF, extension headers, waiting for a lock.
"""

from __future__ import annotations

import errno

from lomodel import trace
from lomodel.linux.include.linux.socket import SockAddr
from lomodel.linux.include.net.ipv6 import (
    IN6ADDR_ANY,
    IPV6_ADDR_MAPPED,
    IPV6_ADDR_MULTICAST,
    in6addr_loopback,
    ipv6_addr_set_v4mapped,
    ipv6_addr_to_v4,
    ipv6_addr_v4mapped,
)
from lomodel.linux.include.net.tcp_states import TCP_ESTABLISHED
from lomodel.linux.include.net.transp_v6 import LOOPBACK4_IPV6
from lomodel.linux.include.uapi.linux.in_ import INADDR_LOOPBACK
from lomodel.linux.net.core.sock import Sock, release_sock, sock_error_raise
from lomodel.linux.net.ipv4.datagram import ip4_datagram_connect
from lomodel.linux.net.ipv6.addrconf_core import __ipv6_addr_needs_scope_id, ipv6_addr_type
from lomodel.linux.net.ipv6.ip6_output import ip6_dst_lookup_flow
from lomodel.linux.net.ipv6.route import ip6_dst_store
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv6/datagram.c")


@kernel_function
def ipv6_mapped_addr_any(addr: bytes) -> bool:
    """Whether it is IPv4's wildcard, mapped into IPv6: ::ffff:0.0.0.0."""
    return ipv6_addr_v4mapped(addr) and not any(addr[12:])


@kernel_function
def ip6_datagram_dst_update(sk: Sock, fix_sk_saddr: bool) -> None:
    """Look up the route to the socket's peer, and remember it.

    With ``fix_sk_saddr`` the socket gets the address to send from, and to hear at, where it has
    none. OSError as ``ip6_dst_lookup_flow``.
    """
    fl6 = sk.cork
    fl6.daddr, fl6.saddr = sk.sk_v6_daddr, sk.np_saddr
    rt = ip6_dst_lookup_flow(sk.net, sk, fl6)
    if fix_sk_saddr:
        if sk.np_saddr == IN6ADDR_ANY:
            sk.np_saddr = fl6.saddr
        if sk.sk_v6_rcv_saddr == IN6ADDR_ANY:
            sk.sk_v6_rcv_saddr = fl6.saddr
            sk.inet_rcv_saddr = LOOPBACK4_IPV6
            if sk.sk_prot.rehash is not None:
                sk.sk_prot.rehash(sk)
    ip6_dst_store(sk, rt)


@kernel_function
def ip6_datagram_release_cb(sk: Sock) -> None:
    """A route that is no longer there is looked up again; what it was stays when there is none.

    Called with a socket that has a route. Of a peer over IPv4 nobody asks here.
    """
    dst = sk.sk_dst_cache
    assert dst is not None
    if ipv6_addr_v4mapped(sk.sk_v6_daddr):
        return
    valid = dst.ops.check(dst, sk.dst_cookie)
    if trace.on:
        decide("is the socket's route still valid?", valid, dev=dst.dev.name)
    if valid:
        return
    try:
        ip6_datagram_dst_update(sk, False)
    except OSError:
        return


@kernel_function
def __ip6_datagram_connect(sk: Sock, uaddr: SockAddr) -> None:
    """Remember the peer, the route to it, and the address to hear at and to send from.

    The wildcard is this host. A mapped address connects over IPv4. OSError ENETUNREACH for that on
    a socket of IPv6 alone, EINVAL for a link-local address or group without a device, and as
    ``ip4_datagram_connect`` or ``ip6_dst_lookup_flow``; the old peer stays then.
    """
    daddr = uaddr.addr
    if daddr == IN6ADDR_ANY:
        mapped = ipv6_addr_v4mapped(sk.sk_v6_rcv_saddr)
        daddr = ipv6_addr_set_v4mapped(INADDR_LOOPBACK) if mapped else in6addr_loopback
    addr_type = ipv6_addr_type(daddr)
    if addr_type & IPV6_ADDR_MAPPED:
        _connect_v4(sk, daddr, uaddr.port)
        return
    if __ipv6_addr_needs_scope_id(addr_type):
        _bind_to_scope(sk, addr_type, uaddr.scope_id)
    old = sk.sk_v6_daddr, sk.inet_dport
    sk.sk_v6_daddr, sk.inet_dport = daddr, uaddr.port
    try:
        ip6_datagram_dst_update(sk, True)
    except OSError:
        sk.sk_v6_daddr, sk.inet_dport = old
        raise
    sk.sk_state = TCP_ESTABLISHED


def _connect_v4(sk: Sock, daddr: bytes, port: int) -> None:
    """The part for a mapped address: connect over IPv4, and say the same in IPv6's addresses."""
    if trace.on:
        decide("is the socket for IPv6 only?", bool(sk.ipv6only), ipv6only=sk.ipv6only)
    if sk.ipv6only:
        raise sock_error_raise(errno.ENETUNREACH)
    ip4_datagram_connect(sk, SockAddr(sk.sk_family, ipv6_addr_to_v4(daddr), port))
    sk.sk_v6_daddr = ipv6_addr_set_v4mapped(sk.inet_daddr)
    if sk.np_saddr == IN6ADDR_ANY or ipv6_mapped_addr_any(sk.np_saddr):
        sk.np_saddr = ipv6_addr_set_v4mapped(sk.inet_saddr)
    if sk.sk_v6_rcv_saddr == IN6ADDR_ANY or ipv6_mapped_addr_any(sk.sk_v6_rcv_saddr):
        sk.sk_v6_rcv_saddr = ipv6_addr_set_v4mapped(sk.inet_rcv_saddr)
        if sk.sk_prot.rehash is not None:
            sk.sk_prot.rehash(sk)


def _bind_to_scope(sk: Sock, addr_type: int, scope_id: int) -> None:
    """The part for what only a device makes clear: the socket is bound to it, even if connecting
    fails later. OSError EINVAL when there is none, or another one than the socket's."""
    bound = sk.sk_bound_dev_if
    if scope_id:
        if bound and bound != scope_id:
            if trace.on:
                decide(
                    "is it the device that the socket is bound to?",
                    False,
                    bound=bound,
                    scope_id=scope_id,
                )
            raise sock_error_raise(errno.EINVAL)
        sk.sk_bound_dev_if = scope_id
    if not sk.sk_bound_dev_if and addr_type & IPV6_ADDR_MULTICAST:
        sk.sk_bound_dev_if = sk.np_mcast_oif
    if trace.on:
        decide("is it clear on which device?", bool(sk.sk_bound_dev_if), scope_id=scope_id)
    if not sk.sk_bound_dev_if:
        raise sock_error_raise(errno.EINVAL)


@kernel_function
def ip6_datagram_connect(sk: Sock, uaddr: SockAddr) -> None:
    """Connect with the socket locked. OSError as ``__ip6_datagram_connect``."""
    try:
        __ip6_datagram_connect(sk, uaddr)
    finally:
        release_sock(sk)
