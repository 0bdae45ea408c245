"""net/ipv4/udp.c: datagrams, one or many in a send, and the queue that they end in.

Left out: UDP-Lite, encapsulation, corking, multicast delivery, early demultiplexing, BPF, busy
polling, and memory that is scheduled over all sockets.
"""

from __future__ import annotations

import errno
import struct

from lomodel.linux.include.linux.skbuff import (
    SkBuff,
)
from lomodel.linux.include.net.ip import IP_HLEN
from lomodel.linux.include.net.tcp_states import TCP_ESTABLISHED
from lomodel.linux.net.core.sock import Proto
from lomodel.linux.net.ipv4.datagram import ip4_datagram_connect, ip4_datagram_release_cb
from lomodel.linux.net.ipv4.icmp import icmp_err_convert
from lomodel.linux.net.ipv4.udp_options import udp_getsockopt, udp_setsockopt
from lomodel.linux.net.ipv4.udp_receive import udp_recvmsg
from lomodel.linux.net.ipv4.udp_send import udp_sendmsg
from lomodel.linux.net.ipv4.udp_table import (
    __udp4_lib_lookup,
    __udp_disconnect,
    udp_lib_get_port,
    udp_lib_hash,
    udp_lib_rehash,
    udp_lib_unhash,
)
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv4/udp.c")


_addresses = struct.Struct("!II")


@kernel_function
def udp_err(skb: SkBuff, type: int, code: int, info: int) -> int:
    """An ICMP error about a packet that this host sent; ``skb`` begins with that packet's header.

    A connected socket hears of it at its next call (ECONNREFUSED for an unreachable port), another
    one only with IP_RECVERR. Returns 0, or -ENOENT when nobody sent such a packet.
    """
    head, at = skb.head, skb.data
    saddr, daddr = _addresses.unpack_from(head, at + 12)
    sport, dport = struct.unpack_from("!HH", head, at + IP_HLEN)
    dev = skb.dev
    sk = __udp4_lib_lookup(dev.nd_net, daddr, dport, saddr, sport, dev.ifindex)
    if sk is None:
        return -errno.ENOENT
    code_errno, harderr = icmp_err_convert(type, code)
    if sk.recverr or (harderr and sk.sk_state == TCP_ESTABLISHED):
        sk.sk_err = code_errno
    return 0


udp_prot = Proto(
    name="UDP",
    connect=ip4_datagram_connect,
    disconnect=__udp_disconnect,
    sendmsg=udp_sendmsg,
    recvmsg=udp_recvmsg,
    setsockopt=udp_setsockopt,
    getsockopt=udp_getsockopt,
    get_port=udp_lib_get_port,
    hash=udp_lib_hash,
    unhash=udp_lib_unhash,
    rehash=udp_lib_rehash,
    release_cb=ip4_datagram_release_cb,
)
