"""net/ipv4/raw.c: sockets that speak a protocol of IP themselves. ``ping`` is one.

Every packet of its protocol is shown to a raw socket, its own echo requests included, because they
come in over lo like everybody's.

Left out: IP_HDRINCL, connected raw sockets, multicast, options.
"""

from __future__ import annotations

import errno
import struct

from lomodel import trace
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.linux.socket import AF_INET, MsgHdr
from lomodel.linux.include.net.ip import IP_HLEN
from lomodel.linux.include.net.tcp_states import TCP_CLOSE, TCP_ESTABLISHED
from lomodel.linux.include.uapi.linux.in_route import RTCF_BROADCAST
from lomodel.linux.include.uapi.linux.rtnetlink import RT_TABLE_LOCAL, RTN_BROADCAST, RTN_MULTICAST
from lomodel.linux.net.core.skbuff import skb_clone, skb_copy_bits
from lomodel.linux.net.core.sock import (
    Proto,
    Sock,
    inet_addr_valid_or_nonlocal,
    sock_error,
    sock_error_raise,
    sock_queue_rcv_skb,
)
from lomodel.linux.net.ipv4.datagram import ip4_datagram_connect
from lomodel.linux.net.ipv4.fib_frontend_table import inet_addr_type_table
from lomodel.linux.net.ipv4.ip_output import ip_send_skb
from lomodel.linux.net.ipv4.ip_output_append import (
    __ip_append_data,
    __ip_make_skb,
    ip_flush_pending_frames,
    ip_setup_cork,
)
from lomodel.linux.net.ipv4.ip_sockglue import ip_getsockopt, ip_setsockopt
from lomodel.linux.net.ipv4.route import ip_route_output_flow
from lomodel.linux.net.ipv4.udp_table import __udp_disconnect
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/ipv4/raw.c")


_addresses = struct.Struct("!II")


@kernel_function
def raw_sendmsg(sk: Sock, msg: MsgHdr, length: int) -> int:
    """Send ``length`` bytes behind an IPv4 header. Returns ``length``.

    OSError EMSGSIZE for more than 65535 bytes or what may not be fragmented, EDESTADDRREQ without
    an address, EACCES for broadcast, ENOBUFS when the fragments exceed the send buffer, and
    whatever routing says.
    """
    if length > 0xFFFF:
        if trace.on:
            decide("is it longer than IPv4 can say?", True, length=length, most=0xFFFF)
        raise sock_error_raise(errno.EMSGSIZE)
    fl4 = sk.cork
    if msg.msg_name is None:
        if sk.sk_state != TCP_ESTABLISHED:
            if trace.on:
                decide("is the socket connected?", False, state=sk.sk_state)
            raise sock_error_raise(errno.EDESTADDRREQ)
        fl4.daddr = sk.inet_daddr
    else:
        fl4.daddr = msg.msg_name
    fl4.saddr, fl4.gso_size = sk.inet_saddr, 0
    rt = ip_route_output_flow(sk.net, fl4)
    if rt.rt_flags & RTCF_BROADCAST and not sk.sk_broadcast:
        if trace.on:
            decide("may it broadcast?", False, rt_flags=rt.rt_flags, broadcast=sk.sk_broadcast)
        raise sock_error_raise(errno.EACCES)
    fl4.icmp_type = msg.msg_iter[0] if length else 0  # raw_probe_proto_opt
    queue: list[SkBuff] = []
    ip_setup_cork(sk, fl4, rt)
    try:
        __ip_append_data(sk, queue, fl4, msg.msg_iter, length, 0)
    except OSError:
        ip_flush_pending_frames(queue)
        raise
    err = ip_send_skb(sk.net, __ip_make_skb(sk, queue, fl4))
    if err and (err != -errno.ENOBUFS or sk.recverr):
        raise sock_error_raise(-err)
    return length


@kernel_function
def raw_local_deliver(skb: SkBuff, protocol: int) -> bool:
    """Show a packet to the raw sockets of its protocol; whether there were any."""
    socks = skb.dev.nd_net.ipv4.raw_hash.get(protocol, ())
    saddr, daddr = _addresses.unpack_from(skb.head, skb.network_header + 12)
    delivered = False
    for sk in socks:
        if sk.inet_rcv_saddr in (0, daddr) and sk.inet_daddr in (0, saddr):
            delivered = True
            raw_rcv(sk, skb_clone(skb))
    return delivered


