"""The offload part of net/ipv4/af_inet.c: cutting an IPv4 packet.

Left out: everything about sockets (``socket``), tunnels (IPIP), and GRO.
"""

from __future__ import annotations

import errno
import struct
from functools import cache
from typing import Any

from lomodel.linux.include.linux.net import SOCK_DGRAM, SOCK_RAW
from lomodel.linux.include.linux.netdevice import PacketOffload
from lomodel.linux.include.linux.skbuff import SKB_GSO_TCP_FIXEDID, SkBuff
from lomodel.linux.include.linux.socket import AF_INET, AF_INET6
from lomodel.linux.include.net.ip import IP_DF
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_IP
from lomodel.linux.include.uapi.linux.in6 import IPPROTO_ICMPV6
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_IP, IPPROTO_TCP, IPPROTO_UDP
from lomodel.linux.net.core.dev import dev_add_pack
from lomodel.linux.net.core.gso import dev_add_offload
from lomodel.linux.net.core.net_namespace import Net, PernetOperations, register_pernet_subsys
from lomodel.linux.net.core.skbuff import checksum, pskb_may_pull, skb_pull
from lomodel.linux.net.core.sock import Sock, sock_error_raise
from lomodel.linux.net.ipv4.arp import arp_init
from lomodel.linux.net.ipv4.devinet import devinet_init
from lomodel.linux.net.ipv4.fib_frontend import ip_fib_init
from lomodel.linux.net.ipv4.icmp import icmp_init
from lomodel.linux.net.ipv4.ip_fragment import ipfrag_init
from lomodel.linux.net.ipv4.ip_input import ip_rcv
from lomodel.linux.net.ipv4.tcp_offload import tcpv4_offload
from lomodel.linux.net.ipv4.udp_offload import udpv4_offload
from lomodel.trace import kernel_file

kernel_function = kernel_file("net/ipv4/af_inet.c")


_u16 = struct.Struct("!H")
_len_and_id = struct.Struct("!HH")

inet_offloads = {IPPROTO_TCP: tcpv4_offload, IPPROTO_UDP: udpv4_offload}


@kernel_function
def inet_gso_segment(skb: SkBuff, features: int) -> list[SkBuff] | None:
    """Let the transport protocol cut, then give every piece its own length, id and header sum.

    The ids count up from the packet's own, DF or not, unless the packet asks for one fixed id.
    OSError EINVAL for a broken header, EPROTONOSUPPORT for a protocol that nobody cuts.
    """
    nhoff = skb.data - skb.mac_header
    skb.network_header = skb.data
    ihl = _header_length(skb)
    start = skb.network_header
    identification = int.from_bytes(skb.head[start + 4 : start + 6], "big")
    offload = inet_offloads.get(skb.head[start + 9])
    fixed = _fixed_id(skb)
    skb_pull(skb, ihl)
    skb.transport_header = skb.data
    if offload is None:
        raise OSError(errno.EPROTONOSUPPORT, "nobody cuts this protocol")
    segments = offload.gso_segment(skb, features)
    if segments is None:
        skb.network_header = skb.mac_header + nhoff
        return None
    for number, segment in enumerate(segments):
        step = 0 if fixed else number
        _correct_header(segment, segment.mac_header + nhoff, ihl, identification + step)
    return segments


def _header_length(skb: SkBuff) -> int:
    if not pskb_may_pull(skb, 20):
        raise OSError(errno.EINVAL, "the packet ends inside the IPv4 header")
    ihl = (skb.head[skb.data] & 0x0F) * 4
    if ihl < 20 or not pskb_may_pull(skb, ihl):
        raise OSError(errno.EINVAL, f"an IPv4 header of {ihl} bytes")
    return ihl


def _fixed_id(skb: SkBuff) -> bool:
    if not skb.gso_type & SKB_GSO_TCP_FIXEDID:
        return False
    start = skb.network_header
    if not int.from_bytes(skb.head[start + 6 : start + 8], "big") & IP_DF:
        raise OSError(errno.EPROTONOSUPPORT, "a fixed id without DF")
    return True


