"""What differs from one kernel release to the next, as data.

The mechanism reads these fields; no function asks for a version number. "5.14" is the text that the
annotation quotes. 6.1 and 6.12 are Debian's 6.1.192 and 6.12.117, with what the stable line took
over from later kernels; 6.18 is 6.18.44. These three were recorded running, and a test compares.
"""

from __future__ import annotations

import errno
import re
from dataclasses import dataclass, replace

from lomodel.linux.include.linux.netdev_features import NetdevFeatures, netdev_features


@dataclass(frozen=True)
class Backport:
    """A field that a stable update changed within a series: its first release has another value."""

    field: str
    first: object
    """The field's value in the first release of the series (6.1.0, say)."""
    since: int | None
    """The patch level that has the release's own value; None where it is not known which."""


@dataclass(frozen=True)
class Release:
    """The facts about one release that the model's mechanism depends on."""

    name: str
    version: str
    """The kernel whose facts these are, to the patch level: "6.1.192"."""
    rests_on: str
    """What the facts were taken from, in a sentence's end: "recorded on 6.18.44"."""
    backports: tuple[Backport, ...]
    """What earlier patch levels of the series have otherwise, as far as it is known."""
    gso_length_limit: str
    """What ``gso_features_check`` compares skb->len with: "none", "device" (gso_max_size for both
    families) or "family" (gso_ipv4_max_size unless the packet is IPv6)."""
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
    udp_gso_limit: str
    """What ``udp_send_skb`` compares with the limits: "segment" (gso_size, and skb->len for the
    number of segments) or "payload" (the shorter of gso_size and payload, and the payload)."""
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
    ip6_mtu_limited: bool
    """Whether an IPv6 route's MTU is at most 65575 (IP6_MAX_MTU), whatever the device's. Where it
    is not, a socket that forbids fragments sends packets that no length field can describe."""
    udp6_mtu_limited: bool
    """Whether ``ip6_setup_cork`` keeps UDP within 65575 bytes whatever the MTU says (a
    backport)."""
    packet_page_order: int
    """How many pages (2**order) a fragment of a packet socket's frame may have. Above 0 (6.6) what
    17 fragments cannot hold goes to the packet's head; with 0 such a frame is EMSGSIZE."""
    skb_small_head: int
    """The size of the cache for small packet heads, in bytes; 0 where there is none (before 6.3).
    It depends on MAX_TCP_HEADER, so on the kernel's configuration: with a Hyper-V, Wi-Fi mesh or
    AX.25 driver in it heads are longer. 6.12 is Debian's (640), 6.18 a kernel without those."""

    lo_name_assign_type: int
    """What lo's name counts as: NET_NAME_UNKNOWN (0) or NET_NAME_PREDICTABLE (2)."""
    lstats_owner: str
    """Who allocates and frees lo's per-CPU counters: the "driver" or the "core"."""
    core_stats_percpu: bool
    """Whether the core's drop counters are per CPU (5.18), or atomic ones in the device."""
    for_each_cpu: str
    """How the loop over a cpumask steps: "cpumask_next" or "for_each_set_bit"."""
    has_tso_max_size: bool
    """Whether gen_lo_setup ends with netif_set_tso_max_size (6.0)."""
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


