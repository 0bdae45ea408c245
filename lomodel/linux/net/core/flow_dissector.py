"""net/core/flow_dissector.c: what a packet is, found by reading its headers one after the other.

Left out: what a key other than control and basic would hold; MPLS, PPPoE, HSR, batman-adv, GRE and
their like, whose packets end here as unknown; BPF programs.
"""

from __future__ import annotations

from typing import NamedTuple

from lomodel.linux.include.linux.skbuff import SkBuff, skb_network_offset
from lomodel.linux.include.net.ip import IP_MF, IP_OFFSET
from lomodel.linux.include.net.ipv6 import (
    FRAG_HLEN,
    IPV6_HLEN,
    NEXTHDR_DEST,
    NEXTHDR_FRAGMENT,
    NEXTHDR_HOP,
    NEXTHDR_ROUTING,
)
from lomodel.linux.include.uapi.linux.if_ether import (
    ETH_P_8021AD,
    ETH_P_8021Q,
    ETH_P_IP,
    ETH_P_IPV6,
)
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_IPIP, IPPROTO_IPV6
from lomodel.linux.net.core.skbuff import skb_copy_bits
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/core/flow_dissector.c")

MAX_FLOW_DISSECT_HDRS = 15
"""How many headers are read before the dissector is content with what it has."""


class FlowKeys(NamedTuple):
    """struct flow_keys_basic: the protocol behind the network headers, and its offset in bytes from
    the packet's data on; ``done`` once nothing more is to be read."""

    n_proto: int
    ip_proto: int
    thoff: int
    done: bool = False


@kernel_function
def __skb_flow_dissect(skb: SkBuff) -> FlowKeys | None:
    """Read the headers from the network header on; None for a packet that ends inside one of them,
    or of a protocol that is not known. C takes a list of the keys to be found, too (here
    flow_keys_basic)."""
    keys: FlowKeys | None = FlowKeys(skb.protocol, 0, skb_network_offset(skb))
    for _ in range(MAX_FLOW_DISSECT_HDRS + 1):
        assert keys is not None
        read = _NETWORK.get(keys.n_proto)
        keys = read(skb, keys) if read else None
        if keys is None or keys.done:
            break
    if keys is None:
        return None
    thoff = min(keys.thoff, skb.len)
    return None if thoff > 0xFFFF else keys._replace(thoff=thoff)


def _header(skb: SkBuff, offset: int, size: int) -> bytes | None:
    """``size`` bytes of the packet, None when they are not all there (__skb_header_pointer)."""
    return skb_copy_bits(skb, offset, size) if offset + size <= skb.len else None


def _ipv4(skb: SkBuff, keys: FlowKeys) -> FlowKeys | None:
    iph = _header(skb, keys.thoff, 20)
    if iph is None or iph[0] & 0x0F < 5:
        return None
    found = keys._replace(ip_proto=iph[9], thoff=keys.thoff + (iph[0] & 0x0F) * 4)
    if int.from_bytes(iph[6:8], "big") & (IP_MF | IP_OFFSET):
        return found._replace(done=True)
    return _transport(skb, found)


def _ipv6(skb: SkBuff, keys: FlowKeys) -> FlowKeys | None:
    iph = _header(skb, keys.thoff, IPV6_HLEN)
    if iph is None:
        return None
    return _transport(skb, keys._replace(ip_proto=iph[6], thoff=keys.thoff + IPV6_HLEN))


def _vlan(skb: SkBuff, keys: FlowKeys) -> FlowKeys | None:
    tag = _header(skb, keys.thoff, 4)
    if tag is None:
        return None
    return keys._replace(n_proto=int.from_bytes(tag[2:], "big"), thoff=keys.thoff + 4)


_NETWORK = {ETH_P_IP: _ipv4, ETH_P_IPV6: _ipv6, ETH_P_8021Q: _vlan, ETH_P_8021AD: _vlan}


def _transport(skb: SkBuff, keys: FlowKeys) -> FlowKeys | None:
    """Pass over IPv6's extension headers; a tunnel's packet is read from its network header on."""
    for _ in range(MAX_FLOW_DISSECT_HDRS):
        if keys.ip_proto in _TUNNELS:
            return keys._replace(n_proto=_TUNNELS[keys.ip_proto])
        if keys.n_proto != ETH_P_IPV6 or keys.ip_proto not in _EXTENSIONS:
            break
        size = FRAG_HLEN if keys.ip_proto == NEXTHDR_FRAGMENT else 2
        header = _header(skb, keys.thoff, size)
        if header is None:
            return None
        if keys.ip_proto == NEXTHDR_FRAGMENT:
            return keys._replace(ip_proto=header[0], thoff=keys.thoff + FRAG_HLEN, done=True)
        keys = keys._replace(ip_proto=header[0], thoff=keys.thoff + (header[1] + 1) * 8)
    return keys._replace(done=True)


_TUNNELS = {IPPROTO_IPIP: ETH_P_IP, IPPROTO_IPV6: ETH_P_IPV6}
_EXTENSIONS = (NEXTHDR_HOP, NEXTHDR_ROUTING, NEXTHDR_DEST, NEXTHDR_FRAGMENT)
