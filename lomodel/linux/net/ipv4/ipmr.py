"""net/ipv4/ipmr.c: PIM, which only routers of groups speak.

Left out: routing groups; so every message is dropped.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.net.protocol import NetProtocol
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_PIM
from lomodel.linux.net.core.skbuff import kfree_skb
from lomodel.linux.net.ipv4.protocol import inet_add_protocol
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv4/ipmr.c")


@kernel_function
def pim_rcv(skb: SkBuff) -> int:
    """A message of PIM: there is no interface that it could be about. 0."""
    kfree_skb(skb)
    return 0


pim_protocol = NetProtocol(handler=pim_rcv)


@kernel_function
def ip_mr_init(machine: Machine) -> None:
    """At boot: PIM is heard."""
    inet_add_protocol(machine, pim_protocol, IPPROTO_PIM)