@kernel_function
def raw_rcv(sk: Sock, skb: SkBuff) -> int:
    """Queue a packet, its IPv4 header included. Returns 0, or -ENOMEM when the buffer is full."""
    skb.data -= IP_HLEN
    skb.len += IP_HLEN
    return sock_queue_rcv_skb(sk, skb)


@kernel_function
def raw_bind(sk: Sock, addr: int) -> None:
    """bind(2): hear only what is sent to ``addr``, and send from there.

    OSError EINVAL for a connected socket, EADDRNOTAVAIL as ``inet_addr_valid_or_nonlocal``.
    """
    if sk.sk_state != TCP_CLOSE:
        if trace.on:
            decide("is the socket free of a peer?", False, state=sk.sk_state)
        raise sock_error_raise(errno.EINVAL)
    chk_addr_ret = inet_addr_type_table(sk.net, addr, RT_TABLE_LOCAL)
    if not inet_addr_valid_or_nonlocal(addr, chk_addr_ret):
        if trace.on:
            decide("may a socket be bound to the address?", False, addr=addr, type=chk_addr_ret)
        raise sock_error_raise(errno.EADDRNOTAVAIL)
    sk.inet_rcv_saddr = sk.inet_saddr = addr
    if chk_addr_ret in (RTN_MULTICAST, RTN_BROADCAST):
        sk.inet_saddr = 0


@kernel_function
def raw_recvmsg(sk: Sock, msg: MsgHdr, length: int, flags: int) -> int:
    """Read the next packet, with its IPv4 header, into ``msg``; its bytes, or -EAGAIN.

    OSError of an error pending on the socket.
    """
    if sk.sk_err:
        if trace.on:
            decide("is an error pending on the socket?", True, sk_err=sk.sk_err)
        raise sock_error_raise(sock_error(sk))
    if not sk.sk_receive_queue:
        if trace.on:
            decide("is a packet in the queue?", False)
        return -errno.EAGAIN
    skb = sk.sk_receive_queue.popleft()
    sk.sk_rmem_alloc -= skb.truesize
    copied = min(skb.len, length)
    msg.msg_iter = skb_copy_bits(skb, 0, copied)
    return copied


@kernel_function
def raw_setsockopt(sk: Sock, level: int, optname: int, optval: bytes) -> None:
    """setsockopt of levels that are not the socket's own: only IPPROTO_IP's."""
    ip_setsockopt(sk, level, optname, optval)


@kernel_function
def raw_getsockopt(sk: Sock, level: int, optname: int, length: int) -> bytes:
    """getsockopt of levels that are not the socket's own: only IPPROTO_IP's."""
    return ip_getsockopt(sk, level, optname, length)


def raw_get_port(sk: Sock, snum: int) -> None:
    """A raw socket has no port."""


def raw_hash_table(sk: Sock) -> dict[int, list[Sock]]:
    """The raw sockets of the namespace and family by protocol."""
    return sk.net.ipv4.raw_hash if sk.sk_family == AF_INET else sk.net.ipv6.raw_hash


@kernel_function
def raw_hash_sk(sk: Sock) -> None:
    """Hear packets of the socket's protocol from now on."""
    raw_hash_table(sk).setdefault(sk.inet_num, []).append(sk)


@kernel_function
def raw_unhash_sk(sk: Sock) -> None:
    """Hear no more."""
    socks = raw_hash_table(sk).get(sk.inet_num, [])
    if sk in socks:
        socks.remove(sk)
    if not socks:
        raw_hash_table(sk).pop(sk.inet_num, None)


raw_prot = Proto(
    name="RAW",
    connect=ip4_datagram_connect,
    disconnect=__udp_disconnect,
    sendmsg=raw_sendmsg,
    recvmsg=raw_recvmsg,
    setsockopt=raw_setsockopt,
    getsockopt=raw_getsockopt,
    get_port=raw_get_port,
    hash=raw_hash_sk,
    unhash=raw_unhash_sk,
    bind=raw_bind,
)
