"""net/ipv4/tcp_ipv4.c, where no socket is: TCP takes its packets, and nobody hears of them.

Left out: sockets, and so the whole of TCP; the resets that answer packets for nobody (the model has
them for IPv6 only, in ``tcp_ipv6``).
"""

from __future__ import annotations

import errno

from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.net.ipv4.icmp_rcv import icmp_error_counted
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv4/tcp_ipv4.c")


@kernel_function
def tcp_v4_rcv(skb: SkBuff) -> int:
    """A TCP packet for this host: dropped here, without an answer. Always 0."""
    return 0


@kernel_function
def tcp_v4_err(skb: SkBuff, info: int) -> int:
    """An ICMP error about a TCP packet: nobody sent it, as there is no socket. -ENOENT."""
    icmp_error_counted(skb.dev.nd_net)
    return -errno.ENOENT
