"""net/packet/af_packet.c: packet sockets that listen, called taps.

A tap has a hook on its device's list ``ptype_all`` for as long as the device is up. Every packet of
the device is shown to it twice: as the driver gets it, and as it comes back.

The family is a module here (CONFIG_PACKET=m): it listens to devices once somebody has opened a
packet socket. Left out: filters, rings, fanout, SOCK_DGRAM, memory (a tap's buffer never fills),
protocols other than ETH_P_ALL, and the test that a sender is no tap for what it sends itself.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, NamedTuple

from lomodel import trace
from lomodel.linux.include.linux.net import NetProtoFamily, ProtoOps, Socket
from lomodel.linux.include.linux.netdevice import (
    NETDEV_DOWN,
    NETDEV_UNREGISTER,
    NETDEV_UP,
    NetDevice,
    PacketType,
    Tap,
)
from lomodel.linux.include.linux.notifier import NOTIFY_DONE, NotifierBlock
from lomodel.linux.include.linux.skbuff import (
    CHECKSUM_PARTIAL,
    SKB_GSO_TCPV4,
    SKB_GSO_TCPV6,
    SkBuff,
    skb_csum_unnecessary,
)
from lomodel.linux.include.linux.socket import AF_PACKET, MSG_TRUNC, SOL_PACKET, MsgHdr, SockAddr
from lomodel.linux.include.linux.stddef import NULL
from lomodel.linux.include.uapi.linux.if_ import IFF_UP
from lomodel.linux.include.uapi.linux.if_packet import (
    PACKET_AUXDATA,
    PACKET_LOOPBACK,
    PACKET_OUTGOING,
    TP_STATUS_CSUM_VALID,
    TP_STATUS_CSUMNOTREADY,
    TP_STATUS_GSO_TCP,
    TP_STATUS_USER,
)
from lomodel.linux.net.core.dev import register_netdevice_notifier
from lomodel.linux.net.core.net_namespace import (
    Net,
    PernetOperations,
    net_eq,
    register_pernet_subsys,
)
from lomodel.linux.net.core.skbuff import consume_skb, skb_copy, skb_copy_bits, skb_push
from lomodel.linux.net.core.sock import Proto, Sock, sock_error, sock_error_raise, sockopt_int
from lomodel.linux.net.socket import sock_register
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.linux.net.core.dev import NetdevNotifierInfo
    from lomodel.machine import Machine

kernel_function = kernel_file("net/packet/af_packet.c")


class SockaddrLl(NamedTuple):
    """struct sockaddr_ll of a frame that was read: to whom it was addressed (PACKET_), its Ethernet
    protocol, and the index of its device."""

    sll_pkttype: int
    sll_protocol: int
    sll_ifindex: int


class PacketSock(Sock):
    """struct packet_sock: ``num`` is the Ethernet protocol that it asks for, ``ifindex`` its device
    (-1 once that is gone), ``running`` whether its hook is on the device's list."""

    __slots__ = ("num", "ifindex", "prot_hook", "running", "auxdata")

    def __init__(self, net: Net, type: int, protocol: int) -> None:
        super().__init__(net, AF_PACKET, type, protocol, packet_proto)
        self.num = protocol
        self.ifindex = 0
        self.prot_hook = PacketType(protocol, None, packet_rcv, self)
        self.running = self.auxdata = False


# --- what comes in ------------------------------------------------------------------------------


@kernel_function
def packet_rcv(skb: SkBuff, dev: NetDevice, pt: PacketType) -> int:
    """Queue a packet, from its Ethernet header on, as it is at this moment. Returns 0.

    Whoever changes a packet's bytes later copies them before, when somebody else holds them, too
    (skb_unclone); here the tap makes the copy.
    """
    po: PacketSock = pt.af_packet_priv
    if skb.pkt_type == PACKET_LOOPBACK or not net_eq(dev.nd_net, po.net):
        consume_skb(skb)
        return 0
    copy = skb_copy(skb)
    copy.dev = dev
    if dev.header_ops is not None:
        skb_push(copy, copy.data - copy.mac_header)
    copy.dst = None
    po.sk_receive_queue.append(copy)
    return 0


