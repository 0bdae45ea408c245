"""The model's tables against the real sources of Linux 6.1 and 6.12: features, masks, constants.

The headers are read as text: enums are counted, macros are evaluated. Without an unpacked tree the
tests are skipped, and say what would help.

Mutations that turned these red: two bits exchanged in 6.12; a string misspelt; GSO_UDP_L4 left out
of GSO_SOFTWARE; RXCSUM left out of lo's features; a NETDEV_ event missing in the middle; one
constant changed; ``lstats_owner`` of 6.1 set to the core.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from lomodel.linux.drivers.net.loopback import LO_FEATURES
from lomodel.linux.include.linux import netdevice, skbuff
from lomodel.linux.include.linux import netdevice_stats as lstats
from lomodel.linux.include.linux.netdev_features import NetdevFeatures, netdev_features
from lomodel.linux.include.uapi.linux import if_, if_addr, ipv6
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
from lomodel.release import Release, release_named
from tools import kernel_trees

FEATURES = "include/linux/netdev_features.h"


@pytest.fixture(params=kernel_trees.RELEASES)
def release(request: pytest.FixtureRequest) -> Release:
    return release_named(request.param)


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


def test_bits(release: Release, header: Header) -> None:
    bits = {
        name.removeprefix("NETIF_F_").removesuffix("_BIT"): bit
        for name, bit in header.known.items()
        if name.endswith("_BIT")
    }
    assert release.netif_f.bit == bits
    assert header["NETDEV_FEATURE_COUNT"] == 64


def test_strings(release: Release, tree: Path) -> None:
    table = text_of(tree, "net/ethtool/common.c")
    found = re.findall(r'\[NETIF_F_(\w+)_BIT\]\s*=\s*"([^"]+)"', table)
    assert release.netif_f.string == dict(found)


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


def test_release_table(release: Release, tree: Path) -> None:
    driver = text_of(tree, "drivers/net/loopback.c")
    allocates = "netdev_alloc_pcpu_stats" in body_of(
        tree, "drivers/net/loopback.c", "loopback_dev_init"
    )
    assert release.lstats_owner == ("driver" if allocates else "core")
    assert ("NETDEV_PCPU_STAT_LSTATS" in driver) == (release.lstats_owner == "core")
    assert release.has_tso_max_size == ("netif_set_tso_max_size" in driver)
    assert release.blackhole_neigh == ("ndo_neigh_construct" in driver)
    name_type = re.search(r'alloc_netdev\(0, "lo", (\w+)', driver).group(1)
    assert release.lo_name_assign_type == getattr(netdevice, name_type)
    called = re.search(r"(\w*netif_rx)\(skb\)", driver).group(1)
    assert release.xmit_calls_netif_rx == called

    core = text_of(tree, "net/core/dev.c")
    assert release.core_stats_percpu == ("netdev_core_stats_alloc" in core)
    assert release.mangleid_features == ("dev->mangleid_features |=" in core)
    assert release.rename_while_up == (
        "return -EBUSY" not in body_of(tree, "net/core/dev.c", "dev_change_name")
    )
    set_address = body_of(tree, "net/core/dev.c", "dev_set_mac_address")
    assert release.mac_same_skips_ndo == ("memcmp(dev->dev_addr" in set_address)

    udp = body_of(tree, "net/ipv4/udp_offload.c", "__udp_gso_segment")
    before_csum = udp.partition("skb_gso_ok(")[0]
    assert release.udp_gso_whole_without_sum == ("ip_summed != CHECKSUM_PARTIAL" not in before_csum)

    loop = macros(text_of(tree, "include/linux/cpumask.h"))
    defined = next(
        line
        for line in text_of(tree, "include/linux/cpumask.h").split("#define ")
        if line.startswith("for_each_cpu(") and "for_each" in line[13:]
    )
    assert release.for_each_cpu in defined, loop
    addr = body_of(tree, "net/ipv6/addrconf.c", "init_loopback")
    assert release.kernel_lo_proto == int("IFAPROT_KERNEL_LO" in addr)


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
    if member not in text and member == "NETDEV_PCPU_STAT_LSTATS":
        pytest.skip("this release does not allocate statistics in the core")
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
    ("include/uapi/linux/netdevice.h", "MAX_ADDR_LEN", netdevice.MAX_ADDR_LEN),
    (NET, "NET_RX_SUCCESS", netdevice.NET_RX_SUCCESS),
    (NET, "NET_RX_DROP", netdevice.NET_RX_DROP),
    (NET, "GSO_MAX_SEGS", netdevice.GSO_MAX_SEGS),
    (NET, "GSO_LEGACY_MAX_SIZE", netdevice.GSO_LEGACY_MAX_SIZE),
    (NET, "TSO_LEGACY_MAX_SIZE", netdevice.TSO_LEGACY_MAX_SIZE),
    (NET, "XMIT_RECURSION_LIMIT", netdevice.XMIT_RECURSION_LIMIT),
    ("include/uapi/linux/netdevice.h", "NET_NAME_UNKNOWN", netdevice.NET_NAME_UNKNOWN),
    ("include/uapi/linux/netdevice.h", "NET_NAME_PREDICTABLE", netdevice.NET_NAME_PREDICTABLE),
    ("include/uapi/linux/netdevice.h", "NET_NAME_RENAMED", netdevice.NET_NAME_RENAMED),
    ("include/uapi/linux/netdevice.h", "NET_ADDR_PERM", netdevice.NET_ADDR_PERM),
    ("include/uapi/linux/netdevice.h", "NET_ADDR_SET", netdevice.NET_ADDR_SET),
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
