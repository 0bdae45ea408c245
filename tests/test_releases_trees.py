"""The model's tables against the real sources of Linux 6.1 and 6.12: features, masks, constants.

The headers are read as text: enums are counted, macros are evaluated. Without an unpacked tree the
tests are skipped, and say what would help. ``LOMODEL_LINUX_5_15`` and ``LOMODEL_LINUX_6_6`` may
name a tree more, of any patch level; without one nothing is missing.

Mutations that turned these red: two bits exchanged in 6.12; a string misspelt; GSO_UDP_L4 left out
of GSO_SOFTWARE; RXCSUM left out of lo's features; a NETDEV_ event missing in the middle; one
constant changed; ``lstats_owner`` of 6.1 set to the core; a tree of 6.1 that calls itself 5.15.222
(seven facts differ), and one that calls itself 5.15 by its place alone.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lomodel.linux.drivers.net.loopback import LO_FEATURES
from lomodel.linux.include.linux import netdevice, skbuff
from lomodel.linux.include.linux import netdevice_stats as lstats
from lomodel.linux.include.linux.netdev_features import NetdevFeatures, netdev_features
from lomodel.linux.include.uapi.linux import if_, if_addr, ipv6
from lomodel.linux.include.uapi.linux import netdevice as uapi_netdevice
from lomodel.linux.mm.percpu import PCPU_MIN_ALLOC_SIZE
from lomodel.linux.net.core import dev_notifier
from lomodel.linux.net.core.dev_ioctl import (
    SIOCGIFFLAGS,
    SIOCGIFHWADDR,
    SIOCGIFINDEX,
    SIOCGIFMTU,
    SIOCGIFTXQLEN,
    SIOCSIFFLAGS,
    SIOCSIFHWADDR,
    SIOCSIFMTU,
    SIOCSIFNAME,
    SIOCSIFTXQLEN,
)
from lomodel.linux.net.ipv6 import addrconf, ndisc, route
from lomodel.release import FACTS, Release, release_named
from tools import kernel_trees

FEATURES = "include/linux/netdev_features.h"


# A tree of 5.15 or 6.6 is looked at where somebody names one.
FOUND = tuple(filter(kernel_trees.find_tree, kernel_trees.OPTIONAL))
with_optional_trees = pytest.mark.parametrize(
    "release", kernel_trees.RELEASES + FOUND, indirect=True
)


@pytest.fixture(params=kernel_trees.RELEASES)
def release(request: pytest.FixtureRequest) -> Release:
    """A release, as it was at the patch level of the tree that is here."""
    named = release_named(request.param)
    tree = kernel_trees.find_tree(named.name)
    if tree is None:
        return named
    version = kernel_trees.version(tree)
    assert version.startswith(f"{named.name}."), f"{tree} is a tree of {version}"
    return named.at(int(version.rpartition(".")[2]))


@pytest.fixture
def tree(release: Release) -> Path:
    found = kernel_trees.find_tree(release.name)
    if found is None:
        pytest.skip(kernel_trees.how_to_get_one(release.name))
    return found


def text_of(tree: Path, file: str) -> str:
    """A file without its comments."""
    text = "\n".join(kernel_trees.lines_of(tree, file) or ())
    return re.sub(r"/\*.*?\*/|//[^\n]*", " ", text, flags=re.S)


def enum_holding(text: str, member: str) -> dict[str, int]:
    """The values of the enum that ``member`` is in."""
    bodies = re.findall(r"enum\s*\w*\s*\{(.*?)\}", text, flags=re.S)
    body = next(body for body in bodies if re.search(rf"\b{member}\b", body))
    values: dict[str, int] = {}
    following = 0
    for entry in filter(None, map(str.strip, body.split(","))):
        name, _, value = (part.strip() for part in entry.partition("="))
        values[name] = eval(value, {}, values) if value else following
        following = values[name] + 1
    return values


def macros(text: str) -> dict[str, str]:
    """Every macro without parameters, as text."""
    joined = re.sub(r"\\\n", " ", text)
    found = re.findall(r"^#\s*define\s+(\w+)[ \t]+(.+)$", joined, flags=re.M)
    return {name: value.strip() for name, value in found}


class Header:
    """Evaluates a header's macros."""

    def __init__(self, text: str, known: dict[str, int]) -> None:
        self.macros, self.known = macros(text), known

    def __getitem__(self, name: str) -> int:
        if name in self.known:
            return self.known[name]
        value = re.sub(r"\(netdev_features_t\)|(?<=\d)[uUlL]+", "", self.macros[name])
        value = re.sub(r"__NETIF_F\((\w+)\)", r"(1 << NETIF_F_\1_BIT)", value)
        value = re.sub(r"__NETIF_F_BIT\(([^()]*)\)", r"(1 << (\1))", value)
        return eval(value, {}, self)