@kernel_function
def packet_recvmsg(sk: Sock, msg: MsgHdr, length: int, flags: int) -> int:
    """Read the next frame: its bytes, what it is (``msg.msg_name``), and with PACKET_AUXDATA what
    is known of its sums. Returns the bytes read, -EAGAIN where nothing is queued.

    OSError of a pending error comes before any frame: ENETDOWN, once, after the device went down.
    """
    if sk.sk_err:
        if trace.on:
            decide("is an error pending on the socket?", True, sk_err=sk.sk_err)
        raise sock_error_raise(sock_error(sk))
    if not sk.sk_receive_queue:
        if trace.on:
            decide("is a frame in the queue?", False)
        return -errno.EAGAIN
    skb = sk.sk_receive_queue.popleft()
    copied = skb.len
    if copied > length:
        copied = length
        msg.msg_flags |= MSG_TRUNC
    msg.msg_iter = skb_copy_bits(skb, 0, copied)
    msg.msg_name = SockaddrLl(skb.pkt_type, skb.protocol, skb.dev.ifindex)
    if pkt_sk(sk).auxdata:
        msg.msg_control.append((SOL_PACKET, PACKET_AUXDATA, _tp_status(skb)))
    return copied


def pkt_sk(sk: object) -> PacketSock:
    """A packet socket as what it is (net/packet/internal.h)."""
    assert isinstance(sk, PacketSock)
    return sk


def _tp_status(skb: SkBuff) -> int:
    """TP_STATUS_ bits: is the sum still to be written, is it known to be right, is it GSO."""
    status = TP_STATUS_USER
    if skb.ip_summed == CHECKSUM_PARTIAL:
        status |= TP_STATUS_CSUMNOTREADY
    elif skb.pkt_type != PACKET_OUTGOING and skb_csum_unnecessary(skb):
        status |= TP_STATUS_CSUM_VALID
    gso_tcp = skb.gso_size and skb.gso_type & (SKB_GSO_TCPV4 | SKB_GSO_TCPV6)
    if gso_tcp and skb.dev.machine.release.tap_tells_gso_tcp:
        status |= TP_STATUS_GSO_TCP
    return status


# --- hooks --------------------------------------------------------------------------------------


@kernel_function
def __register_prot_hook(sk: PacketSock) -> None:
    """Put the hook on the list of its device, in front of those that are there."""
    if not sk.running:
        ptype_head(sk).insert(0, sk.prot_hook)
        sk.running = True


@kernel_function
def __unregister_prot_hook(sk: PacketSock) -> None:
    """Take the hook off the list."""
    sk.running = False
    ptype_head(sk).remove(sk.prot_hook)


def ptype_head(sk: PacketSock) -> list[Tap]:
    """The list that a hook belongs to: its device's, or that of every device (net/core/dev.c)."""
    dev = sk.prot_hook.dev
    return sk.machine.ptype_all if dev is None else dev.ptype_all


@kernel_function
def packet_notifier(block: NotifierBlock, event: int, info: NetdevNotifierInfo) -> int:
    """Notifier: a tap hears its device only while it is up, and is told once that it went down."""
    dev = info.dev
    for sk in dev.nd_net.packet:
        if sk.ifindex != dev.ifindex:
            continue
        if event in (NETDEV_DOWN, NETDEV_UNREGISTER):
            _device_down(sk, event == NETDEV_UNREGISTER)
        elif event == NETDEV_UP and sk.num:
            __register_prot_hook(sk)
    return NOTIFY_DONE


def _device_down(sk: PacketSock, gone: bool) -> None:
    if sk.running:
        if trace.on:
            decide("does the tap hear of it, as one of this device?", True, gone=gone)
        __unregister_prot_hook(sk)
        sk.sk_err = errno.ENETDOWN
    if gone:
        sk.ifindex = -1
        sk.prot_hook.dev = None


