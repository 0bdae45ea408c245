"""drivers/net/loopback.c: the whole driver of lo, and the blackhole device that shares its setup.

There is one lo in every network namespace. ``loopback_net_init`` makes it when the namespace is
made; ``loopback_xmit`` is what it does for a living: turn a packet around.

Left out: the making of timestamps, lockdep classes.
"""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, NoReturn

from lomodel import trace
from lomodel.linux.include.linux.cpumask import for_each_possible_cpu
from lomodel.linux.include.linux.err import PTR_ERR
from lomodel.linux.include.linux.netdevice import (
    GSO_MAX_SIZE,
    IFF_LIVE_ADDR_CHANGE,
    IFF_NO_QUEUE,
    IFF_XMIT_DST_RELEASE,
    IFF_XMIT_DST_RELEASE_PERM,
    NET_RX_SUCCESS,
    NETDEV_TX_OK,
    DevFunc,
    EthtoolOps,
    HeaderOps,
    NetDevice,
    NetDeviceOps,
)
from lomodel.linux.include.linux.netdevice_stats import (
    NETDEV_PCPU_STAT_LSTATS,
    NETDEV_PCPU_STAT_NONE,
    PcpuLstats,
    RtnlLinkStats64,
    dev_lstats_add,
    netdev_alloc_pcpu_stats,
)
from lomodel.linux.include.linux.skbuff import SkBuff, skb_orphan
from lomodel.linux.include.linux.stddef import NULL
from lomodel.linux.include.linux.u64_stats_sync import u64_stats_fetch_begin, u64_stats_fetch_retry
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK, IFF_RUNNING, IFF_UP
from lomodel.linux.include.uapi.linux.if_arp import ARPHRD_LOOPBACK
from lomodel.linux.include.uapi.linux.if_ether import ETH_ALEN, ETH_HLEN, ETH_MIN_MTU
from lomodel.linux.include.uapi.linux.netdevice import NET_NAME_UNKNOWN
from lomodel.linux.kernel.panic import BUG_ON, panic
from lomodel.linux.mm.percpu import free_percpu, per_cpu_ptr
from lomodel.linux.net.core.dev import (
    __netif_rx,
    alloc_netdev,
    dev_net_set,
    free_netdev,
    netif_rx,
    register_netdev,
    rtnl_lock,
    rtnl_unlock,
)
from lomodel.linux.net.core.net_namespace import LOOPBACK_IFINDEX, Net, PernetOperations, net_eq
from lomodel.linux.net.ethernet.eth import eth_header_ops, eth_mac_addr, eth_type_trans
from lomodel.linux.net.ethtool.ioctl import ethtool_op_get_ts_info
from lomodel.linux.net.sched.sch_generic import dev_activate, dev_init_scheduler
from lomodel.trace import decide, kernel_file

if TYPE_CHECKING:
    from lomodel.linux.net.core.neighbour import Neighbour
    from lomodel.machine import Machine

kernel_function = kernel_file("drivers/net/loopback.c")


LO_MTU = 64 * 1024
"""Bytes of a network-layer packet."""

_NETIF_RX = {"netif_rx": netif_rx, "__netif_rx": __netif_rx}


# --- the four functions of loopback_ops ---------------------------------------------------------


@kernel_function
def loopback_xmit(skb: SkBuff, dev: NetDevice) -> int:
    """Send a packet: hand it to the receive side as if it had come in. Always NETDEV_TX_OK.

    An old time is wiped off, as ``netif_rx`` would keep it for the time of receipt; the sender's
    socket is let go before the receiver sees the packet. ``len`` is taken after
    ``eth_type_trans`` has pulled the Ethernet header, which is why lo counts network-layer bytes;
    and what the backlog did not take is not counted at all.
    """
    skb.tstamp = 0
    skb_orphan(skb)
    skb.protocol = eth_type_trans(skb, dev)
    len = skb.len
    taken = _NETIF_RX[dev.machine.release.xmit_calls_netif_rx](skb) == NET_RX_SUCCESS
    if trace.on:
        decide("did the backlog take it?", taken, len=len)
    if taken:
        dev_lstats_add(dev, len)
    return NETDEV_TX_OK


