"""net/ipv4/udp.c: the table of connected sockets (6.13), in which a packet finds the one that has
its four addresses and ports before it looks at any other.

A hash value is here what the kernel takes it of: the socket's address and port, the peer's address
and port. Sockets of both families are in the table, those connected to mapped addresses as IPv4's.
"""

from __future__ import annotations

from lomodel import trace
from lomodel.linux.include.linux.socket import AF_INET6, SockAddr
from lomodel.linux.include.net.ipv6 import IN6ADDR_ANY, ipv6_addr_v4mapped
from lomodel.linux.include.uapi.linux.in_ import INADDR_ANY
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.sock import Ehash, Sock
from lomodel.linux.net.ipv4.datagram import ip4_datagram_connect
from lomodel.trace import decide


def udp_ehashfn(sk: Sock) -> Ehash:
    """The hash value of a socket as it is now.

    Source: net/ipv4/udp.c; udp6_ehashfn of net/ipv6/udp.c for an address of IPv6's own.
    """
    if sk.sk_family == AF_INET6 and not ipv6_addr_v4mapped(sk.sk_v6_rcv_saddr):
        return sk.sk_v6_rcv_saddr, sk.inet_num, sk.sk_v6_daddr, sk.inet_dport
    return sk.inet_rcv_saddr, sk.inet_num, sk.inet_daddr, sk.inet_dport


def inet_rcv_saddr_any(sk: Sock) -> bool:
    """Whether the socket hears at every address (net/ipv4/inet_connection_sock.c)."""
    if sk.sk_family == AF_INET6:
        return sk.sk_v6_rcv_saddr == IN6ADDR_ANY
    return sk.inet_rcv_saddr == INADDR_ANY


def udp_lib_lookup4(net: Net, hash4: Ehash, dif: int) -> Sock | None:
    """The connected socket that a packet is for, the one that came last; or None.

    ``hash4`` is the packet's destination and source. A socket that was connected anew is where its
    first peer put it, and is not found. Source: udp4_lib_lookup4, udp6_lib_lookup4, and inet_match
    of include/net/inet_hashtables.h.
    """
    for sk in net.ipv4.udp_hash4.get(hash4, ()):
        if udp_ehashfn(sk) == hash4 and sk.sk_bound_dev_if in (0, dif):
            if trace.on:
                decide("is there a socket connected to the sender?", True, port=hash4[1])
            return sk
    return None


def udp_lib_hash4(sk: Sock) -> None:
    """Put a socket into the table, unless it is there: a second peer does not move it
    (net/ipv4/udp.c)."""
    if sk.udp_lrpa_hash is None and sk.machine.release.udp_hash4:
        sk.udp_lrpa_hash = hash4 = udp_ehashfn(sk)
        sk.net.ipv4.udp_hash4.setdefault(hash4, []).insert(0, sk)


def udp_unhash4(sk: Sock) -> None:
    """Take a socket out of the table (net/ipv4/udp.c)."""
    if sk.udp_lrpa_hash is None:
        return
    socks = sk.net.ipv4.udp_hash4[sk.udp_lrpa_hash]
    socks.remove(sk)
    if not socks:
        del sk.net.ipv4.udp_hash4[sk.udp_lrpa_hash]
    sk.udp_lrpa_hash = None


def udp_rehash4(sk: Sock) -> None:
    """A socket of the table has another address or device: it is put where it belongs now.

    One that hears at every address does not belong there. Source: udp_rehash4 and
    udp_lib_rehash of net/ipv4/udp.c.
    """
    if sk.udp_lrpa_hash is None:
        return
    if inet_rcv_saddr_any(sk):
        udp_unhash4(sk)
    elif sk.udp_lrpa_hash != udp_ehashfn(sk):
        udp_unhash4(sk)
        udp_lib_hash4(sk)


def udp4_hash4(sk: Sock) -> None:
    """Put a socket that was connected over IPv4 into the table (net/ipv4/udp.c)."""
    if sk.inet_num and sk.inet_rcv_saddr != INADDR_ANY:
        udp_lib_hash4(sk)


def udp_connect(sk: Sock, uaddr: SockAddr) -> None:
    """Connect, and let packets of the peer find the socket first. OSError as
    ``ip4_datagram_connect``. Source: net/ipv4/udp.c."""
    ip4_datagram_connect(sk, uaddr)
    udp4_hash4(sk)
