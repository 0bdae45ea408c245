"""net/ipv4/udp.c: where UDP's sockets are found, and their ports.

The kernel keeps two tables: by port, and by port and address. One list a port is enough for both:
whoever came to its address last stands first in it, as in each of theirs. Connected sockets are in
a third one (``udp_hash4``).
"""

from __future__ import annotations

import errno

from lomodel import trace
from lomodel.linux.include.linux.socket import AF_INET6
from lomodel.linux.include.net.ipv6 import IN6ADDR_ANY, ipv6_addr_v4mapped
from lomodel.linux.include.net.tcp_states import TCP_CLOSE
from lomodel.linux.include.uapi.linux.in_ import INADDR_ANY
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.sock import (
    SOCK_BINDADDR_LOCK,
    SOCK_BINDPORT_LOCK,
    Sock,
    inet_reset_saddr,
    sock_error_raise,
)
from lomodel.linux.net.ipv4.igmp_socket import ip_mc_sf_allow
from lomodel.linux.net.ipv4.inet_connection_sock import inet_rcv_saddr_equal, ipv6_only_sock
from lomodel.linux.net.ipv4.udp_hash4 import udp_lib_lookup4, udp_rehash4, udp_unhash4
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/udp.c")


def udp_table(sk: Sock) -> dict[int, list[Sock]]:
    """Who listens on which port; one table for both families (net->ipv4.udp_table)."""
    return sk.net.ipv4.udp_table


def udp_portaddr_hash(sk: Sock) -> int | bytes:
    """What a socket is found by, beside its port: its address, IPv4's in both families' form.

    Source: ipv4_portaddr_hash of include/net/ip.h, ipv6_portaddr_hash of include/net/ipv6.h.
    """
    if sk.sk_family == AF_INET6:
        addr = sk.sk_v6_rcv_saddr
        if addr != IN6ADDR_ANY and not ipv6_addr_v4mapped(addr):
            return addr
    return sk.inet_rcv_saddr


def __udp4_lib_lookup(
    net: Net, saddr: int, sport: int, daddr: int, hnum: int, dif: int
) -> Sock | None:
    """The socket that a packet which came over device ``dif`` to port ``hnum`` is for, or None.

    First one that is connected to the sender, then those at the address, then those at the
    wildcard, at last all of the port: an IPv6 socket with an address of its own stands there as
    LOOPBACK4_IPV6 (net/ipv4/udp.c).
    """
    socks = net.ipv4.udp_table.get(hnum)
    if not socks:
        return None
    if len(socks) == 1:
        sk = socks[0]
        daddr = daddr if sk.inet_rcv_saddr else INADDR_ANY
        return sk if compute_score(sk, saddr, sport, daddr, dif) > 0 else None
    if net.ipv4.udp_hash4:
        result = udp_lib_lookup4(net, (daddr, hnum, saddr, sport), dif)
        if result is not None:
            return result
    for addr in (daddr, INADDR_ANY):
        slot2 = [sk for sk in socks if sk.udp_portaddr_hash == addr]
        result = udp4_lib_lookup2(slot2, saddr, sport, addr, dif)
        if result is not None:
            return result
    return udp4_lib_lookup2(socks, saddr, sport, daddr, dif)


def udp4_lib_lookup2(slot: list[Sock], saddr: int, sport: int, daddr: int, dif: int) -> Sock | None:
    """The first of those that fit best (net/ipv4/udp.c)."""
    result, badness = None, 0
    for sk in slot:
        score = compute_score(sk, saddr, sport, daddr, dif)
        if score > badness:
            result, badness = sk, score
    return result


def compute_score(sk: Sock, saddr: int, sport: int, daddr: int, dif: int) -> int:
    """How well a socket fits a packet to its port; -1 when it does not.

    An IPv6 socket counts less than one of IPv4; a peer's address, its port, and a device count the
    most.
    """
    if sk.inet_rcv_saddr != daddr:
        return -1
    score = 2
    if sk.sk_family == AF_INET6:
        if sk.ipv6only:
            return -1
        score = 1
    if sk.inet_daddr:
        if sk.inet_daddr != saddr:
            return -1
        score += 4
    if sk.inet_dport:
        if sk.inet_dport != sport:
            return -1
        score += 4
    if sk.sk_bound_dev_if:
        if sk.sk_bound_dev_if != dif:
            return -1
        score += 4
    return score + sk.sk_incoming_cpu


