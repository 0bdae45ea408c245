"""net/ipv6/raw.c: sockets that speak a protocol of IPv6 themselves.

For ICMPv6 the kernel writes the checksum, because the sender cannot know the address in the pseudo
header.

Left out: IPV6_HDRINCL, connected raw sockets, multicast, options, the ICMPv6 filter.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.net import SOCK_RAW, ProtoOps
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.linux.socket import AF_INET6, MsgHdr
from lomodel.linux.include.net.ipv6 import IN6ADDR_ANY, IPV6_HLEN, in6addr_loopback
from lomodel.linux.include.net.protocol import InetProtosw
from lomodel.linux.include.net.tcp_states import TCP_CLOSE, TCP_ESTABLISHED
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_IP, IPPROTO_IPV6
from lomodel.linux.include.vdso.limits import INT_MAX
from lomodel.linux.net.core.skbuff import checksum, pskb_may_pull, skb_clone, skb_copy_bits
from lomodel.linux.net.core.sock import (
    InetCork,
    Proto,
    Sock,
    sock_error,
    sock_error_raise,
    sock_queue_rcv_skb,
)
from lomodel.linux.net.ipv4.af_inet import inet_dgram_connect
from lomodel.linux.net.ipv4.ip_output_append import ip_flush_pending_frames
from lomodel.linux.net.ipv4.raw import raw_get_port, raw_hash_sk, raw_unhash_sk
from lomodel.linux.net.ipv4.udp_table import __udp_disconnect
from lomodel.linux.net.ipv6.addrconf_addr import ipv6_chk_addr
from lomodel.linux.net.ipv6.af_inet6 import (
    inet6_bind,
    inet6_register_protosw,
    inet6_release,
    inet6_sendmsg,
)
from lomodel.linux.net.ipv6.datagram import ip6_datagram_connect
from lomodel.linux.net.ipv6.ip6_output import (
    __ip6_append_data,
    __ip6_make_skb,
    ip6_dst_lookup_flow,
    ip6_send_skb,
    ip6_setup_cork,
)
from lomodel.linux.net.ipv6.ipv6_sockglue import ipv6_getsockopt, ipv6_setsockopt
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/raw.c")


@kernel_function
def rawv6_sendmsg(sk: Sock, msg: MsgHdr, length: int) -> int:
    """Send ``length`` bytes behind an IPv6 header. Returns ``length``.

    OSError as ``ip6_dst_lookup_flow`` and ``__ip6_append_data``; EINVAL when there is no room for
    the checksum that the kernel has to write, EDESTADDRREQ without an address.
    """
    if length > INT_MAX:
        if trace.on:
            decide("is it longer than a length can say?", True, length=length, most=INT_MAX)
        raise sock_error_raise(errno.EMSGSIZE)
    fl6 = sk.cork
    if msg.msg_name is None:
        if sk.sk_state != TCP_ESTABLISHED:
            if trace.on:
                decide("is the socket connected?", False, state=sk.sk_state)
            raise sock_error_raise(errno.EDESTADDRREQ)
        fl6.daddr = sk.sk_v6_daddr
    else:
        fl6.daddr = msg.msg_name if msg.msg_name != IN6ADDR_ANY else in6addr_loopback
    fl6.saddr, fl6.gso_size = sk.np_saddr, 0
    rt = ip6_dst_lookup_flow(sk.net, sk, fl6)
    fl6.icmp_type = msg.msg_iter[0] if length else 0  # rawv6_probe_proto_opt
    queue: list[SkBuff] = []
    ip6_setup_cork(sk, fl6, rt)
    try:
        __ip6_append_data(sk, queue, fl6, msg.msg_iter, length, 0)
        rawv6_push_pending_frames(sk, queue, fl6)
    except OSError:
        ip_flush_pending_frames(queue)
        raise
    return length


@kernel_function
def rawv6_push_pending_frames(sk: Sock, queue: list[SkBuff], fl6: InetCork) -> None:
    """Write the checksum, where the socket has the kernel do that, and send.

    OSError EINVAL when the data is too short to hold it, else what sending says.
    """
    offset = sk.checksum_offset
    if offset is not None:
        if offset >= fl6.length - 1:
            if trace.on:
                decide("is there room for the checksum?", False, offset=offset, length=fl6.length)
            raise sock_error_raise(errno.EINVAL)
        _write_checksum(queue, fl6, offset, sk.sk_protocol)
    err = ip6_send_skb(__ip6_make_skb(sk, queue, fl6))
    if err and (err != -errno.ENOBUFS or sk.recverr6):
        raise sock_error_raise(-err)


def _write_checksum(queue: list[SkBuff], fl6: InetCork, offset: int, protocol: int) -> None:
    """Sum all buffers and the pseudo header; what stands in the field does not count."""
    total = checksum(fl6.saddr + fl6.daddr, fl6.length + protocol)
    at = queue[0].transport_header + offset
    # MTU and alignment make sure that the field lies in the linear part of the first buffer,
    # unless that is all pages.
    _make_linear(queue[0], offset + 2)
    queue[0].head[at : at + 2] = b"\0\0"
    for skb in queue:
        total += checksum(skb_copy_bits(skb, IPV6_HLEN, skb.len - IPV6_HLEN))
    total = total % 0xFFFF
    queue[0].head[at : at + 2] = (0xFFFF - total).to_bytes(2, "big")


def _make_linear(skb: SkBuff, size: int) -> None:
    pskb_may_pull(skb, IPV6_HLEN + size)


@kernel_function
def rawv6_bind(sk: Sock, addr: bytes) -> None:
    """bind(2): hear only what is sent to ``addr``, and send from there.

    OSError EINVAL for a connected socket, EADDRNOTAVAIL for an address that is not local.
    """
    if sk.sk_state != TCP_CLOSE:
        if trace.on:
            decide("is the socket free of a peer?", False, state=sk.sk_state)
        raise sock_error_raise(errno.EINVAL)
    if addr != IN6ADDR_ANY and not ipv6_chk_addr(sk.net, addr, None):
        if trace.on:
            decide("is it an address of this host?", False, addr=addr.hex())
        raise sock_error_raise(errno.EADDRNOTAVAIL)
    sk.sk_v6_rcv_saddr = sk.np_saddr = addr


@kernel_function
def raw6_local_deliver(skb: SkBuff, nexthdr: int) -> bool:
    """Show a packet to the raw sockets of its protocol; whether there were any."""
    socks = skb.dev.nd_net.ipv6.raw_hash.get(nexthdr, ())
    head, at = skb.head, skb.network_header
    destination = head[at + 24 : at + 40]
    delivered = False
    for sk in socks:
        if sk.sk_v6_rcv_saddr in (IN6ADDR_ANY, destination):
            delivered = True
            sock_queue_rcv_skb(sk, skb_clone(skb))
    return delivered


@kernel_function
def rawv6_recvmsg(sk: Sock, msg: MsgHdr, length: int, flags: int) -> int:
    """Read the next packet, without its IPv6 header, into ``msg``; its bytes, or -EAGAIN.

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
def rawv6_setsockopt(sk: Sock, level: int, optname: int, optval: bytes) -> None:
    """setsockopt of levels that are not the socket's own: only IPPROTO_IPV6, else ENOPROTOOPT."""
    if level != IPPROTO_IPV6:
        if trace.on:
            decide("does the level know the option?", False, optname=optname)
        raise sock_error_raise(errno.ENOPROTOOPT)
    ipv6_setsockopt(sk, level, optname, optval)


