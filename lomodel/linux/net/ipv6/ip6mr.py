"""net/ipv6/ip6mr.c: as net/ipv4/ipmr.c, for IPv6."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.net.protocol import Inet6Protocol
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_PIM
from lomodel.linux.net.ipv6.protocol import inet6_add_protocol
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/ip6mr.c")


@kernel_function
def pim6_rcv(skb: SkBuff) -> int:
    """A packet of PIM for this host: nothing is registered that it could be for. 0."""
    return 0


pim6_protocol = Inet6Protocol(handler=pim6_rcv)


@kernel_function
def ip6_mr_init(machine: Machine) -> None:
    """At boot: take PIM's packets over IPv6."""
    inet6_add_protocol(machine, pim6_protocol, IPPROTO_PIM)
