"""net/ipv4/route.c: which way a packet goes, as a ``dst`` that packets carry with them.

A local destination gets a route whose output is ``ip_output`` over lo and whose input is
``ip_local_deliver``. lo keeps the dst on the packet (IFF_XMIT_DST_RELEASE is off), so that the
receiving half finds its route already there.

``route_exception`` has what ICMP teaches about a path.

Left out: multicast, policy and multipath routing, and input routes other than to this host.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.in_ import (
    ipv4_is_lbcast,
    ipv4_is_local_multicast,
    ipv4_is_multicast,
)
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.net.dst import DstEntry, DstOps
from lomodel.linux.include.net.ip import IP_MAX_MTU, Rtable
from lomodel.linux.include.net.ip_fib import FibInfo, FibNhException
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK, IFF_UP
from lomodel.linux.include.uapi.linux.in_ import INADDR_LOOPBACK
from lomodel.linux.include.uapi.linux.in_route import RTCF_BROADCAST, RTCF_LOCAL, RTCF_MULTICAST
from lomodel.linux.include.uapi.linux.rtnetlink import (
    RT_SCOPE_HOST,
    RT_SCOPE_LINK,
    RT_SCOPE_UNIVERSE,
    RTN_BROADCAST,
    RTN_LOCAL,
    RTN_MULTICAST,
    RTN_UNICAST,
    RTN_UNSPEC,
)
from lomodel.linux.net.core.dev import dev_get_by_index
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.sock import InetCork, Sock, sock_error_raise
from lomodel.linux.net.ipv4.devinet_ifa import __ip_dev_find
from lomodel.linux.net.ipv4.devinet_select import inet_select_addr
from lomodel.linux.net.ipv4.fib_frontend_table import fib_lookup
from lomodel.linux.net.ipv4.igmp import ip_check_mc_rcu
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    pass

kernel_function = kernel_file("net/ipv4/route.c")


def dst_rtable(dst: DstEntry) -> Rtable:
    """A dst that is one of IPv4 (include/net/route.h)."""
    assert isinstance(dst, Rtable)
    return dst


def ipv4_mtu(dst: DstEntry) -> int:
    """The longest packet, in bytes, that may take this route: what ICMP said, or the device's MTU,
    at most 65535.

    Source: ip_dst_mtu_maybe_forward of include/net/ip.h.
    """
    mtu = dst.rt_pmtu or dst.dev.mtu
    return mtu if mtu < IP_MAX_MTU else IP_MAX_MTU


def rt_cache_valid(rt: Rtable | None) -> bool:
    """Whether a cached dst may still be used."""
    return rt is not None and rt.rt_genid == rt.net.ipv4.rt_genid


def ipv4_dst_check(dst: DstEntry, cookie: int) -> bool:
    """Whether a dst is still the way that would be found (net/ipv4/route.c)."""
    return rt_cache_valid(dst_rtable(dst))


Rtable.ops = DstOps(check=ipv4_dst_check, mtu=ipv4_mtu)


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
    if not trace.on and fi is not None and fi.fib_type == RTN_LOCAL and not fl4.oif:
        rt = fi.nhc_rth_output
        if (
            rt is not None
            and rt.rt_genid == net.ipv4.rt_genid
            and rt.rt_type == RTN_LOCAL
            and not fi.nhc_exceptions
        ):
            if not fl4.saddr:
                fl4.saddr = fi.fib_prefsrc or fl4.daddr
                return rt
            source = fib_lookup(net, fl4.saddr)
            if source is not None and source.fib_type == RTN_LOCAL:
                return rt
    return ip_route_output_key_hash_rcu(net, fl4, fi)


@kernel_function
def ip_route_output_key_hash_rcu(net: Net, fl4: InetCork, fi: FibInfo | None) -> Rtable:
    """The slow half of ``ip_route_output_flow``, with what the tables answered.

    With a device in the flow what has no route is on its wire. A group is sent over the device that
    has the source address, if nothing else names one. OSError also EINVAL for a source that nobody
    can have, ENODEV for a device that there is not; ENETUNREACH where it is down.
    """
    daddr, dev_out = fl4.daddr, None
    if fl4.saddr:
        dev_out = _source_device(net, fl4.saddr)
        if not fl4.oif and (ipv4_is_multicast(daddr) or ipv4_is_lbcast(daddr)):
            return __mkroute_output(None, RTN_UNSPEC, fl4, dev_out, 0)
    if fl4.oif:
        dev_out = _oif_device(net, fl4.oif)
        if ipv4_is_local_multicast(daddr) or ipv4_is_lbcast(daddr):
            fl4.saddr = fl4.saddr or inet_select_addr(dev_out, 0, RT_SCOPE_LINK)
            return __mkroute_output(None, RTN_UNSPEC, fl4, dev_out, 0)
        if not fl4.saddr and ipv4_is_multicast(daddr):
            fl4.saddr = inet_select_addr(dev_out, 0, RT_SCOPE_UNIVERSE)
        elif not fl4.saddr and not daddr:
            fl4.saddr = inet_select_addr(dev_out, 0, RT_SCOPE_HOST)
    if not daddr:
        fl4.daddr = fl4.saddr = fl4.saddr or INADDR_LOOPBACK
        return __mkroute_output(None, RTN_LOCAL, fl4, net.loopback_dev, RTCF_LOCAL)
    if trace.on:
        decide("is there a route?", fi is not None, daddr=daddr)
    if fi is None:
        if not fl4.oif or dev_out is None:
            raise sock_error_raise(errno.ENETUNREACH)
        fl4.saddr = fl4.saddr or inet_select_addr(dev_out, 0, RT_SCOPE_LINK)
        return __mkroute_output(None, RTN_UNICAST, fl4, dev_out, 0)
    if not fl4.saddr:
        fl4.saddr = fi.fib_prefsrc or daddr
    if fi.fib_type == RTN_LOCAL:
        return __mkroute_output(fi, RTN_LOCAL, fl4, net.loopback_dev, RTCF_LOCAL)
    return __mkroute_output(fi, fi.fib_type, fl4, fi.fib_nh_dev, 0)


def _source_device(net: Net, saddr: int) -> NetDevice:
    """The device with the flow's source address. OSError EINVAL, ENETUNREACH."""
    if ipv4_is_multicast(saddr) or ipv4_is_lbcast(saddr):
        if trace.on:
            decide("can a packet have that source?", False, saddr=saddr)
        raise sock_error_raise(errno.EINVAL)
    dev = __ip_dev_find(net, saddr)
    if trace.on:
        decide("may it be sent from there?", dev is not None, saddr=saddr)
    if dev is None:
        raise sock_error_raise(errno.ENETUNREACH)
    return dev


