"""What a watched trace sees of a packet: one sk_buff, as it was at one moment, as plain data.

A watch only reads. It calls nothing of the kernel, so that nothing it does is in the trace.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lomodel.linux.include.linux.skbuff import NOT_SET, SkBuff
from lomodel.trace import Watch

HEAD_BYTES = 80
"""The most bytes that are kept of a packet: Ethernet, IPv6 and TCP have 14 + 40 + 20."""


@dataclass(frozen=True, slots=True)
class Packet:
    """A struct sk_buff at one moment; fields without a word here are the kernel's.

    * ``number``: which sk_buff, counted from 1 as the watch met them;
    * ``head``: the first bytes from the outermost header on, written or not, ``HEAD_BYTES`` at the
      most; ``start``: where they are in the buffer;
    * ``data`` and the three headers: offsets into the buffer, in bytes (None: not set);
    * ``dev``: its name, "" for none; ``owned``: whether a socket still owns it (``skb->sk``);
      ``dst``: the struct that its route is of, and the route's device; "" for none.
    """

    number: int
    len: int
    data_len: int
    head: bytes
    start: int
    data: int
    mac_header: int | None
    network_header: int | None
    transport_header: int | None
    mac_len: int
    protocol: int
    pkt_type: int
    ip_summed: int
    gso_size: int
    gso_segs: int
    gso_type: int
    dev: str
    owned: bool
    dst: str
    tstamp: int


def watch_packets() -> Watch:
    """A watch for one trace: what ``Machine.trace(packets=True)`` looks at packets by."""
    # An sk_buff that is held here cannot leave its id to another one.
    seen: dict[int, tuple[int, SkBuff]] = {}

    def watch(given: tuple[object, ...]) -> Packet | None:
        skb = packet_of(given)
        if skb is None:
            return None
        number, _ = seen.setdefault(id(skb), (len(seen) + 1, skb))
        return snapshot(skb, number)

    return watch


def packet_of(given: Iterable[object]) -> SkBuff | None:
    """The packet that a call is about: what it gives back, or the first that it was given."""
    for value in given:
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, SkBuff):
            return first
    return None


def snapshot(skb: SkBuff, number: int = 1) -> Packet:
    """An sk_buff as it is now."""
    headers = [_offset(skb.mac_header), skb.network_header or None, _offset(skb.transport_header)]
    start = min([offset for offset in headers if offset is not None] + [skb.data])
    return Packet(
        number=number,
        len=skb.len,
        data_len=skb.data_len,
        head=_bytes(skb, start),
        start=start,
        data=skb.data,
        mac_header=headers[0],
        network_header=headers[1],
        transport_header=headers[2],
        mac_len=skb.mac_len,
        protocol=skb.protocol,
        pkt_type=skb.pkt_type,
        ip_summed=skb.ip_summed,
        gso_size=skb.gso_size,
        gso_segs=skb.gso_segs,
        gso_type=skb.gso_type,
        dev=skb.dev.name if skb.dev is not None else "",
        owned=skb.sk is not None,
        dst=f"{type(skb.dst).__name__.lower()}, dev {skb.dst.dev.name}" if skb.dst else "",
        tstamp=skb.tstamp,
    )


def _offset(header: int) -> int | None:
    return None if header == NOT_SET else header


def _bytes(skb: SkBuff, start: int) -> bytes:
    """The linear bytes from ``start`` on, and of the paged ones what there is room for."""
    head = bytes(skb.head[start : min(skb.tail, start + HEAD_BYTES)])
    for frag in skb.frags:
        if len(head) >= HEAD_BYTES:
            break
        head += bytes(frag[: HEAD_BYTES - len(head)])
    return head
