"""net/ipv4/af_inet.c: IPv4's sockets, how its packets are cut, and what it sets up at boot.

The order at boot matters: all of IPv4's listeners to devices have priority 0 and register before
IPv6's, so 127.0.0.1 is there before ::1.

Left out: streams and ping sockets, capabilities, tunnels (IPIP), and GRO.
"""

from __future__ import annotations

import errno
import struct
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.net import (
    SOCK_DGRAM,
    SOCK_RAW,
    NetProtoFamily,
    ProtoOps,
    Socket,
)
from lomodel.linux.include.linux.netdevice import PacketOffload
from lomodel.linux.include.linux.skbuff import SKB_GSO_TCP_FIXEDID, SKB_GSO_UDP, SkBuff
from lomodel.linux.include.linux.socket import AF_INET, AF_UNSPEC, MsgHdr, SockAddr
from lomodel.linux.include.net.ip import IP_DF, IP_MF
from lomodel.linux.include.net.protocol import InetProtosw, NetProtocol
from lomodel.linux.include.net.tcp_states import TCP_CLOSE
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_IP
from lomodel.linux.include.uapi.linux.in_ import (
    IP_PMTUDISC_DONT,
    IPPROTO_ICMP,
    IPPROTO_IGMP,
    IPPROTO_IP,
    IPPROTO_PIM,
    IPPROTO_TCP,
    IPPROTO_UDP,
    IPPROTO_UDPLITE,
)
from lomodel.linux.include.uapi.linux.ip import IPDEFTTL
from lomodel.linux.include.uapi.linux.rtnetlink import RT_TABLE_LOCAL, RTN_BROADCAST, RTN_MULTICAST
from lomodel.linux.net.core.dev import dev_add_pack
from lomodel.linux.net.core.gso import dev_add_offload
from lomodel.linux.net.core.net_namespace import Net, PernetOperations, register_pernet_subsys
from lomodel.linux.net.core.skbuff import checksum, pskb_may_pull, skb_pull
from lomodel.linux.net.core.sock import (
    SOCK_BINDADDR_LOCK,
    SOCK_BINDPORT_LOCK,
    Sock,
    inet_addr_valid_or_nonlocal,
    inet_reset_saddr,
    release_sock,
    sock_error_raise,
)
from lomodel.linux.net.ipv4.arp import arp_init
from lomodel.linux.net.ipv4.devinet import devinet_init
from lomodel.linux.net.ipv4.fib_frontend import ip_fib_init
from lomodel.linux.net.ipv4.fib_frontend_table import inet_addr_type_table
from lomodel.linux.net.ipv4.icmp import icmp_init, icmp_send
from lomodel.linux.net.ipv4.icmp_rcv import icmp_err, icmp_rcv
from lomodel.linux.net.ipv4.igmp import igmp_rcv
from lomodel.linux.net.ipv4.igmp_socket import ip_mc_drop_socket
from lomodel.linux.net.ipv4.ip_fragment import ipfrag_init
from lomodel.linux.net.ipv4.ip_input import ip_local_deliver, ip_rcv
from lomodel.linux.net.ipv4.ip_output import ip_output
from lomodel.linux.net.ipv4.ipmr import pim_rcv
from lomodel.linux.net.ipv4.protocol import inet_add_protocol
from lomodel.linux.net.ipv4.raw import raw_prot
from lomodel.linux.net.ipv4.route import DEFAULT_MIN_PMTU
from lomodel.linux.net.ipv4.sysctl_net_ipv4 import sysctl_ipv4_init
from lomodel.linux.net.ipv4.tcp_ipv4 import tcp_v4_err, tcp_v4_rcv
from lomodel.linux.net.ipv4.tcp_offload import tcpv4_offload
from lomodel.linux.net.ipv4.udp import udp_err, udp_prot
from lomodel.linux.net.ipv4.udp_offload import udpv4_offload
from lomodel.linux.net.ipv4.udp_receive import udp_rcv
from lomodel.linux.net.ipv4.udplite import udplite_err, udplite_rcv
from lomodel.linux.net.socket import sock_register
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv4/af_inet.c")


_u16 = struct.Struct("!H")
_len_and_id = struct.Struct("!HH")