_5_14 = Release(
    name="5.14",
    version="5.14-rc5",
    rests_on="read in the source of 5.14-rc5; never run",
    backports=(),
    gso_length_limit="none",
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
    udp_gso_limit="segment",
    udp_gso_too_long=errno.EINVAL,
    udp_gso_needs_partial=True,
    udp_gso_whole_without_sum=True,
    sysctl_mem_max=212992,
    udp_rcvbuf_strict=False,
    ip6_mtu_limited=True,
    udp6_mtu_limited=False,
    packet_page_order=0,
    skb_small_head=0,
    lo_name_assign_type=0,
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
_6_1 = replace(
    _5_14,
    name="6.1",
    version="6.1.192",
    rests_on="recorded on Debian's 6.1.192 and read in its source",
    backports=(Backport("udp_max_segments", 64, None),),
    gso_length_limit="device",
    xmit_down_errno=errno.ENOMEM,
    tcp_min_gso_size=8,
    netif_rx_disables_bh=True,
    xmit_calls_netif_rx="__netif_rx",
    otherhost_counter=True,
    udp_max_segments=128,
    udp_gso_limit="payload",
    udp_gso_too_long=errno.EMSGSIZE,
    lo_name_assign_type=2,
    core_stats_percpu=True,
    for_each_cpu="for_each_set_bit",
    has_tso_max_size=True,
    blackhole_neigh=True,
    kernel_lo_proto=1,
)
_6_12 = replace(
    _6_1,
    name="6.12",
    version="6.12.117",
    rests_on="recorded on Debian's 6.12.117 and read in its source",
    backports=(),
    gso_length_limit="family",
    udp_l4_needs_csum=True,
    bad_gso_header_einval=True,
    noop_counts_drop=True,
    mac_same_skips_ndo=True,
    backlog_down_softnet=False,
    udp_gso_needs_partial=False,
    udp_gso_whole_without_sum=False,
    udp6_mtu_limited=True,
    packet_page_order=3,
    skb_small_head=640,
    lstats_owner="core",
    mangleid_features=True,
    rename_while_up=True,
    has_pre_uninit=True,
)
_6_18 = replace(
    _6_12,
    name="6.18",
    version="6.18.44",
    rests_on="recorded on 6.18.44; its source was not read",
    backports=(),
    own_netns_is_no_move=True,
    tcp_min_gso_size=1,
    sysctl_mem_max=4 << 20,
    udp_rcvbuf_strict=True,
    ip6_mtu_limited=False,
    udp6_mtu_limited=False,
    skb_small_head=576,
)

RELEASES = {release.name: release for release in (_5_14, _6_1, _6_12, _6_18)}


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
    """"same" (the very version that the table was made from), "series" (another patch level of it),
    "distribution" (a distribution's kernel, whose patches its name does not tell) or "none" (no
    table of that series: the nearest older one, or the oldest)."""
    remark: str
    """One sentence about it, without a full stop at its end."""


def release_of(uname: str) -> Choice:
    """The table for a kernel that calls itself ``uname`` (``uname -r``: "6.1.0-32-amd64")."""
    series, patch = _version_of(uname)
    release = RELEASES[_nearest(series)]
    exactness = _exactness(release, series, patch, uname)
    return Choice(release.name, exactness, _remark(release, exactness, patch, uname))


def _version_of(uname: str) -> tuple[tuple[int, int], int | None]:
    """The series and the patch level that a kernel's name begins with."""
    found = re.match(r"(\d+)\.(\d+)(?:\.(\d+))?", uname)
    if found is None:
        raise ValueError(f"{uname!r} is no kernel's version; expected one as 6.12.117 or 5.15.0-91")
    major, minor, patch = found.groups()
    return (int(major), int(minor)), None if patch is None else int(patch)


def _series(name: str) -> tuple[int, int]:
    return _version_of(name)[0]


def _nearest(series: tuple[int, int]) -> str:
    """The newest release that is not newer than ``series``; the oldest where all are."""
    not_newer = [name for name in RELEASES if _series(name) <= series]
    return max(not_newer, key=_series) if not_newer else min(RELEASES, key=_series)


def _exactness(release: Release, series: tuple[int, int], patch: int | None, uname: str) -> str:
    if series != _series(release.name):
        return "none"
    if uname == release.version:
        return "same"
    # Debian's "6.1.0-32-amd64", Ubuntu's "5.15.0-91-generic", RHEL's "5.14.0-427.el9": the 0 is
    # the name of an ABI and says nothing about the patches.
    return "distribution" if re.search(r"^[\d.]+[-+].*[A-Za-z0-9]", uname) else "series"


def _remark(release: Release, exactness: str, patch: int | None, uname: str) -> str:
    table = f"the model's {release.name} was {release.rests_on}"
    match exactness:
        case "same":
            return f"{table}: this very version"
        case "none":
            return f"the model has no table for Linux {uname}; its {release.name} is the nearest older"
        case "distribution":
            return f"{table}; {uname} is a distribution's, whose own patches are not in it"
    early = [each.field for each in release.backports if each.since is None or patch < each.since]
    other = f"; {uname} may differ in {', '.join(early)}" if early and patch is not None else ""
    return f"{table}{other}"


NEWEST = max(RELEASES, key=_series)
"""The newest release that the model has a table for."""
