"""What differs from one kernel release to the next, as data.

The mechanism reads these fields; no function asks for a version number. "5.14" is the text that the
annotation quotes, 6.1 and 6.12 are Debian's 6.1.192 and 6.12.117, 6.18 was observed while running.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass, replace

from .netdev_features import NetdevFeatures, netdev_features


@dataclass(frozen=True)
class Release:
    """The facts about one release that the model's mechanism depends on."""

    name: str
    gso_length_limit: str
    """What ``gso_features_check`` compares skb->len with: "none", "device" (gso_max_size for both
    families) or "family" (gso_ipv4_max_size unless the packet is IPv6)."""
    udp_l4_needs_csum: bool
    """Whether ``netdev_fix_features`` drops GSO_UDP_L4 without checksum offload."""
    xmit_down_errno: int
    """The errno that ``__dev_queue_xmit`` returns on the noqueue path of a device without IFF_UP."""
    bad_gso_header_einval: bool
    """Whether ``__dev_queue_xmit`` refuses a GSO packet whose headers are not all there."""
    netif_rx_disables_bh: bool
    """Whether ``netif_rx`` may be called from any context (5.18, commit baebdf48c360)."""
    xmit_calls_netif_rx: str
    """Which of ``netif_rx`` and ``__netif_rx`` the driver calls."""
    noop_counts_drop: bool
    """Whether ``noop_enqueue`` counts tx_dropped."""
    mac_same_skips_ndo: bool
    """Whether ``dev_set_mac_address`` skips the driver when the address does not change."""
    otherhost_counter: bool
    """Whether IPv4 and IPv6 count rx_otherhost_dropped."""
    backlog_down_softnet: bool
    """Whether a packet for a stopped device counts in softnet_data.dropped."""

    @property
    def netif_f(self) -> NetdevFeatures:
        """The feature bits of this release."""
        return netdev_features(self.name)


_5_14 = Release(
    name="5.14",
    gso_length_limit="none",
    udp_l4_needs_csum=False,
    xmit_down_errno=errno.ENETDOWN,
    bad_gso_header_einval=False,
    netif_rx_disables_bh=False,
    xmit_calls_netif_rx="netif_rx",
    noop_counts_drop=False,
    mac_same_skips_ndo=False,
    otherhost_counter=False,
    backlog_down_softnet=True,
)
_6_1 = replace(
    _5_14,
    name="6.1",
    gso_length_limit="device",
    xmit_down_errno=errno.ENOMEM,
    netif_rx_disables_bh=True,
    xmit_calls_netif_rx="__netif_rx",
    otherhost_counter=True,
)
_6_12 = replace(
    _6_1,
    name="6.12",
    gso_length_limit="family",
    udp_l4_needs_csum=True,
    bad_gso_header_einval=True,
    noop_counts_drop=True,
    mac_same_skips_ndo=True,
    backlog_down_softnet=False,
)
_6_18 = replace(_6_12, name="6.18")

RELEASES = {release.name: release for release in (_5_14, _6_1, _6_12, _6_18)}


def release_named(name: str) -> Release:
    """The release called ``name``; ValueError names the ones there are."""
    try:
        return RELEASES[name]
    except KeyError:
        known = ", ".join(RELEASES)
        raise ValueError(f"release {name!r} is not known; the model has {known}") from None