@pytest.fixture
def header(tree: Path) -> Header:
    text = text_of(tree, FEATURES)
    return Header(text, enum_holding(text, "NETIF_F_SG_BIT"))


# --- features -----------------------------------------------------------------------------------


@with_optional_trees
def test_bits(release: Release, header: Header) -> None:
    bits = {
        name.removeprefix("NETIF_F_").removesuffix("_BIT"): bit
        for name, bit in header.known.items()
        if name.endswith("_BIT")
    }
    assert release.netif_f.bit == bits
    assert header["NETDEV_FEATURE_COUNT"] == 64


@with_optional_trees
def test_strings(release: Release, tree: Path) -> None:
    table = text_of(tree, "net/ethtool/common.c")
    found = re.findall(r'\[NETIF_F_(\w+)_BIT\]\s*=\s*"([^"]+)"', table)
    assert release.netif_f.string == dict(found)


@with_optional_trees
@pytest.mark.parametrize(
    "group",
    [
        "ALL_TSO",
        "GSO_SOFTWARE",
        "GSO_MASK",
        "NEVER_CHANGE",
        "ETHTOOL_BITS",
        "CSUM_MASK",
        "SOFT_FEATURES",
        "SOFT_FEATURES_OFF",
        "ONE_FOR_ALL",
        "ALL_FOR_ALL",
        "UPPER_DISABLES",
    ],
)
def test_groups(release: Release, header: Header, group: str) -> None:
    assert hex(getattr(release.netif_f, group)) == hex(header[f"NETIF_F_{group}"])


def test_a_bit_without_a_name_is_in_no_table() -> None:
    table: NetdevFeatures = netdev_features("6.12")
    assert table.LLTX == table.NETNS_LOCAL == table.GSO_ACCECN == 0
    with pytest.raises(AttributeError):
        _ = table.NO_SUCH_FEATURE


def driver_list(text: str, field: str) -> set[str]:
    """The NETIF_F_ names that the driver assigns to a field."""
    assigned = re.search(rf"dev->{field}\s*=([^;]*);", text).group(1)
    return set(re.findall(r"NETIF_F_(\w+)", assigned))


@with_optional_trees
def test_los_features(release: Release, tree: Path) -> None:
    text = text_of(tree, "drivers/net/loopback.c")
    have = {name for name in LO_FEATURES if getattr(release.netif_f, name)}
    assert driver_list(text, "features") == have | {"GSO_SOFTWARE"}
    assert driver_list(text, "hw_features") == {"GSO_SOFTWARE"}
    assert ("dev->lltx" in text) == (not release.netif_f.LLTX)


# --- what the release table says ----------------------------------------------------------------


def body_of(tree: Path, file: str, function: str) -> str:
    """The text of a function, from its name to the closing brace in the first column."""
    text = text_of(tree, file)
    start = re.search(rf"^[\w].*\b{function}\([^;{{]*\)\s*\{{", text, flags=re.M).start()
    return text[start : text.index("\n}", start)]