@kernel_function
def rawv6_getsockopt(sk: Sock, level: int, optname: int, length: int) -> bytes:
    """getsockopt of levels that are not the socket's own: only IPPROTO_IPV6, else ENOPROTOOPT."""
    if level != IPPROTO_IPV6:
        if trace.on:
            decide("does the level know the option?", False, optname=optname)
        raise sock_error_raise(errno.ENOPROTOOPT)
    return ipv6_getsockopt(sk, level, optname, length)


rawv6_prot = Proto(
    name="RAWv6",
    connect=ip6_datagram_connect,
    disconnect=__udp_disconnect,
    sendmsg=rawv6_sendmsg,
    recvmsg=rawv6_recvmsg,
    setsockopt=rawv6_setsockopt,
    getsockopt=rawv6_getsockopt,
    get_port=raw_get_port,
    hash=raw_hash_sk,
    unhash=raw_unhash_sk,
    bind=rawv6_bind,
)

inet6_sockraw_ops = ProtoOps(
    family=AF_INET6,
    release=inet6_release,
    bind=inet6_bind,
    connect=inet_dgram_connect,
    sendmsg=inet6_sendmsg,
)
rawv6_protosw = InetProtosw(
    type=SOCK_RAW, protocol=IPPROTO_IP, prot=rawv6_prot, ops=inet6_sockraw_ops
)


@kernel_function
def rawv6_init(machine: Machine) -> None:
    """At boot: make raw IPv6 sockets."""
    inet6_register_protosw(machine, rawv6_protosw)
