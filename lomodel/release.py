"""What differs from one kernel release to the next, as data.

The mechanism reads these fields; no function asks for a version number. A release's name stands for
one version, to the patch level: stable updates change some of these facts within a series, and
what other patch levels have is in ``earlier`` and ``later``. ``rests_on`` says what a table was
taken from. The patch levels are those of Debian's changelogs of Linux 6.1 and 6.12, and, for 5.15,
6.6 and 6.18, of the stable series' lists of commits.
"""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass, fields, replace
from typing import Any

from lomodel.linux.include.linux.netdev_features import NetdevFeatures, netdev_features

DEFAULT = "6.18"
"""The release of the recordings: what a machine, a player, the laboratory and the command line
take when nobody chooses."""


@dataclass(frozen=True)
class Earlier:
    """What a field was in earlier patch levels of a series, until a stable update changed it."""

    field: str
    value: object
    until: int | None
    """The first patch level that had it otherwise; None where it is not known which."""


@dataclass(frozen=True)
class Later:
    """What a field became in a patch level after the one that a table stands for."""

    field: str
    value: object
    since: int


@dataclass(frozen=True)
class Release:
    """The facts about one release that the model's mechanism depends on."""

    name: str
    version: str
    """The kernel whose facts these are, to the patch level: "6.1.192"."""
    basis: str
    """What the facts rest on, without what was inferred: "recordings of 6.18.44"."""
    read: tuple[str, ...] | None
    """The facts that were read in this series' own source or patches; the others were inferred.
    None where nothing was inferred."""
    earlier: tuple[Earlier, ...]
    """What earlier patch levels of the series have otherwise, as far as it is known. Where a field
    changed twice, the earliest comes first."""
    later: tuple[Later, ...]
    """What later patch levels have otherwise, as far as it is known."""
    gso_length_limit: str
    """What ``gso_features_check`` compares skb->len with: "none", "device" (gso_max_size for both
    families) or "family" (gso_ipv4_max_size unless the packet is IPv6)."""
    has_gso_ipv4_max_size: bool
    """Whether a device has a limit of IPv4's own, which ``ip link`` shows and sets (6.3). Before,
    the attribute is unknown: not shown, and passed over where it is set."""
    udp_l4_needs_csum: bool
    """Whether ``netdev_fix_features`` drops GSO_UDP_L4 without checksum offload."""
    xmit_down_errno: int
    """The errno of ``__dev_queue_xmit`` on the noqueue path of a device without IFF_UP."""
    bad_gso_header_einval: bool
    """Whether ``__dev_queue_xmit`` refuses a GSO packet whose headers are not all there."""
    tcp_min_gso_size: int
    """The least gso_size, in bytes, that a virtio header's TCP packet is given; a smaller wish is
    raised to it. 1 where any wish is granted."""
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
    udp_max_segments: int
    """UDP_MAX_SEGMENTS: the datagrams that one UDP_SEGMENT send may be cut into."""
    udp_gso_counts_payload: bool
    """Whether ``udp_send_skb`` takes the number of segments from the payload, or from skb->len,
    headers included."""
    udp_gso_fits_payload: bool
    """Whether a payload shorter than gso_size is what must fit the MTU, or gso_size all the
    same."""
    udp_gso_too_long: int
    """The errno for a segment that does not fit the MTU."""
    udp_gso_needs_partial: bool
    """Whether UDP_SEGMENT without checksum offload is refused with EIO."""
    udp_gso_whole_without_sum: bool
    """Whether ``__udp_gso_segment`` hands a packet whose checksum is finished back whole when the
    features cover it (before 6.12 and its stable siblings)."""
    sysctl_mem_max: int
    """net.core.rmem_max and wmem_max: what SO_RCVBUF and SO_SNDBUF may ask for, in bytes."""
    udp_rcvbuf_strict: bool
    """Whether a datagram that would exceed sk_rcvbuf is dropped unless the queue is empty; before,
    one was let in as long as the queue itself did not exceed it."""
    udp_hash4: bool
    """Whether UDP finds connected sockets in a table of their own, before all others (6.13)."""
    ip6_mtu_limited: bool
    """Whether an IPv6 route's MTU is at most 65575 (IP6_MAX_MTU), whatever the device's. Where it
    is not, a socket that forbids fragments sends packets that no length field can describe."""
    udp6_mtu_limited: bool
    """Whether ``ip6_setup_cork`` keeps UDP within 65575 bytes whatever the MTU says (a
    backport)."""
    packet_page_order: int
    """How many pages (2**order) a fragment of a packet socket's frame may have. Above 0 (6.6) what
    17 fragments cannot hold goes to the packet's head; with 0 such a frame is EMSGSIZE."""
    virtio_udp_l4: bool
    """Whether a virtio header may ask for UDP datagrams of one size (6.2)."""
    virtio_csum_start_checked: bool
    """Whether a virtio header's checksum that begins inside the network header is EINVAL (6.12)."""
    tap_tells_gso_tcp: bool
    """Whether a packet socket's auxiliary data say that a packet is TCP and to be cut (6.3)."""
    skb_small_head: int
    """The size of the cache for small packet heads, in bytes; 0 where there is none (before 6.3).
    It depends on MAX_HEADER, so on the kernel's configuration: 6.12 is Debian's (640), 6.18 a
    kernel without tunnels."""
    max_header: int
    """MAX_HEADER: the bytes that a link layer's headers may take, by the kernel's configuration.
    32, and 48 more where it has IP tunnels, even as modules (Debian's); more with a Hyper-V, Wi-Fi
    or AX.25 driver in it. What ``gso_max_size`` may be at least follows from it."""
    ipv6_mip6: bool
    """Whether the kernel was configured with mobile IPv6, as Debian's are: it knows routing headers
    of type 2 and the home address option, and drops packets that have them where nobody has set it
    up."""
    ip_counts_transmits: bool
    """Whether IP counts OutTransmits, what it hands to a device, besides OutRequests (6.7). From
    6.6 to 6.6.23 OutRequests was that number, which no table has."""

    lo_name_assign_type: int
    """What lo's name counts as: NET_NAME_UNKNOWN (0) or NET_NAME_PREDICTABLE (2)."""
    netdev_state: tuple[str, ...]
    """The structs that ``alloc_netdev_mqs`` allocates for a device behind its queues: none before
    6.11, the state of ethtool then, two of the settings of queues in 6.18."""
    lstats_owner: str
    """Who allocates and frees lo's per-CPU counters: the "driver" or the "core"."""
    core_stats_percpu: bool
    """Whether the core's drop counters are per CPU (5.18), or atomic ones in the device."""
    for_each_cpu: str
    """How the loop over a cpumask steps: "cpumask_next" or "for_each_set_bit"."""
    has_tso_max_size: bool
    """Whether gen_lo_setup ends with netif_set_tso_max_size (5.19)."""
    mangleid_features: bool
    """Whether a device says by mangleid_features what goes with TSO_MANGLEID."""
    blackhole_neigh: bool
    """Whether the blackhole device has ndo_neigh_construct."""
    rename_while_up: bool
    """Whether a device that is up may be renamed (6.2)."""
    has_pre_uninit: bool
    """Whether NETDEV_PRE_UNINIT is sent (after 6.1)."""
    own_netns_is_no_move: bool
    """Whether asking for a device's own namespace succeeds without looking at the device (6.13)."""
    kernel_lo_proto: int
    """The IFA_PROTO of ::1: 0 where addresses have none yet, else IFAPROT_KERNEL_LO (1)."""

    @property
    def netif_f(self) -> NetdevFeatures:
        """The feature bits of this release."""
        return netdev_features(self.name)

    @property
    def inferred(self) -> tuple[str, ...]:
        """The facts that nobody has seen in this series itself, in the order of the fields."""
        return () if self.read is None else tuple(f for f in FACTS if f not in self.read)

    @property
    def rests_on(self) -> str:
        """What this table rests on, in plain words; names what was inferred."""
        if not self.inferred:
            return self.basis
        return f"{self.basis}; inferred: {', '.join(self.inferred)}"

    @property
    def patch(self) -> int:
        """The patch level of ``version``."""
        return version_of(self.version)[2]

    def at(self, patch: int) -> Release:
        """This series' table at a patch level, as far as it is known. Where it is not known when a
        fact changed, every earlier patch level has the earlier value."""
        earlier = [e for e in reversed(self.earlier) if patch < (e.until or self.patch)]
        later = [each for each in self.later if patch >= each.since]
        facts: dict[str, Any] = {each.field: each.value for each in earlier}
        facts |= {each.field: each.value for each in later}
        return replace(self, version=f"{self.name}.{patch}", **facts)

    def differs(self, patch: int) -> list[str]:
        """The facts that a patch level of this series has otherwise, as far as it is known."""
        other = self.at(patch)
        return [fact for fact in FACTS if getattr(other, fact) != getattr(self, fact)]


