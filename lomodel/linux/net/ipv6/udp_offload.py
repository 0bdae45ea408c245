"""net/ipv6/udp_offload.c: cutting UDP over IPv6."""

from __future__ import annotations

from lomodel.linux.include.linux.netdevice import PacketOffload
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.net.ipv4.udp_offload import __udp_gso_segment, _check
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv6/udp_offload.c")


@kernel_function
def udp6_ufo_fragment(skb: SkBuff, features: int) -> list[SkBuff] | None:
    """Cut UDP over IPv6; EINVAL for a gso_type that is not UDP_L4."""
    _check(skb)
    return __udp_gso_segment(skb, features, True)


udpv6_offload = PacketOffload(gso_segment=udp6_ufo_fragment)
