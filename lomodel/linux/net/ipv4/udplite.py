"""net/ipv4/udplite.c: UDP-Lite, whose checksum may cover only the beginning of a datagram.

Left out: its sockets. So a packet that is right is for nobody, and no error is about a socket.
"""

from __future__ import annotations

import errno
import struct

from lomodel import trace
from lomodel.linux.include.linux.skbuff import SkBuff, skb_csum_unnecessary
from lomodel.linux.include.linux.udp import UDP_HLEN
from lomodel.linux.include.uapi.linux.icmp import ICMP_DEST_UNREACH, ICMP_PORT_UNREACH
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_UDPLITE
from lomodel.linux.net.core.skbuff import checksum, pskb_may_pull, skb_copy_bits
from lomodel.linux.net.ipv4.icmp import icmp_send
from lomodel.linux.net.ipv4.icmp_rcv import icmp_error_counted
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/udplite.c")

_coverage_and_check = struct.Struct("!HH")


def udplite_is_right(skb: SkBuff, addresses: bytes | bytearray) -> bool:
    """Whether a packet has a header, a sum, and the right one over what that covers.

    ``addresses`` are those of its pseudo header; a coverage of 0 means all of it. Source:
    udplite_checksum_init of include/net/udplite.h.
    """
    if not pskb_may_pull(skb, UDP_HLEN):
        return False
    coverage, check = _coverage_and_check.unpack_from(skb.head, skb.data + 4)
    if not check or coverage > skb.len or 0 < coverage < UDP_HLEN:
        return False
    if skb_csum_unnecessary(skb):
        return True
    pseudo = checksum(addresses, skb.len + IPPROTO_UDPLITE)
    right = checksum(skb_copy_bits(skb, 0, coverage or skb.len), pseudo) == 0xFFFF
    if trace.on:
        decide("is the sum right?", right, coverage=coverage, len=skb.len)
    return right


@kernel_function
def udplite_rcv(skb: SkBuff) -> int:
    """A packet for this host: the sender of one that is right hears that nobody listens. 0."""
    at = skb.network_header
    if udplite_is_right(skb, skb.head[at + 12 : at + 20]):
        icmp_send(skb, ICMP_DEST_UNREACH, ICMP_PORT_UNREACH, 0)
    return 0


@kernel_function
def udplite_err(skb: SkBuff, info: int) -> int:
    """An ICMP error about a packet that nobody sent, as there is no socket. -ENOENT."""
    icmp_error_counted(skb.dev.nd_net)
    return -errno.ENOENT
