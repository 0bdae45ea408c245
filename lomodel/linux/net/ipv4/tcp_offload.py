"""net/ipv4/tcp_offload.c and net/ipv6/tcpv6_offload.c: cutting a TCP packet.

Left out: GRO, list segmentation (only GRO makes such packets), timestamps of segments.
"""

from __future__ import annotations

import errno

from lomodel import trace
from lomodel.linux.include.linux.netdevice import PacketOffload, skb_gso_ok
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_PARTIAL,
    SKB_GSO_TCP_ACCECN,
    SKB_GSO_TCPV4,
    SkBuff,
)
from lomodel.linux.include.linux.tcp import TCP_CHECK, TCP_HLEN
from lomodel.linux.include.net.tcp import TCPHDR_CWR, TCPHDR_FIN, TCPHDR_PSH
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_TCP
from lomodel.linux.net.core.skbuff import checksum, pskb_may_pull, skb_pull
from lomodel.linux.net.core.skbuff_segment import gso_finish_checksum, skb_segment
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/tcp_offload.c")


@kernel_function
def tcp4_gso_segment(skb: SkBuff, features: int) -> list[SkBuff] | None:
    """Cut a TCP packet over IPv4; as ``tcp_gso_segment``, EINVAL for another gso_type."""
    if not skb.gso_type & SKB_GSO_TCPV4 or not pskb_may_pull(skb, TCP_HLEN):
        if trace.on:
            decide("does it ask for TCPv4 segmentation?", False, gso_type=skb.gso_type)
        raise OSError(errno.EINVAL, "not a TCPv4 GSO packet")
    if skb.ip_summed != CHECKSUM_PARTIAL:
        start = skb.network_header + 12
        _set_pseudo_header(skb, bytes(skb.head[start : start + 8]))
    return tcp_gso_segment(skb, features)


def _set_pseudo_header(skb: SkBuff, addresses: bytes) -> None:
    """Start the sum as the stack would have: addresses, protocol and length (tcp_v4_send_check)."""
    at = skb.transport_header + TCP_CHECK
    total = checksum(addresses, IPPROTO_TCP + skb.len)
    skb.head[at : at + 2] = total.to_bytes(2, "big")
    skb.ip_summed = CHECKSUM_PARTIAL
    skb.csum_start, skb.csum_offset = skb.transport_header, TCP_CHECK


@kernel_function
def tcp_gso_segment(skb: SkBuff, features: int) -> list[SkBuff] | None:
    """Cut the payload behind the TCP header into pieces of gso_size bytes.

    Sequence numbers advance by gso_size; FIN and PSH stay on the last piece only, CWR on the first
    only (on all of them where AccECN asks for that). None when nothing but the headers had to be
    checked; then gso_segs is reckoned anew. OSError EINVAL for a header that is too short or a
    payload that is not longer than gso_size.
    """
    thlen = _header_length(skb)
    oldlen = skb.len
    skb_pull(skb, thlen)
    mss = skb.gso_size
    if skb.len <= mss:
        if trace.on:
            decide("is there more than one segment?", False, payload=skb.len, gso_size=mss)
        raise OSError(errno.EINVAL, f"payload of {skb.len} bytes is not longer than {mss}")
    fine = skb_gso_ok(skb, features | skb.dev.netif_f.GSO_ROBUST)
    if trace.on:
        decide("would it pass if it were trusted?", fine, features=features, gso_type=skb.gso_type)
    if fine:
        skb.gso_segs = -(-skb.len // mss)
        return None
    segments = skb_segment(skb, features)
    _correct_headers(segments, mss, oldlen, bool(skb.gso_type & SKB_GSO_TCP_ACCECN))
    return segments


def _header_length(skb: SkBuff) -> int:
    thlen = (skb.head[skb.transport_header + 12] >> 4) * 4
    if thlen < TCP_HLEN:
        if trace.on:
            decide("is the TCP header long enough?", False, thlen=thlen, least=TCP_HLEN)
        raise OSError(errno.EINVAL, f"a TCP header of {thlen} bytes is too short")
    if skb.csum_start != skb.transport_header or not pskb_may_pull(skb, thlen):
        if trace.on:
            decide(
                "does the sum start at the TCP header?",
                False,
                csum_start=skb.csum_start,
                transport_header=skb.transport_header,
            )
        raise OSError(errno.EINVAL, "the TCP header is not where the checksum starts")
    return thlen


def _correct_headers(segments: list[SkBuff], mss: int, oldlen: int, accecn: bool) -> None:
    th = segments[0].transport_header
    seq = int.from_bytes(segments[0].head[th + 4 : th + 8], "big")
    # The pseudo-header's sum holds the old length; only the difference has to be added.
    base = int.from_bytes(segments[0].head[th + TCP_CHECK : th + TCP_CHECK + 2], "big")
    last = len(segments) - 1
    for number, segment in enumerate(segments):
        head = segment.head
        head[th + 4 : th + 8] = (seq + number * mss & 0xFFFFFFFF).to_bytes(4, "big")
        if number != last:
            head[th + 13] &= ~(TCPHDR_FIN | TCPHDR_PSH)
        if number and not accecn:
            head[th + 13] &= ~TCPHDR_CWR
        length = segment.len - (th - segment.data)
        pseudo = _add(base, length - oldlen)
        gso_finish_checksum(segment, pseudo, th + TCP_CHECK)


def _add(total: int, delta: int) -> int:
    """One's complement addition of a difference of lengths to a sum."""
    return (total + delta) % 0xFFFF or 0xFFFF


tcpv4_offload = PacketOffload(gso_segment=tcp4_gso_segment)
