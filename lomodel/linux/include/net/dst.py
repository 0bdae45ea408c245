"""include/net/dst.h: what a route means to the packets that take it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, NamedTuple

from lomodel import trace
from lomodel.linux.include.linux.netdevice import NetDevice
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.trace import decide, tracepoint_without_device

if TYPE_CHECKING:
    from lomodel.linux.net.core.net_namespace import Net
    from lomodel.linux.net.core.sock import Sock


class DstOps(NamedTuple):
    """struct dst_ops: what a family knows of its dsts.

    ``check(dst, cookie)``: whether one that a socket remembers is still what would be found, for
    IPv6 by the serial number of then; ``mtu(dst)``: the longest packet, in bytes, that may take it.
    """

    check: Callable[[DstEntry, int], bool]
    mtu: Callable[[DstEntry], int]


class DstEntry:
    """struct dst_entry, which struct rtable and struct rt6_info begin with.

    ``input(skb)`` and ``output(net, sk, skb)`` are where packets with this dst go on; ``error`` is
    an errno, 0 for a route that leads on. ``net`` and the fields from ``rt_flags`` on stand in the
    two structs behind it in C: ``rt_type`` (of IPv4 alone); ``rt_pmtu`` is an MTU in bytes that
    ICMP taught, 0 for none (IPv6 has it among the metrics, as RTAX_MTU), and ``rt_mtu_locked`` says
    that it was too small to be believed (IPv4).
    """

    __slots__ = (
        "dev",
        "input",
        "output",
        "error",
        "net",
        "rt_flags",
        "rt_type",
        "rt_pmtu",
        "rt_mtu_locked",
    )

    ops: ClassVar[DstOps]
    dev: NetDevice
    input: Callable[[SkBuff], int]
    output: Callable[[Net, Sock | None, SkBuff], int]
    error: int
    net: Net
    rt_flags: int
    rt_pmtu: int
    rt_mtu_locked: bool
    rt_type: int


def dst_discard(skb: SkBuff) -> int:
    """The input of a dst that is for sending only."""
    if trace.on:
        decide("may packets come in by this route?", False)
    if trace.tracepoints:
        tracepoint_without_device("kfree_skb", len=skb.len)
    return 0


def dst_discard_out(net: Net, sk: Sock | None, skb: SkBuff) -> int:
    """The output of a dst that leads nowhere (net/core/dst.c)."""
    if trace.on:
        decide("may packets go out by this route?", False)
    if trace.tracepoints:
        tracepoint_without_device("kfree_skb", len=skb.len)
    return 0


def dst_mtu(dst: DstEntry) -> int:
    """The longest packet, in bytes, that may take this route."""
    return dst.ops.mtu(dst)
