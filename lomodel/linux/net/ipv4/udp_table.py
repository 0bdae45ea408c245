"""net/ipv4/udp.c: where UDP's sockets are found, and their ports."""

from __future__ import annotations

import errno

from lomodel.linux.include.linux.socket import AF_INET, AF_INET6
from lomodel.linux.include.net.tcp_states import TCP_CLOSE
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.sock import Sock, sock_error_raise
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv4/udp.c")


def udp_table(sk: Sock) -> dict[int, list[Sock]]:
    """Who listens on which port; one table for both families (net->ipv4.udp_table)."""
    return sk.net.ipv4.udp_table


def __udp4_lib_lookup(net: Net, saddr: int, sport: int, daddr: int, hnum: int) -> Sock | None:
    """The socket that fits best, as ``compute_score`` counts (net/ipv4/udp.c)."""
    socks = net.ipv4.udp_table.get(hnum)
    if not socks:
        return None
    if len(socks) == 1:
        sk = socks[0]
        return sk if compute_score(sk, saddr, sport, daddr) >= 0 else None
    best, badness = None, -1
    for sk in socks:
        score = compute_score(sk, saddr, sport, daddr)
        if score > badness:
            best, badness = sk, score
    return best


def compute_score(sk: Sock, saddr: int, sport: int, daddr: int) -> int:
    """How well a socket fits a packet to its port; -1 when it does not."""
    if sk.sk_family == AF_INET6:
        return -1 if sk.ipv6only or sk.inet_rcv_saddr != bytes(16) else 1
    score = 2
    rcv_saddr = sk.inet_rcv_saddr
    if rcv_saddr:
        if rcv_saddr != daddr:
            return -1
        score += 4
    if sk.inet_daddr:
        if (sk.inet_daddr, sk.inet_dport) != (saddr, sport):
            return -1
        score += 8
    return score


@kernel_function
def udp_lib_get_port(sk: Sock, snum: int) -> None:
    """Take port ``snum``, or any free one for 0, and begin to listen there.

    OSError EADDRINUSE when it is taken (or none is free).
    """
    table = udp_table(sk)
    if not snum:
        snum = _free_port(sk, table)
    elif any(_conflict(sk, other) for other in table.get(snum, ())):
        raise sock_error_raise(errno.EADDRINUSE)
    sk.inet_num = snum
    table.setdefault(snum, []).append(sk)


def _free_port(sk: Sock, table: dict[int, list[Sock]]) -> int:
    # The kernel begins at a random one; 32768 to 60999 is net.ipv4.ip_local_port_range.
    state = sk.net.ipv4
    for _ in range(32768, 61000):
        state.next_port = state.next_port + 1 if state.next_port < 60999 else 32768
        if state.next_port not in table:
            return state.next_port
    raise sock_error_raise(errno.EADDRINUSE)


def _conflict(sk: Sock, other: Sock) -> bool:
    """Whether two sockets cannot share a port (inet_rcv_saddr_equal)."""
    if sk.sk_reuse and other.sk_reuse:
        return False
    if sk.sk_family != other.sk_family:
        six = sk if sk.sk_family == AF_INET6 else other
        return not six.ipv6only and six.inet_rcv_saddr == bytes(16)
    wild = 0 if sk.sk_family == AF_INET else bytes(16)
    same = sk.inet_rcv_saddr == other.inet_rcv_saddr
    return same or wild in (sk.inet_rcv_saddr, other.inet_rcv_saddr)


def udp_lib_hash(sk: Sock) -> None:
    """UDP sockets are found by their port, which they do not have yet."""


@kernel_function
def udp_lib_unhash(sk: Sock) -> None:
    """Listen no more."""
    socks = udp_table(sk).get(sk.inet_num, [])
    if sk in socks:
        socks.remove(sk)
    if not socks:
        udp_table(sk).pop(sk.inet_num, None)


@kernel_function
def __udp_disconnect(sk: Sock) -> None:
    """connect(2) to AF_UNSPEC: forget the peer, and the address that connecting chose."""
    sk.sk_state = TCP_CLOSE
    sk.inet_daddr = bytes(16) if sk.sk_family == AF_INET6 else 0
    sk.inet_dport = 0
