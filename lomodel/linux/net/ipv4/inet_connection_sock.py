"""net/ipv4/inet_connection_sock.c: whether two sockets are at the same address.

Left out: everything about connections.
"""

from __future__ import annotations

from lomodel.linux.include.linux.socket import AF_INET6
from lomodel.linux.include.net.ipv6 import IN6ADDR_ANY, ipv6_addr_v4mapped
from lomodel.linux.net.core.sock import Sock
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv4/inet_connection_sock.c")


@kernel_function
def inet_rcv_saddr_equal(sk: Sock, sk2: Sock) -> bool:
    """Whether both hear what comes to some address; the wildcard of either counts as every one.

    A socket of IPv6 only is not at IPv4's addresses: one with IPV6_V6ONLY, and one that is bound to
    an address that IPv4 does not have.
    """
    if sk.sk_family == AF_INET6:
        return ipv6_rcv_saddr_equal(sk, sk2)
    return ipv4_rcv_saddr_equal(sk, sk2)


@kernel_function
def ipv4_rcv_saddr_equal(sk: Sock, sk2: Sock) -> bool:
    """The same where both can be looked at as sockets of IPv4."""
    if ipv6_only_sock(sk2):
        return False
    addr, addr2 = sk.inet_rcv_saddr, sk2.inet_rcv_saddr
    return addr == addr2 or not addr or not addr2


@kernel_function
def ipv6_rcv_saddr_equal(sk: Sock, sk2: Sock) -> bool:
    """The same for a socket ``sk`` of IPv6 that comes second."""
    addr = sk.sk_v6_rcv_saddr
    addr2 = sk2.sk_v6_rcv_saddr if sk2.sk_family == AF_INET6 else None
    mapped, mapped2 = ipv6_addr_v4mapped(addr), addr2 is None or ipv6_addr_v4mapped(addr2)
    if mapped and mapped2:
        return ipv4_rcv_saddr_equal(sk, sk2)
    if IN6ADDR_ANY == addr == addr2:
        return True
    if addr2 == IN6ADDR_ANY and not (ipv6_only_sock(sk2) and mapped):
        return True
    if addr == IN6ADDR_ANY and not (ipv6_only_sock(sk) and mapped2):
        return True
    return addr == addr2


def ipv6_only_sock(sk: Sock) -> bool:
    """Whether a socket is one of IPv6 alone (include/linux/ipv6.h)."""
    return sk.sk_family == AF_INET6 and bool(sk.ipv6only)
