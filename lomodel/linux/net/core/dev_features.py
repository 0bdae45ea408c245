"""The part of net/core/dev.c that works on feature words: what a packet may use of a device's
features, and what a device may have switched on.

Left out: MPLS, the intersections with upper and lower devices (lo has none), high memory,
NETDEV_FEAT_CHANGE.
"""

from __future__ import annotations

from lomodel import trace
from lomodel.linux.include.linux.if_vlan import VLAN_HLEN, VLAN_MAX_DEPTH
from lomodel.linux.include.linux.netdev_features import NetdevFeatures
from lomodel.linux.include.linux.netdevice import (
    GSO_LEGACY_MAX_SIZE,
    NetDevice,
    netdev_get_wanted_features,
)
from lomodel.linux.include.linux.skbuff import SKB_GSO_PARTIAL, SKB_GSO_TCPV4, SkBuff
from lomodel.linux.include.net.ip import IP_DF
from lomodel.linux.include.uapi.linux.if_ether import (
    ETH_HLEN,
    ETH_P_8021AD,
    ETH_P_8021Q,
    ETH_P_IP,
    ETH_P_IPV6,
)
from lomodel.linux.net.core.skbuff import skb_copy_bits
from lomodel.trace import decide, kernel_file

kernel_function = kernel_file("net/core/dev.c")

VLAN_TYPES = frozenset((ETH_P_8021Q, ETH_P_8021AD))


def eth_type_vlan(ethertype: int) -> bool:
    """Whether the type announces a VLAN tag."""
    return ethertype in VLAN_TYPES


def can_checksum_protocol(netif_f: NetdevFeatures, features: int, protocol: int) -> bool:
    """Whether a device with ``features`` sums packets of ``protocol``.

    Source: include/linux/netdevice.h.
    """
    if features & netif_f.HW_CSUM:
        return True
    if protocol == ETH_P_IP:
        return bool(features & netif_f.IP_CSUM)
    if protocol == ETH_P_IPV6:
        return bool(features & netif_f.IPV6_CSUM)
    return False


def skb_network_protocol(skb: SkBuff) -> int:
    """The protocol behind any VLAN tags; 0 when the packet ends inside a tag."""
    return vlan_get_protocol_and_depth(skb, skb.protocol)[0]


def vlan_get_protocol_and_depth(skb: SkBuff, type: int) -> tuple[int, int]:
    """The protocol behind any VLAN tags and how far from data its header is, in bytes; the protocol
    is 0 when the packet ends inside a tag or has too many (include/linux/if_vlan.h)."""
    depth = skb.mac_len
    if not eth_type_vlan(type):
        return type, depth
    # A packet that knows its mac_len begins with what it has of a tag there: the type before it.
    depth = depth - VLAN_HLEN if depth else ETH_HLEN
    for _ in range(VLAN_MAX_DEPTH - 1):
        if depth + VLAN_HLEN > skb.len:
            return 0, depth
        tag = skb_copy_bits(skb, depth, VLAN_HLEN)
        type, depth = int.from_bytes(tag[2:], "big"), depth + VLAN_HLEN
        if not eth_type_vlan(type):
            return type, depth
    return 0, depth


def gso_max_size_field(dev: NetDevice, skb: SkBuff) -> str:
    """Which field of ``dev`` limits this packet: since 6.3 only IPv6 looks at gso_max_size."""
    if dev.machine.release.gso_length_limit == "device" or skb.protocol == ETH_P_IPV6:
        return "gso_max_size"
    return "gso_ipv4_max_size"


def netif_get_gso_max_size(dev: NetDevice, skb: SkBuff) -> int:
    """The length in bytes from which on ``dev`` takes no GSO packet (include/linux/netdevice.h)."""
    limit: int = getattr(dev, gso_max_size_field(dev, skb))
    return limit


def netif_set_gso_max_size(dev: NetDevice, size: int) -> None:
    """``ip link set lo gso_max_size``, in bytes; IPv4's limit follows up to 65536.

    Source: net/core/dev.h.
    """
    dev.gso_max_size = size
    if size <= GSO_LEGACY_MAX_SIZE:
        netif_set_gso_ipv4_max_size(dev, size)


