"""net/ipv6/output_core.c: the last step of IPv6 before the dst's output."""

from __future__ import annotations

import struct

from lomodel.linux.include.linux.ipv6 import IPV6_MAXPLEN
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.net.dst import DstEntry
from lomodel.linux.include.net.ipv6 import IPV6_HLEN
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_IPV6
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.sock import Sock
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv6/output_core.c")

_u16 = struct.Struct("!H")


@kernel_function
def ip6_dst_hoplimit(dst: DstEntry) -> int:
    """The hop limit of packets that take this route: the setting of its device."""
    idev = dst.dev.ip6_ptr
    if idev is not None:
        return idev.cnf.hop_limit
    return dst.dev.nd_net.ipv6.devconf_all.hop_limit


@kernel_function
def ip6_local_out(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """Write the payload length and let the dst send the packet."""
    length = skb.len - IPV6_HLEN
    _u16.pack_into(skb.head, skb.network_header + 4, length if length <= IPV6_MAXPLEN else 0)
    skb.protocol = ETH_P_IPV6
    dst = skb.dst
    assert dst is not None
    return dst.output(net, sk, skb)
