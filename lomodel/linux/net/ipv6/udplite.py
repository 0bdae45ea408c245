"""net/ipv6/udplite.c: UDP-Lite over IPv6. Left out: as in IPv4, its sockets."""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.net.protocol import Inet6Protocol
from lomodel.linux.include.uapi.linux.icmpv6 import ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_UDPLITE
from lomodel.linux.net.ipv4.udplite import udplite_is_right
from lomodel.linux.net.ipv6.icmp import icmp6_error_counted
from lomodel.linux.net.ipv6.ip6_icmp import icmpv6_send
from lomodel.linux.net.ipv6.protocol import inet6_add_protocol
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/udplite.c")


@kernel_function
def udplitev6_rcv(skb: SkBuff) -> int:
    """A packet for this host: the sender of one that is right hears that nobody listens. 0."""
    at = skb.network_header
    if udplite_is_right(skb, skb.head[at + 8 : at + 40]):
        icmpv6_send(skb, ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH, 0)
    return 0


@kernel_function
def udplitev6_err(skb: SkBuff, type: int, code: int, offset: int, info: int) -> int:
    """An ICMPv6 error about a packet that nobody sent, as there is no socket. -ENOENT."""
    icmp6_error_counted(skb.dev.nd_net)
    return -errno.ENOENT


udplitev6_protocol = Inet6Protocol(handler=udplitev6_rcv, err_handler=udplitev6_err)


@kernel_function
def udplitev6_init(machine: Machine) -> None:
    """At boot: take UDP-Lite's packets over IPv6."""
    inet6_add_protocol(machine, udplitev6_protocol, IPPROTO_UDPLITE)
