"""net/ipv4/route.c: which way a packet goes, as a ``dst`` that packets carry with them.

A local destination gets a route whose output is ``ip_output`` over lo and whose input is
``ip_local_deliver``. lo keeps the dst on the packet (IFF_XMIT_DST_RELEASE is off), so that the
receiving half finds its route already there.

Left out: exceptions to a route (path MTU learned from ICMP, redirects): on lo nobody sends the ICMP
that teaches them, since a packet longer than the MTU never leaves the socket. Multicast, policy and
multipath routing, and input routes other than to this host.
"""

from __future__ import annotations

import errno

from lomodel import trace
from lomodel.linux.include.linux.in_ import ipv4_is_multicast
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.net.ip import IP_MAX_MTU, Rtable
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK
from lomodel.linux.include.uapi.linux.in_ import INADDR_LOOPBACK
from lomodel.linux.include.uapi.linux.in_route import RTCF_BROADCAST, RTCF_LOCAL, RTCF_MULTICAST
from lomodel.linux.include.uapi.linux.rtnetlink import RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.sock import InetCork, sock_error_raise
from lomodel.linux.net.ipv4.devinet_ifa import __ip_dev_find
from lomodel.linux.net.ipv4.fib_frontend import FibInfo, fib_lookup
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/route.c")


def ipv4_mtu(dst: Rtable) -> int:
    """The longest packet, in bytes, that may take this route: the device's MTU, at most 65535.

    Source: ip_dst_mtu_maybe_forward of include/net/ip.h.
    """
    mtu = dst.dev.mtu
    return mtu if mtu < IP_MAX_MTU else IP_MAX_MTU


def rt_cache_valid(rt: Rtable | None) -> bool:
    """Whether a cached dst may still be used."""
    return rt is not None and rt.rt_genid == rt.net.ipv4.rt_genid


@kernel_function
def rt_dst_alloc(dev: NetDevice, flags: int, type: int) -> Rtable:
    """A new dst; one to this host can also receive."""
    machine = dev.machine
    rt = Rtable(dev, flags, type)
    rt.output = machine.ip_output
    if flags & RTCF_LOCAL:
        rt.input = machine.ip_local_deliver
    return rt


def ip_route_output_flow(net: Net, fl4: InetCork) -> Rtable:
    """The dst for a flow; fills in the source address where the flow has none.

    OSError ENETUNREACH when no route leads there, EINVAL when the device has no IPv4.
    Source: net/ipv4/route.c.
    """
    fi = fib_lookup(net, fl4.daddr)
    if not trace.on and fi is not None and fi.fib_type == RTN_LOCAL:
        rt = fi.nhc_rth_output
        if rt is not None and rt.rt_genid == net.ipv4.rt_genid:
            if not fl4.saddr:
                fl4.saddr = fi.fib_prefsrc or fl4.daddr
                return rt
            source = fib_lookup(net, fl4.saddr)
            if source is not None and source.fib_type == RTN_LOCAL:
                return rt
    return ip_route_output_key_hash_rcu(net, fl4, fi)


@kernel_function
def ip_route_output_key_hash_rcu(net: Net, fl4: InetCork, fi: FibInfo | None) -> Rtable:
    """The slow half of ``ip_route_output_flow``, with what the tables answered."""
    if fl4.saddr and __ip_dev_find(net, fl4.saddr) is None:
        raise sock_error_raise(errno.ENETUNREACH)
    if not fl4.daddr:
        fl4.daddr = fl4.saddr = fl4.saddr or INADDR_LOOPBACK
        return __mkroute_output(None, RTN_LOCAL, fl4, net.loopback_dev, RTCF_LOCAL)
    if trace.on:
        decide("is there a route?", fi is not None, daddr=fl4.daddr)
    if fi is None:
        raise sock_error_raise(errno.ENETUNREACH)
    if not fl4.saddr:
        fl4.saddr = fi.fib_prefsrc or fl4.daddr
    if fi.fib_type == RTN_LOCAL:
        return __mkroute_output(fi, RTN_LOCAL, fl4, net.loopback_dev, RTCF_LOCAL)
    return __mkroute_output(fi, fi.fib_type, fl4, fi.fib_nh_dev, 0)


@kernel_function
def __mkroute_output(
    fi: FibInfo | None, type: int, fl4: InetCork, dev_out: NetDevice, flags: int
) -> Rtable:
    """The dst for a route, from the nexthop's cache where it is still valid.

    OSError EINVAL when the device has no IPv4 (its MTU is below 68).
    """
    if dev_out.ip_ptr is None:
        raise sock_error_raise(errno.EINVAL)
    if ipv4_is_multicast(fl4.daddr):
        type = RTN_MULTICAST
        flags |= RTCF_MULTICAST
    if dev_out.flags & IFF_LOOPBACK:
        flags |= RTCF_LOCAL
    if type == RTN_BROADCAST:
        flags |= RTCF_BROADCAST | RTCF_LOCAL
    cached = None if fi is None else fi.nhc_rth_output
    valid = rt_cache_valid(cached)
    if trace.on:
        decide("does the nexthop have a valid dst?", valid, dev=dev_out.name)
    if cached is not None and valid:
        return cached
    rt = rt_dst_alloc(dev_out, flags, type)
    if fi is not None:
        fi.nhc_rth_output = rt
    return rt


@kernel_function
def ip_route_input_noref(skb: SkBuff, daddr: int, saddr: int, dev: NetDevice) -> int:
    """Find the dst of a packet that came without one. Returns 0 or a negative errno.

    Loopback addresses in such a packet are martians: whoever really sent from 127.0.0.1 sent over
    lo and its packet has a dst.
    """
    if saddr >> 24 == 127 or daddr >> 24 == 127 or saddr >> 28 >= 0xE or not saddr:
        return -errno.EINVAL
    fi = fib_lookup(dev.nd_net, daddr)
    if fi is None or fi.fib_type != RTN_LOCAL:
        return -errno.EHOSTUNREACH
    skb.dst = rt_dst_alloc(dev, RTCF_LOCAL, RTN_LOCAL)
    return 0


@kernel_function
def __ip_select_ident(net: Net, saddr: int, daddr: int, protocol: int) -> int:
    """The next identification for packets between two addresses.

    The kernel's counters start at random values and jump with the time; these start at 0.
    """
    idents = net.ipv4.ip_idents
    key = (saddr, daddr, protocol)
    ident = idents.get(key, 0)
    idents[key] = (ident + 1) & 0xFFFF
    return ident
