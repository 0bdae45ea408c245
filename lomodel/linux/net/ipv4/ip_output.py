"""net/ipv4/ip_output.c: packets on their way to the device.

What a socket's bytes become is in ``ip_output_append``, what a long packet becomes in
``ip_output_fragment``.

Left out: multicast's copies for routers, netfilter, tunnels, xfrm.
"""

from __future__ import annotations

import errno
import struct

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NET_XMIT_CN
from lomodel.linux.include.linux.skbuff import (
    SkBuff,
)
from lomodel.linux.include.net.ip import (
    IP_MAX_MTU,
)
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_IP
from lomodel.linux.include.uapi.linux.rtnetlink import RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST
from lomodel.linux.include.uapi.linux.snmp import (
    IPSTATS_MIB_OUTBCASTPKTS,
    IPSTATS_MIB_OUTDISCARDS,
    IPSTATS_MIB_OUTMCASTPKTS,
    IPSTATS_MIB_OUTPKTS,
    IPSTATS_MIB_OUTREQUESTS,
)
from lomodel.linux.net.core.dev import netif_skb_features
from lomodel.linux.net.core.gso import skb_gso_segment
from lomodel.linux.net.core.neighbour import __neigh_create, neigh_hh_output
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.skbuff import kfree_skb
from lomodel.linux.net.core.sock import (
    Sock,
)
from lomodel.linux.net.ipv4.ip_output_fragment import ip_fragment, ip_send_check, ip_skb_dst_mtu
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/ip_output.c")

_iphdr_parts = struct.Struct("!QQI")
_u16 = struct.Struct("!H")


@kernel_function
def ip_send_skb(net: Net, skb: SkBuff) -> int:
    """Send a packet of this host. Returns 0 or a negative errno.

    A queue's NET_XMIT_CN ("congestion") counts as success, its other refusals as -ENOBUFS.
    """
    err = ip_local_out(net, skb.sk, skb)
    if err > 0:
        err = 0 if err == NET_XMIT_CN else -errno.ENOBUFS
    if err:
        net.mib.ip_statistics[IPSTATS_MIB_OUTDISCARDS] += 1
    return err


@kernel_function
def ip_local_out(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """Finish the header (total length and checksum) and let the dst send the packet."""
    net.mib.ip_statistics[IPSTATS_MIB_OUTREQUESTS] += 1
    at = skb.network_header
    head = skb.head
    length = skb.len
    _u16.pack_into(head, at + 2, length if length <= IP_MAX_MTU else 0)
    # ip_send_check, with the checksum field still 0.
    first, second, third = _iphdr_parts.unpack_from(head, at)
    _u16.pack_into(head, at + 10, 0xFFFF - (first + second + third) % 0xFFFF)
    if head[at] != 0x45:
        ip_send_check(head, at)  # it has options
    skb.protocol = ETH_P_IP
    dst = skb.dst
    assert dst is not None
    output = dst.output
    return output(net, sk, skb)


@kernel_function
def ip_output(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """The output of a dst: from here on the packet belongs to its device."""
    dst = skb.dst
    assert dst is not None
    skb.dev = dst.dev
    skb.protocol = ETH_P_IP
    return ip_finish_output(net, sk, skb)


@kernel_function
def ip_finish_output(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """Send it whole, or in fragments when it is longer than the MTU.

    A GSO packet counts by its segments, which the device will cut, not by its length.
    """
    mtu = ip_skb_dst_mtu(sk, skb)
    if skb.gso_size:
        return ip_finish_output_gso(net, sk, skb, mtu)
    if trace.on:
        decide("is it longer than the MTU?", skb.len > mtu, len=skb.len, mtu=mtu)
    if skb.len > mtu:
        return ip_fragment(net, sk, skb, mtu, ip_finish_output2)
    return ip_finish_output2(net, sk, skb)


@kernel_function
def ip_finish_output_gso(net: Net, sk: Sock | None, skb: SkBuff, mtu: int) -> int:
    """Send a GSO packet; should its segments not fit the MTU, cut it and fragment each of them."""
    header = skb.transport_header - skb.network_header + 8
    fits = header + skb.gso_size <= mtu
    if trace.on:
        decide("does every segment fit the MTU?", fits, segment=header + skb.gso_size, mtu=mtu)
    if fits:
        return ip_finish_output2(net, sk, skb)
    features = netif_skb_features(skb) & ~skb.dev.netif_f.GSO_MASK
    try:
        segments = skb_gso_segment(skb, features)
    except OSError:
        segments = None
    if segments is None:
        kfree_skb(skb)
        return -errno.ENOMEM
    ret = 0
    for segment in segments:
        ret = ret or ip_fragment(net, sk, segment, mtu, ip_finish_output2)
    return ret


@kernel_function
def ip_finish_output2(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """Find the neighbour that the route leads to, and put its hardware header in front."""
    dev, dst = skb.dev, skb.dst
    stats = net.mib.ip_statistics
    stats[IPSTATS_MIB_OUTPKTS] += 1
    assert dst is not None
    if dst.rt_type != RTN_LOCAL:
        if dst.rt_type == RTN_MULTICAST:
            stats[IPSTATS_MIB_OUTMCASTPKTS] += 1
        elif dst.rt_type == RTN_BROADCAST:
            stats[IPSTATS_MIB_OUTBCASTPKTS] += 1
    # arp_constructor's neighbours of a loopback device all have the key INADDR_ANY.
    tbl = dev.machine.arp_tbl
    try:
        neigh = tbl.devices[dev][0]
    except KeyError:
        neigh = __neigh_create(tbl, 0, dev)
    hh = neigh.hh
    if hh.hh_len:
        return neigh_hh_output(hh, skb)
    return neigh.output(neigh, skb)
