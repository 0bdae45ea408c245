"""include/linux/netdev_features.h and the strings of net/ethtool/common.c: the feature bits.

A position in the 64-bit word is not the same in every release (6.18 put ``GSO_ACCECN`` in the
middle, older ones still had ``LLTX``), so the bits are a table that is read, one for each
release. Left out: nothing; the masks for bridges and bonds are here although lo never uses them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

NETDEV_FEATURE_COUNT = 64
NETIF_F_GSO_SHIFT = 16

# Bit, name without NETIF_F_, ethtool's string. The enum as most releases have it; what differs
# stands in _CHANGES below. GSO_UDP has no string of its own to be switched by.
_BITS = (
    (0, "SG", "tx-scatter-gather"),
    (1, "IP_CSUM", "tx-checksum-ipv4"),
    (3, "HW_CSUM", "tx-checksum-ip-generic"),
    (4, "IPV6_CSUM", "tx-checksum-ipv6"),
    (5, "HIGHDMA", "highdma"),
    (6, "FRAGLIST", "tx-scatter-gather-fraglist"),
    (7, "HW_VLAN_CTAG_TX", "tx-vlan-hw-insert"),
    (8, "HW_VLAN_CTAG_RX", "rx-vlan-hw-parse"),
    (9, "HW_VLAN_CTAG_FILTER", "rx-vlan-filter"),
    (10, "VLAN_CHALLENGED", "vlan-challenged"),
    (11, "GSO", "tx-generic-segmentation"),
    (14, "GRO", "rx-gro"),
    (15, "LRO", "rx-lro"),
    (16, "TSO", "tx-tcp-segmentation"),
    (17, "GSO_ROBUST", "tx-gso-robust"),
    (18, "TSO_ECN", "tx-tcp-ecn-segmentation"),
    (19, "TSO_MANGLEID", "tx-tcp-mangleid-segmentation"),
    (20, "TSO6", "tx-tcp6-segmentation"),
    (21, "FSO", "tx-fcoe-segmentation"),
    (22, "GSO_GRE", "tx-gre-segmentation"),
    (23, "GSO_GRE_CSUM", "tx-gre-csum-segmentation"),
    (24, "GSO_IPXIP4", "tx-ipxip4-segmentation"),
    (25, "GSO_IPXIP6", "tx-ipxip6-segmentation"),
    (26, "GSO_UDP_TUNNEL", "tx-udp_tnl-segmentation"),
    (27, "GSO_UDP_TUNNEL_CSUM", "tx-udp_tnl-csum-segmentation"),
    (28, "GSO_PARTIAL", "tx-gso-partial"),
    (29, "GSO_TUNNEL_REMCSUM", "tx-tunnel-remcsum-segmentation"),
    (30, "GSO_SCTP", "tx-sctp-segmentation"),
    (31, "GSO_ESP", "tx-esp-segmentation"),
    (32, "GSO_UDP", None),
    (33, "GSO_UDP_L4", "tx-udp-segmentation"),
    (34, "GSO_FRAGLIST", "tx-gso-list"),
    (38, "NTUPLE", "rx-ntuple-filter"),
    (39, "RXHASH", "rx-hashing"),
    (40, "RXCSUM", "rx-checksum"),
    (41, "NOCACHE_COPY", "tx-nocache-copy"),
    (42, "LOOPBACK", "loopback"),
    (43, "RXFCS", "rx-fcs"),
    (44, "RXALL", "rx-all"),
    (45, "HW_VLAN_STAG_TX", "tx-vlan-stag-hw-insert"),
    (46, "HW_VLAN_STAG_RX", "rx-vlan-stag-hw-parse"),
    (47, "HW_VLAN_STAG_FILTER", "rx-vlan-stag-filter"),
    (48, "HW_L2FW_DOFFLOAD", "l2-fwd-offload"),
    (49, "HW_TC", "hw-tc-offload"),
    (50, "HW_ESP", "esp-hw-offload"),
    (51, "HW_ESP_TX_CSUM", "esp-tx-csum-hw-offload"),
    (52, "RX_UDP_TUNNEL_PORT", "rx-udp_tunnel-port-offload"),
    (53, "HW_TLS_TX", "tls-hw-tx-offload"),
    (54, "HW_TLS_RX", "tls-hw-rx-offload"),
    (55, "GRO_HW", "rx-gro-hw"),
    (56, "HW_TLS_RECORD", "tls-hw-record"),
    (57, "GRO_FRAGLIST", "rx-gro-list"),
    (58, "HW_MACSEC", "macsec-hw-offload"),
    (59, "GRO_UDP_FWD", "rx-udp-gro-forwarding"),
    (60, "HW_HSR_TAG_INS", "hsr-tag-ins-offload"),
    (61, "HW_HSR_TAG_RM", "hsr-tag-rm-offload"),
    (62, "HW_HSR_FWD", "hsr-fwd-offload"),
    (63, "HW_HSR_DUP", "hsr-dup-offload"),
)

_OLD = (
    (12, "LLTX", "tx-lockless"),
    (13, "NETNS_LOCAL", "netns-local"),
    (35, "FCOE_CRC", "tx-checksum-fcoe-crc"),
    (36, "SCTP_CRC", "tx-checksum-sctp"),
    (37, "FCOE_MTU", "fcoe-mtu"),
)
_CHANGES = {
    "5.14": _OLD,
    "5.15": _OLD,
    "6.1": _OLD,
    "6.6": _OLD,
    "6.12": (
        (35, "FCOE_CRC", "tx-checksum-fcoe-crc"),
        (36, "SCTP_CRC", "tx-checksum-sctp"),
    ),
    "6.18": (
        (35, "GSO_ACCECN", "tx-tcp-accecn-segmentation"),
        (36, "FCOE_CRC", "tx-checksum-fcoe-crc"),
        (37, "SCTP_CRC", "tx-checksum-sctp"),
    ),
}

# The groups of the header, by the names of their members. A member that a release does not
# have is simply not in that release's group.
_GROUPS = {
    "ALL_TSO": "TSO TSO6 TSO_ECN TSO_MANGLEID",
    "GSO_SOFTWARE": "TSO TSO6 TSO_ECN TSO_MANGLEID GSO_SCTP GSO_UDP_L4 GSO_FRAGLIST GSO_ACCECN",
    "NEVER_CHANGE": "VLAN_CHALLENGED LLTX NETNS_LOCAL",
    "CSUM_MASK": "IP_CSUM HW_CSUM IPV6_CSUM",
    "SOFT_FEATURES": "GSO GRO",
    "SOFT_FEATURES_OFF": "GRO_FRAGLIST GRO_UDP_FWD",
    "ONE_FOR_ALL": "TSO TSO6 TSO_ECN TSO_MANGLEID GSO_SCTP GSO_UDP_L4 GSO_FRAGLIST GSO_ACCECN "
    "GSO_ROBUST SG HIGHDMA FRAGLIST VLAN_CHALLENGED",
    "ALL_FOR_ALL": "NOCACHE_COPY FSO",
    "UPPER_DISABLES": "LRO",
}


class NetdevFeatures:
    """The feature bits of one release; ``features.TSO`` is that release's ``NETIF_F_TSO``.

    A bit that the release does not have reads as 0, as a test for it is then never true.
    """

    # What the mechanism asks for by name; ``mask`` finds every other.
    SG: int
    IP_CSUM: int
    HW_CSUM: int
    IPV6_CSUM: int
    HIGHDMA: int
    FRAGLIST: int
    VLAN_CHALLENGED: int
    GSO: int
    LRO: int
    TSO: int
    TSO6: int
    TSO_ECN: int
    TSO_MANGLEID: int
    GSO_ROBUST: int
    GSO_PARTIAL: int
    GSO_UDP_L4: int
    RXCSUM: int
    NOCACHE_COPY: int
    RXFCS: int
    HW_TLS_TX: int
    HW_TLS_RX: int
    GRO_HW: int
    ALL_TSO: int
    CSUM_MASK: int
    GSO_SOFTWARE: int
    NEVER_CHANGE: int
    SOFT_FEATURES: int
    SOFT_FEATURES_OFF: int

    def __init__(self, release: str) -> None:
        table = sorted(_BITS + _CHANGES[release])
        self.release = release
        self.bit = {name: bit for bit, name, _ in table}
        self.string = {name: string for _, name, string in table if string}
        self.by_string = {string: 1 << bit for bit, _, string in table if string}
        for name in _every_name():
            setattr(self, name, 0)
        for name, bit in self.bit.items():
            setattr(self, name, 1 << bit)
        for group, members in _GROUPS.items():
            setattr(self, group, self.mask(*members.split()))
        self.GSO_MASK = self._gso_mask()
        self.ETHTOOL_BITS = ((1 << NETDEV_FEATURE_COUNT) - 1) & ~self.NEVER_CHANGE

    def _gso_mask(self) -> int:
        last = max(bit for name, bit in self.bit.items() if name in _GSO_NAMES)
        return ((1 << (last + 1)) - 1) & ~((1 << NETIF_F_GSO_SHIFT) - 1)

    def mask(self, *names: str) -> int:
        """The word with the named bits set; names are the kernel's without ``NETIF_F_``."""
        word = 0
        for name in names:
            bit: int = getattr(self, name)
            word |= bit
        return word

    def names(self, word: int) -> list[str]:
        """The names of the bits that are set in ``word``, lowest bit first."""
        return [name for name, bit in self.bit.items() if word >> bit & 1]

    def strings(self) -> Iterator[tuple[str, int]]:
        """Every string that ethtool knows in this release, with its mask."""
        return iter(self.by_string.items())


_GSO_NAMES = {name for bit, name, _ in _BITS if 16 <= bit <= 34} | {"GSO_ACCECN"}


@cache
def _every_name() -> frozenset[str]:
    return frozenset(name for table in (_BITS, *_CHANGES.values()) for _, name, _ in table)


@cache
def netdev_features(release: str) -> NetdevFeatures:
    """The feature table of a release of ``lomodel.release.RELEASES``; KeyError."""
    return NetdevFeatures(release)
