"""net/ipv6/datagram.c: connecting a socket that has no connections.

Left out: multicast, scope ids, mapped addresses, flow labels.
"""

from __future__ import annotations

from lomodel.linux.include.linux.socket import SockAddr
from lomodel.linux.include.net.tcp_states import TCP_ESTABLISHED
from lomodel.linux.include.net.transp_v6 import LOOPBACK4_IPV6
from lomodel.linux.net.core.sock import Sock
from lomodel.linux.net.ipv6.ip6_output import ip6_dst_lookup_flow
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv6/datagram.c")


@kernel_function
def ip6_datagram_connect(sk: Sock, uaddr: SockAddr) -> None:
    """Remember the peer and the address to send from. OSError as ``ip6_dst_lookup_flow``."""
    fl6 = sk.cork
    fl6.daddr, fl6.saddr = uaddr.addr, sk.np_saddr
    ip6_dst_lookup_flow(sk.net, sk, fl6)
    if not any(sk.np_saddr):
        sk.np_saddr = fl6.saddr
    if not any(sk.sk_v6_rcv_saddr):
        sk.sk_v6_rcv_saddr = fl6.saddr
        sk.inet_rcv_saddr = LOOPBACK4_IPV6
        if sk.sk_prot.rehash is not None:
            sk.sk_prot.rehash(sk)
    sk.sk_v6_daddr, sk.inet_dport = fl6.daddr, uaddr.port
    sk.sk_state = TCP_ESTABLISHED