ABOUT = ("name", "version", "basis", "read", "earlier", "later")
"""The fields that say what a table is."""

FACTS = tuple(field.name for field in fields(Release) if field.name not in ABOUT)
"""The fields that the mechanism reads."""


_5_14 = Release(
    name="5.14",
    version="5.14-rc5",
    basis="the source of 5.14-rc5, which was never run",
    read=None,
    earlier=(),
    later=(),
    gso_length_limit="none",
    has_gso_ipv4_max_size=False,
    udp_l4_needs_csum=False,
    xmit_down_errno=errno.ENETDOWN,
    bad_gso_header_einval=False,
    tcp_min_gso_size=1,
    netif_rx_disables_bh=False,
    xmit_calls_netif_rx="netif_rx",
    noop_counts_drop=False,
    mac_same_skips_ndo=False,
    otherhost_counter=False,
    backlog_down_softnet=True,
    udp_max_segments=64,
    udp_gso_counts_payload=False,
    udp_gso_fits_payload=False,
    udp_gso_too_long=errno.EINVAL,
    udp_gso_needs_partial=True,
    udp_gso_whole_without_sum=True,
    sysctl_mem_max=212992,
    udp_rcvbuf_strict=False,
    udp_hash4=False,
    ip6_mtu_limited=True,
    udp6_mtu_limited=False,
    packet_page_order=0,
    virtio_udp_l4=False,
    virtio_csum_start_checked=False,
    tap_tells_gso_tcp=False,
    skb_small_head=0,
    max_header=80,
    ipv6_mip6=True,
    ip_counts_transmits=False,
    lo_name_assign_type=0,
    netdev_state=(),
    lstats_owner="driver",
    core_stats_percpu=False,
    for_each_cpu="cpumask_next",
    has_tso_max_size=False,
    mangleid_features=False,
    blackhole_neigh=False,
    rename_while_up=False,
    has_pre_uninit=False,
    own_netns_is_no_move=False,
    kernel_lo_proto=0,
)

