"""include/net/sock.h, include/net/inet_sock.h and net/core/sock.c: what a protocol knows of a
socket.

IPv4 addresses are integers, IPv6 addresses 16 bytes, ports integers; memory is counted in bytes of
``truesize``. Left out: locks and backlogs, timestamps, memory limits that many sockets share
(udp_mem), zero-copy, cgroups, waiting (a socket whose send buffer is full would sleep; here nobody
holds packets while a send begins).
"""

from __future__ import annotations

import errno
import os
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from lomodel import trace
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.linux.socket import AF_INET, AF_INET6, InAddr, MsgHdr, SockAddr
from lomodel.linux.include.linux.stddef import NULL
from lomodel.linux.include.net.tcp_states import TCP_CLOSE
from lomodel.linux.include.uapi.asm_generic.socket import (
    SO_BINDTODEVICE,
    SO_BROADCAST,
    SO_ERROR,
    SO_MEMINFO,
    SO_NO_CHECK,
    SO_RCVBUF,
    SO_RCVBUFFORCE,
    SO_REUSEADDR,
    SO_SNDBUF,
    SO_SNDBUFFORCE,
)
from lomodel.linux.include.uapi.linux.if_ import IFNAMSIZ
from lomodel.linux.include.uapi.linux.in_ import (
    INADDR_ANY,
    IP_PMTUDISC_INTERFACE,
    IP_PMTUDISC_OMIT,
    IP_PMTUDISC_PROBE,
    IP_PMTUDISC_WANT,
)
from lomodel.linux.include.uapi.linux.rtnetlink import RTN_BROADCAST, RTN_LOCAL, RTN_MULTICAST
from lomodel.linux.include.vdso.limits import INT_MAX
from lomodel.linux.net.core.net_namespace import Net
from lomodel.linux.net.core.skbuff import kfree_skb
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.linux.include.linux.errqueue import SockExterrSkb
    from lomodel.linux.include.linux.igmp import IpMcSocklist
    from lomodel.linux.include.net.dst import DstEntry
    from lomodel.linux.include.net.if_inet6 import Ipv6McSocklist
    from lomodel.linux.include.net.inet_sock import IpOptions

inline_function = kernel_file("include/net/sock.h")
kernel_function = kernel_file("net/core/sock.c")


SK_MEM_DEFAULT = 212992
"""What net.core.wmem_default and rmem_default are at boot: 256 packets of 256 bytes, as charged."""
SOCK_MIN_SNDBUF = 4608
SOCK_MIN_RCVBUF = 2304

SOCK_BINDADDR_LOCK = 4
SOCK_BINDPORT_LOCK = 8
"""Of ``sk_userlocks``: the address, the port, is what bind(2) said, and stays at a disconnect."""


@dataclass(frozen=True, slots=True)
class Proto:
    """struct proto: what a transport protocol does for its sockets.

    ``connect(sk, uaddr)`` and ``bind(sk, addr)``, which only raw sockets have, take the address in
    the family's form; ``disconnect(sk)`` forgets the peer. ``sendmsg(sk, msg, len)`` returns the
    bytes sent. ``recvmsg(sk, msg, len, flags)`` puts what it read into ``msg`` and returns its
    bytes, or -EAGAIN where nothing is queued; another error is raised. An option's value is the
    bytes that the caller gave, or is given. ``rehash(sk)`` hears of another address or device,
    ``release_cb(sk)`` of the end of a call that had the socket for itself, ``destroy(sk)`` of the
    socket's own end. ``custom_sockopt`` (SOCK_CUSTOM_SOCKOPT): options of SOL_SOCKET are set by it,
    too.
    """

    name: str
    connect: Callable[[Sock, SockAddr], None]
    disconnect: Callable[[Sock], None]
    sendmsg: Callable[[Sock, MsgHdr, int], int]
    recvmsg: Callable[[Sock, MsgHdr, int, int], int]
    setsockopt: Callable[[Sock, int, int, bytes], None]
    getsockopt: Callable[[Sock, int, int, int], bytes]
    get_port: Callable[[Sock, int], None]
    hash: Callable[[Sock], None]
    unhash: Callable[[Sock], None]
    bind: Callable[[Sock, InAddr], None] | None = None
    rehash: Callable[[Sock], None] | None = None
    release_cb: Callable[[Sock], None] | None = None
    destroy: Callable[[Sock], None] | None = None
    custom_sockopt: bool = False


Ehash: TypeAlias = tuple[InAddr, int, InAddr, int]
"""Address and port of a socket, address and port of its peer."""


