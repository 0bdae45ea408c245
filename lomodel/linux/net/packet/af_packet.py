"""net/packet/af_packet.c: sending raw frames. Sockets that listen are in ``af_packet_socket``.

Left out: rings, SOCK_DGRAM, control messages, qdisc bypass.
"""

from __future__ import annotations

import errno

from lomodel import trace
from lomodel.linux.arch.x86.include.asm.page_types import PAGE_SIZE
from lomodel.linux.include.linux.if_vlan import VLAN_HLEN
from lomodel.linux.include.linux.net import SOCK_RAW
from lomodel.linux.include.linux.netdevice import LL_RESERVED_SPACE, NET_XMIT_CN, NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.linux.socket import AF_PACKET
from lomodel.linux.include.linux.stddef import NULL
from lomodel.linux.include.linux.virtio_net import (
    virtio_net_hdr_set_proto,
    virtio_net_hdr_to_skb,
)
from lomodel.linux.include.uapi.linux.if_ import IFF_UP
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_ALL
from lomodel.linux.include.uapi.linux.virtio_net import (
    VIRTIO_NET_HDR_F_NEEDS_CSUM,
    VIRTIO_NET_HDR_GSO_NONE,
    VirtioNetHdr,
)
from lomodel.linux.net.core.dev import dev_queue_xmit
from lomodel.linux.net.core.skbuff import (
    alloc_skb,
    alloc_truesize,
    check_alloc_with_frags,
    paged_max,
    skb_alloc_frags,
    skb_put,
)
from lomodel.linux.net.core.sock import Sock, skb_set_owner_w
from lomodel.linux.net.ethernet.eth import eth_header_parse_protocol
from lomodel.trace import decide, system_call

syscall = system_call("net/packet/af_packet.c")


@syscall
def packet_snd(
    dev: NetDevice, frame: bytes, proto: int = 0, vnet_hdr: VirtioNetHdr | None = None
) -> int:
    """Send a frame, Ethernet header included, from a raw packet socket on ``dev``.

    ``proto`` is the socket address's protocol (0: read it from the frame). Returns the bytes sent,
    the virtio header not counted. OSError ENETDOWN while the device is down, EMSGSIZE for a frame
    that is longer than the MTU and asks for no segmentation, EINVAL for one that is shorter than
    its header or a virtio header that does not fit it, ENOBUFS when there is no memory for so long
    a frame or the packet did not get through.
    """
    if not dev.flags & IFF_UP:
        if trace.on:
            decide("is the device up?", False, flags=dev.flags)
        raise OSError(errno.ENETDOWN, f"{dev.name} is down")
    gso = vnet_hdr is not None and vnet_hdr.gso_type != VIRTIO_NET_HDR_GSO_NONE
    if vnet_hdr is not None:
        vnet_hdr = _packet_snd_vnet_parse(vnet_hdr, len(frame))
    if not gso:
        _check_length(frame, dev, "is the frame too long even with a VLAN tag?", VLAN_HLEN)
    skb = _packet_alloc_skb(frame, dev, vnet_hdr.hdr_len if vnet_hdr else 0)
    if len(frame) < dev.min_header_len:
        if trace.on:
            decide("is there an Ethernet header?", False, len=len(frame), least=14)
        raise OSError(errno.EINVAL, f"{len(frame)} bytes hold no Ethernet header")
    # The four bytes for a VLAN tag are for Ethernet devices only, and lo is none (its type is 772).
    if not gso:
        _check_length(frame, dev, "is the frame longer than the MTU and the Ethernet header?", 0)
    skb.protocol, skb.dev = proto, dev
    _packet_parse_headers(skb)
    if gso:
        # The sender pays, which shows where its packet is cut (sock_alloc_send_pskb).
        skb_set_owner_w(skb, Sock(dev.nd_net, AF_PACKET, SOCK_RAW, proto, NULL))
    if vnet_hdr is not None:
        virtio_net_hdr_to_skb(skb, vnet_hdr)
        virtio_net_hdr_set_proto(skb, vnet_hdr)
    return _sent(dev_queue_xmit(skb), len(frame))


def _sent(err: int, length: int) -> int:
    """What the caller learns of the transmit's result (net_xmit_errno)."""
    if err > 0:
        err = 0 if err == NET_XMIT_CN else -errno.ENOBUFS
    if err:
        raise OSError(-err, "the packet was not sent")
    return length


def _packet_snd_vnet_parse(hdr: VirtioNetHdr, length: int) -> VirtioNetHdr:
    """Make hdr_len reach over the checksum field; EINVAL when the frame is shorter than that."""
    hdr_len = hdr.hdr_len
    end = hdr.csum_start + hdr.csum_offset + 2
    if hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM and end > hdr_len:
        hdr_len = end & 0xFFFF  # the field has 16 bits
    if trace.on:
        decide(
            "is the header longer than the frame?", hdr_len > length, hdr_len=hdr_len, len=length
        )
    if hdr_len > length:
        raise OSError(errno.EINVAL, f"a header of {hdr_len} bytes in a frame of {length}")
    return VirtioNetHdr(
        hdr.flags, hdr.gso_type, hdr_len, hdr.gso_size, hdr.csum_start, hdr.csum_offset
    )


def _check_length(frame: bytes, dev: NetDevice, question: str, allowance: int) -> None:
    """OSError EMSGSIZE when a frame is longer than MTU, Ethernet header and ``allowance`` bytes."""
    longest = dev.mtu + dev.hard_header_len + allowance
    if trace.on:
        decide(question, len(frame) > longest, len=len(frame), mtu=dev.mtu, longest=longest)
    if len(frame) > longest:
        raise OSError(errno.EMSGSIZE, f"{len(frame)} bytes are too long for MTU {dev.mtu}")


def _packet_alloc_skb(frame: bytes, dev: NetDevice, hdr_len: int) -> SkBuff:
    """The frame in a packet: all of it linear when it is short, else the header only.

    OSError EMSGSIZE when the rest needs more fragments than a packet can have, ENOBUFS when the
    linear part is longer than the allocator can give in one piece.
    """
    order = dev.machine.release.packet_page_order
    linear = _linear_part(len(frame), max(hdr_len, min(len(frame), dev.hard_header_len)), order)
    check_alloc_with_frags(LL_RESERVED_SPACE + linear, len(frame) - linear, order)
    # The header has its own place in the reserve: the frame starts before the reserve's end.
    skb = alloc_skb(LL_RESERVED_SPACE - dev.hard_header_len, linear)
    skb.truesize = alloc_truesize(dev.machine, LL_RESERVED_SPACE + linear)
    start = skb_put(skb, linear)
    skb.head[start : start + linear] = frame[:linear]
    if linear < len(frame):
        skb_alloc_frags(skb, memoryview(frame)[linear:], order)
    skb.network_header = start + dev.hard_header_len
    return skb


def _linear_part(length: int, header: int, order: int) -> int:
    """How many bytes of a frame of ``length`` bytes are not put into pages; ``header`` at least."""
    if LL_RESERVED_SPACE + length < PAGE_SIZE:
        return length
    # Since 6.6 what the pages cannot hold goes to the head; before, it went nowhere.
    return max(header, length - paged_max(order)) if order else header


def _packet_parse_headers(skb: SkBuff) -> None:
    """Find the protocol of a raw frame. Where its transport header is nobody asks later: who cuts
    it or receives it looks for himself (skb_probe_transport_header)."""
    skb.mac_header = skb.data
    if skb.protocol in (0, ETH_P_ALL):
        skb.protocol = eth_header_parse_protocol(skb)
