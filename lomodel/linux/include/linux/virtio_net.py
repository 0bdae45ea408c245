"""include/linux/virtio_net.h: from a virtio header to the fields of a packet.

Left out: tunnels, and the way back, from a packet to a header.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass

from lomodel import trace
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_PARTIAL,
    GSO_BY_FRAGS,
    SKB_GSO_DODGY,
    SKB_GSO_TCP_ECN,
    SKB_GSO_TCPV4,
    SKB_GSO_TCPV6,
    SKB_GSO_UDP,
    SKB_GSO_UDP_L4,
    SkBuff,
    skb_transport_offset,
)
from lomodel.linux.include.linux.tcp import TCP_CHECK, TCP_HLEN
from lomodel.linux.include.linux.udp import UDP_CHECK, UDP_HLEN
from lomodel.linux.include.net.ip import IP_HLEN
from lomodel.linux.include.net.ipv6 import IPV6_HLEN
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_IP, ETH_P_IPV6
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_TCP, IPPROTO_UDP
from lomodel.linux.include.uapi.linux.virtio_net import (
    VIRTIO_NET_HDR_F_NEEDS_CSUM,
    VIRTIO_NET_HDR_GSO_ECN,
    VIRTIO_NET_HDR_GSO_NONE,
    VIRTIO_NET_HDR_GSO_TCPV4,
    VIRTIO_NET_HDR_GSO_TCPV6,
    VIRTIO_NET_HDR_GSO_UDP,
    VIRTIO_NET_HDR_GSO_UDP_L4,
    VirtioNetHdr,
)
from lomodel.linux.net.core.flow_dissector import FlowKeys, __skb_flow_dissect
from lomodel.linux.net.core.skbuff import pskb_may_pull, skb_partial_csum_set
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("include/linux/virtio_net.h")


@dataclass(frozen=True, slots=True)
class _Kind:
    """What a gso_type of a virtio header stands for: the packet's own gso_type, its protocol, and
    the least bytes of transport and network header."""

    gso_type: int = 0
    ip_proto: int = 0
    thlen: int = 0
    nh_min_len: int = IP_HLEN
    protocol: int = ETH_P_IP


_NONE = _Kind()
_UDP_L4 = _Kind(SKB_GSO_UDP_L4, IPPROTO_UDP, UDP_HLEN)
_KINDS = {
    VIRTIO_NET_HDR_GSO_TCPV4: _Kind(SKB_GSO_TCPV4, IPPROTO_TCP, TCP_HLEN),
    VIRTIO_NET_HDR_GSO_TCPV6: _Kind(SKB_GSO_TCPV6, IPPROTO_TCP, TCP_HLEN, IPV6_HLEN, ETH_P_IPV6),
    VIRTIO_NET_HDR_GSO_UDP: _Kind(SKB_GSO_UDP, IPPROTO_UDP, UDP_HLEN),
    VIRTIO_NET_HDR_GSO_UDP_L4: _UDP_L4,
}


@kernel_function
def virtio_net_hdr_to_skb(skb: SkBuff, hdr: VirtioNetHdr) -> None:
    """Believe what the virtio header says, as far as it is possible; OSError EINVAL otherwise.

    A packet that asks for segmentation is marked DODGY: its headers were not checked by anybody.
    """
    kind = _wanted(skb, hdr)
    skb.mac_header = skb.data
    p_off = 0
    if hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM:
        p_off = _set_partial_checksum(skb, hdr, kind)
    elif kind.gso_type:
        p_off = _find_transport(skb, hdr, kind)
    if kind.gso_type:
        _ask_for_segments(skb, hdr, kind, p_off)


@kernel_function
def virtio_net_hdr_set_proto(skb: SkBuff, hdr: VirtioNetHdr) -> None:
    """A frame whose type field is 0 is what its gso_type says; nothing is done for any other."""
    kind = _KINDS.get(hdr.gso_type & ~VIRTIO_NET_HDR_GSO_ECN)
    if not skb.protocol and kind is not None:
        skb.protocol = kind.protocol


def _wanted(skb: SkBuff, hdr: VirtioNetHdr) -> _Kind:
    """What the header asks for. OSError EINVAL for a type that is none, and for no gso_size."""
    if hdr.gso_type == VIRTIO_NET_HDR_GSO_NONE:
        return _NONE
    kind = _KINDS.get(hdr.gso_type & ~VIRTIO_NET_HDR_GSO_ECN)
    if kind is _UDP_L4 and not skb.dev.machine.release.virtio_udp_l4:
        kind = None
    if trace.on:
        known = kind is not None and bool(hdr.gso_size)
        question = "is it a type that can be cut, with a size?"
        decide(question, known, gso_type=hdr.gso_type, gso_size=hdr.gso_size)
    if kind is None or not hdr.gso_size:
        raise OSError(errno.EINVAL, f"no segmentation of type {hdr.gso_type}, {hdr.gso_size} bytes")
    return kind


def _set_partial_checksum(skb: SkBuff, hdr: VirtioNetHdr, kind: _Kind) -> int:
    """Mark the packet CHECKSUM_PARTIAL; returns where its payload starts, in bytes from data.

    OSError EINVAL for a sum that is not in the packet, or begins inside the network header.
    """
    needed = hdr.csum_start + max(kind.thlen, hdr.csum_offset + 2)
    inside = pskb_may_pull(skb, needed) and skb_partial_csum_set(
        skb, hdr.csum_start, hdr.csum_offset
    )
    if trace.on:
        decide("is the sum inside the packet?", inside, needed=needed, len=skb.len)
    if not inside:
        raise OSError(errno.EINVAL, f"the packet has no {needed} bytes")
    start = skb_transport_offset(skb)
    begins = skb.dev.machine.release.virtio_csum_start_checked and start < kind.nh_min_len
    if trace.on:
        decide("does the sum begin inside the network header?", begins, csum_start=start)
    if begins or not pskb_may_pull(skb, start + kind.thlen):
        raise OSError(errno.EINVAL, "the checksum starts inside the network header")
    return start + kind.thlen


def _find_transport(skb: SkBuff, hdr: VirtioNetHdr, kind: _Kind) -> int:
    """Without NEEDS_CSUM nobody said where the transport header is: look for it.

    Returns where the payload starts, in bytes from data. OSError EINVAL when the packet is not of
    the protocol that gso_type says.
    """
    virtio_net_hdr_set_proto(skb, hdr)
    keys = _dissect(skb, kind)
    p_off = kind.thlen + (0 if keys is None else keys.thoff)
    found = keys is not None and pskb_may_pull(skb, p_off) and keys.ip_proto == kind.ip_proto
    if trace.on:
        decide("is it of the protocol that gso_type says?", found, ip_proto=kind.ip_proto)
    if not found:
        raise OSError(errno.EINVAL, f"no packet of protocol {kind.ip_proto}")
    skb.transport_header = skb.data + p_off - kind.thlen
    return p_off


def _dissect(skb: SkBuff, kind: _Kind) -> FlowKeys | None:
    """UFO does not say which IP it is: what is not IPv4 may be IPv6."""
    keys = __skb_flow_dissect(skb)
    if keys is None and kind.gso_type == SKB_GSO_UDP and skb.protocol == ETH_P_IP:
        skb.protocol = ETH_P_IPV6
        keys = __skb_flow_dissect(skb)
    return keys


def _ask_for_segments(skb: SkBuff, hdr: VirtioNetHdr, kind: _Kind, p_off: int) -> None:
    """Give the packet its gso_size, unless it is too short to need one.

    OSError EINVAL for what does not go with its kind, and for a gso_size of 65535.
    """
    gso_size = hdr.gso_size
    ecn = bool(hdr.gso_type & VIRTIO_NET_HDR_GSO_ECN)
    if kind.gso_type == SKB_GSO_UDP:
        p_off -= kind.thlen  # each piece is so long with what it has of the UDP header
    elif kind.gso_type == SKB_GSO_UDP_L4:
        _check_udp_l4(skb, hdr, skb.len - p_off, ecn)
    else:
        if skb.ip_summed == CHECKSUM_PARTIAL and skb.csum_offset != TCP_CHECK:
            if trace.on:
                decide("is the sum where TCP has it?", False, csum_offset=skb.csum_offset)
            raise OSError(errno.EINVAL, "TCP's checksum is 16 bytes into its header")
        gso_size = max(gso_size, skb.dev.machine.release.tcp_min_gso_size)
    if gso_size == GSO_BY_FRAGS:
        if trace.on:
            decide("is it a size, not a list of fragments?", False, gso_size=gso_size)
        raise OSError(errno.EINVAL, f"a gso_size of {gso_size} means something else")
    longer = skb.len - p_off > gso_size
    if trace.on:
        decide(
            "is there more than one segment?", longer, payload=skb.len - p_off, gso_size=gso_size
        )
    if longer:
        skb.gso_size = gso_size
        skb.gso_type = kind.gso_type | SKB_GSO_DODGY | (SKB_GSO_TCP_ECN if ecn else 0)
        skb.gso_segs = 0


def _check_udp_l4(skb: SkBuff, hdr: VirtioNetHdr, payload: int, ecn: bool) -> None:
    """OSError EINVAL for UDP without a sum to complete, in too many segments, or with ECN."""
    most = hdr.gso_size * skb.dev.machine.release.udp_max_segments
    summed = bool(hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) and skb.csum_offset == UDP_CHECK
    if trace.on:
        decide("is UDP's sum to be completed?", summed, flags=hdr.flags, offset=skb.csum_offset)
        if summed:
            decide("are there too many segments?", payload > most, payload=payload, most=most)
        if summed and payload <= most:
            decide("is it UDP with TCP's ECN?", ecn, gso_type=hdr.gso_type)
    if not summed or payload > most or ecn:
        raise OSError(errno.EINVAL, "no UDP packet that can be cut")