# ip6_mtu_limited: 5.15 lost the limit when ip6_mtu became ip6_dst_mtu_maybe_forward (427faee167bc),
# and all series got it back in the autumn of 2026. udp_gso_counts_payload: for IPv4 it was 5.15.8.
_5_15 = replace(
    _5_14,
    name="5.15",
    version="5.15.222",
    basis="the patches and commits of the series up to 5.15.222, which was never run",
    read=(
        "gso_length_limit",
        "xmit_down_errno",
        "tcp_min_gso_size",
        "udp_max_segments",
        "udp_gso_counts_payload",
        "udp_gso_fits_payload",
        "udp_gso_too_long",
        "ip6_mtu_limited",
        "lo_name_assign_type",
        "blackhole_neigh",
    ),
    earlier=(
        Earlier("udp_gso_counts_payload", False, 13),
        Earlier("lo_name_assign_type", 0, 85),
        Earlier("gso_length_limit", "none", 146),
        Earlier("udp_max_segments", 64, 167),
        Earlier("udp_gso_fits_payload", False, 179),
        Earlier("udp_gso_too_long", errno.EINVAL, 179),
        Earlier("blackhole_neigh", False, 179),
        Earlier("xmit_down_errno", errno.ENETDOWN, 202),
        Earlier("tcp_min_gso_size", 1, 221),
        Earlier("ip6_mtu_limited", False, 222),
    ),
    gso_length_limit="device",
    xmit_down_errno=errno.ENOMEM,
    tcp_min_gso_size=8,
    udp_max_segments=128,
    udp_gso_counts_payload=True,
    udp_gso_fits_payload=True,
    udp_gso_too_long=errno.EMSGSIZE,
    lo_name_assign_type=2,
    blackhole_neigh=True,
)
_6_1 = replace(
    _5_15,
    name="6.1",
    version="6.1.192",
    basis="recordings of Debian's 6.1.192 and its source",
    read=None,
    earlier=(
        Earlier("gso_length_limit", "none", 70),
        Earlier("udp_max_segments", 64, 107),
        Earlier("udp_gso_fits_payload", False, 129),
        Earlier("udp_gso_too_long", errno.EINVAL, 129),
        Earlier("blackhole_neigh", False, 130),
        Earlier("xmit_down_errno", errno.ENETDOWN, 165),
        Earlier("tcp_min_gso_size", 1, 188),
        Earlier("ip6_mtu_limited", False, 189),
    ),
    netif_rx_disables_bh=True,
    xmit_calls_netif_rx="__netif_rx",
    otherhost_counter=True,
    core_stats_percpu=True,
    for_each_cpu="for_each_set_bit",
    has_tso_max_size=True,
    kernel_lo_proto=1,
)
# net/core/dev.c was read in a tree of 6.6.y with OpenWrt's patches, which touch UDP and not these.
_6_6 = replace(
    _6_1,
    name="6.6",
    version="6.6.158",
    basis="the patches and commits of the series up to 6.6.158, which was never run",
    read=(
        "gso_length_limit",
        "xmit_down_errno",
        "bad_gso_header_einval",
        "tcp_min_gso_size",
        "netif_rx_disables_bh",
        "otherhost_counter",
        "backlog_down_softnet",
        "udp_max_segments",
        "udp_gso_fits_payload",
        "udp_gso_too_long",
        "ip6_mtu_limited",
        "udp6_mtu_limited",
        "virtio_csum_start_checked",
        "ip_counts_transmits",
        "core_stats_percpu",
        "mangleid_features",
        "blackhole_neigh",
        "has_pre_uninit",
    ),
    earlier=(
        Earlier("gso_length_limit", "none", 9),
        Earlier("ip_counts_transmits", False, 24),
        Earlier("udp_max_segments", 64, 29),
        Earlier("gso_length_limit", "device", 55),
        Earlier("virtio_csum_start_checked", False, 55),
        Earlier("udp_gso_fits_payload", False, 78),
        Earlier("udp_gso_too_long", errno.EINVAL, 78),
        Earlier("blackhole_neigh", False, 81),
        Earlier("xmit_down_errno", errno.ENETDOWN, 128),
        Earlier("tcp_min_gso_size", 1, 157),
        Earlier("ip6_mtu_limited", False, 158),
        Earlier("udp6_mtu_limited", False, 158),
    ),
    gso_length_limit="family",
    has_gso_ipv4_max_size=True,
    mac_same_skips_ndo=True,
    udp6_mtu_limited=True,
    packet_page_order=3,
    virtio_udp_l4=True,
    virtio_csum_start_checked=True,
    tap_tells_gso_tcp=True,
    skb_small_head=640,
    ip_counts_transmits=True,
    rename_while_up=True,
    has_pre_uninit=True,
)
_6_12 = replace(
    _6_6,
    name="6.12",
    version="6.12.117",
    basis="recordings of Debian's 6.12.117 and its source",
    read=None,
    earlier=(
        Earlier("udp_gso_fits_payload", False, 14),
        Earlier("udp_gso_too_long", errno.EINVAL, 14),
        Earlier("blackhole_neigh", False, 18),
        Earlier("xmit_down_errno", errno.ENETDOWN, 75),
        Earlier("mangleid_features", False, 81),
        Earlier("tcp_min_gso_size", 1, 110),
        Earlier("ip6_mtu_limited", False, 111),
        Earlier("udp6_mtu_limited", False, 111),
        Earlier("bad_gso_header_einval", False, 114),
    ),
    udp_l4_needs_csum=True,
    bad_gso_header_einval=True,
    noop_counts_drop=True,
    backlog_down_softnet=False,
    udp_gso_needs_partial=False,
    udp_gso_whole_without_sum=False,
    netdev_state=("ethtool_netdev_state",),
    lstats_owner="core",
    mangleid_features=True,
)
_6_18 = replace(
    _6_12,
    name="6.18",
    version="6.18.44",
    basis="recordings of 6.18.44, whose source was not read",
    read=None,
    earlier=(
        Earlier("mangleid_features", False, 22),
        Earlier("xmit_down_errno", errno.ENETDOWN, None),
    ),
    later=(
        Later("tcp_min_gso_size", 8, 52),
        Later("ip6_mtu_limited", True, 53),
        Later("udp6_mtu_limited", True, 53),
    ),
    netdev_state=("ethtool_netdev_state", "netdev_config", "napi_config"),
    own_netns_is_no_move=True,
    bad_gso_header_einval=False,
    tcp_min_gso_size=1,
    sysctl_mem_max=4 << 20,
    udp_rcvbuf_strict=True,
    udp_hash4=True,
    ip6_mtu_limited=False,
    udp6_mtu_limited=False,
    skb_small_head=576,
    max_header=32,
    ipv6_mip6=False,
)