# --- system calls -------------------------------------------------------------------------------


@kernel_function
def packet_create(net: Net, sock: Socket, protocol: int) -> None:
    """A new packet socket. One without a protocol hears nothing until it is bound to one."""
    sock.ops = packet_ops
    sock.sk = sk = PacketSock(net, sock.type, protocol)
    if protocol:
        __register_prot_hook(sk)
    net.packet.append(sk)


@kernel_function
def packet_bind(sock: Socket, uaddr: SockAddr) -> None:
    """bind(2) to a device (index 0: all) and an Ethernet protocol; OSError as packet_do_bind."""
    packet_do_bind(pkt_sk(sock.sk), uaddr.addr, uaddr.port)


@kernel_function
def packet_do_bind(sk: PacketSock, ifindex: int, proto: int) -> None:
    """Hear the packets of one protocol and device from now on.

    A device that is down is no error here: the socket's next read is ENETDOWN, and it hears when
    the device comes up. OSError ENODEV for an index that no device has.
    """
    proto = proto or sk.num
    dev = sk.net.dev_by_index.get(ifindex)
    if ifindex and dev is None:
        if trace.on:
            decide("is there such a device?", False, ifindex=ifindex)
        raise sock_error_raise(errno.ENODEV)
    if sk.prot_hook.type == proto and sk.prot_hook.dev is dev:
        return
    if sk.running:
        __unregister_prot_hook(sk)
    sk.num = sk.prot_hook.type = proto
    sk.prot_hook.dev = dev
    sk.ifindex = 0 if dev is None else dev.ifindex
    if not proto:
        return
    up = dev is None or bool(dev.flags & IFF_UP)
    if trace.on:
        decide("can the tap hear its device?", up, flags=0 if dev is None else dev.flags)
    if up:
        __register_prot_hook(sk)
    else:
        sk.sk_err = errno.ENETDOWN


@kernel_function
def packet_setsockopt(sk: Sock, level: int, optname: int, optval: bytes) -> None:
    """setsockopt(2): PACKET_AUXDATA. OSError ENOPROTOOPT for any other option."""
    if (level, optname) != (SOL_PACKET, PACKET_AUXDATA):
        if trace.on:
            decide("does the level know the option?", False, level=level, optname=optname)
        raise sock_error_raise(errno.ENOPROTOOPT)
    pkt_sk(sk).auxdata = bool(sockopt_int(optval))


@kernel_function
def packet_release(sk: Sock) -> None:
    """close(2): nothing is heard any more."""
    po = pkt_sk(sk)
    sk.net.packet.remove(po)
    if po.running:
        __unregister_prot_hook(po)
    po.num, po.prot_hook.dev = 0, None


packet_ops = ProtoOps(family=AF_PACKET, release=None, bind=packet_bind, connect=NULL, sendmsg=NULL)
packet_proto = Proto(
    name="PACKET",
    connect=NULL,
    disconnect=NULL,
    sendmsg=NULL,
    recvmsg=packet_recvmsg,
    setsockopt=packet_setsockopt,
    getsockopt=NULL,
    get_port=NULL,
    hash=NULL,
    unhash=packet_release,
)
packet_family_ops = NetProtoFamily(family=AF_PACKET, create=packet_create)
packet_netdev_notifier = NotifierBlock(packet_notifier)


@kernel_function
def packet_net_init(net: Net) -> None:
    """A new namespace has no packet sockets."""
    net.packet = []


packet_net_ops = PernetOperations("packet_net_ops", init=packet_net_init)


@kernel_function
def packet_init(machine: Machine) -> None:
    """The module comes: packet sockets can be made, and hear what happens to devices."""
    register_pernet_subsys(machine, packet_net_ops)
    register_netdevice_notifier(machine, packet_netdev_notifier)
    sock_register(machine, packet_family_ops)
