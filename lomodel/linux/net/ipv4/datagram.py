"""net/ipv4/datagram.c: connecting a socket that has no connections.

Left out: multicast, waiting for a lock.
"""

from __future__ import annotations

from lomodel.linux.include.linux.socket import SockAddr
from lomodel.linux.include.net.tcp_states import TCP_ESTABLISHED
from lomodel.linux.net.core.sock import Sock
from lomodel.linux.net.ipv4.route import ip_route_output_flow
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv4/datagram.c")


@kernel_function
def ip4_datagram_connect(sk: Sock, uaddr: SockAddr) -> None:
    """Remember the peer and the address to send from. OSError ENETUNREACH when no route leads
    there."""
    fl4 = sk.cork
    fl4.daddr, fl4.saddr = uaddr.addr, sk.inet_saddr
    ip_route_output_flow(sk.net, fl4)
    sk.inet_saddr = sk.inet_saddr or fl4.saddr
    sk.inet_rcv_saddr = sk.inet_rcv_saddr or fl4.saddr
    sk.inet_daddr, sk.inet_dport = fl4.daddr, uaddr.port
    sk.sk_state = TCP_ESTABLISHED
