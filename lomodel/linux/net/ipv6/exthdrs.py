"""net/ipv6/exthdrs.c: the extension headers of packets that came in.

Hop-by-hop options are read before a packet is routed; routing and destination options headers are
protocols, whose handlers answer 1: go on with what is behind. Where they answer -1 the packet was
dropped.

Left out: what mobile IPv6 does once somebody has set it up (xfrm states); segment and RPL routing,
which a new namespace does not take (seg6_enabled, rpl_seg_enabled), and IOAM, which it passes over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lomodel import trace
from lomodel.linux.include.linux.ipv6 import (
    IP6SKB_HOPBYHOP,
    IP6SKB_JUMBOGRAM,
    IPV6_MAXPLEN,
    Inet6SkbParm,
)
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.net.dst import dst_discard
from lomodel.linux.include.net.ipv6 import IPV6_HLEN
from lomodel.linux.include.net.protocol import Inet6Protocol
from lomodel.linux.include.uapi.linux.icmpv6 import ICMPV6_HDR_FIELD, ICMPV6_UNK_OPTION
from lomodel.linux.include.uapi.linux.if_packet import PACKET_HOST
from lomodel.linux.include.uapi.linux.in6 import (
    IPPROTO_DSTOPTS,
    IPPROTO_NONE,
    IPPROTO_ROUTING,
    IPV6_TLV_CALIPSO,
    IPV6_TLV_HAO,
    IPV6_TLV_IOAM,
    IPV6_TLV_JUMBO,
    IPV6_TLV_PAD1,
    IPV6_TLV_PADN,
    IPV6_TLV_ROUTERALERT,
)
from lomodel.linux.include.uapi.linux.ipv6 import (
    IPV6_SRCRT_TYPE_2,
    IPV6_SRCRT_TYPE_3,
    IPV6_SRCRT_TYPE_4,
)
from lomodel.linux.include.uapi.linux.snmp import IPSTATS_MIB_INADDRERRORS, IPSTATS_MIB_INHDRERRORS
from lomodel.linux.net.core.skbuff import kfree_skb, pskb_may_pull, pskb_trim_rcsum
from lomodel.linux.net.ipv6.ip6_icmp import icmpv6_param_prob
from lomodel.linux.net.ipv6.protocol import inet6_add_protocol
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.machine import Machine

kernel_function = kernel_file("net/ipv6/exthdrs.c")

IP6_DEFAULT_MAX_OPTS_CNT = 8
"""net.ipv6.max_dst_opts_number and max_hbh_opts_number: options but padding that a header may
have."""

MOST_PADDING = 7
ROUTING_TYPE, SEGMENTS_LEFT = 2, 3
"""Fields of a routing header, in bytes from its start."""
HOME_WORDS = 2
"""The length of a routing header of type 2, as the header gives it: in 8 bytes, without the first
8."""

Options = dict[int, Callable[[SkBuff, int], bool]]
"""What answers an option, by its number: False when the packet was dropped."""


@kernel_function
def ip6_tlvopt_unknown(skb: SkBuff, optoff: int) -> bool:
    """Whether an option that nobody knows may be passed over: its highest two bits say so.

    They also say whether the sender is told (2: yes; 3: unless the packet is for many).
    """
    at = skb.network_header
    what = skb.head[at + optoff] >> 6
    if trace.on:
        decide("may the unknown option be ignored?", not what, option=skb.head[at + optoff])
    if not what:
        return True
    if what == 2 or (what == 3 and skb.head[at + 24] != 0xFF):
        icmpv6_param_prob(skb, ICMPV6_UNK_OPTION, optoff)
    else:
        kfree_skb(skb)
    return False


@kernel_function
def ip6_parse_tlv(hopbyhop: bool, skb: SkBuff, max_count: int) -> bool:
    """Read the options of the header at the packet's transport header; False when it was dropped.

    At most 7 bytes of padding may come together, and they must be 0; at most ``max_count`` other
    options.
    """
    head, at = skb.head, skb.network_header
    off = skb.transport_header - at + 2
    end = off - 2 + (head[skb.transport_header + 1] + 1) * 8
    count = padlen = 0
    while off < end:
        option = head[at + off]
        if option == IPV6_TLV_PAD1:
            padlen += 1
            off += 1
            if padlen > MOST_PADDING:
                return _bad(skb, padding=padlen)
            continue
        if end - off < 2 or (optlen := head[at + off + 1] + 2) > end - off:
            return _bad(skb, left=end - off)
        if option == IPV6_TLV_PADN:
            padlen += optlen
            if padlen > MOST_PADDING or any(head[at + off + 2 : at + off + optlen]):
                return _bad(skb, padding=padlen)
        else:
            count += 1
            if count > max_count:
                return _bad(skb, options=count)
            known = (_HOP_OPTIONS if hopbyhop else _destination_options(skb)).get(option)
            if not (known(skb, off) if known else ip6_tlvopt_unknown(skb, off)):
                return False
            padlen = 0
        off += optlen
    return True


def _bad(skb: SkBuff, **operands: int) -> bool:
    if trace.on:
        decide("are the header's options right?", False, **operands)
    kfree_skb(skb)
    return False


@kernel_function
def ipv6_destopt_rcv(skb: SkBuff) -> int:
    """A destination options header. 1 or -1."""
    counters = skb.dev.nd_net.mib.ipv6_statistics
    extlen = _extlen(skb)
    if not extlen:
        return -1
    nhoff = skb.transport_header - skb.network_header
    if not ip6_parse_tlv(False, skb, IP6_DEFAULT_MAX_OPTS_CNT):
        counters[IPSTATS_MIB_INHDRERRORS] += 1
        return -1
    skb.transport_header += extlen
    _go_on(skb, nhoff)
    return 1


def _extlen(skb: SkBuff) -> int:
    """The length in bytes of the header at data, made linear; 0 when the packet is too short for
    it: then it is counted and dropped. The handlers of both headers begin with this."""
    if pskb_may_pull(skb, 8):
        extlen = (skb.head[skb.data + 1] + 1) * 8
        if pskb_may_pull(skb, extlen):
            return extlen
    if trace.on:
        decide("is the extension header all there?", False, len=skb.len)
    skb.dev.nd_net.mib.ipv6_statistics[IPSTATS_MIB_INHDRERRORS] += 1
    kfree_skb(skb)
    return 0


def _go_on(skb: SkBuff, nhoff: int) -> None:
    """Note where the field is that names what is behind. A clone may share what was noted."""
    flags = 0 if skb.cb is None else skb.cb.flags
    skb.cb = Inet6SkbParm(nhoff, flags)


@kernel_function
def ipv6_dest_hao(skb: SkBuff, optoff: int) -> bool:
    """The home address of somebody who is not at home: nobody here is known to be away."""
    return _bad(skb, optoff=optoff)


_DESTINATION_OPTIONS: Options = {IPV6_TLV_HAO: ipv6_dest_hao}


def _destination_options(skb: SkBuff) -> Options:
    return _DESTINATION_OPTIONS if skb.dev.machine.release.ipv6_mip6 else {}


@kernel_function
def ipv6_rthdr_rcv(skb: SkBuff) -> int:
    """A routing header: one without a way to go is passed over, and no other is taken. 1 or -1."""
    counters = skb.dev.nd_net.mib.ipv6_statistics
    extlen = _extlen(skb)
    if not extlen:
        return -1
    head, at, start = skb.head, skb.network_header, skb.transport_header
    if head[at + 24] == 0xFF or skb.pkt_type != PACKET_HOST:
        if trace.on:
            decide("may a packet like this have a routing header?", False, pkt_type=skb.pkt_type)
        counters[IPSTATS_MIB_INADDRERRORS] += 1
        kfree_skb(skb)
        return -1
    kind, left = head[start + ROUTING_TYPE], head[start + SEGMENTS_LEFT]
    if trace.on:
        decide("does the routing header have a way to go?", bool(left), type=kind, left=left)
    if kind in (IPV6_SRCRT_TYPE_3, IPV6_SRCRT_TYPE_4):
        kfree_skb(skb)
        return -1
    if kind == IPV6_SRCRT_TYPE_2 and skb.dev.machine.release.ipv6_mip6:
        return _bad_home(skb, left)
    if left:
        counters[IPSTATS_MIB_INHDRERRORS] += 1
        icmpv6_param_prob(skb, ICMPV6_HDR_FIELD, start + ROUTING_TYPE - at)
        return -1
    skb.transport_header += extlen
    _go_on(skb, start - at)
    return 1


def _bad_home(skb: SkBuff, left: int) -> int:
    """A way to a mobile host's home address: dropped without a word, since none is known."""
    ours = not left or (left == 1 and skb.head[skb.transport_header + 1] == HOME_WORDS)
    if trace.on:
        decide("is this the way to a home address?", ours, left=left)
    which = IPSTATS_MIB_INADDRERRORS if ours else IPSTATS_MIB_INHDRERRORS
    skb.dev.nd_net.mib.ipv6_statistics[which] += 1
    kfree_skb(skb)
    return -1