def netif_set_gso_ipv4_max_size(dev: NetDevice, size: int) -> None:
    """``ip link set lo gso_ipv4_max_size``, in bytes (net/core/dev.h)."""
    dev.gso_ipv4_max_size = size


def netif_set_gso_max_segs(dev: NetDevice, segs: int) -> None:
    """``ip link set lo gso_max_segs`` (net/core/dev.h)."""
    dev.gso_max_segs = segs


@kernel_function
def gso_features_check(skb: SkBuff, dev: NetDevice, features: int) -> int:
    """The features that this GSO packet may use: none of them when it is too big for the device."""
    mask = dev.netif_f.GSO_MASK
    if skb.gso_segs > dev.gso_max_segs:
        # Of lo's own limit, 65535, nobody hears: a packet has fewer segments.
        if trace.on:
            segs = {"gso_segs": skb.gso_segs, "gso_max_segs": dev.gso_max_segs}
            decide("has the packet too many segments to pass whole?", True, **segs)
        return features & ~mask
    if _too_long(skb, dev) or not skb.gso_type:
        return features & ~mask
    if not skb.gso_type & SKB_GSO_PARTIAL:
        features &= ~dev.gso_partial_features
    if skb.gso_type & SKB_GSO_TCPV4 and not _dont_fragment(skb):
        # Before there was a field for it, the one feature that mangles ids was named here.
        mangle = dev.machine.release.mangleid_features
        features &= ~(dev.mangleid_features if mangle else dev.netif_f.TSO_MANGLEID)
    return features


def _too_long(skb: SkBuff, dev: NetDevice) -> bool:
    if dev.machine.release.gso_length_limit == "none":
        return False
    limit = netif_get_gso_max_size(dev, skb)
    if trace.on:
        decide(
            "is the packet too long to pass whole?",
            skb.len >= limit,
            len=skb.len,
            **{gso_max_size_field(dev, skb): limit},
        )
    return skb.len >= limit


def _dont_fragment(skb: SkBuff) -> bool:
    start = skb.network_header
    return bool(int.from_bytes(skb.head[start + 6 : start + 8], "big") & IP_DF)


@kernel_function
def harmonize_features(skb: SkBuff, features: int) -> int:
    """Drop checksumming and all of GSO when the device cannot sum this packet's protocol."""
    if not skb.ip_summed:
        return features
    netif_f = skb.dev.netif_f
    if features & netif_f.HW_CSUM:
        return features
    if can_checksum_protocol(netif_f, features, skb_network_protocol(skb)):
        return features
    return features & ~(netif_f.CSUM_MASK | netif_f.GSO_MASK)


@kernel_function
def netif_skb_features(skb: SkBuff) -> int:
    """The features of the device that hold for this packet."""
    dev = skb.dev
    features = dev.features
    if skb.gso_size:
        features = gso_features_check(skb, dev, features)
    if skb.encapsulation:
        features &= dev.hw_enc_features
    if skb.protocol in VLAN_TYPES:
        features = netdev_intersect_features(dev.netif_f, features, dev.vlan_features)
    check = dev.netdev_ops.ndo_features_check
    if check is not None:
        features &= check(skb, dev, features)
    return harmonize_features(skb, features)


def netdev_intersect_features(netif_f: NetdevFeatures, f1: int, f2: int) -> int:
    """What both words allow; the generic checksum counts as each of the two special ones."""
    if (f1 ^ f2) & netif_f.HW_CSUM:
        special = netif_f.IP_CSUM | netif_f.IPV6_CSUM
        if f1 & netif_f.HW_CSUM:
            f1 |= special
        else:
            f2 |= special
    return f1 & f2


def netdev_fix_features(dev: NetDevice, features: int) -> int:
    """Take out what cannot work with the rest of the word; the rules come in the kernel's order.

    ``features`` is the wish, the result is what is allowed. Source: net/core/dev.c.
    """
    for rule in _RULES:
        features = rule(dev, dev.netif_f, features)
    return features