DRIVER, DEV, UDP = "drivers/net/loopback.c", "net/core/dev.c", "net/ipv4/udp.c"
VIRTIO, ROUTE6 = "include/linux/virtio_net.h", "include/net/ip6_route.h"


def has(file: str, text: str) -> Callable[[Path], bool]:
    return lambda tree: text in text_of(tree, file)


def does(file: str, function: str, text: str) -> Callable[[Path], bool]:
    return lambda tree: text in body_of(tree, file, function)


def either(asked: Callable[[Path], bool], yes: Any, no: Any) -> Callable[[Path], Any]:
    return lambda tree: yes if asked(tree) else no


def length_limit(tree: Path) -> str:
    body = body_of(tree, DEV, "gso_features_check")
    if "netif_get_gso_max_size" in body:
        return "family"
    return "device" if "gso_max_size" in body else "none"


def name_type(tree: Path) -> int:
    found = re.search(r'alloc_netdev\(0, "lo", (\w+)', text_of(tree, DRIVER))
    return getattr(uapi_netdevice, found.group(1))


def max_segments(tree: Path) -> int:
    return Header(text_of(tree, "include/linux/udp.h"), {})["UDP_MAX_SEGMENTS"]


def called_by_xmit(tree: Path) -> str:
    return re.search(r"(\w*netif_rx)\(skb\)", text_of(tree, DRIVER)).group(1)


def errno_of_a_device_that_is_down(tree: Path) -> int:
    """The assignment behind the noqueue branch, where it is the function's own."""
    body = body_of(tree, DEV, "__dev_queue_xmit")
    return errno.ENETDOWN if re.search(r"^\trc = -ENETDOWN;", body, flags=re.M) else errno.ENOMEM


def limits_ipv6_mtu(tree: Path) -> bool:
    body = body_of(tree, "net/ipv6/route.c", "ip6_mtu")
    if "ip6_dst_mtu_maybe_forward" in body:
        body = body_of(tree, ROUTE6, "ip6_dst_mtu_maybe_forward")
    return "IP6_MAX_MTU" in body


def step_of_for_each_cpu(tree: Path) -> str:
    defined = next(
        line
        for line in text_of(tree, "include/linux/cpumask.h").split("#define ")
        if line.startswith("for_each_cpu(") and re.search("for_each|cpumask_next", line[13:])
    )
    return "for_each_set_bit" if "for_each_set_bit" in defined else "cpumask_next"


def refuses_bad_headers(tree: Path) -> bool:
    return "return -EINVAL" in body_of(tree, DEV, "__dev_queue_xmit")


def hands_back_whole(tree: Path) -> bool:
    before = body_of(tree, "net/ipv4/udp_offload.c", "__udp_gso_segment").partition("skb_gso_ok(")
    return "ip_summed != CHECKSUM_PARTIAL" not in before[0]


def state_of_a_device(tree: Path) -> tuple[str, ...]:
    """What alloc_netdev_mqs allocates for members of the device besides its queues."""
    members = re.findall(r"dev->(\w+) = kv?zalloc\(", body_of(tree, DEV, "alloc_netdev_mqs"))
    structs = {"ethtool": "ethtool_netdev_state", "cfg": "netdev_config"}
    return tuple(structs.get(member, member) for member in members)