@kernel_function
def dev_lstats_read(dev: NetDevice) -> tuple[int, int]:
    """(packets, bytes) over all possible CPUs, in the order of their ids.

    Each pair belongs together (``u64_stats_fetch_retry``), the sum need not: CPUs go on counting
    while others are read. A CPU that is offline keeps what it has counted.
    """
    packets = bytes = 0
    lstats = dev.lstats
    for cpu in for_each_possible_cpu(dev.machine):
        lb_stats = per_cpu_ptr(lstats, cpu)
        while True:
            start = u64_stats_fetch_begin(lb_stats.syncp)
            tpackets, tbytes = lb_stats.packets, lb_stats.bytes
            if not u64_stats_fetch_retry(lb_stats.syncp, start):
                break
        bytes += tbytes
        packets += tpackets
    return packets, bytes


@kernel_function
def loopback_get_stats64(dev: NetDevice, stats: RtnlLinkStats64) -> None:
    """What was sent was received, so both sides show the same two numbers."""
    packets, bytes = dev_lstats_read(dev)
    stats.rx_packets = stats.tx_packets = packets
    stats.rx_bytes = stats.tx_bytes = bytes


@kernel_function
def loopback_dev_init(dev: NetDevice) -> int:
    """Registration has begun. Releases in which the driver owns the counters allocate them here:
    OSError ENOMEM."""
    if dev.machine.release.lstats_owner == "driver":
        lstats = netdev_alloc_pcpu_stats(dev.machine, PcpuLstats)
        if lstats is None:
            raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
        dev.lstats = lstats
    return 0


@kernel_function
def loopback_dev_free(dev: NetDevice) -> None:
    """The destructor: the namespace has no lo any more. Who allocated the counters frees them."""
    dev.nd_net.loopback_dev = NULL
    if dev.machine.release.lstats_owner == "driver":
        free_percpu(dev.machine, dev.lstats)
        dev.lstats = NULL


loopback_ops = NetDeviceOps(
    ndo_init=loopback_dev_init,
    ndo_start_xmit=loopback_xmit,
    ndo_get_stats64=loopback_get_stats64,
    ndo_set_mac_address=eth_mac_addr,
)


# --- ethtool ------------------------------------------------------------------------------------


@kernel_function
def always_on(dev: NetDevice) -> int:
    """lo has a link whenever it is asked. It is asked only while lo runs: of a lo that is down
    ``__ethtool_get_link`` says 0 without coming here."""
    return 1


loopback_ethtool_ops = EthtoolOps(get_link=always_on, get_ts_info=ethtool_op_get_ts_info)


# --- setup --------------------------------------------------------------------------------------


@kernel_function
def gen_lo_setup(
    dev: NetDevice,
    mtu: int,
    eth_ops: EthtoolOps,
    hdr_ops: HeaderOps | None,
    dev_ops: NetDeviceOps,
    dev_destructor: DevFunc | None,
) -> None:
    """What lo and the blackhole device have in common.

    ``ether_setup`` is not called, so min_mtu, max_mtu and the broadcast address stay 0.
    """
    f, release = dev.netif_f, dev.machine.release
    dev.mtu = mtu
    dev.hard_header_len = dev.min_header_len = ETH_HLEN
    dev.addr_len = ETH_ALEN
    dev.type = ARPHRD_LOOPBACK
    dev.flags = IFF_LOOPBACK
    dev.priv_flags |= IFF_LIVE_ADDR_CHANGE | IFF_NO_QUEUE
    # Up to 6.11 these two were feature bits; a bit that a release does not have is 0 here.
    dev.lltx = dev.netns_immutable = True
    netif_keep_dst(dev)
    dev.hw_features = f.GSO_SOFTWARE
    dev.features = f.GSO_SOFTWARE | f.mask(*LO_FEATURES)
    dev.ethtool_ops = eth_ops
    dev.header_ops = hdr_ops
    dev.netdev_ops = dev_ops
    dev.needs_free_netdev = True
    core = release.lstats_owner == "core"
    dev.pcpu_stat_type = NETDEV_PCPU_STAT_LSTATS if core else NETDEV_PCPU_STAT_NONE
    dev.priv_destructor = dev_destructor
    if release.has_tso_max_size:
        netif_set_tso_max_size(dev, GSO_MAX_SIZE)


# fmt: off
LO_FEATURES = (
    "SG", "FRAGLIST", "HW_CSUM", "RXCSUM", "SCTP_CRC", "HIGHDMA",
    "LLTX", "NETNS_LOCAL", "VLAN_CHALLENGED", "LOOPBACK",
)
# fmt: on
"""What lo can do besides GSO_SOFTWARE, without the NETIF_F_ prefix."""