def _one_kind_of_checksum(dev: NetDevice, f: NetdevFeatures, features: int) -> int:
    special = f.IP_CSUM | f.IPV6_CSUM
    if features & f.HW_CSUM and features & special:
        features &= ~special
    return features


def _tso_needs_sg(dev: NetDevice, f: NetdevFeatures, features: int) -> int:
    return features if features & f.SG else features & ~f.ALL_TSO


def _tso_needs_checksum(dev: NetDevice, f: NetdevFeatures, features: int) -> int:
    if features & f.TSO and not features & (f.HW_CSUM | f.IP_CSUM):
        features &= ~(f.TSO | f.TSO_ECN)
    if features & f.TSO6 and not features & (f.HW_CSUM | f.IPV6_CSUM):
        features &= ~f.TSO6
    return features


def _mangleid_needs_tso(dev: NetDevice, f: NetdevFeatures, features: int) -> int:
    return features if features & f.TSO else features & ~f.TSO_MANGLEID


def _ecn_needs_a_family(dev: NetDevice, f: NetdevFeatures, features: int) -> int:
    return features & ~f.TSO_ECN if features & f.ALL_TSO == f.TSO_ECN else features


def _gso_needs_sg(dev: NetDevice, f: NetdevFeatures, features: int) -> int:
    return features if features & f.SG else features & ~f.GSO


def _partial_needs_partial(dev: NetDevice, f: NetdevFeatures, features: int) -> int:
    if features & dev.gso_partial_features and not features & f.GSO_PARTIAL:
        features &= ~dev.gso_partial_features
    return features


def _gro_hw_rules(dev: NetDevice, f: NetdevFeatures, features: int) -> int:
    if not features & f.RXCSUM:
        features &= ~f.GRO_HW
    if features & f.RXFCS:
        features &= ~(f.LRO | f.GRO_HW)
    return features & ~f.LRO if features & f.GRO_HW else features


def _tls_rules(dev: NetDevice, f: NetdevFeatures, features: int) -> int:
    both = f.IP_CSUM | f.IPV6_CSUM
    if features & both != both and not features & f.HW_CSUM:
        features &= ~f.HW_TLS_TX
    return features if features & f.RXCSUM else features & ~f.HW_TLS_RX


def _udp_l4_needs_checksum(dev: NetDevice, f: NetdevFeatures, features: int) -> int:
    both = f.IP_CSUM | f.IPV6_CSUM
    summed = features & f.HW_CSUM or features & both == both
    if dev.machine.release.udp_l4_needs_csum and not summed:
        features &= ~f.GSO_UDP_L4
    return features


_RULES = (
    _one_kind_of_checksum,
    _tso_needs_sg,
    _tso_needs_checksum,
    _mangleid_needs_tso,
    _ecn_needs_a_family,
    _gso_needs_sg,
    _partial_needs_partial,
    _gro_hw_rules,
    _tls_rules,
    _udp_l4_needs_checksum,
)


@kernel_function
def __netdev_update_features(dev: NetDevice) -> int:
    """Give the device the features that the user wants and the rules allow.

    Returns 0 when nothing changed and 1 when something may have.
    """
    features = netdev_get_wanted_features(dev)
    ops = dev.netdev_ops
    if ops is not None and ops.ndo_fix_features is not None:
        features = ops.ndo_fix_features(dev, features)
    features = netdev_fix_features(dev, features)
    if dev.features == features:
        return 0
    err = 0
    if ops is not None and ops.ndo_set_features is not None:
        err = ops.ndo_set_features(dev, features)
        if err < 0:
            return -1
    if not err:  # more than 0: the driver has written the word itself
        dev.features = features
    return 1


@kernel_function
def netdev_update_features(dev: NetDevice) -> None:
    """Compute the word anew: a driver calls this when its own rule would give another answer than
    before, after a new MTU, say, since the core cannot know."""
    __netdev_update_features(dev)
