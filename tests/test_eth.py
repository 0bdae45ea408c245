"""eth_header_ops on real bytes: who writes the Ethernet header, and who reads it."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from lomodel.linux.include.linux.netdevice import HH_DATA_MOD, IFF_LIVE_ADDR_CHANGE
from lomodel.linux.include.uapi.linux.if_ import IFF_LOOPBACK, IFF_NOARP
from lomodel.linux.include.uapi.linux.if_ether import ETH_P_802_2, ETH_P_802_3
from lomodel.linux.net.core.skbuff import alloc_skb, skb_put
from lomodel.linux.net.ethernet.eth import eth_header_ops, eth_mac_addr
from lomodel.machine import Machine

OURS = bytes.fromhex("020000000001")
THEIRS = bytes.fromhex("020000000099")
IPV4 = 0x0800


@pytest.fixture
def lo():
    dev = Machine().new_net().loopback_dev
    dev.dev_addr = OURS
    return dev


def created(dev, type=IPV4, daddr=THEIRS, saddr=None, length=46):
    skb = alloc_skb(14, length)
    skb_put(skb, length)
    pushed = eth_header_ops.create(skb, dev, type, daddr, saddr, length)
    skb.mac_header = skb.data
    return pushed, skb


def test_create_writes_destination_source_and_type(lo):
    pushed, skb = created(lo)
    assert pushed == 14 and skb.len == 60
    assert bytes(skb.head[skb.data : skb.data + 14]) == THEIRS + OURS + b"\x08\x00"


def test_create_takes_the_source_that_it_is_given(lo):
    assert bytes(created(lo, saddr=THEIRS)[1].linear()[6:12]) == THEIRS


@pytest.mark.parametrize("type", [ETH_P_802_3, ETH_P_802_2])
def test_create_writes_a_length_in_place_of_the_old_types(lo, type):
    assert bytes(created(lo, type=type, length=300)[1].linear()[12:14]) == b"\x01\x2c"


@pytest.mark.parametrize("flags", [IFF_LOOPBACK, IFF_NOARP])
def test_create_without_a_destination_needs_a_device_that_has_no_neighbours(lo, flags):
    lo.flags = flags
    pushed, skb = created(lo, daddr=None)
    assert pushed == 14 and not any(skb.linear()[:6])
    lo.flags = 0
    assert created(lo, daddr=None)[0] == -14


def test_parse_reads_the_source(lo):
    assert eth_header_ops.parse(created(lo)[1]) == OURS


def test_parse_protocol_reads_the_type(lo):
    assert eth_header_ops.parse_protocol(created(lo, type=0x86DD)[1]) == 0x86DD


def neighbour(dev):
    return SimpleNamespace(ha=THEIRS, dev=dev), SimpleNamespace(
        hh_data=bytearray(HH_DATA_MOD), hh_len=0
    )


def test_cache_keeps_the_header_that_create_would_write(lo):
    neigh, hh = neighbour(lo)
    assert eth_header_ops.cache(neigh, hh, IPV4) == 0
    assert hh.hh_len == 14
    assert bytes(hh.hh_data) == b"\0\0" + bytes(created(lo)[1].linear()[:14])


def test_cache_refuses_802_3_whose_length_changes(lo):
    neigh, hh = neighbour(lo)
    assert eth_header_ops.cache(neigh, hh, ETH_P_802_3) == -1
    assert hh.hh_len == 0


def test_cache_update_writes_another_destination(lo):
    neigh, hh = neighbour(lo)
    eth_header_ops.cache(neigh, hh, IPV4)
    eth_header_ops.cache_update(hh, lo, b"\x02" * 6)
    assert bytes(hh.hh_data[2:]) == b"\x02" * 6 + OURS + b"\x08\x00"


@pytest.mark.parametrize("address", [bytes(6), b"\xff" * 6, bytes.fromhex("01005e000001")])
def test_no_device_may_have_a_zero_or_group_address(lo, address):
    with pytest.raises(OSError) as refused:
        eth_mac_addr(lo, address)
    assert refused.value.errno == 99 and lo.dev_addr == OURS


def test_a_running_device_changes_its_address_only_if_it_may_live(lo):
    lo.running = True
    eth_mac_addr(lo, THEIRS)
    assert lo.dev_addr == THEIRS
    lo.priv_flags &= ~IFF_LIVE_ADDR_CHANGE
    with pytest.raises(OSError) as refused:
        eth_mac_addr(lo, OURS)
    assert refused.value.errno == 16