def netif_keep_dst(dev: NetDevice) -> None:
    """Packets keep their route through transmit, since lo's receive side uses it again."""
    dev.priv_flags &= ~(IFF_XMIT_DST_RELEASE | IFF_XMIT_DST_RELEASE_PERM)


def netif_set_tso_max_size(dev: NetDevice, size: int) -> None:
    """How large a packet the device could take at most, in bytes; a later ``gso_max_size`` may go
    up to there (net/core/dev.c). A larger gso_max_size is cut."""
    dev.tso_max_size = min(GSO_MAX_SIZE, size)
    dev.gso_max_size = min(dev.gso_max_size, size)
    dev.gso_ipv4_max_size = min(dev.gso_ipv4_max_size, size)


@kernel_function
def loopback_setup(dev: NetDevice) -> None:
    """lo's own arguments."""
    gen_lo_setup(dev, LO_MTU, loopback_ethtool_ops, eth_header_ops, loopback_ops, loopback_dev_free)


# --- birth --------------------------------------------------------------------------------------


@kernel_function
def loopback_net_init(net: Net) -> None:
    """Make the lo of a new namespace.

    ``net->loopback_dev`` is set last: listeners that hear of the registration still see NULL.
    OSError of what failed makes the namespace fail; without lo in init_net the machine cannot live,
    so there it panics.
    """
    machine = net.machine
    dev = alloc_netdev(machine, 0, "lo", machine.release.lo_name_assign_type, loopback_setup)
    if dev is None:
        refuse_net(net, OSError(errno.ENOMEM, os.strerror(errno.ENOMEM)))
    dev_net_set(dev, net)
    try:
        register_netdev(dev)
    except OSError as error:
        free_netdev(dev)
        refuse_net(net, error)
    BUG_ON(dev.ifindex != LOOPBACK_IFINDEX, "dev->ifindex != LOOPBACK_IFINDEX")
    net.loopback_dev = dev


def refuse_net(net: Net, error: OSError) -> NoReturn:
    """The end of ``loopback_net_init`` when something failed."""
    if net_eq(net, net.machine.init_net):
        panic(net.machine, f"loopback: Failed to register netdevice: {PTR_ERR(error)}")
    raise error


loopback_net_ops = PernetOperations("loopback_net_ops", init=loopback_net_init)
"""Without an exit: ``default_device_exit_batch`` unregisters whatever is left, lo last."""


# --- blackhole ----------------------------------------------------------------------------------


@kernel_function
def blackhole_netdev_xmit(skb: SkBuff, dev: NetDevice) -> int:
    """Where packets of invalidated routes end: drop it, and say so."""
    dev.machine.printk("blackhole_netdev_xmit(): Dropping skb.")
    return NETDEV_TX_OK


@kernel_function
def blackhole_neigh_output(neighbour: Neighbour, skb: SkBuff) -> int:
    """A neighbour on the blackhole swallows packets before they get a header."""
    return 0


@kernel_function
def blackhole_neigh_construct(dev: NetDevice, neighbour: Neighbour) -> int:
    """Give a new neighbour of the blackhole its output function."""
    neighbour.output = blackhole_neigh_output
    return 0


blackhole_netdev_ops = {
    True: NetDeviceOps(
        ndo_start_xmit=blackhole_netdev_xmit, ndo_neigh_construct=blackhole_neigh_construct
    ),
    False: NetDeviceOps(ndo_start_xmit=blackhole_netdev_xmit),
}
"""With and without the neighbour function (``Release.blackhole_neigh``)."""


@kernel_function
def blackhole_netdev_setup(dev: NetDevice) -> None:
    """The blackhole's own arguments: the smallest MTU, no header, no destructor."""
    release = dev.machine.release
    ops = blackhole_netdev_ops[release.blackhole_neigh]
    gen_lo_setup(dev, ETH_MIN_MTU, NULL, None, ops, None)


@kernel_function
def blackhole_netdev_init(machine: Machine) -> None:
    """One for the whole machine, never registered: it has no index and no list knows it.
    OSError ENOMEM."""
    dev = alloc_netdev(machine, 0, "blackhole_dev", NET_NAME_UNKNOWN, blackhole_netdev_setup)
    if dev is None:
        raise OSError(errno.ENOMEM, os.strerror(errno.ENOMEM))
    machine.blackhole_netdev = dev
    rtnl_lock(machine)
    dev_init_scheduler(dev)
    dev_activate(dev)
    rtnl_unlock(machine)
    dev.flags |= IFF_UP | IFF_RUNNING
    dev_net_set(dev, machine.init_net)