# Each fact, and how a tree says it.
FROM_SOURCE: dict[str, Callable[[Path], Any]] = {
    "gso_length_limit": length_limit,
    "has_gso_ipv4_max_size": has("include/linux/netdevice.h", "gso_ipv4_max_size"),
    "udp_l4_needs_csum": does(DEV, "netdev_fix_features", "NETIF_F_GSO_UDP_L4"),
    "xmit_down_errno": errno_of_a_device_that_is_down,
    "bad_gso_header_einval": refuses_bad_headers,
    "tcp_min_gso_size": either(has(VIRTIO, "max(gso_size, TCP_MIN_GSO_SIZE)"), 8, 1),
    "netif_rx_disables_bh": does(DEV, "netif_rx", "local_bh_disable"),
    "xmit_calls_netif_rx": called_by_xmit,
    "noop_counts_drop": does("net/sched/sch_generic.c", "noop_enqueue", "tx_dropped_inc"),
    "mac_same_skips_ndo": does(DEV, "dev_set_mac_address", "memcmp(dev->dev_addr"),
    "otherhost_counter": has("net/ipv4/ip_input.c", "rx_otherhost_dropped_inc"),
    "backlog_down_softnet": lambda tree: "bad_dev" not in body_of(tree, DEV, "enqueue_to_backlog"),
    "udp_max_segments": max_segments,
    "udp_gso_counts_payload": does(UDP, "udp_send_skb", "datalen > cork->gso_size * UDP_MAX"),
    "udp_gso_fits_payload": does(UDP, "udp_send_skb", "hlen + min(datalen, cork->gso_size)"),
    "udp_gso_too_long": either(
        does(UDP, "udp_send_skb", "-EMSGSIZE"), errno.EMSGSIZE, errno.EINVAL
    ),
    "udp_gso_needs_partial": does(UDP, "udp_send_skb", "skb->ip_summed != CHECKSUM_PARTIAL ||"),
    "udp_gso_whole_without_sum": hands_back_whole,
    "udp_hash4": has("net/ipv4/udp.c", "udp_lib_hash4"),
    "ip6_mtu_limited": limits_ipv6_mtu,
    "udp6_mtu_limited": does("net/ipv6/ip6_output.c", "ip6_setup_cork", "IP6_MAX_MTU"),
    "packet_page_order": either(has("net/packet/af_packet.c", "PAGE_ALLOC_COSTLY_ORDER"), 3, 0),
    "virtio_udp_l4": has(VIRTIO, "VIRTIO_NET_HDR_GSO_UDP_L4"),
    "virtio_csum_start_checked": has(VIRTIO, "skb_transport_offset(skb) < nh_min_len"),
    "tap_tells_gso_tcp": does("net/packet/af_packet.c", "packet_recvmsg", "TP_STATUS_GSO_TCP"),
    "ip_counts_transmits": has("net/ipv4/proc.c", "OutTransmits"),
    "lo_name_assign_type": name_type,
    "netdev_state": state_of_a_device,
    "lstats_owner": either(has(DRIVER, "netdev_alloc_pcpu_stats"), "driver", "core"),
    "core_stats_percpu": has(DEV, "netdev_core_stats_alloc"),
    "for_each_cpu": step_of_for_each_cpu,
    "has_tso_max_size": has(DRIVER, "netif_set_tso_max_size"),
    "mangleid_features": has(DEV, "dev->mangleid_features |="),
    "blackhole_neigh": has(DRIVER, "ndo_neigh_construct"),
    "rename_while_up": lambda tree: "return -EBUSY" not in body_of(tree, DEV, "dev_change_name"),
    "has_pre_uninit": has("include/linux/netdevice.h", "NETDEV_PRE_UNINIT"),
    "kernel_lo_proto": either(
        does("net/ipv6/addrconf.c", "init_loopback", "IFAPROT_KERNEL_LO"), 1, 0
    ),
}
# What depends on the configuration or on code that has another shape in each release; the recorded
# kernels say it.
NOT_FROM_SOURCE = {
    "sysctl_mem_max",
    "udp_rcvbuf_strict",
    "skb_small_head",
    "max_header",
    "ipv6_mip6",
    "own_netns_is_no_move",
}


@with_optional_trees
@pytest.mark.parametrize("fact", FROM_SOURCE)
def test_fact(release: Release, tree: Path, fact: str) -> None:
    assert getattr(release, fact) == FROM_SOURCE[fact](tree)


def test_every_fact_is_read_or_said_not_to_be() -> None:
    assert set(FROM_SOURCE) | NOT_FROM_SOURCE == set(FACTS)
    assert not set(FROM_SOURCE) & NOT_FROM_SOURCE


