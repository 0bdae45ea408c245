"""A device beside lo: what the core does for any driver, and what becomes of it with its namespace.

Seen red: default_device_exit_net that moves nothing; always a new index, and the old one although
it is taken; the old name although it is taken; a device that is moved while up; sizeof_priv not
charged, and not given back; netdev_update_features that does nothing; no min_mtu.
"""

from __future__ import annotations

import errno
from dataclasses import dataclass

import pytest

from lomodel.linux.drivers.net.loopback import dev_lstats_read
from lomodel.linux.include.linux.netdevice import (
    IFF_NO_QUEUE,
    NETDEV_TX_OK,
    DevFunc,
    NetDevice,
    NetDeviceOps,
    netdev_priv,
)
from lomodel.linux.include.linux.netdevice_stats import (
    NETDEV_PCPU_STAT_LSTATS,
    RtnlLinkStats64,
    dev_lstats_add,
)
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.uapi.linux.if_ import IFF_BROADCAST, IFF_MULTICAST, IFF_NOARP
from lomodel.linux.include.uapi.linux.netdevice import NET_NAME_ENUM
from lomodel.linux.net.core.dev import (
    alloc_netdev,
    dev_get_stats,
    dev_net_set,
    free_netdev,
    netdev_update_features,
    register_netdev,
)
from lomodel.linux.net.core.dev_ioctl import set_up
from lomodel.linux.net.core.net_namespace import Net, PernetOperations, register_pernet_device
from lomodel.linux.net.core.rtnetlink import rtnl_setlink
from lomodel.linux.net.core.skbuff import kfree_skb
from lomodel.linux.net.ethernet.eth import ether_setup
from lomodel.linux.net.ethtool.ioctl import ethtool_set_features
from lomodel.linux.net.packet.af_packet import packet_snd
from lomodel.machine import Machine


def xmit(skb: SkBuff, dev: NetDevice) -> int:
    dev_lstats_add(dev, skb.len)
    kfree_skb(skb)
    return NETDEV_TX_OK


def get_stats64(dev: NetDevice, stats: RtnlLinkStats64) -> None:
    stats.tx_packets, stats.tx_bytes = dev_lstats_read(dev)


@dataclass
class Priv:
    allowed: int = -1


def fix_features(dev: NetDevice, features: int) -> int:
    return features & netdev_priv(dev).allowed


OPS = NetDeviceOps(ndo_start_xmit=xmit, ndo_get_stats64=get_stats64, ndo_fix_features=fix_features)


def setup(dev: NetDevice) -> None:
    ether_setup(dev)
    dev.priv = Priv()
    dev.flags = (dev.flags | IFF_NOARP) & ~IFF_MULTICAST
    dev.priv_flags |= IFF_NO_QUEUE
    dev.netdev_ops = OPS
    dev.needs_free_netdev = True
    dev.pcpu_stat_type = NETDEV_PCPU_STAT_LSTATS
    dev.hw_features = dev.features = dev.netif_f.SG


def immutable(dev: NetDevice) -> None:
    setup(dev)
    dev.netns_immutable = True


def birth(net: Net, form: DevFunc = setup) -> NetDevice:
    dev = alloc_netdev(net.machine, 64, "own%d", NET_NAME_ENUM, form)
    if dev is None:
        raise OSError(errno.ENOMEM, "")
    dev_net_set(dev, net)
    try:
        register_netdev(dev)
    except OSError:
        free_netdev(dev)
        raise
    return dev


def names(net: Net) -> list[tuple[int, str]]:
    return [(dev.ifindex, dev.name) for dev in net.dev_base_head]


def test_it_counts_for_itself() -> None:
    net = Machine("6.12").new_net()
    dev = birth(net)
    assert names(net) == [(1, "lo"), (2, "own0")]
    set_up(dev, True)
    packet_snd(dev, bytes(12) + b"\x88\xb9" + bytes(46), 0x88B9)
    stats = dev_get_stats(dev)
    assert (stats.tx_packets, stats.tx_bytes, stats.rx_packets) == (1, 60, 0)
    assert dev_get_stats(net.loopback_dev) == RtnlLinkStats64()


