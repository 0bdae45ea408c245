"""net/ipv4/datagram.c: connecting a socket that has no connections.

Left out: waiting for a lock, IP_UNICAST_IF.
"""

from __future__ import annotations

import errno

from lomodel import trace
from lomodel.linux.include.linux.in_ import ipv4_is_multicast
from lomodel.linux.include.linux.socket import SockAddr
from lomodel.linux.include.net.tcp_states import TCP_ESTABLISHED
from lomodel.linux.include.uapi.linux.in_route import RTCF_BROADCAST
from lomodel.linux.include.uapi.linux.snmp import IPSTATS_MIB_OUTNOROUTES
from lomodel.linux.net.core.sock import InetCork, Sock, sock_error_raise
from lomodel.linux.net.ipv4.route import (
    dst_rtable,
    ip_route_connect,
    ip_route_output_flow,
    rt_cache_valid,
)
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/datagram.c")


@kernel_function
def ip4_datagram_connect(sk: Sock, uaddr: SockAddr) -> None:
    """Remember the peer, the route to it, and the address to hear at and to send from.

    A peer that it had stays when that fails, but not the route. OSError ENETUNREACH when no route
    leads there (counted as OutNoRoutes), EACCES for broadcast without SO_BROADCAST, or whatever
    else routing says. Source: __ip4_datagram_connect.
    """
    sk.sk_dst_cache = None
    oif, saddr = sk.sk_bound_dev_if, sk.inet_saddr
    if ipv4_is_multicast(uaddr.addr):
        oif = oif or sk.mc_index
        saddr = saddr or sk.mc_addr
    fl4 = sk.cork
    try:
        rt = ip_route_connect(fl4, uaddr.addr, saddr, oif, sk)
    except OSError as error:
        if error.errno == errno.ENETUNREACH:
            sk.net.mib.ip_statistics[IPSTATS_MIB_OUTNOROUTES] += 1
        raise
    finally:
        sk.cork_fl = fl4.saddr, fl4.daddr, uaddr.port
    forbidden = rt.rt_flags & RTCF_BROADCAST and not sk.sk_broadcast
    if trace.on:
        decide("is it broadcast without SO_BROADCAST?", bool(forbidden), rt_flags=rt.rt_flags)
    if forbidden:
        raise sock_error_raise(errno.EACCES)
    if not sk.inet_saddr:
        sk.inet_saddr = fl4.saddr
    if not sk.inet_rcv_saddr:
        sk.inet_rcv_saddr = fl4.saddr
        if sk.sk_prot.rehash is not None:
            sk.sk_prot.rehash(sk)
    sk.inet_daddr, sk.inet_dport = fl4.daddr, uaddr.port
    sk.sk_state = TCP_ESTABLISHED
    sk.sk_dst_cache = rt


@kernel_function
def ip4_datagram_release_cb(sk: Sock) -> None:
    """A route that has expired is looked up again, and forgotten when there is none any more.

    Nobody asks here whether it is broadcast. Called with a socket that has a route.
    """
    dst = sk.sk_dst_cache
    assert dst is not None
    if rt_cache_valid(dst_rtable(dst)):
        return
    fl4 = InetCork()
    fl4.daddr, fl4.saddr, fl4.oif = sk.inet_daddr, sk.inet_saddr, sk.sk_bound_dev_if
    try:
        sk.sk_dst_cache = ip_route_output_flow(sk.net, fl4)
    except OSError:
        sk.sk_dst_cache = None
