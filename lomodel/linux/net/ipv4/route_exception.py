"""net/ipv4/route.c: exceptions to a route, which ICMP teaches: the MTU of the path to one address.

An exception belongs to the nexthop, so all routes with the same one share it; a new route is made
for its destination from then on, and old ones are not used again.

Left out: redirects, which lo's routes have no gateway for; expiry (ten minutes), and the limit of
exceptions, which is a matter of a hash.
"""

from __future__ import annotations

import struct

from lomodel import trace
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.net.ip import Rtable
from lomodel.linux.include.net.ip_fib import FibInfo, FibNhException
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.sock import InetCork, Sock, ip_sk_accept_pmtu
from lomodel.linux.net.ipv4.fib_frontend_table import fib_lookup
from lomodel.linux.net.ipv4.route import (
    dst_rtable,
    fill_route_from_fnhe,
    ip_route_output_flow,
    ipv4_mtu,
    rt_cache_valid,
)
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/route.c")

RT_EXPIRED = -1
"""An ``rt_genid`` that no namespace has."""

_addresses = struct.Struct("!II")


@kernel_function
def update_or_create_fnhe(nhc: FibInfo, daddr: int, pmtu: int, lock: bool) -> None:
    """Remember that packets to ``daddr`` may have ``pmtu`` bytes; ``lock``: it is our own limit.

    A route that was cached for the nexthop is not used again, one that was made from the exception
    itself learns the new value.
    """
    fnhe = nhc.nhc_exceptions.get(daddr)
    if fnhe is not None:
        fnhe.fnhe_pmtu, fnhe.fnhe_mtu_locked = pmtu, lock
        if fnhe.fnhe_rth_output is not None:
            fill_route_from_fnhe(fnhe.fnhe_rth_output, fnhe)
        return
    nhc.nhc_exceptions[daddr] = FibNhException(daddr, pmtu, lock)
    if nhc.nhc_rth_output is not None:
        nhc.nhc_rth_output.rt_genid = RT_EXPIRED


@kernel_function
def __ip_rt_update_pmtu(rt: Rtable, fl4: InetCork, mtu: int) -> None:
    """ICMP says that a packet of the flow may have ``mtu`` bytes: believe it, within limits.

    More than the route has now is nothing new; less than ``ip_rt_min_pmtu`` becomes that, and is
    locked: no message changes it again, and packets to there say no DF.
    """
    if rt.rt_mtu_locked:
        return
    old_mtu = ipv4_mtu(rt)
    if trace.on:
        decide("is it less than the route has?", mtu <= old_mtu, mtu=mtu, old_mtu=old_mtu)
    if old_mtu < mtu:
        return
    min_pmtu = rt.net.ipv4.ip_rt_min_pmtu
    lock = mtu < min_pmtu
    if lock:
        mtu = min(old_mtu, min_pmtu)
    if rt.rt_pmtu == mtu and not lock:
        return
    fi = fib_lookup(rt.net, fl4.daddr)
    if fi is not None:
        update_or_create_fnhe(fi, fl4.daddr, mtu, lock)


def __build_flow_key(skb: SkBuff) -> InetCork:
    """The flow of the packet that ``skb`` quotes."""
    fl4 = InetCork()
    fl4.saddr, fl4.daddr = _addresses.unpack_from(skb.head, skb.data + 12)
    return fl4


@kernel_function
def ipv4_update_pmtu(skb: SkBuff, net: Net, mtu: int) -> None:
    """The path of the packet that ``skb`` quotes has this MTU, whoever sent it."""
    fl4 = __build_flow_key(skb)
    try:
        rt = ip_route_output_flow(net, fl4)
    except OSError:
        return
    __ip_rt_update_pmtu(rt, fl4, mtu)


@kernel_function
def ipv4_sk_update_pmtu(skb: SkBuff, sk: Sock, mtu: int) -> None:
    """The same on behalf of the socket that sent it, unless it does not want to hear of it.

    A route that the socket keeps is looked up again when it has expired by this.
    """
    accept = ip_sk_accept_pmtu(sk)
    if trace.on:
        decide("does the socket mind path MTUs?", accept, pmtudisc=sk.pmtudisc)
    if not accept:
        return
    odst = sk.sk_dst_cache
    if odst is None:
        ipv4_update_pmtu(skb, sk.net, mtu)
        return
    rt, fl4 = dst_rtable(odst), __build_flow_key(skb)
    fl4.oif = sk.sk_bound_dev_if
    try:
        if not rt_cache_valid(rt):
            rt = ip_route_output_flow(sk.net, fl4)
        __ip_rt_update_pmtu(rt, fl4, mtu)
        if not rt_cache_valid(rt):
            rt = ip_route_output_flow(sk.net, fl4)
    except OSError:
        return
    sk.sk_dst_cache = rt