def test_ether_setup() -> None:
    dev = birth(Machine("6.12").new_net(), ether)
    assert (dev.type, dev.mtu, dev.min_mtu, dev.max_mtu) == (1, 1500, 68, 1500)
    assert (dev.hard_header_len, dev.min_header_len, dev.addr_len) == (14, 14, 6)
    assert dev.flags == IFF_BROADCAST | IFF_MULTICAST
    assert (dev.tx_queue_len, dev.broadcast) == (1000, b"\xff" * 6)


def ether(dev: NetDevice) -> None:
    ether_setup(dev)
    dev.netdev_ops = NetDeviceOps(ndo_start_xmit=xmit)


@pytest.mark.parametrize("sizeof_priv", [0, 64])
def test_the_private_part_is_charged(sizeof_priv: int) -> None:
    machine = Machine("6.12")
    with machine.memory.recording() as allocations:
        alloc_netdev(machine, sizeof_priv, "own%d", NET_NAME_ENUM, setup)
    assert allocations[0].what == "net_device"
    assert allocations[0].size == 2496 + sizeof_priv


def promise(net: Net) -> None:
    birth(net, immutable)


def test_every_failing_allocation_gives_all_back() -> None:
    machine = Machine("6.12")
    failures = 0
    register_pernet_device(machine, PernetOperations("own", init=promise))
    with machine.memory.recording() as allocations:
        machine.end_net(machine.new_net())
    used = machine.memory.used
    for nth in range(1, len(allocations) + 1):
        machine.memory.fail(nth)
        with pytest.raises(OSError) as refused:
            machine.new_net()
        failures += refused.value.errno == errno.ENOMEM
        assert machine.memory.used == used, nth
    assert failures == len(allocations) > 20


def test_a_movable_device_outlives_its_namespace() -> None:
    machine = Machine("6.12")
    first, second = machine.new_net(), machine.new_net()
    one, two = birth(first), birth(second)
    set_up(one, True)
    machine.end_net(first)
    assert names(machine.init_net) == [(1, "lo"), (2, "own0")]
    assert one.nd_net is machine.init_net and not one.running
    # Name and index are taken now: the name says the old index, and the index is the next.
    machine.end_net(second)
    assert names(machine.init_net) == [(1, "lo"), (2, "own0"), (3, "dev2")]
    assert machine.init_net.dev_by_index[3] is two
    assert machine.dmesg == []


def test_an_immutable_device_ends_with_its_namespace() -> None:
    machine = Machine("6.12")
    used = machine.memory.used
    net = machine.new_net()
    birth(net, immutable)
    machine.end_net(net)
    assert names(machine.init_net) == [(1, "lo")]
    assert machine.memory.used == used


def test_a_move_by_hand() -> None:
    machine = Machine("6.12")
    here, there = machine.new_net(), machine.new_net()
    dev = birth(here)
    birth(there)
    with pytest.raises(FileExistsError):
        rtnl_setlink(here, "own0", there)
    dev.name = "free"
    rtnl_setlink(here, "free", there)
    assert names(here) == [(1, "lo")]
    assert names(there) == [(1, "lo"), (2, "own0"), (3, "free")]
    assert dev.ip_ptr is not None and dev.ip_ptr.dev is dev


def test_an_index_that_is_free_is_kept() -> None:
    machine = Machine("6.12")
    here, there = machine.new_net(), machine.new_net()
    birth(here)
    birth(here)
    rtnl_setlink(here, "own1", there)
    assert names(here) == [(1, "lo"), (2, "own0")]
    assert names(there) == [(1, "lo"), (3, "own1")]


def test_the_rule_is_asked_when_the_driver_says_so() -> None:
    dev = birth(Machine("6.12").new_net())
    assert dev.features & dev.netif_f.SG
    netdev_priv(dev).allowed = 0
    assert dev.features & dev.netif_f.SG
    netdev_update_features(dev)
    assert not dev.features
    netdev_priv(dev).allowed = -1
    ethtool_set_features(dev, {"tx-scatter-gather": False})
    assert not dev.features & dev.netif_f.SG