rthdr_protocol = Inet6Protocol(handler=ipv6_rthdr_rcv)
destopt_protocol = Inet6Protocol(handler=ipv6_destopt_rcv)
nodata_protocol = Inet6Protocol(handler=dst_discard)


@kernel_function
def ipv6_exthdrs_init(machine: Machine) -> None:
    """At boot: the headers that are protocols, and the one that says that nothing is behind it."""
    inet6_add_protocol(machine, rthdr_protocol, IPPROTO_ROUTING)
    inet6_add_protocol(machine, destopt_protocol, IPPROTO_DSTOPTS)
    inet6_add_protocol(machine, nodata_protocol, IPPROTO_NONE)


@kernel_function
def ipv6_hop_ra(skb: SkBuff, optoff: int) -> bool:
    """Router alert: two bytes for routers, which this host is none of."""
    if skb.head[skb.network_header + optoff + 1] == 2:
        return True
    return _bad(skb, router_alert=skb.head[skb.network_header + optoff + 1])


@kernel_function
def ipv6_hop_ioam(skb: SkBuff, optoff: int) -> bool:
    """In-situ measurements, which are not turned on: passed over where they are aligned."""
    return True if not optoff & 3 else _bad(skb, optoff=optoff)


@kernel_function
def ipv6_hop_jumbo(skb: SkBuff, optoff: int) -> bool:
    """The length of a packet beyond 65535 bytes, whose header says 0."""
    head, at = skb.head, skb.network_header
    if head[at + optoff + 1] != 4 or optoff & 3 != 2:
        return _bad(skb, optoff=optoff)
    pkt_len = int.from_bytes(head[at + optoff + 2 : at + optoff + 6], "big")
    payload_len = head[at + 4] << 8 | head[at + 5]
    if pkt_len <= IPV6_MAXPLEN or payload_len:
        pointer = optoff + 2 if pkt_len <= IPV6_MAXPLEN else optoff
        icmpv6_param_prob(skb, ICMPV6_HDR_FIELD, pointer)
        return False
    if pkt_len > skb.len - IPV6_HLEN or not pskb_trim_rcsum(skb, pkt_len + IPV6_HLEN):
        return _bad(skb, jumbo=pkt_len, len=skb.len)
    skb.cb.flags |= IP6SKB_JUMBOGRAM
    return True