class InetCork:
    """struct inet_cork: one datagram while it is being put together, with the flow it takes.

    ``fragsize`` is the MTU that it has to fit (bytes), ``length`` what has been appended so far,
    ``icmp_type`` the first byte of an ICMP message (``fl4_icmp_type``, ``fl6_icmp_type``),
    ``oif`` the index of the device that the flow has to take (0: any), ``opt`` IPv4's options.
    The kernel's lives on the stack of a send; here every socket keeps one.
    """

    __slots__ = (
        "fragsize",
        "gso_size",
        "length",
        "dst",
        "saddr",
        "daddr",
        "sport",
        "dport",
        "ttl",
        "tos",
        "proto",
        "icmp_type",
        "oif",
        "opt",
    )

    def __init__(self) -> None:
        self.fragsize = self.gso_size = self.length = 0
        self.dst: DstEntry = NULL
        self.saddr: InAddr = 0
        self.daddr: InAddr = 0
        self.opt: IpOptions | None = None
        self.sport = self.dport = self.ttl = self.tos = self.proto = self.oif = self.icmp_type = 0


class Sock:
    """struct sock with its inet_sock, ipv6_pinfo and udp_sock parts.

    ``sk_wmem_alloc`` starts at 1, as the socket itself holds a reference; the limits ``sk_sndbuf``
    and ``sk_rcvbuf`` are in bytes of truesize. A socket of IPv6 has addresses of both families:
    those of IPv4 are what its own stand for there (0 for the wildcard, LOOPBACK4_IPV6 for what
    IPv4 does not have). ``sk_incoming_cpu`` says whether it has received as a connected socket
    (here every packet comes in on the sender's CPU). ``cork_fl`` is the flow of the last
    connect(2), failed or not: source, destination, and port (inet->cork.fl in C, where a send has
    one of its own).
    """

    __slots__ = (
        "machine",
        "net",
        "sk_family",
        "sk_type",
        "sk_protocol",
        "sk_prot",
        "sk_state",
        "sk_sndbuf",
        "sk_rcvbuf",
        "sk_wmem_alloc",
        "sk_rmem_alloc",
        "sk_receive_queue",
        "sk_err",
        "sk_drops",
        "sk_no_check_tx",
        "sk_broadcast",
        "sk_reuse",
        "inet_num",
        "inet_saddr",
        "inet_rcv_saddr",
        "inet_daddr",
        "inet_dport",
        "sk_v6_rcv_saddr",
        "sk_v6_daddr",
        "np_saddr",
        "sk_userlocks",
        "sk_dst_cache",
        "dst_cookie",
        "cork_fl",
        "udp_portaddr_hash",
        "udp_lrpa_hash",
        "sk_incoming_cpu",
        "inet_id",
        "pmtudisc",
        "uc_ttl",
        "tos",
        "recverr",
        "gso_size",
        "gro_enabled",
        "np_pmtudisc",
        "np_frag_size",
        "np_hop_limit",
        "recverr6",
        "dontfrag",
        "ipv6only",
        "no_check6_tx",
        "checksum_offset",
        "cork",
        "sk_bound_dev_if",
        "sk_error_queue",
        "sk_lock",
        "reader_queue",
        "forward_deficit",
        "no_check6_rx",
        "mc_ttl",
        "mc_loop",
        "mc_all",
        "mc_index",
        "mc_addr",
        "mc_list",
        "np_mcast_hops",
        "np_mcast_oif",
        "np_mc_loop",
        "np_mc_all",
        "ipv6_mc_list",
    )

    def __init__(self, net: Net, family: int, type: int, protocol: int, prot: Proto) -> None:
        self.machine, self.net = net.machine, net
        self.sk_family, self.sk_type, self.sk_protocol = family, type, protocol
        self.sk_prot = prot
        self.sk_state = TCP_CLOSE
        self.sk_sndbuf = self.machine.sysctl_wmem_default
        self.sk_rcvbuf = self.machine.sysctl_rmem_default
        self.sk_wmem_alloc = 1
        self.sk_rmem_alloc = self.sk_err = self.sk_drops = 0
        self.sk_receive_queue: deque[SkBuff] = deque()
        self.sk_no_check_tx = self.sk_broadcast = self.sk_reuse = 0
        self.inet_saddr = self.inet_rcv_saddr = self.inet_daddr = 0
        self.sk_v6_rcv_saddr = self.sk_v6_daddr = self.np_saddr = bytes(16)
        self.inet_num = self.inet_dport = self.inet_id = self.sk_userlocks = self.dst_cookie = 0
        self.sk_dst_cache: DstEntry | None = None
        self.cork_fl: tuple[InAddr, InAddr, int] = 0, 0, 0
        self.sk_incoming_cpu = False
        self.udp_portaddr_hash: int | bytes = 0
        self.udp_lrpa_hash: Ehash | None = None
        self.pmtudisc = self.np_pmtudisc = IP_PMTUDISC_WANT
        self.uc_ttl = self.np_hop_limit = -1
        self.tos = self.recverr = self.recverr6 = 0
        self.gso_size = self.gro_enabled = 0
        self.np_frag_size = self.dontfrag = self.ipv6only = self.no_check6_tx = 0
        self.checksum_offset: int | None = None
        self.cork = InetCork()
        self.sk_bound_dev_if = self.forward_deficit = self.no_check6_rx = 0
        self.sk_error_queue: deque[SockExterrSkb] | None = None
        self.sk_lock = False
        self.reader_queue: deque[SkBuff] = deque()
        self.mc_ttl = self.mc_loop = 1
        self.mc_all = int(family == AF_INET)
        self.np_mcast_hops = 1
        self.np_mc_loop = self.np_mc_all = 1
        self.mc_index = self.mc_addr = self.np_mcast_oif = 0
        self.mc_list: list[IpMcSocklist] | None = None
        self.ipv6_mc_list: list[Ipv6McSocklist] | None = None

    def __repr__(self) -> str:
        return f"<sock {self.sk_prot.name if self.sk_prot else 'control'} port {self.inet_num}>"


