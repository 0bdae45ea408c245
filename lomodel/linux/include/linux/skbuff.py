"""include/linux/skbuff.h: the packet.

``head`` is the linear buffer; ``data`` and ``tail`` and the three header fields are offsets into
it, as they are on a 64-bit kernel. Paged data is a list of byte views, so a packet's payload is
never copied; ``skb_shared_info`` is folded into the packet, since nothing here shares it.

Left out: reference counts on pages, extensions, zero-copy, page pool. The bytes of a head are held
as far as they were written; how long the allocator made it is a number beside them.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from lomodel.linux.include.linux.stddef import NULL
from lomodel.linux.include.uapi.linux.if_packet import PACKET_HOST

if TYPE_CHECKING:
    from lomodel.linux.include.linux.netdevice import NetDevice
    from lomodel.linux.include.net.dst import DstEntry
    from lomodel.linux.net.core.sock import Sock

CHECKSUM_NONE = 0
CHECKSUM_UNNECESSARY = 1
CHECKSUM_COMPLETE = 2
CHECKSUM_PARTIAL = 3

SKB_GSO_TCPV4 = 1 << 0
SKB_GSO_DODGY = 1 << 1
SKB_GSO_TCP_ECN = 1 << 2
SKB_GSO_TCP_FIXEDID = 1 << 3
SKB_GSO_TCPV6 = 1 << 4
SKB_GSO_FCOE = 1 << 5
SKB_GSO_GRE = 1 << 6
SKB_GSO_GRE_CSUM = 1 << 7
SKB_GSO_IPXIP4 = 1 << 8
SKB_GSO_IPXIP6 = 1 << 9
SKB_GSO_UDP_TUNNEL = 1 << 10
SKB_GSO_UDP_TUNNEL_CSUM = 1 << 11
SKB_GSO_PARTIAL = 1 << 12
SKB_GSO_TUNNEL_REMCSUM = 1 << 13
SKB_GSO_SCTP = 1 << 14
SKB_GSO_ESP = 1 << 15
SKB_GSO_UDP = 1 << 16
SKB_GSO_UDP_L4 = 1 << 17
SKB_GSO_FRAGLIST = 1 << 18
SKB_GSO_TCP_ACCECN = 1 << 19

GSO_BY_FRAGS = 0xFFFF

NOT_SET = -1
"""What an offset holds before somebody set it (C keeps all ones there)."""


SK_BUFF_SIZE = 256
SKB_SHARED_INFO_SIZE = 320
SKB_MAX_ALLOC = (4096 << 2) - SKB_SHARED_INFO_SIZE
MAX_SKB_FRAGS = 17


class SkBuff:
    """struct sk_buff with its skb_shared_info.

    ``len`` is all the bytes from ``data`` on, ``data_len`` those of them that are paged
    (``frags`` and ``frag_list``). Offsets are counted from the start of ``head``.

    ``truesize`` is what the packet is charged, in bytes; the head that was allocated has ``end``
    of them (0: as many as truesize says, see ``skb_end_offset``), however many bytes ``head``
    holds. ``dataref`` is a list with one number, how many clones share the bytes; None for a
    packet that was never cloned. ``cb`` is what IP keeps with a packet that has
    options or extension headers, else None.
    """

    __slots__ = (
        "head",
        "data",
        "tail",
        "len",
        "data_len",
        "mac_header",
        "network_header",
        "transport_header",
        "mac_len",
        "protocol",
        "pkt_type",
        "ip_summed",
        "csum_start",
        "csum_offset",
        "encapsulation",
        "priority",
        "tstamp",
        "hash",
        "dev",
        "sk",
        "dst",
        "frags",
        "frag_list",
        "gso_size",
        "gso_segs",
        "gso_type",
        "destructor",
        "truesize",
        "end",
        "dataref",
        "ignore_df",
        "cb",
    )

    dev: NetDevice
    sk: Sock | None
    dst: DstEntry | None
    destructor: Callable[[SkBuff], None] | None
    cb: Any
    frags: list[memoryview]
    frag_list: list[SkBuff] | None
    dataref: list[int] | None

    def __init__(self, head: bytearray, data: int) -> None:
        self.head = head
        self.data = self.tail = data
        self.len = self.data_len = 0
        self.mac_header = self.transport_header = NOT_SET
        self.network_header = self.mac_len = 0
        self.protocol = 0
        self.pkt_type = PACKET_HOST
        self.ip_summed = CHECKSUM_NONE
        self.csum_start = self.csum_offset = 0
        self.encapsulation = False
        self.priority = self.tstamp = self.hash = 0
        self.dev = NULL
        self.sk = self.dst = self.destructor = self.frag_list = self.dataref = None
        self.frags = []
        self.gso_size = self.gso_segs = self.gso_type = self.truesize = self.end = 0
        self.ignore_df = False
        self.cb = None

    def __repr__(self) -> str:
        gso = (
            f" gso {self.gso_size}x{self.gso_segs} type {self.gso_type:#x}" if self.gso_size else ""
        )
        return f"<skb len {self.len} protocol {self.protocol:#06x}{gso}>"

    def linear(self) -> memoryview:
        """The bytes from data to tail."""
        return memoryview(self.head)[self.data : self.tail]

    def tobytes(self) -> bytes:
        """Everything from ``data`` on as one byte string: what a sniffer would see."""
        parts = [bytes(self.linear()), *map(bytes, self.frags)]
        parts += [member.tobytes() for member in self.frag_list or ()]
        return b"".join(parts)


def skb_headlen(skb: SkBuff) -> int:
    """The bytes of the linear part."""
    return skb.len - skb.data_len


def skb_end_offset(skb: SkBuff) -> int:
    """Where the head's bytes end and the shared info begins, as they were allocated."""
    return skb.end or skb.truesize - skb_truesize(0)


def skb_truesize(end: int) -> int:
    """What a packet without pages is charged, in bytes, whose head has ``end`` (SKB_TRUESIZE)."""
    return end + SK_BUFF_SIZE + SKB_SHARED_INFO_SIZE


def skb_cloned(skb: SkBuff) -> bool:
    """Whether another packet has the same bytes."""
    return skb.dataref is not None and skb.dataref[0] > 1


def skb_transport_offset(skb: SkBuff) -> int:
    """From data to the transport header, in bytes; negative once it was pulled."""
    return skb.transport_header - skb.data


def skb_network_offset(skb: SkBuff) -> int:
    """From data to the network header, in bytes."""
    return skb.network_header - skb.data


def skb_csum_unnecessary(skb: SkBuff) -> bool:
    """Whether a sum that begins at data need not be checked.

    Somebody has, or a device is yet to write it: then it is believed, unless what is to be summed
    begins before data.
    """
    return skb.ip_summed == CHECKSUM_UNNECESSARY or (
        skb.ip_summed == CHECKSUM_PARTIAL and skb.csum_start >= skb.data
    )


def skb_orphan(skb: SkBuff) -> None:
    """Give the bytes back to the sending socket's accounting and forget the socket."""
    destructor = skb.destructor
    if destructor is not None:
        destructor(skb)
        skb.destructor = None
    skb.sk = None
