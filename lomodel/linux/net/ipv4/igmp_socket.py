"""The part of net/ipv4/igmp.c about the groups that sockets are in.

A socket is in a group on one device. Joining makes the device join, if it is not in the group yet;
what comes to the group is then for every socket that hears its port and lets it through
(``ip_mc_sf_allow``), whoever joined.

Left out: sources (IP_ADD_SOURCE_MEMBERSHIP and the like).
"""

from __future__ import annotations

import errno

from lomodel import trace
from lomodel.linux.include.linux.igmp import IpMcSocklist
from lomodel.linux.include.linux.in_ import ipv4_is_multicast
from lomodel.linux.include.linux.inetdevice import InDevice
from lomodel.linux.include.uapi.linux.in_ import IpMreqn
from lomodel.linux.net.core.dev import dev_get_by_index
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.sock import InetCork, Sock, sock_error_raise
from lomodel.linux.net.ipv4.devinet_ifa import __ip_dev_find
from lomodel.linux.net.ipv4.igmp import ip_mc_dec_group, ip_mc_inc_group
from lomodel.linux.net.ipv4.route import ip_route_output_flow
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/igmp.c")


def inetdev_by_index(net: Net, ifindex: int) -> InDevice | None:
    """IPv4's side of a device, if both are there (net/ipv4/devinet.c)."""
    dev = dev_get_by_index(net, ifindex)
    return dev.ip_ptr if dev is not None else None


@kernel_function
def ip_mc_find_dev(net: Net, imr: IpMreqn) -> InDevice | None:
    """The device for a group: of that index, with that address, or the one that the route to the
    group leads to, whose index is then noted in ``imr``. None without one."""
    if imr.imr_ifindex:
        return inetdev_by_index(net, imr.imr_ifindex)
    dev = None
    if imr.imr_address:
        dev = __ip_dev_find(net, imr.imr_address)
    else:
        fl4 = InetCork()
        fl4.daddr = imr.imr_multiaddr
        try:
            dev = ip_route_output_flow(net, fl4).dev
        except OSError:
            pass
    if dev is None:
        return None
    imr.imr_ifindex = dev.ifindex
    return dev.ip_ptr


@kernel_function
def ip_mc_join_group(sk: Sock, imr: IpMreqn) -> None:
    """IP_ADD_MEMBERSHIP: be in the group on the device. Source: __ip_mc_join_group.

    OSError EINVAL for an address that is no group, ENODEV without a device that has IPv4,
    EADDRINUSE for the second time, ENOBUFS for more groups than a socket may be in
    (net.ipv4.igmp_max_memberships).
    """
    addr = imr.imr_multiaddr
    if trace.on:
        decide("is it a group's address?", ipv4_is_multicast(addr), imr_multiaddr=addr)
    if not ipv4_is_multicast(addr):
        raise sock_error_raise(errno.EINVAL)
    in_dev = ip_mc_find_dev(sk.net, imr)
    if trace.on:
        decide("is there a device for the group?", in_dev is not None, ifindex=imr.imr_ifindex)
    if in_dev is None:
        raise sock_error_raise(errno.ENODEV)
    joined = sk.mc_list or []
    twice = any(_is(iml, addr, imr.imr_ifindex) for iml in joined)
    if trace.on:
        decide("is the socket in the group already?", twice, imr_multiaddr=addr)
    if twice:
        raise sock_error_raise(errno.EADDRINUSE)
    most = sk.net.ipv4.sysctl_igmp_max_memberships
    if trace.on:
        decide("is it in too many groups?", len(joined) >= most, groups=len(joined), most=most)
    if len(joined) >= most:
        raise sock_error_raise(errno.ENOBUFS)
    sk.mc_list = [IpMcSocklist(addr, imr.imr_ifindex), *joined]
    ip_mc_inc_group(in_dev, addr)


def _is(iml: IpMcSocklist, addr: int, ifindex: int) -> bool:
    return iml.imr_multiaddr == addr and iml.imr_ifindex == ifindex


@kernel_function
def ip_mc_leave_group(sk: Sock, imr: IpMreqn) -> None:
    """IP_DROP_MEMBERSHIP: leave the group; its device may have gone.

    OSError ENODEV when nothing says which device is meant, EADDRNOTAVAIL for a group that the
    socket is not in there.
    """
    in_dev = ip_mc_find_dev(sk.net, imr)
    if trace.on:
        decide("is there a device for the group?", in_dev is not None, ifindex=imr.imr_ifindex)
    if not imr.imr_ifindex and not imr.imr_address and in_dev is None:
        raise sock_error_raise(errno.ENODEV)
    for iml in sk.mc_list or ():
        if _is(iml, imr.imr_multiaddr, imr.imr_ifindex):
            _leave(sk, iml, in_dev)
            return
    if trace.on:
        decide("is the socket in the group there?", False, ifindex=imr.imr_ifindex)
    raise sock_error_raise(errno.EADDRNOTAVAIL)


def _leave(sk: Sock, iml: IpMcSocklist, in_dev: InDevice | None) -> None:
    assert sk.mc_list is not None
    sk.mc_list.remove(iml)
    if in_dev is not None:
        ip_mc_dec_group(in_dev, iml.imr_multiaddr)


@kernel_function
def ip_mc_drop_socket(sk: Sock) -> None:
    """A socket is closing: it leaves its groups."""
    for iml in list(sk.mc_list or ()):
        _leave(sk, iml, inetdev_by_index(sk.net, iml.imr_ifindex))


@kernel_function
def ip_mc_sf_allow(sk: Sock, loc_addr: int, dif: int) -> bool:
    """Whether a socket takes what came to ``loc_addr`` over device ``dif``.

    Always if that is no group or one that the socket is in there, and every group with
    IP_MULTICAST_ALL.
    """
    if not ipv4_is_multicast(loc_addr) or sk.mc_all:
        return True
    member = any(_is(iml, loc_addr, dif) for iml in sk.mc_list or ())
    if trace.on:
        decide("is the socket itself in the group?", member, mc_all=sk.mc_all)
    return member
