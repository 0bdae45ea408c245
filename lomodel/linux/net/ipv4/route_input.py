"""The part of net/ipv4/route.c for packets that came without a dst.

Those are the frames that somebody made by hand: what a socket sent over lo still has its dst.

Left out: forwarding, which a new namespace does not do, and routes to groups for a router.
"""

from __future__ import annotations

import errno

from lomodel import trace
from lomodel.linux.include.linux.in_ import (
    ipv4_is_lbcast,
    ipv4_is_local_multicast,
    ipv4_is_loopback,
    ipv4_is_multicast,
    ipv4_is_zeronet,
)
from lomodel.linux.include.linux.inetdevice import IN_DEV_ROUTE_LOCALNET, InDevice
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_IP
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_IGMP
from lomodel.linux.include.uapi.linux.in_route import RTCF_BROADCAST, RTCF_LOCAL, RTCF_MULTICAST
from lomodel.linux.include.uapi.linux.rtnetlink import (
    RTN_BROADCAST,
    RTN_LOCAL,
    RTN_MULTICAST,
    RTN_UNREACHABLE,
)
from lomodel.linux.include.uapi.linux.snmp import IPSTATS_MIB_INADDRERRORS
from lomodel.linux.net.core.skbuff import kfree_skb
from lomodel.linux.net.ipv4.fib_frontend_source import fib_validate_source
from lomodel.linux.net.ipv4.fib_frontend_table import fib_lookup
from lomodel.linux.net.ipv4.igmp import ip_check_mc_rcu
from lomodel.linux.net.ipv4.route import rt_dst_alloc
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/route.c")


@kernel_function
def ip_route_input_noref(skb: SkBuff, daddr: int, saddr: int, dev: NetDevice) -> int:
    """Find the dst of a packet that came without one; addresses are numbers.

    0, or a negative errno for a packet that may not be: then nobody is told, and nothing counted.
    Packets to a group are only taken where the device is in it.
    """
    if not ipv4_is_multicast(daddr):
        return ip_route_input_slow(skb, daddr, saddr, dev)
    in_dev = dev.ip_ptr
    ours = in_dev is not None and ip_check_mc_rcu(in_dev, daddr)
    if trace.on:
        decide("is the device in the group?", ours, daddr=daddr)
    return ip_route_input_mc(skb, daddr, saddr, dev) if ours else -errno.EINVAL


@kernel_function
def ip_route_input_mc(skb: SkBuff, daddr: int, saddr: int, dev: NetDevice) -> int:
    """The dst of a packet to a group that the device is in; errors as ``ip_mc_validate_source``."""
    err = ip_mc_validate_source(skb, daddr, saddr, dev, dev.ip_ptr)
    if err:
        return err
    flags = RTCF_MULTICAST | RTCF_LOCAL
    skb.dst = rt_dst_alloc(dev.nd_net.loopback_dev, flags, RTN_MULTICAST)
    return 0


@kernel_function
def ip_mc_validate_source(
    skb: SkBuff, daddr: int, saddr: int, dev: NetDevice, in_dev: InDevice | None
) -> int:
    """Whether a packet to a group may come from there: 0, or a negative errno.

    One without a source is taken for a group of the wire, and IGMP's for any.
    """
    if in_dev is None or ipv4_is_multicast(saddr) or ipv4_is_lbcast(saddr):
        if trace.on:
            decide("may a packet to a group come from there?", False, saddr=saddr)
        return -errno.EINVAL
    if skb.protocol != ETH_P_IP:
        return -errno.EINVAL
    if ipv4_is_loopback(saddr) and not IN_DEV_ROUTE_LOCALNET(in_dev):
        return _martian("source", saddr, route_localnet=0)
    if not ipv4_is_zeronet(saddr):
        return fib_validate_source(skb, saddr, 0, dev, in_dev)
    igmp = skb.head[skb.network_header + 9] == IPPROTO_IGMP
    return 0 if ipv4_is_local_multicast(daddr) or igmp else -errno.EINVAL


@kernel_function
def ip_route_input_slow(skb: SkBuff, daddr: int, saddr: int, dev: NetDevice) -> int:
    """The dst of a packet to one host or to all of a network; errors as ``ip_route_input_noref``.

    Martians are turned away: whoever really sent from 127.0.0.1 sent over lo, and its packet has a
    dst. What has no route gets a dst that counts and drops it.
    """
    in_dev = dev.ip_ptr
    if in_dev is None:
        if trace.on:
            decide("has the device IPv4?", False, mtu=dev.mtu, least=68)
        return -errno.EINVAL
    if ipv4_is_multicast(saddr) or ipv4_is_lbcast(saddr):
        return _martian("source", saddr)
    if ipv4_is_lbcast(daddr) or (not saddr and not daddr):
        return _broadcast_input(skb, saddr, dev, in_dev)
    if ipv4_is_zeronet(saddr):
        return _martian("source", saddr)
    if ipv4_is_zeronet(daddr):
        return _martian("destination", daddr)
    if ipv4_is_loopback(daddr) or ipv4_is_loopback(saddr):
        if not IN_DEV_ROUTE_LOCALNET(in_dev):
            to = ipv4_is_loopback(daddr)
            name, addr = ("destination", daddr) if to else ("source", saddr)
            return _martian(name, addr, route_localnet=0)
    fi = fib_lookup(dev.nd_net, daddr)
    type = RTN_UNREACHABLE if fi is None else fi.fib_type
    if trace.on:
        decide("is it for this host?", type in (RTN_LOCAL, RTN_BROADCAST), daddr=daddr)
    if type == RTN_BROADCAST:
        return _broadcast_input(skb, saddr, dev, in_dev)
    if type == RTN_LOCAL:
        err = fib_validate_source(skb, saddr, daddr, dev, in_dev)
        if err < 0:
            return err
        skb.dst = rt_dst_alloc(dev, RTCF_LOCAL, RTN_LOCAL)
        return 0
    rth = rt_dst_alloc(dev, 0, RTN_UNREACHABLE)
    rth.error, rth.input = errno.EHOSTUNREACH, ip_error
    skb.dst = rth
    return 0


def _broadcast_input(skb: SkBuff, saddr: int, dev: NetDevice, in_dev: InDevice) -> int:
    """The dst of a packet to everybody, which may come from nobody yet (DHCP)."""
    if skb.protocol != ETH_P_IP:
        if trace.on:
            decide("is it IPv4 that is for everybody?", False, protocol=skb.protocol)
        return -errno.EINVAL
    if not ipv4_is_zeronet(saddr):
        err = fib_validate_source(skb, saddr, 0, dev, in_dev)
        if err < 0:
            return err
    skb.dst = rt_dst_alloc(dev.nd_net.loopback_dev, RTCF_BROADCAST | RTCF_LOCAL, RTN_BROADCAST)
    return 0


def _martian(what: str, addr: int, **operands: int) -> int:
    if trace.on:
        decide(f"may a packet have that {what}?", False, addr=addr, **operands)
    return -errno.EINVAL


@kernel_function
def ip_error(skb: SkBuff) -> int:
    """The input of a dst for what has no route: a host, which does not forward, counts it. 0."""
    dst = skb.dst
    assert dst is not None
    if skb.dev.ip_ptr is not None and dst.error == errno.EHOSTUNREACH:
        dst.net.mib.ip_statistics[IPSTATS_MIB_INADDRERRORS] += 1
    if trace.on:
        decide("does the route lead anywhere?", False, error=dst.error)
    kfree_skb(skb)
    return 0