@with_optional_trees
def test_small_heads(release: Release, tree: Path) -> None:
    """Whether there is a cache for them; its size is the configuration's."""
    cache = "SKB_SMALL_HEAD_SIZE" in text_of(tree, "net/core/skbuff.c")
    assert bool(release.skb_small_head) == cache


# --- constants ----------------------------------------------------------------------------------


def test_netdev_events(release: Release, tree: Path) -> None:
    """The model numbers events as 6.12 does; earlier releases lack some, and the order is the
    same."""
    values = enum_holding(text_of(tree, "include/linux/netdevice.h"), "NETDEV_UP")
    ours = [f"NETDEV_{name}" for name in dev_notifier.EVENTS]
    if release.has_pre_uninit:
        assert ours == list(values)[: len(ours)]
        numbers = {name: n for name, n in vars(netdevice).items() if name in values}
        assert numbers == {name: values[name] for name in numbers}
    else:
        ours.remove("NETDEV_PRE_UNINIT")
        assert ours == list(values)[: len(ours)]


@pytest.mark.parametrize(
    ("file", "member", "module", "prefix"),
    [
        ("include/uapi/linux/if.h", "IFF_UP", if_, "IFF_"),
        ("include/linux/skbuff.h", "SKB_GSO_TCPV4", skbuff, "SKB_GSO_"),
        ("include/linux/netdevice.h", "NETREG_REGISTERED", netdevice, "NETREG_"),
        ("include/linux/netdevice.h", "NETDEV_PCPU_STAT_LSTATS", lstats, "NETDEV_PCPU_STAT_"),
    ],
)
def test_enums(tree: Path, file: str, member: str, module: object, prefix: str) -> None:
    text = text_of(tree, file)
    values = enum_holding(text, member)
    ours = {
        name: value
        for name, value in vars(module).items()
        if name.startswith(prefix) and name in values
    }
    assert len(ours) >= 2
    assert ours == {name: values[name] for name in ours}


def test_private_flags(tree: Path) -> None:
    text = text_of(tree, "include/linux/netdevice.h")
    text = re.sub(r"BIT_ULL\((\w+)\)", r"1 << \1", text)
    values = enum_holding(text, "IFF_LIVE_ADDR_CHANGE")
    for name in (
        "IFF_XMIT_DST_RELEASE",
        "IFF_LIVE_ADDR_CHANGE",
        "IFF_XMIT_DST_RELEASE_PERM",
        "IFF_NO_QUEUE",
    ):
        value = values.get(name)
        if value is None:
            value = 1 << values[f"{name}_BIT"]
        assert getattr(netdevice, name) == value, name


