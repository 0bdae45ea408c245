"""include/net/protocol.h: what a protocol above IP registers.

Three tables of a machine are made of these: ``inet_protos`` and ``inet6_protos`` (who takes a
packet of which protocol number), ``inetsw`` and ``inetsw6`` (who makes a socket of which type).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from lomodel.linux.include.linux.net import ProtoOps
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.net.core.sock import Proto

ErrHandler = Callable[[SkBuff, int], int]
"""``(skb, info)``: an ICMP error about a packet; data is at the quoted IPv4 header, and the
transport header is ICMP's."""

Err6Handler = Callable[[SkBuff, int, int, int, int], int]
"""``(skb, type, code, offset, info)``: an ICMPv6 error about a packet; data is at the quoted IPv6
header, and ``offset`` bytes behind it is the header of the protocol."""


@dataclass(frozen=True, slots=True)
class NetProtocol:
    """struct net_protocol: ``handler(skb)`` takes a packet, ``err_handler`` hears of ICMP
    errors."""

    handler: Callable[[SkBuff], int]
    err_handler: ErrHandler | None = None


@dataclass(frozen=True, slots=True)
class Inet6Protocol:
    """struct inet6_protocol. A ``handler`` that answers with more than 0 has taken an extension
    header off: the packet goes on with the protocol behind it."""

    handler: Callable[[SkBuff], int]
    err_handler: Err6Handler | None = None


@dataclass(frozen=True, slots=True)
class InetProtosw:
    """struct inet_protosw: the protocol behind sockets of one type. A ``protocol`` of IPPROTO_IP is
    a wild card."""

    type: int
    protocol: int
    prot: Proto
    ops: ProtoOps
