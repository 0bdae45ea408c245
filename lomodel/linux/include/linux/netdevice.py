"""include/linux/netdevice.h: struct net_device, its operations tables, and the inline functions
that decide whether a packet has to be cut.

Left out: queues beyond the one that lo has, qdisc trees, XDP, upper and lower devices, PHYs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lomodel import trace
from lomodel.linux.include.linux.netdev_features import NETIF_F_GSO_SHIFT, NetdevFeatures
from lomodel.linux.include.linux.skbuff import CHECKSUM_PARTIAL, CHECKSUM_UNNECESSARY, SkBuff
from lomodel.linux.include.linux.stddef import NULL
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.linux.include.linux.inetdevice import InDevice
    from lomodel.linux.include.linux.netdevice_stats import (
        NetDevCoreStats,
        PcpuLstats,
        RtnlLinkStats64,
    )
    from lomodel.linux.include.net.if_inet6 import Inet6Dev
    from lomodel.linux.mm.percpu import PerCpu
    from lomodel.linux.net.core.neighbour import HhCache, Neighbour
    from lomodel.linux.net.core.net_namespace import Net
    from lomodel.linux.net.sched.sch_generic import Qdisc
    from lomodel.machine import Machine

kernel_function = kernel_file("include/linux/netdevice.h")


HH_DATA_MOD = 16
"""Hardware headers are kept in multiples of 16 bytes."""

NETDEV_UP = 1
NETDEV_DOWN = 2
NETDEV_CHANGE = 4
NETDEV_REGISTER = 5
NETDEV_UNREGISTER = 6
NETDEV_CHANGEMTU = 7
NETDEV_CHANGEADDR = 8
NETDEV_PRE_CHANGEADDR = 9
NETDEV_GOING_DOWN = 10
NETDEV_CHANGENAME = 11
NETDEV_PRE_UP = 14
NETDEV_POST_INIT = 17
NETDEV_PRE_UNINIT = 18
NETDEV_PRECHANGEMTU = 24
LL_RESERVED_SPACE = 16
"""Headroom for the Ethernet header: LL_RESERVED_SPACE(lo), bytes."""

NETDEV_TX_MASK = 0xF0

NET_RX_SUCCESS = 0
NET_RX_DROP = 1
NETDEV_TX_OK = 0
NETDEV_TX_BUSY = 0x10
NET_XMIT_SUCCESS = 0
NET_XMIT_DROP = 1
NET_XMIT_CN = 2

IFF_XMIT_DST_RELEASE = 1 << 5
IFF_TX_SKB_SHARING = 1 << 11
IFF_LIVE_ADDR_CHANGE = 1 << 15
IFF_XMIT_DST_RELEASE_PERM = 1 << 17
IFF_NO_QUEUE = 1 << 19


GSO_MAX_SEGS = 65535
GSO_LEGACY_MAX_SIZE = 65536
GSO_MAX_SIZE = 8 * 65535
TSO_LEGACY_MAX_SIZE = 65536
TSO_MAX_SEGS = 65535

XMIT_RECURSION_LIMIT = 8

NETREG_UNINITIALIZED = 0
NETREG_REGISTERED = 1
NETREG_UNREGISTERING = 2
NETREG_UNREGISTERED = 3
NETREG_RELEASED = 4


DevFunc = Callable[["NetDevice"], None]
"""What is done with a device; OSError where C returns -errno."""

PacketFunc = Callable[[SkBuff, "NetDevice"], int]
"""Who takes a packet at a device: the driver on its way down, a protocol (struct packet_type) on
its way up."""

Tap = Callable[[SkBuff, "NetDevice"], object]
"""Who is shown every packet of a device; what it answers nobody reads."""


class PacketType:
    """struct packet_type of a packet socket: a Tap that hands packets to ``func(skb, dev, self)``.

    ``type`` is an Ethernet protocol, ``dev`` None for every device, ``af_packet_priv`` the socket.
    """

    __slots__ = ("type", "dev", "func", "af_packet_priv")

    def __init__(
        self,
        type: int,
        dev: NetDevice | None,
        func: Callable[[SkBuff, NetDevice, PacketType], int],
        af_packet_priv: Any,
    ) -> None:
        self.type, self.dev = type, dev
        self.func, self.af_packet_priv = func, af_packet_priv

    def __call__(self, skb: SkBuff, dev: NetDevice) -> int:
        """Show it a packet of ``dev``."""
        return self.func(skb, dev, self)


@dataclass(frozen=True, slots=True)
class NetDeviceOps:
    """struct net_device_ops: what a driver fills in and the core calls through."""

    ndo_init: Callable[[NetDevice], int] | None = None
    ndo_uninit: DevFunc | None = None
    ndo_open: DevFunc | None = None
    ndo_stop: DevFunc | None = None
    ndo_start_xmit: PacketFunc = NULL
    ndo_features_check: Callable[[SkBuff, NetDevice, int], int] | None = None
    ndo_get_stats64: Callable[[NetDevice, RtnlLinkStats64], None] | None = None
    ndo_set_mac_address: Callable[[NetDevice, bytes], None] | None = None
    ndo_change_mtu: Callable[[NetDevice, int], None] | None = None
    ndo_fix_features: Callable[[NetDevice, int], int] | None = None
    ndo_set_features: Callable[[NetDevice, int], int] | None = None
    ndo_neigh_construct: Callable[[NetDevice, Neighbour], int] | None = None


@dataclass(frozen=True, slots=True)
class HeaderOps:
    """struct header_ops: who builds and reads the link-layer header."""

    create: Callable[[SkBuff, NetDevice, int, bytes | None, bytes | None, int], int]
    parse: Callable[[SkBuff], bytes]
    cache: Callable[[Neighbour, HhCache, int], int]
    cache_update: Callable[[HhCache, NetDevice, bytes], None]
    parse_protocol: Callable[[SkBuff], int]


@dataclass(frozen=True, slots=True)
class EthtoolOps:
    """struct ethtool_ops, the two that lo fills in."""

    get_link: Callable[[NetDevice], int] | None = None
    get_ts_info: Callable[[NetDevice], dict[str, int]] | None = None


@dataclass(frozen=True, slots=True)
class PacketOffload:
    """struct packet_offload, and struct net_offload of include/net/protocol.h: who cuts the packets
    of one protocol."""

    gso_segment: Callable[[SkBuff, int], list[SkBuff] | None]


class NetdevQueue:
    """struct netdev_queue: ``qdisc`` is what packets meet, ``qdisc_sleeping`` waits for the up."""

    __slots__ = ("qdisc", "qdisc_sleeping")

    qdisc: Qdisc
    qdisc_sleeping: Qdisc

    def __init__(self) -> None:
        self.qdisc = self.qdisc_sleeping = NULL


class NetDevice:
    """struct net_device. Sizes and lengths in bytes, feature words as in ``netdev_features``.

    Built by ``alloc_netdev``; ``machine`` is the one that owns the namespace ``nd_net``.
    """

    __slots__ = (
        "name",
        "ifindex",
        "nd_net",
        "machine",
        "netif_f",
        "flags",
        "gflags",
        "promiscuity",
        "allmulti",
        "priv_flags",
        "type",
        "mtu",
        "min_mtu",
        "max_mtu",
        "hard_header_len",
        "min_header_len",
        "addr_len",
        "dev_addr",
        "perm_addr",
        "addr_assign_type",
        "name_assign_type",
        "broadcast",
        "lltx",
        "netns_immutable",
        "hw_features",
        "features",
        "wanted_features",
        "vlan_features",
        "hw_enc_features",
        "mpls_features",
        "mangleid_features",
        "gso_partial_features",
        "gso_max_size",
        "gso_ipv4_max_size",
        "gso_max_segs",
        "tso_max_size",
        "tso_max_segs",
        "gro_max_size",
        "netdev_ops",
        "ethtool_ops",
        "header_ops",
        "needs_free_netdev",
        "priv_destructor",
        "pcpu_stat_type",
        "lstats",
        "core_stats",
        "qdisc",
        "txq",
        "tx_queue_len",
        "num_tx_queues",
        "real_num_tx_queues",
        "num_rx_queues",
        "real_num_rx_queues",
        "allocated",
        "reg_state",
        "dismantle",
        "present",
        "running",
        "carrier",
        "group",
        "ip_ptr",
        "ip6_ptr",
        "pcpu_refcnt",
        "ptype_all",
        "priv",
        "priv_len",
    )

    nd_net: Net
    machine: Machine
    netif_f: NetdevFeatures
    dev_addr: bytes
    perm_addr: bytes
    broadcast: bytes
    netdev_ops: NetDeviceOps
    ethtool_ops: EthtoolOps
    header_ops: HeaderOps | None
    priv_destructor: DevFunc | None
    lstats: PerCpu[PcpuLstats]
    core_stats: NetDevCoreStats
    qdisc: Qdisc
    ip_ptr: InDevice | None
    ip6_ptr: Inet6Dev | None
    allocated: list[tuple[str, int]]
    pcpu_refcnt: PerCpu[int]
    ptype_all: list[Tap]
    priv: Any
    priv_len: int

    def __init__(self) -> None:
        self.name = ""
        self.nd_net = self.machine = self.netif_f = NULL
        self.gflags = self.promiscuity = self.allmulti = 0
        self.ifindex = self.flags = self.priv_flags = self.type = self.group = 0
        self.mtu = self.min_mtu = self.max_mtu = 0
        self.hard_header_len = self.min_header_len = self.addr_len = 0
        self.dev_addr = self.perm_addr = self.broadcast = b""
        self.addr_assign_type = self.name_assign_type = 0
        self.lltx = self.netns_immutable = False
        self.hw_features = self.features = self.wanted_features = self.vlan_features = 0
        self.hw_enc_features = self.mpls_features = self.mangleid_features = 0
        self.gso_partial_features = self.gso_max_size = self.gso_ipv4_max_size = 0
        self.gso_max_segs = self.tso_max_size = self.tso_max_segs = self.gro_max_size = 0
        self.netdev_ops = self.ethtool_ops = NULL
        self.header_ops = self.priv_destructor = self.ip_ptr = self.ip6_ptr = None
        self.needs_free_netdev = False
        self.pcpu_stat_type = 0
        self.lstats = self.core_stats = self.qdisc = NULL
        self.txq = NetdevQueue()
        self.tx_queue_len = self.num_tx_queues = self.real_num_tx_queues = 0
        self.num_rx_queues = self.real_num_rx_queues = 0
        self.reg_state = 0
        self.dismantle = self.present = self.running = self.carrier = False
        self.pcpu_refcnt = NULL
        self.allocated = []
        self.ptype_all = []
        self.priv, self.priv_len = NULL, 0

    def __repr__(self) -> str:
        return f"<net_device {self.name or '(unnamed)'} ifindex {self.ifindex}>"


def netdev_priv(dev: NetDevice) -> Any:
    """What the driver keeps with its device: the object that its ``setup`` has put into
    ``dev.priv``. C has ``priv_len`` zeroed bytes there; lo needs none of them."""
    return dev.priv


def __dev_hold(dev: NetDevice) -> None:
    """One reference more, counted on this CPU (CONFIG_PCPU_DEV_REFCNT, which an SMP kernel has)."""
    dev.pcpu_refcnt[dev.machine.cpu] += 1


def __dev_put(dev: NetDevice) -> None:
    """One reference less. It may have been counted on another CPU: only the sum says anything."""
    dev.pcpu_refcnt[dev.machine.cpu] -= 1


def netdev_hold(dev: NetDevice) -> None:
    """Keep the device from being freed; ``dev_hold`` before 6.0."""
    __dev_hold(dev)


def netdev_put(dev: NetDevice) -> None:
    """Give a reference back; ``dev_put`` before 6.0."""
    __dev_put(dev)


@kernel_function
def net_gso_ok(features: int, gso_type: int) -> bool:
    """Whether every kind of segmentation that ``gso_type`` asks for is in ``features``."""
    feature = gso_type << NETIF_F_GSO_SHIFT
    return features & feature == feature


@kernel_function
def skb_gso_ok(skb: SkBuff, features: int) -> bool:
    """Whether a device with ``features`` can take this GSO packet as it is."""
    return net_gso_ok(features, skb.gso_type) and (
        skb.frag_list is None or bool(features & skb.dev.netif_f.FRAGLIST)
    )


@kernel_function
def netif_needs_gso(skb: SkBuff, features: int) -> bool:
    """Whether the packet must be cut in software before the driver sees it."""
    if not skb.gso_size:
        if trace.on:
            decide("must it be cut in software?", False, gso_size=0)
        return False
    ok = skb_gso_ok(skb, features)
    needs = not ok or skb.ip_summed not in (CHECKSUM_PARTIAL, CHECKSUM_UNNECESSARY)
    if trace.on:
        decide(
            "can the features carry this gso_type?", ok, features=features, gso_type=skb.gso_type
        )
        # C looks at the checksum only where the features would do.
        decide("must it be cut in software?", needs, **({"ip_summed": skb.ip_summed} if ok else {}))
    return needs


def netdev_get_wanted_features(dev: NetDevice) -> int:
    """What the user asked for, as far as the device lets the user ask."""
    return (dev.features & ~dev.hw_features) | dev.wanted_features
