"""net/ipv6/ip6_icmp.c: ICMPv6 errors for those who do not know ICMPv6.

The pointer is there because IPv6 may be a module; it also keeps the senders of errors apart from
``icmp6_send``, which itself sends packets.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import TYPE_CHECKING

from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.uapi.linux.icmpv6 import ICMPV6_PARAMPROB
from lomodel.linux.net.core.skbuff import kfree_skb
from lomodel.trace import kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/ip6_icmp.c")

IcmpSender = Callable[[SkBuff, int, int, int], None]
"""``(skb, type, code, info)``: tells the sender of ``skb`` what is wrong with it."""


@kernel_function
def inet6_register_icmp_sender(machine: Machine, fn: IcmpSender) -> int:
    """``fn`` sends ICMPv6 errors from now on. 0, or -EEXIST when another does."""
    if machine.ip6_icmp_send is not None:
        return -errno.EEXIST
    machine.ip6_icmp_send = fn
    return 0


def icmpv6_send(skb: SkBuff, type: int, code: int, info: int) -> None:
    """Tell the sender of ``skb`` what is wrong with it.

    Not traced: where IPv6 is built in, as in the recorded kernels, this is ``icmp6_send`` itself
    (include/linux/icmpv6.h).
    """
    send = skb.dev.machine.ip6_icmp_send
    assert send is not None
    send(skb, type, code, info)


def icmpv6_param_prob(skb: SkBuff, code: int, pos: int) -> None:
    """Tell the sender which byte of the packet is wrong, and drop it (include/linux/icmpv6.h)."""
    icmpv6_send(skb, ICMPV6_PARAMPROB, code, pos)
    kfree_skb(skb)