inet_offloads = {IPPROTO_TCP: tcpv4_offload, IPPROTO_UDP: udpv4_offload}


@kernel_function
def inet_gso_segment(skb: SkBuff, features: int) -> list[SkBuff] | None:
    """Let the transport protocol cut, then give every piece its own length, id and header sum.

    The ids count up from the packet's own, DF or not, unless the packet asks for one fixed id or
    the pieces are fragments of one datagram (UFO).
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
        if trace.on:
            decide("does somebody cut this protocol?", False)
        raise OSError(errno.EPROTONOSUPPORT, "nobody cuts this protocol")
    segments = offload.gso_segment(skb, features)
    if segments is None:
        skb.network_header = skb.mac_header + nhoff
        return None
    udpfrag = bool(skb.gso_type & SKB_GSO_UDP)
    if udpfrag:
        _make_fragments(segments, nhoff, ihl)
    for number, segment in enumerate(segments):
        step = 0 if fixed or udpfrag else number
        _correct_header(segment, segment.mac_header + nhoff, ihl, identification + step)
    return segments


def _make_fragments(segments: list[SkBuff], nhoff: int, ihl: int) -> None:
    """The pieces of a UFO packet are fragments: where each one belongs, and that more come.

    An offset that is no multiple of 8 is rounded down; nobody asks whether gso_size is one.
    """
    offset = 0
    for segment in segments:
        more = IP_MF if segment is not segments[-1] else 0
        start = segment.mac_header + nhoff
        _u16.pack_into(segment.head, start + 6, (offset >> 3 | more) & 0xFFFF)
        offset += segment.len - nhoff - ihl


def _header_length(skb: SkBuff) -> int:
    if not pskb_may_pull(skb, 20):
        if trace.on:
            decide("is the IPv4 header all there?", False, len=skb.len)
        raise OSError(errno.EINVAL, "the packet ends inside the IPv4 header")
    ihl = (skb.head[skb.data] & 0x0F) * 4
    if ihl < 20 or not pskb_may_pull(skb, ihl):
        if trace.on:
            decide("is the IPv4 header long enough?", False, ihl=ihl)
        raise OSError(errno.EINVAL, f"an IPv4 header of {ihl} bytes")
    return ihl


def _fixed_id(skb: SkBuff) -> bool:
    if not skb.gso_type & SKB_GSO_TCP_FIXEDID:
        return False
    start = skb.network_header
    if not int.from_bytes(skb.head[start + 6 : start + 8], "big") & IP_DF:
        if trace.on:
            decide("may the id stay the same without DF?", False)
        raise OSError(errno.EPROTONOSUPPORT, "a fixed id without DF")
    return True


def _correct_header(segment: SkBuff, start: int, ihl: int, identification: int) -> None:
    head = segment.head
    tot_len = segment.len - (start - segment.data)
    _len_and_id.pack_into(head, start + 2, tot_len & 0xFFFF, identification & 0xFFFF)
    _u16.pack_into(head, start + 10, 0)
    _u16.pack_into(head, start + 10, ~checksum(head[start : start + ihl]) & 0xFFFF)
    segment.network_header = start
    segment.mac_len = start - segment.mac_header


ip_packet_offload = PacketOffload(gso_segment=inet_gso_segment)


def ipv4_offload_init(machine: Machine) -> None:
    """At boot: cut IPv4 packets."""
    dev_add_offload(machine, ETH_P_IP, ip_packet_offload)


@kernel_function
def inet_register_protosw(machine: Machine, p: InetProtosw) -> None:
    """Let ``p`` make sockets of its type."""
    machine.inetsw.setdefault(p.type, []).append(p)


def find_protosw(table: dict[int, list[InetProtosw]], type: int, protocol: int) -> InetProtosw:
    """Who makes a socket of that type and protocol; ``inet_create`` and ``inet6_create`` ask.

    OSError ESOCKTNOSUPPORT for a type that nobody serves, EPROTONOSUPPORT for a protocol that does
    not go with it.
    """
    if type not in table:
        raise sock_error_raise(errno.ESOCKTNOSUPPORT)
    for answer in table[type]:
        if IPPROTO_IP in (protocol, answer.protocol):
            if protocol != answer.protocol:
                return answer
        elif protocol == answer.protocol:
            return answer
    raise sock_error_raise(errno.EPROTONOSUPPORT)


@kernel_function
def inet_create(net: Net, sock: Socket, protocol: int) -> None:
    """The protocol's half of a new IPv4 socket; errors as ``find_protosw``.

    A raw socket hears its protocol at once, hence "bind" to its number.
    """
    answer = find_protosw(net.machine.inetsw, sock.type, protocol)
    sock.ops = answer.ops
    sock.sk = sk = Sock(net, AF_INET, sock.type, protocol or answer.protocol, answer.prot)
    if net.ipv4.sysctl_ip_no_pmtu_disc:
        sk.pmtudisc = IP_PMTUDISC_DONT
    if sock.type == SOCK_RAW:
        sk.inet_num = protocol
        answer.prot.hash(sk)


@kernel_function
def inet_bind(sock: Socket, uaddr: SockAddr) -> None:
    """bind(2) of an IPv4 socket, for which a raw one has its own function."""
    sk = sock.sk
    if sk.sk_prot.bind is not None:
        sk.sk_prot.bind(sk, uaddr.addr)
    else:
        __inet_bind(sk, uaddr)


@kernel_function
def __inet_bind(sk: Sock, uaddr: SockAddr) -> None:
    """Take an address to hear and to send from, and a port.

    From a group or a broadcast address nothing is sent: then routing finds another one. In a
    namespace without the table local every address counts as broadcast.

    OSError EADDRNOTAVAIL as ``inet_addr_valid_or_nonlocal``, EINVAL for a socket that has a port
    or a peer, EADDRINUSE for a port that is taken.
    """
    addr = uaddr.addr
    chk_addr_ret = inet_addr_type_table(sk.net, addr, RT_TABLE_LOCAL)
    valid = inet_addr_valid_or_nonlocal(addr, chk_addr_ret)
    if trace.on:
        decide("may a socket be bound to the address?", valid, addr=addr, type=chk_addr_ret)
    if not valid:
        raise sock_error_raise(errno.EADDRNOTAVAIL)
    try:
        check_double_bind(sk)
        sk.inet_rcv_saddr = sk.inet_saddr = addr
        if chk_addr_ret in (RTN_MULTICAST, RTN_BROADCAST):
            sk.inet_saddr = 0
        take_port(sk, uaddr.port)
    finally:
        release_sock(sk)


def check_double_bind(sk: Sock) -> None:
    """OSError EINVAL when the socket already has a port or a peer."""
    bound = sk.sk_state != TCP_CLOSE or bool(sk.inet_num)
    if trace.on:
        decide("does it have a port or a peer?", bound, state=sk.sk_state, port=sk.inet_num)
    if bound:
        raise sock_error_raise(errno.EINVAL)


def take_port(sk: Sock, port: int) -> None:
    """The end of ``__inet_bind`` and ``__inet6_bind``: take the port, or leave the address too.

    What the caller named is the socket's own from then on (``sk_userlocks``). OSError as the
    protocol's ``get_port``.
    """
    try:
        sk.sk_prot.get_port(sk, port)
    except OSError:
        inet_reset_saddr(sk)
        raise
    if sk.inet_rcv_saddr:
        sk.sk_userlocks |= SOCK_BINDADDR_LOCK
    if port:
        sk.sk_userlocks |= SOCK_BINDPORT_LOCK
    sk.inet_daddr = sk.inet_dport = 0
    sk.sk_dst_cache = None


@kernel_function
def inet_dgram_connect(sock: Socket, uaddr: SockAddr) -> None:
    """connect(2) of a socket without connections, of either family; to AF_UNSPEC it disconnects.

    OSError as its protocol says.
    """
    sk = sock.sk
    if uaddr.family == AF_UNSPEC:
        sk.sk_prot.disconnect(sk)
        return
    if not sk.inet_num:
        inet_autobind(sk)
    sk.sk_prot.connect(sk, uaddr)


@kernel_function
def inet_autobind(sk: Sock) -> None:
    """Give a socket that sends without a port an ephemeral one; EAGAIN when none is left."""
    try:
        sk.sk_prot.get_port(sk, 0)
    except OSError:
        raise sock_error_raise(errno.EAGAIN) from None


@kernel_function
def inet_sendmsg(sock: Socket, msg: MsgHdr, size: int) -> int:
    """sendmsg(2): see that the socket has a port, and let its protocol send. Returns the bytes."""
    sk = sock.sk
    if not sk.inet_num:
        inet_autobind(sk)
    sendmsg = sk.sk_prot.sendmsg
    return sendmsg(sk, msg, size)


@kernel_function
def inet_release(sock: Socket) -> None:
    """close(2): leave the groups that the socket is in."""
    sk = sock.sk
    if sk.mc_list:
        ip_mc_drop_socket(sk)


inet_dgram_ops = ProtoOps(
    family=AF_INET,
    release=inet_release,
    bind=inet_bind,
    connect=inet_dgram_connect,
    sendmsg=inet_sendmsg,
)
inet_sockraw_ops = ProtoOps(
    family=AF_INET,
    release=inet_release,
    bind=inet_bind,
    connect=inet_dgram_connect,
    sendmsg=inet_sendmsg,
)
inetsw_array = (
    InetProtosw(type=SOCK_DGRAM, protocol=IPPROTO_UDP, prot=udp_prot, ops=inet_dgram_ops),
    InetProtosw(type=SOCK_RAW, protocol=IPPROTO_IP, prot=raw_prot, ops=inet_sockraw_ops),
)
"""The model has no TCP sockets and no ping sockets."""
inet_family_ops = NetProtoFamily(family=AF_INET, create=inet_create)

udp_protocol = NetProtocol(handler=udp_rcv, err_handler=udp_err)
icmp_protocol = NetProtocol(handler=icmp_rcv, err_handler=icmp_err)
igmp_protocol = NetProtocol(handler=igmp_rcv)
pim_protocol = NetProtocol(handler=pim_rcv)
udplite_protocol = NetProtocol(handler=udplite_rcv, err_handler=udplite_err)
tcp_protocol = NetProtocol(handler=tcp_v4_rcv, err_handler=tcp_v4_err)


def inet_net_init(net: Net) -> None:
    """What IPv4 keeps for the sockets of a new namespace."""
    net.ipv4.udp_table = {}
    net.ipv4.udp_hash4 = {}
    net.ipv4.raw_hash = {}
    net.ipv4.ip_idents = {}
    net.ipv4.next_port = 32767
    net.ipv4.sysctl_ip_default_ttl, net.ipv4.sysctl_ip_no_pmtu_disc = IPDEFTTL, 0
    net.ipv4.sysctl_igmp_max_memberships = 20
    # C has a pernet operation of its own for this one (ip_rt_ops).
    net.ipv4.ip_rt_min_pmtu = DEFAULT_MIN_PMTU


af_inet_ops = PernetOperations("af_inet_ops", init=inet_net_init)


@kernel_function
def inet_init(machine: Machine) -> None:
    """IPv4 at boot: sockets and protocols, arp_init, then ip_init (routes, addresses, tables),
    ICMP, fragments, and its packets."""
    # C has no tables for these three: the linker joins route.c and ip_output.c with files that
    # themselves need them. IPv6 has two more (af_inet6.py).
    machine.ip_local_deliver, machine.ip_output = ip_local_deliver, ip_output
    machine.icmp_send = icmp_send
    sock_register(machine, inet_family_ops)
    inet_add_protocol(machine, icmp_protocol, IPPROTO_ICMP)
    inet_add_protocol(machine, udp_protocol, IPPROTO_UDP)
    inet_add_protocol(machine, tcp_protocol, IPPROTO_TCP)
    inet_add_protocol(machine, igmp_protocol, IPPROTO_IGMP)
    inet_add_protocol(machine, udplite_protocol, IPPROTO_UDPLITE)
    inet_add_protocol(machine, pim_protocol, IPPROTO_PIM)
    for protosw in inetsw_array:
        inet_register_protosw(machine, protosw)
    arp_init(machine)
    devinet_init(machine)
    ip_fib_init(machine)
    icmp_init(machine)
    register_pernet_subsys(machine, af_inet_ops)
    sysctl_ipv4_init(machine)
    ipfrag_init(machine)
    dev_add_pack(machine, ETH_P_IP, ip_rcv)
    ipv4_offload_init(machine)
