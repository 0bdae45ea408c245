"""net/ipv6/tcpv6_offload.c: cutting a TCP packet over IPv6."""

from __future__ import annotations

import errno

from lomodel import trace
from lomodel.linux.include.linux.netdevice import PacketOffload
from lomodel.linux.include.linux.skbuff import CHECKSUM_PARTIAL, SKB_GSO_TCPV6, SkBuff
from lomodel.linux.include.linux.tcp import TCP_HLEN
from lomodel.linux.net.core.skbuff import pskb_may_pull
from lomodel.linux.net.ipv4.tcp_offload import _set_pseudo_header, tcp_gso_segment
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv6/tcpv6_offload.c")


@kernel_function
def tcp6_gso_segment(skb: SkBuff, features: int) -> list[SkBuff] | None:
    """Cut a TCP packet over IPv6; as ``tcp_gso_segment``, EINVAL for another gso_type."""
    if not skb.gso_type & SKB_GSO_TCPV6 or not pskb_may_pull(skb, TCP_HLEN):
        if trace.on:
            decide("does it ask for TCPv6 segmentation?", False, gso_type=skb.gso_type)
        raise OSError(errno.EINVAL, "not a TCPv6 GSO packet")
    if skb.ip_summed != CHECKSUM_PARTIAL:
        start = skb.network_header + 8
        _set_pseudo_header(skb, bytes(skb.head[start : start + 32]))
    return tcp_gso_segment(skb, features)


tcpv6_offload = PacketOffload(gso_segment=tcp6_gso_segment)