def _oif_device(net: Net, oif: int) -> NetDevice:
    """The device that the flow names. OSError ENODEV, ENETUNREACH when it is down."""
    dev = dev_get_by_index(net, oif)
    if dev is None:
        if trace.on:
            decide("is there such a device?", False, oif=oif)
        raise sock_error_raise(errno.ENODEV)
    up = dev.flags & IFF_UP and dev.ip_ptr is not None
    if trace.on:
        decide("is the device up?", bool(up), flags=dev.flags, dev=dev.name)
    if not up:
        raise sock_error_raise(errno.ENETUNREACH)
    return dev


def ip_route_connect(fl4: InetCork, dst: int, src: int, oif: int, sk: Sock) -> Rtable:
    """The dst for a socket that gets a peer (include/net/route.h); fills in the flow.

    What the flow lacks is looked up first, and then the flow with it. OSError as
    ``ip_route_output_flow``.
    """
    fl4.daddr, fl4.saddr, fl4.oif = dst, src, oif
    if not dst or not src:
        ip_route_output_flow(sk.net, fl4)
        fl4.oif = oif
    return ip_route_output_flow(sk.net, fl4)


@kernel_function
def __mkroute_output(
    fi: FibInfo | None, type: int, fl4: InetCork, dev_out: NetDevice, flags: int
) -> Rtable:
    """The dst for a route, from the nexthop's cache where it is still valid.

    One to a group is for this host only while the device is in it; it is not cached then.
    OSError EINVAL when the device has no IPv4 (its MTU is below 68).
    """
    if dev_out.ip_ptr is None:
        if trace.on:
            decide("has the device IPv4?", False, mtu=dev_out.mtu, least=68)
        raise sock_error_raise(errno.EINVAL)
    if dev_out.flags & IFF_LOOPBACK:
        flags |= RTCF_LOCAL
    if ipv4_is_lbcast(fl4.daddr):
        type, fi = RTN_BROADCAST, None
    elif ipv4_is_multicast(fl4.daddr):
        type = RTN_MULTICAST
    do_cache = True
    if type == RTN_BROADCAST:
        flags |= RTCF_BROADCAST | RTCF_LOCAL
    elif type == RTN_MULTICAST:
        flags |= RTCF_MULTICAST | RTCF_LOCAL
        joined = ip_check_mc_rcu(dev_out.ip_ptr, fl4.daddr)
        if trace.on:
            decide("is the device in the group?", joined, daddr=fl4.daddr)
        if joined:
            do_cache = False
        else:
            flags &= ~RTCF_LOCAL
        if fi is not None and fi.plen < 4:
            fi = None  # a default route says nothing about groups
    fnhe = None if fi is None else find_exception(fi, fl4.daddr)
    if fnhe is not None:
        cached = fnhe.fnhe_rth_output
    else:
        cached = None if fi is None else fi.nhc_rth_output
    valid = rt_cache_valid(cached)
    if trace.on:
        decide("does the nexthop have a valid dst?", valid, dev=dev_out.name)
    if do_cache and cached is not None and valid:
        return cached
    rt = rt_dst_alloc(dev_out, flags, type)
    if fnhe is not None:
        rt_bind_exception(rt, fnhe)
    elif fi is not None and do_cache:
        fi.nhc_rth_output = rt
    return rt


def find_exception(nhc: FibInfo, daddr: int) -> FibNhException | None:
    """What ICMP taught about ``daddr``, or None. Source: net/ipv4/route.c."""
    fnhe = nhc.nhc_exceptions.get(daddr)
    if trace.on and fnhe is not None:
        decide("did ICMP teach something about the destination?", True, pmtu=fnhe.fnhe_pmtu)
    return fnhe


def fill_route_from_fnhe(rt: Rtable, fnhe: FibNhException) -> None:
    """A dst learns what the exception says. Source: net/ipv4/route.c."""
    rt.rt_pmtu, rt.rt_mtu_locked = fnhe.fnhe_pmtu, fnhe.fnhe_mtu_locked


@kernel_function
def rt_bind_exception(rt: Rtable, fnhe: FibNhException) -> None:
    """Make a new dst the exception's."""
    fill_route_from_fnhe(rt, fnhe)
    fnhe.fnhe_rth_output = rt


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


DEFAULT_MIN_PMTU = 512 + 20 + 20
"""The least path MTU that ICMP may teach, in bytes (net/ipv4/route.c)."""