RELEASES = {release.name: release for release in (_5_14, _5_15, _6_1, _6_6, _6_12, _6_18)}
"""The tables, the oldest first."""


def release_named(name: str) -> Release:
    """The release called ``name``; ValueError names the ones there are."""
    try:
        return RELEASES[name]
    except KeyError:
        known = ", ".join(RELEASES)
        raise ValueError(f"release {name!r} is not known; the model has {known}") from None


@dataclass(frozen=True)
class Choice:
    """Which table stands for a kernel, and how sure that is."""

    release: str
    exactness: str
    """"same": the very version that the table was made from. "series": another patch level of it.
    "build": a distribution's or somebody's own build, whose patches its name does not tell. "none":
    there is no table of that series, and this is the nearest older one, or the oldest."""
    remark: str
    """One sentence about it, with neither capital nor full stop."""


def release_of(uname: str) -> Choice:
    """The table for a kernel that calls itself ``uname`` (``uname -r``: "6.1.0-32-amd64").

    Debian's "6.1.0-32", Ubuntu's "5.15.0-91" and Red Hat's "5.14.0-427.el9" are names of an ABI:
    the 0 is no patch level, and what is in such a kernel its name does not say. ValueError for a
    text that begins with no version.
    """
    *series, patch = version_of(uname)
    release = RELEASES[_nearest(series)]
    if series != _series(release.name):
        return _no_table(release, series, uname)
    table = f"the table of {release.name} rests on {release.basis}"
    if uname == release.version:
        return Choice(release.name, "same", f"{table}: this very version")
    if not _build(uname):
        about = _about_patch_level(release, uname, patch)
        return Choice(release.name, "series", f"{table}; {about}")
    about = _about_patch_level(release, uname, patch) if patch else _about_abi(release, uname)
    return Choice(release.name, "build", f"{table}; {about}; its builder may have patched more")