@kernel_function
def __udp_is_mcast_sock(sk: Sock, loc_addr: int, rmt_port: int, rmt_addr: int, dif: int) -> bool:
    """Whether what came for many, over device ``dif``, is for this socket of the port, too."""
    return (
        sk.inet_daddr in (0, rmt_addr)
        and sk.inet_dport in (0, rmt_port)
        and sk.inet_rcv_saddr in (0, loc_addr)
        and not ipv6_only_sock(sk)
        and sk.sk_bound_dev_if in (0, dif)
        and ip_mc_sf_allow(sk, loc_addr, dif)
    )


@kernel_function
def udp_lib_get_port(sk: Sock, snum: int) -> None:
    """Take port ``snum``, or any free one for 0, and begin to listen there.

    OSError EADDRINUSE when it is taken (or none is free).
    """
    table = udp_table(sk)
    if not snum:
        snum = _free_port(sk, table)
    elif udp_lib_lport_inuse(sk, table.get(snum, [])):
        raise sock_error_raise(errno.EADDRINUSE)
    sk.inet_num = snum
    sk.udp_portaddr_hash = udp_portaddr_hash(sk)
    table.setdefault(snum, []).insert(0, sk)


def _free_port(sk: Sock, table: dict[int, list[Sock]]) -> int:
    # The kernel begins at a random one; 32768 to 60999 is net.ipv4.ip_local_port_range.
    state = sk.net.ipv4
    for _ in range(32768, 61000):
        state.next_port = state.next_port + 1 if state.next_port < 60999 else 32768
        if state.next_port not in table:
            return state.next_port
    if trace.on:
        decide("is a port free?", False, first=32768, last=60999)
    raise sock_error_raise(errno.EADDRINUSE)


@kernel_function
def udp_lib_lport_inuse(sk: Sock, hslot: list[Sock]) -> bool:
    """Whether one of a port's sockets is in the way of ``sk``.

    Two may be there when their addresses differ, when their devices do, or when both said
    SO_REUSEADDR.
    """
    for sk2 in hslot:
        both = sk.sk_reuse and sk2.sk_reuse
        devices = sk.sk_bound_dev_if, sk2.sk_bound_dev_if
        same_dev = 0 in devices or devices[0] == devices[1]
        same = inet_rcv_saddr_equal(sk, sk2)
        if trace.on:
            decide(
                "is another socket at this port in the way?",
                bool(same and same_dev and not both),
                same_address=same,
                same_device=same_dev,
                both_reuse=bool(both),
            )
        if same and same_dev and not both:
            return True
    return False


def udp_lib_hash(sk: Sock) -> None:
    """UDP sockets are found by their port, which they do not have yet."""


@kernel_function
def udp_lib_rehash(sk: Sock) -> None:
    """A socket has another address: from now on it is found there, before the others."""
    if not sk.inet_num:
        return
    newhash = udp_portaddr_hash(sk)
    if newhash != sk.udp_portaddr_hash:
        sk.udp_portaddr_hash = newhash
        socks = udp_table(sk)[sk.inet_num]
        socks.remove(sk)
        socks.insert(0, sk)
    udp_rehash4(sk)


@kernel_function
def udp_lib_unhash(sk: Sock) -> None:
    """Listen no more, and give the port back."""
    socks = udp_table(sk).get(sk.inet_num, [])
    udp_unhash4(sk)
    if sk in socks:
        socks.remove(sk)
        if not socks:
            del udp_table(sk)[sk.inet_num]
        sk.inet_num = 0


@kernel_function
def __udp_disconnect(sk: Sock) -> None:
    """connect(2) to AF_UNSPEC: forget the peer and the device, and what connecting chose.

    Address and port that bind(2) named stay, each by itself; a port that the kernel picked is given
    back, and the next send takes another one.
    """
    sk.sk_state = TCP_CLOSE
    sk.inet_daddr = sk.inet_dport = sk.sk_bound_dev_if = 0
    locks = sk.sk_userlocks
    if trace.on:
        decide("does the address stay?", bool(locks & SOCK_BINDADDR_LOCK), sk_userlocks=locks)
        decide("does the port stay?", bool(locks & SOCK_BINDPORT_LOCK), sk_userlocks=locks)
    if not locks & SOCK_BINDADDR_LOCK:
        inet_reset_saddr(sk)
        if sk.sk_prot.rehash is not None and locks & SOCK_BINDPORT_LOCK:
            sk.sk_prot.rehash(sk)
    if not locks & SOCK_BINDPORT_LOCK:
        sk.sk_prot.unhash(sk)
    sk.sk_dst_cache = None