def _correct_header(segment: SkBuff, start: int, ihl: int, identification: int) -> None:
    head = segment.head
    _len_and_id.pack_into(
        head, start + 2, segment.len - (start - segment.data), identification & 0xFFFF
    )
    _u16.pack_into(head, start + 10, 0)
    _u16.pack_into(head, start + 10, ~checksum(head[start : start + ihl]) & 0xFFFF)
    segment.network_header = start
    segment.mac_len = start - segment.mac_header


ip_packet_offload = PacketOffload(gso_segment=inet_gso_segment)


def ipv4_offload_init(machine: Any) -> None:
    """At boot: cut IPv4 packets."""
    dev_add_offload(machine, ETH_P_IP, ip_packet_offload)


@cache
def _protocols() -> dict[tuple[int, int], Any]:
    """The protocols that register with inet_register_protosw and its IPv6 twin."""
    from lomodel.linux.net.ipv4.raw import raw_prot
    from lomodel.linux.net.ipv4.udp import udp_prot
    from lomodel.linux.net.ipv6.raw import rawv6_prot
    from lomodel.linux.net.ipv6.udp import udpv6_prot

    return {
        (AF_INET, SOCK_DGRAM): udp_prot,
        (AF_INET, SOCK_RAW): raw_prot,
        (AF_INET6, SOCK_DGRAM): udpv6_prot,
        (AF_INET6, SOCK_RAW): rawv6_prot,
    }


@kernel_function
def inet_create(net: Any, family: int, type: int, protocol: int) -> Sock:
    """The protocol's half of a new socket.

    OSError ESOCKTNOSUPPORT for a type that nobody serves, EPROTONOSUPPORT for a protocol that does
    not go with it. A raw socket hears its protocol at once, hence "bind" to its number.
    """
    prot = _protocols().get((family, type))
    if prot is None:
        raise sock_error_raise(errno.ESOCKTNOSUPPORT)
    if type == SOCK_DGRAM and protocol not in (IPPROTO_IP, IPPROTO_UDP):
        raise sock_error_raise(errno.EPROTONOSUPPORT)
    if type == SOCK_RAW and protocol == IPPROTO_IP:
        raise sock_error_raise(errno.EPROTONOSUPPORT)
    sk = Sock(net, family, type, protocol or IPPROTO_UDP, prot)
    if type == SOCK_RAW:
        sk.inet_num = protocol
        if protocol == IPPROTO_ICMPV6 and family == AF_INET6:
            sk.checksum_offset = 2
        prot.hash(sk)
    return sk


def _may_bind(sk: Sock, address: Any) -> bool:
    from lomodel.linux.include.uapi.linux.rtnetlink import RTN_LOCAL
    from lomodel.linux.net.ipv4.fib_frontend import inet_addr_type
    from lomodel.linux.net.ipv6.addrconf import ipv6_chk_addr

    if sk.sk_family == AF_INET:
        return not address or inet_addr_type(sk.net, address) == RTN_LOCAL
    return address == bytes(16) or ipv6_chk_addr(sk.net, address, None)


@kernel_function
def inet_autobind(sk: Sock) -> None:
    """Give a socket that sends without a port an ephemeral one; EAGAIN when none is left."""
    try:
        sk.sk_prot.get_port(sk, 0)
    except OSError:
        raise sock_error_raise(errno.EAGAIN) from None


def inet_net_init(net: Net) -> None:
    """What IPv4 keeps for the sockets of a new namespace."""
    net.ipv4.udp_table = {}
    net.ipv4.raw_hash = {}
    net.ipv4.ip_idents = {}
    net.ipv4.next_port = 32767


af_inet_ops = PernetOperations("af_inet_ops", init=inet_net_init)


@kernel_function
def inet_init(machine: Any) -> None:
    """IPv4: arp_init, then ip_init (routes, addresses, tables), ICMP, fragments, and its
    packets."""
    machine.truesizes = {}
    arp_init(machine)
    devinet_init(machine)
    ip_fib_init(machine)
    icmp_init(machine)
    register_pernet_subsys(machine, af_inet_ops)
    ipfrag_init(machine)
    dev_add_pack(machine, ETH_P_IP, ip_rcv)
    ipv4_offload_init(machine)
