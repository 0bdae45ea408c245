"""net/ipv6/route.c: exceptions to a route, which ICMPv6 teaches: the MTU of a path.

An exception is a copy of the route for one destination, which is found instead of the route from
then on. Left out: redirects; expiry (ten minutes), and the limit of exceptions.
"""

from __future__ import annotations

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.net.ipv6 import Rt6Info
from lomodel.linux.include.uapi.linux.ipv6 import IPV6_MIN_MTU
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.sock import InetCork
from lomodel.linux.net.ipv6.route import ip6_mtu, ip6_route_output
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv6/route.c")


def ip6_rt_cache_alloc(rt: Rt6Info) -> Rt6Info:
    """A copy of a route for one destination. Source: net/ipv6/route.c."""
    copy = Rt6Info(rt.net, rt.dev, rt.error)
    copy.input, copy.output, copy.rt_flags = rt.input, rt.output, rt.rt_flags
    copy.is_exception = True
    return copy


@kernel_function
def rt6_insert_exception(net: Net, nrt: Rt6Info, rt: Rt6Info, daddr: bytes) -> None:
    """From now on ``nrt`` is found in place of the route ``rt``, for ``daddr`` only."""
    if rt.exceptions is None:
        rt.exceptions = {}
    rt.exceptions[daddr] = nrt
    net.ipv6.fib6_local.changed()


@kernel_function
def __ip6_rt_update_pmtu(rt: Rt6Info, daddr: bytes, mtu: int) -> None:
    """ICMPv6 says that a packet to ``daddr`` may have ``mtu`` bytes; believed between 1280 and what
    the route has now."""
    old_mtu = ip6_mtu(rt)
    news = IPV6_MIN_MTU <= mtu < old_mtu
    if trace.on:
        decide("is it less than the route has, and enough?", news, mtu=mtu, old_mtu=old_mtu)
    if not news:
        return
    if rt.is_exception:
        rt.rt_pmtu = mtu
        return
    nrt = ip6_rt_cache_alloc(rt)
    nrt.rt_pmtu = mtu
    rt6_insert_exception(rt.net, nrt, rt, daddr)


@kernel_function
def ip6_update_pmtu(skb: SkBuff, net: Net, mtu: int) -> None:
    """The path of the packet that ``skb`` quotes has this MTU, whoever sent it."""
    fl6 = InetCork()
    at = skb.data
    fl6.saddr = bytes(skb.head[at + 8 : at + 24])
    fl6.daddr = bytes(skb.head[at + 24 : at + 40])
    rt = ip6_route_output(net, fl6)
    if not rt.error:
        __ip6_rt_update_pmtu(rt, fl6.daddr, mtu)


def rt6_mtu_change_route_allowed(dev: NetDevice, rt: Rt6Info, mtu: int) -> bool:
    """Whether a path follows the device's new MTU: it is longer, or the device was what limited it.

    Source: net/ipv6/route.c.
    """
    assert dev.ip6_ptr is not None
    dmtu = ip6_mtu(rt)
    return dmtu >= mtu or dmtu == dev.ip6_ptr.cnf.mtu6


@kernel_function
def rt6_mtu_change(dev: NetDevice, mtu: int) -> None:
    """The device gets another MTU: paths over it that ICMPv6 spoke of may change with it."""
    for route in dev.nd_net.ipv6.fib6_local.routes.values():
        for rt in (route.exceptions or {}).values() if route.dev is dev else ():
            if rt.rt_pmtu and rt6_mtu_change_route_allowed(dev, rt, mtu):
                rt.rt_pmtu = mtu