_VERSION = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?")


def version_of(uname: str) -> list[int]:
    """The three numbers that a kernel's name begins with, 0 for a missing third. ValueError."""
    found = _VERSION.match(uname)
    if found is None:
        raise ValueError(f"{uname!r} is no kernel's version; expected one as 6.12.117 or 5.15.0-91")
    return [int(number or 0) for number in found.groups()]


def _build(uname: str) -> str:
    """What a builder added to the version: "-427.el9"; not the mark of a candidate, "-rc1+"."""
    return re.sub(r"^-rc\d+", "", _VERSION.sub("", uname, count=1)).strip("+")


def _no_table(release: Release, series: list[int], uname: str) -> Choice:
    which = "nearest older one is" if _series(release.name) < series else "oldest one is"
    text = f"there is no table of Linux {uname}; the {which} that of {release.name}"
    return Choice(release.name, "none", f"{text}, which rests on {release.basis}")


def _about_patch_level(release: Release, uname: str, patch: int) -> str:
    if differs := release.differs(patch):
        return f"{uname} differs in {', '.join(differs)}"
    if patch == release.patch:
        return f"{uname} has the very patch level"
    if patch > release.patch:
        return f"{uname} is newer, and what updates changed since is not in it"
    return f"no difference of {uname} is known"


def _about_abi(release: Release, uname: str) -> str:
    text = f"the patch level of {uname} is not in its name"
    differs = release.differs(0)
    return f"{text}, and {', '.join(differs)} depend on it" if differs else text


def _series(name: str) -> list[int]:
    return version_of(name)[:2]


def _nearest(series: list[int]) -> str:
    """The newest release that is not newer than ``series``; the oldest where all are."""
    not_newer = [name for name in RELEASES if _series(name) <= series]
    return max(not_newer, key=_series) if not_newer else min(RELEASES, key=_series)