# Constants of the model, with the headers that define them.
NET = "include/linux/netdevice.h"
CONSTANTS = [
    ("include/uapi/linux/if.h", "IFNAMSIZ", if_.IFNAMSIZ),
    ("include/uapi/linux/netdevice.h", "MAX_ADDR_LEN", uapi_netdevice.MAX_ADDR_LEN),
    (NET, "NET_RX_SUCCESS", netdevice.NET_RX_SUCCESS),
    (NET, "NET_RX_DROP", netdevice.NET_RX_DROP),
    (NET, "GSO_MAX_SEGS", netdevice.GSO_MAX_SEGS),
    (NET, "GSO_LEGACY_MAX_SIZE", netdevice.GSO_LEGACY_MAX_SIZE),
    (NET, "TSO_LEGACY_MAX_SIZE", netdevice.TSO_LEGACY_MAX_SIZE),
    (NET, "XMIT_RECURSION_LIMIT", netdevice.XMIT_RECURSION_LIMIT),
    ("include/uapi/linux/netdevice.h", "NET_NAME_UNKNOWN", uapi_netdevice.NET_NAME_UNKNOWN),
    ("include/uapi/linux/netdevice.h", "NET_NAME_PREDICTABLE", uapi_netdevice.NET_NAME_PREDICTABLE),
    ("include/uapi/linux/netdevice.h", "NET_NAME_RENAMED", uapi_netdevice.NET_NAME_RENAMED),
    ("include/uapi/linux/netdevice.h", "NET_ADDR_PERM", uapi_netdevice.NET_ADDR_PERM),
    ("include/uapi/linux/netdevice.h", "NET_ADDR_SET", uapi_netdevice.NET_ADDR_SET),
    ("include/net/addrconf.h", "ADDRCONF_NOTIFY_PRIORITY", addrconf.ADDRCONF_NOTIFY_PRIORITY),
    ("include/linux/notifier.h", "NOTIFY_OK", 1),
    ("include/uapi/linux/ipv6.h", "IPV6_MIN_MTU", ipv6.IPV6_MIN_MTU),
    ("include/net/ipv6.h", "IPV6_ADDR_LOOPBACK", addrconf.IFA_HOST),
    ("include/uapi/linux/if_addr.h", "IFA_F_PERMANENT", if_addr.IFA_F_PERMANENT),
    ("include/uapi/linux/if_addr.h", "IFA_F_TENTATIVE", if_addr.IFA_F_TENTATIVE),
    ("include/uapi/linux/if_addr.h", "IFA_F_SECONDARY", if_addr.IFA_F_SECONDARY),
    ("include/uapi/linux/if_addr.h", "IFAPROT_KERNEL_LO", if_addr.IFAPROT_KERNEL_LO),
    ("include/uapi/linux/if_arp.h", "ARPHRD_LOOPBACK", 772),
    ("include/net/if_inet6.h", "IF_READY", addrconf.IF_READY),
    ("include/uapi/linux/sockios.h", "SIOCGIFFLAGS", SIOCGIFFLAGS),
    ("include/uapi/linux/sockios.h", "SIOCSIFFLAGS", SIOCSIFFLAGS),
    ("include/uapi/linux/sockios.h", "SIOCGIFMTU", SIOCGIFMTU),
    ("include/uapi/linux/sockios.h", "SIOCSIFMTU", SIOCSIFMTU),
    ("include/uapi/linux/sockios.h", "SIOCSIFNAME", SIOCSIFNAME),
    ("include/uapi/linux/sockios.h", "SIOCSIFHWADDR", SIOCSIFHWADDR),
    ("include/uapi/linux/sockios.h", "SIOCGIFHWADDR", SIOCGIFHWADDR),
    ("include/uapi/linux/sockios.h", "SIOCGIFINDEX", SIOCGIFINDEX),
    ("include/uapi/linux/sockios.h", "SIOCGIFTXQLEN", SIOCGIFTXQLEN),
    ("include/uapi/linux/sockios.h", "SIOCSIFTXQLEN", SIOCSIFTXQLEN),
]


@pytest.mark.parametrize(("file", "name", "value"), CONSTANTS, ids=lambda value: str(value))
def test_constants(tree: Path, file: str, name: str, value: int) -> None:
    text = text_of(tree, file)
    known = {"ETH_MIN_MTU": 68}
    if not re.search(rf"#\s*define\s+{name}\b", text):
        known = enum_holding(text, name)
    assert Header(text, known)[name] == value


def test_notifier_priorities(tree: Path) -> None:
    for file, block in (
        ("net/ipv6/ndisc.c", ndisc.ndisc_netdev_notifier),
        ("net/ipv6/route.c", route.ip6_route_dev_notifier),
    ):
        pattern = r"\.priority\s*=\s*ADDRCONF_NOTIFY_PRIORITY\s*-\s*(\d+)"
        assert block.priority == -int(re.search(pattern, text_of(tree, file)).group(1)), file


def test_percpu_minimum(tree: Path) -> None:
    header = Header(text_of(tree, "include/linux/percpu.h"), {})
    assert header["PCPU_MIN_ALLOC_SIZE"] == PCPU_MIN_ALLOC_SIZE
