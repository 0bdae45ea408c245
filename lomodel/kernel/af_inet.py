"""The offload part of net/ipv4/af_inet.c: cutting an IPv4 packet.

Left out: everything about sockets (``socket``), tunnels (IPIP), and GRO.
"""

from __future__ import annotations

import errno
import struct
from typing import Any

from ..trace import kernel_file
from .gso import dev_add_offload
from .netdevice import PacketOffload
from .skbuff import SKB_GSO_TCP_FIXEDID, SkBuff, checksum, pskb_may_pull, skb_pull
from .tcp_offload import tcpv4_offload
from .udp_offload import udpv4_offload

kernel_function = kernel_file("net/ipv4/af_inet.c")

ETH_P_IP = 0x0800
IP_DF = 0x4000
IPPROTO_TCP = 6
IPPROTO_UDP = 17

_u16 = struct.Struct("!H")
_len_and_id = struct.Struct("!HH")

inet_offloads = {IPPROTO_TCP: tcpv4_offload, IPPROTO_UDP: udpv4_offload}


@kernel_function
def inet_gso_segment(skb: SkBuff, features: int) -> list[SkBuff] | None:
    """Let the transport protocol cut, then give every piece its own length, id and header sum.

    The ids count up from the packet's own, DF or not, unless the packet asks for one fixed id.
    OSError EINVAL for a broken header, EPROTONOSUPPORT for a protocol that nobody cuts.
    """
    nhoff = skb.data - skb.mac_header
    skb.network_header = skb.data
    ihl = _header_length(skb)
    start = skb.network_header
    identification = int.from_bytes(skb.head[start + 4 : start + 6], "big")
    offload = inet_offloads.get(skb.head[start + 9])
    fixed = _fixed_id(skb)
    skb_pull(skb, ihl)
    skb.transport_header = skb.data
    if offload is None:
        raise OSError(errno.EPROTONOSUPPORT, "nobody cuts this protocol")
    segments = offload.gso_segment(skb, features)
    if segments is None:
        skb.network_header = skb.mac_header + nhoff
        return None
    for number, segment in enumerate(segments):
        step = 0 if fixed else number
        _correct_header(segment, segment.mac_header + nhoff, ihl, identification + step)
    return segments


def _header_length(skb: SkBuff) -> int:
    if not pskb_may_pull(skb, 20):
        raise OSError(errno.EINVAL, "the packet ends inside the IPv4 header")
    ihl = (skb.head[skb.data] & 0x0F) * 4
    if ihl < 20 or not pskb_may_pull(skb, ihl):
        raise OSError(errno.EINVAL, f"an IPv4 header of {ihl} bytes")
    return ihl


def _fixed_id(skb: SkBuff) -> bool:
    if not skb.gso_type & SKB_GSO_TCP_FIXEDID:
        return False
    start = skb.network_header
    if not int.from_bytes(skb.head[start + 6 : start + 8], "big") & IP_DF:
        raise OSError(errno.EPROTONOSUPPORT, "a fixed id without DF")
    return True


def _correct_header(segment: SkBuff, start: int, ihl: int, identification: int) -> None:
    head = segment.head
    _len_and_id.pack_into(
        head, start + 2, segment.len - (start - segment.data), identification & 0xFFFF
    )
    _u16.pack_into(head, start + 10, 0)
    _u16.pack_into(head, start + 10, ~checksum(head[start : start + ihl]) & 0xFFFF)
    segment.network_header = start
    segment.mac_len = start - segment.mac_header


ip_packet_offload = PacketOffload(gso_segment=inet_gso_segment)


def ipv4_offload_init(machine: Any) -> None:
    """At boot: cut IPv4 packets."""
    dev_add_offload(machine, ETH_P_IP, ip_packet_offload)