def inet_reset_saddr(sk: Sock) -> None:
    """Forget the addresses to hear and to send from (include/net/ip.h)."""
    sk.inet_saddr = sk.inet_rcv_saddr = 0
    if sk.sk_family == AF_INET6:
        sk.np_saddr = sk.sk_v6_rcv_saddr = bytes(16)


def sock_error_raise(code: int) -> OSError:
    """The OSError for a kernel function that returned -code."""
    # Python on Linux makes this class of the number; in a web page it would not.
    kind = BlockingIOError if code == errno.EAGAIN else OSError
    return kind(code, os.strerror(code))


def inet_addr_valid_or_nonlocal(addr: int, addr_type: int) -> bool:
    """Whether a socket may be bound to ``addr``, an IPv4 address of that type
    (include/net/inet_sock.h).

    Not only local addresses may: groups and broadcast addresses, too, which it then hears but
    does not send from.
    """
    return addr == INADDR_ANY or addr_type in (RTN_LOCAL, RTN_MULTICAST, RTN_BROADCAST)


def ip_sk_accept_pmtu(sk: Sock) -> bool:
    """Whether the socket minds what ICMP says of path MTUs (include/net/ip.h)."""
    return sk.pmtudisc not in (IP_PMTUDISC_INTERFACE, IP_PMTUDISC_OMIT)


def ip_sk_use_pmtu(sk: Sock) -> bool:
    """Whether its packets are made for the path's MTU, not for the device's (include/net/ip.h)."""
    return sk.pmtudisc < IP_PMTUDISC_PROBE


def sock_wfree(skb: SkBuff) -> None:
    """Give a packet's memory back to the socket that sent it; its destructor.

    Source: net/core/sock.c.
    """
    sk = skb.sk
    assert sk is not None, "a destructor, but no socket: skb_orphan lets a packet go"
    sk.sk_wmem_alloc -= skb.truesize


def skb_set_owner_w(skb: SkBuff, sk: Sock) -> None:
    """Charge a packet to the socket that sends it. Source: net/core/sock.c."""
    skb.sk = sk
    skb.destructor = sock_wfree
    sk.sk_wmem_alloc += skb.truesize


def sock_error(sk: Sock) -> int:
    """The pending error (an errno, 0 for none), which this call takes off the socket."""
    code, sk.sk_err = sk.sk_err, 0
    return code


def sock_alloc_send_skb(sk: Sock) -> None:
    """What an allocation on behalf of a sender checks first: OSError of an error that is pending.

    So a connected socket whose last datagram was refused hears of it at its next send. The model
    has no sender that must wait for room. Source: net/core/sock.c.
    """
    if trace.on:
        decide("is an error pending on the socket?", bool(sk.sk_err), sk_err=sk.sk_err)
    if sk.sk_err:
        raise sock_error_raise(sock_error(sk))


@inline_function
def sock_queue_rcv_skb(sk: Sock, skb: SkBuff) -> int:
    """Queue a packet on a socket that is no UDP socket. Returns 0, or -ENOMEM when it is full."""
    if sk.sk_rmem_alloc >= sk.sk_rcvbuf:
        if trace.on:
            decide("is the receive buffer full?", True, rmem=sk.sk_rmem_alloc, rcvbuf=sk.sk_rcvbuf)
        sk.sk_drops += 1
        kfree_skb(skb)
        return -errno.ENOMEM
    sk.sk_rmem_alloc += skb.truesize
    sk.sk_receive_queue.append(skb)
    return 0


def sockopt_int(optval: bytes) -> int:
    """copy_from_sockptr of an int. OSError EINVAL for fewer bytes than it has."""
    if len(optval) < 4:
        if trace.on:
            decide("are there enough bytes for an int?", False, optlen=len(optval), needed=4)
        raise sock_error_raise(errno.EINVAL)
    return int.from_bytes(optval[:4], "little", signed=True)


