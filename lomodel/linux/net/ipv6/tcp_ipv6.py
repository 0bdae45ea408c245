"""net/ipv6/tcp_ipv6.c, where no socket is: a TCP packet for nobody is answered with a reset.

Left out: sockets, and so the whole of TCP; MD5 and AO signatures, time-wait, policies.
"""

from __future__ import annotations

import errno
import struct
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.skbuff import CHECKSUM_NONE, CHECKSUM_PARTIAL, SkBuff
from lomodel.linux.include.linux.tcp import TCP_CHECK, TCP_HLEN
from lomodel.linux.include.net.ipv6 import IPV6_DEFAULT_HOPLIMIT, IPV6_HLEN
from lomodel.linux.include.net.protocol import Inet6Protocol
from lomodel.linux.include.uapi.linux.if_packet import PACKET_HOST
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_TCP
from lomodel.linux.include.uapi.linux.snmp import ICMP6_MIB_INERRORS
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.skbuff import alloc_skb, checksum, pskb_may_pull, skb_copy_bits, skb_put
from lomodel.linux.net.core.sock import InetCork
from lomodel.linux.net.ipv6.ip6_output import ip6_dst_lookup_flow
from lomodel.linux.net.ipv6.output_core import ip6_local_out
from lomodel.linux.net.ipv6.protocol import inet6_add_protocol
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/tcp_ipv6.c")

FIN, SYN, RST, ACK = 0x01, 0x02, 0x04, 0x10
HEADROOM = 16 + 14
"""LL_MAX_HEADER is more; lo needs 14 bytes, and the buffer starts at a multiple of 16."""

_tcphdr = struct.Struct("!HHIIBBHHH")
_ipv6hdr = struct.Struct("!IHBB16s16s")


@kernel_function
def tcp_v6_rcv(skb: SkBuff) -> int:
    """A TCP packet for this host: there is no socket for it, so a reset. Always 0.

    Nothing is sent for a packet that was not for this hardware address, is cut off, or is wrongly
    summed.
    """
    if skb.pkt_type != PACKET_HOST or not pskb_may_pull(skb, TCP_HLEN):
        return 0
    thlen = (skb.head[skb.data + 12] >> 4) * 4
    if thlen < TCP_HLEN or not pskb_may_pull(skb, thlen):
        return 0
    if tcp_checksum_complete(skb):
        return 0
    tcp_v6_send_reset(skb, thlen)
    return 0


def tcp_checksum_complete(skb: SkBuff) -> bool:
    """Whether the sum is wrong; one that is left to a device counts as right."""
    if skb.ip_summed != CHECKSUM_NONE:
        return False
    at = skb.network_header
    pseudo = checksum(skb.head[at + 8 : at + 40], skb.len + IPPROTO_TCP)
    return checksum(skb_copy_bits(skb, 0, skb.len), pseudo) != 0xFFFF


@kernel_function
def tcp_v6_send_reset(skb: SkBuff, thlen: int) -> None:
    """Refuse the connection of a packet; a reset is never answered with another."""
    source, dest, seq, ack_seq, _, flags, *_ = _tcphdr.unpack_from(skb.head, skb.data)
    if trace.on:
        decide("is it a reset itself?", bool(flags & RST), flags=flags)
    if flags & RST:
        return
    if flags & ACK:
        header = (dest, source, ack_seq, 0, RST)
    else:
        seen = bool(flags & SYN) + bool(flags & FIN) + skb.len - thlen
        header = (dest, source, 0, (seq + seen) & 0xFFFFFFFF, RST | ACK)
    tcp_v6_send_response(skb, *header)


@kernel_function
def tcp_v6_send_response(
    skb: SkBuff, source: int, dest: int, seq: int, ack: int, flags: int
) -> None:
    """Send a TCP header without a socket, back to where ``skb`` came from."""
    net = skb.dev.nd_net
    at = skb.network_header
    fl6 = InetCork()
    fl6.daddr = bytes(skb.head[at + 8 : at + 24])
    fl6.saddr = bytes(skb.head[at + 24 : at + 40])
    try:
        dst = ip6_dst_lookup_flow(net, None, fl6)
    except OSError:
        return
    reply = _reply(fl6, _tcphdr.pack(source, dest, seq, ack, 5 << 4, flags, 0, 0, 0))
    reply.dst = dst
    ip6_xmit(net, reply, fl6)


def _reply(fl6: InetCork, header: bytes) -> SkBuff:
    reply = alloc_skb(HEADROOM + IPV6_HLEN, TCP_HLEN)
    at = skb_put(reply, TCP_HLEN)
    reply.head[at : at + TCP_HLEN] = header
    pseudo = checksum(fl6.saddr + fl6.daddr, TCP_HLEN + IPPROTO_TCP)
    reply.head[at + TCP_CHECK : at + TCP_CHECK + 2] = pseudo.to_bytes(2, "big")
    reply.ip_summed = CHECKSUM_PARTIAL
    reply.transport_header = reply.csum_start = at
    reply.csum_offset = TCP_CHECK
    return reply


def ip6_xmit(net: Net, skb: SkBuff, fl6: InetCork) -> int:
    """Put an IPv6 header in front and send (net/ipv6/ip6_output.c, the way of TCP)."""
    skb.data -= IPV6_HLEN
    skb.len += IPV6_HLEN
    skb.network_header = skb.data
    word, size = 6 << 28, skb.len - IPV6_HLEN
    fields = (word, size, IPPROTO_TCP, IPV6_DEFAULT_HOPLIMIT, fl6.saddr, fl6.daddr)
    _ipv6hdr.pack_into(skb.head, skb.data, *fields)
    skb.ignore_df = True
    return ip6_local_out(net, None, skb)


@kernel_function
def tcp_v6_err(skb: SkBuff, type: int, code: int, offset: int, info: int) -> int:
    """An ICMPv6 error about a TCP packet: nobody sent it, as there is no socket. -ENOENT."""
    skb.dev.nd_net.mib.icmpv6_statistics[ICMP6_MIB_INERRORS] += 1
    return -errno.ENOENT


tcpv6_protocol = Inet6Protocol(handler=tcp_v6_rcv, err_handler=tcp_v6_err)


@kernel_function
def tcpv6_init(machine: Machine) -> None:
    """At boot: take TCP's packets over IPv6. The model has no TCP sockets to make."""
    inet6_add_protocol(machine, tcpv6_protocol, IPPROTO_TCP)