@kernel_function
def ipv6_hop_calipso(skb: SkBuff, optoff: int) -> bool:
    """A security label: none is known here, so that it is dropped."""
    return _bad(skb, optoff=optoff)


_HOP_OPTIONS: Options = {
    IPV6_TLV_ROUTERALERT: ipv6_hop_ra,
    IPV6_TLV_IOAM: ipv6_hop_ioam,
    IPV6_TLV_JUMBO: ipv6_hop_jumbo,
    IPV6_TLV_CALIPSO: ipv6_hop_calipso,
}


@kernel_function
def ipv6_parse_hopopts(skb: SkBuff) -> int:
    """Read the hop-by-hop options behind the IPv6 header. 1, or -1: the packet was dropped."""
    if not pskb_may_pull(skb, IPV6_HLEN + 8):
        if trace.on:
            decide("is the extension header all there?", False, len=skb.len)
        kfree_skb(skb)
        return -1
    extlen = (skb.head[skb.transport_header + 1] + 1) * 8
    if not pskb_may_pull(skb, IPV6_HLEN + extlen):
        if trace.on:
            decide("is the extension header all there?", False, len=skb.len, extlen=extlen)
        kfree_skb(skb)
        return -1
    skb.cb = Inet6SkbParm(IPV6_HLEN, IP6SKB_HOPBYHOP)
    if not ip6_parse_tlv(True, skb, IP6_DEFAULT_MAX_OPTS_CNT):
        return -1
    skb.transport_header += extlen
    return 1