def sockopt_bytes(val: int, length: int) -> bytes:
    """The first ``length`` bytes of an int, at most its four, as getsockopt gives them."""
    return val.to_bytes(4, "little", signed=True)[:length]


@kernel_function
def sk_setsockopt(sk: Sock, optname: int, optval: bytes) -> None:
    """Set an option of SOL_SOCKET.

    Buffer sizes are doubled, as half of them is meant for overhead; SO_RCVBUF and SO_SNDBUF stop at
    the system's limit, as does what is negative, while the FORCE variants take that as 0. OSError
    EINVAL for less than an int, ENODEV for a device's name that is none, ENOPROTOOPT for an option
    that is not known.
    """
    if optname == SO_BINDTODEVICE:
        sock_setbindtodevice(sk, optval)
        return
    val = sockopt_int(optval)
    if optname in (SO_RCVBUF, SO_SNDBUF):
        val = min(val & 0xFFFFFFFF, sk.machine.release.sysctl_mem_max)
    if optname in (SO_RCVBUF, SO_RCVBUFFORCE):
        sk.sk_rcvbuf = max(2 * min(max(val, 0), INT_MAX // 2), SOCK_MIN_RCVBUF)
    elif optname in (SO_SNDBUF, SO_SNDBUFFORCE):
        sk.sk_sndbuf = max(2 * min(max(val, 0), INT_MAX // 2), SOCK_MIN_SNDBUF)
    elif optname in _FLAGS:
        setattr(sk, _FLAGS[optname], int(bool(val)))
    else:
        if trace.on:
            decide("does SOL_SOCKET know the option?", False, optname=optname)
        raise sock_error_raise(errno.ENOPROTOOPT)
    release_sock(sk)


@kernel_function
def sock_setbindtodevice(sk: Sock, optval: bytes) -> None:
    """SO_BINDTODEVICE: send and hear over the device of that name only, or again over any ("").

    The name ends at the first 0 byte, or after 15. OSError ENODEV when nothing is called so.
    """
    name = optval[: IFNAMSIZ - 1].partition(b"\0")[0]
    index = 0
    if name:
        devices = (dev for dev in sk.net.dev_base_head if dev.name.encode() == name)
        dev = next(devices, None)
        if trace.on:
            decide("is there a device of that name?", dev is not None, name=repr(name))
        if dev is None:
            raise sock_error_raise(errno.ENODEV)
        index = dev.ifindex
    sk.sk_bound_dev_if = index
    if sk.sk_prot.rehash is not None:
        sk.sk_prot.rehash(sk)
    sk.sk_dst_cache = None


@kernel_function
def release_sock(sk: Sock) -> None:
    """What a call that had the socket for itself does at its end: the protocol may look at it."""
    if sk.sk_dst_cache is not None and sk.sk_prot.release_cb is not None:
        sk.sk_prot.release_cb(sk)


@kernel_function
def sk_getsockopt(sk: Sock, optname: int, length: int) -> bytes:
    """Read an option of SOL_SOCKET; OSError ENOPROTOOPT for one that is not known.

    SO_ERROR takes the pending error off the socket.
    """
    if optname == SO_MEMINFO:
        return b"".join(val.to_bytes(4, "little") for val in sk_get_meminfo(sk))[:length]
    if optname == SO_ERROR:
        return sockopt_bytes(sock_error(sk), length)
    if optname == SO_RCVBUF:
        return sockopt_bytes(sk.sk_rcvbuf, length)
    if optname == SO_SNDBUF:
        return sockopt_bytes(sk.sk_sndbuf, length)
    if optname in _FLAGS:
        return sockopt_bytes(getattr(sk, _FLAGS[optname]), length)
    if trace.on:
        decide("does SOL_SOCKET know the option?", False, optname=optname)
    raise sock_error_raise(errno.ENOPROTOOPT)


@kernel_function
def sk_get_meminfo(sk: Sock) -> tuple[int, ...]:
    """The numbers of SO_MEMINFO in their order (SK_MEMINFO_...), bytes but for the drops.

    rmem_alloc, rcvbuf, wmem_alloc, sndbuf, fwd_alloc, wmem_queued, optmem, backlog, drops. What is
    scheduled ahead of its use, and what only streams have, is 0 here.
    """
    wmem_alloc = sk.sk_wmem_alloc - 1
    return sk.sk_rmem_alloc, sk.sk_rcvbuf, wmem_alloc, sk.sk_sndbuf, 0, 0, 0, 0, sk.sk_drops


_FLAGS = {SO_REUSEADDR: "sk_reuse", SO_BROADCAST: "sk_broadcast", SO_NO_CHECK: "sk_no_check_tx"}
