"""From dev_queue_xmit to the backlog: what is counted, what is dropped, and who says so."""

from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lomodel.linux.include.linux.netdevice import NET_RX_DROP, NET_RX_SUCCESS, XMIT_RECURSION_LIMIT
from lomodel.linux.include.linux.netdevice_softnet import softnet_seq_show
from lomodel.linux.include.linux.skbuff import SkBuff
from lomodel.linux.include.uapi.linux.if_packet import (
    PACKET_HOST,
    PACKET_MULTICAST,
    PACKET_OTHERHOST,
)
from lomodel.linux.kernel.softirq import local_bh_disable, local_bh_enable, run_ksoftirqd
from lomodel.linux.net.core.dev import dev_get_stats, dev_queue_xmit, enqueue_to_backlog
from lomodel.linux.net.core.dev_ioctl import set_up
from lomodel.linux.net.core.skbuff import alloc_skb, skb_put
from lomodel.linux.net.ethernet.eth import eth_header, eth_type_trans
from lomodel.linux.net.packet.af_packet import packet_snd
from lomodel.machine import Machine
from lomodel.scenario import Player

UNKNOWN = 0x88B5


def lo_up(release: str = "6.18"):
    dev = Machine(release).new_net().loopback_dev
    set_up(dev, True)
    return dev


def packet(dev, payload: int = 46, protocol: int = UNKNOWN, daddr: bytes = bytes(6)) -> SkBuff:
    skb = alloc_skb(14, payload)
    skb_put(skb, payload)
    skb.dev, skb.protocol = dev, protocol
    eth_header(skb, dev, protocol, daddr, None, payload)
    skb.network_header = skb.data + 14
    return skb


def test_received_and_sent_are_the_same_number_and_leave_the_ethernet_header_out():
    dev = lo_up()
    assert dev_queue_xmit(packet(dev, 100)) == 0
    stats = dev_get_stats(dev)
    assert stats.rx_packets == stats.tx_packets == 1
    assert stats.rx_bytes == stats.tx_bytes == 100


def test_the_backlog_takes_one_packet_more_than_its_limit():
    dev = lo_up()
    machine = dev.machine
    local_bh_disable(machine)
    for _ in range(1003):
        assert dev_queue_xmit(packet(dev)) == 0
    stats = dev_get_stats(dev)
    assert (stats.rx_packets, stats.rx_dropped) == (1001, 2)
    local_bh_enable(machine)
    run_ksoftirqd(machine)
    assert machine.softnet[0].processed == 1001
    assert softnet_seq_show(machine.softnet[0]).startswith("000003e9 00000002")


def test_what_ten_turns_of_softirq_leave_is_for_ksoftirqd():
    dev = lo_up()
    machine = dev.machine
    local_bh_disable(machine)
    for _ in range(700):
        dev_queue_xmit(packet(dev))
    local_bh_enable(machine)
    assert machine.softnet[0].processed == 640
    run_ksoftirqd(machine)
    assert machine.softnet[0].processed == 700


def test_a_device_that_is_not_running_takes_nothing_and_the_drop_is_its_own():
    dev = lo_up()
    dev.running = False
    skb = packet(dev)
    assert enqueue_to_backlog(skb, 0) == NET_RX_DROP
    assert dev_get_stats(dev).rx_dropped == 1
    assert dev.machine.softnet[0].dropped == 0


def test_before_6_12_a_stopped_device_counted_in_softnet_too():
    dev = lo_up("6.1")
    dev.running = False
    enqueue_to_backlog(packet(dev), 0)
    assert dev.machine.softnet[0].dropped == 1


@pytest.mark.parametrize(("release", "errno"), [("5.14", 100), ("6.1", 12), ("6.18", 12)])
def test_noqueue_without_iff_up_gives_the_errno_of_its_release(release, errno):
    dev = lo_up(release)
    dev.flags &= ~1
    assert dev_queue_xmit(packet(dev)) == -errno
    assert dev_get_stats(dev).tx_dropped == 1


def test_the_tenth_nested_transmit_is_a_dead_loop():
    dev = lo_up()
    sd = dev.machine.softnet[0]
    sd.xmit_recursion = XMIT_RECURSION_LIMIT
    assert dev_queue_xmit(packet(dev)) == 0
    sd.xmit_recursion = XMIT_RECURSION_LIMIT + 1
    assert dev_queue_xmit(packet(dev)) == -100
    assert "Dead loop on virtual device lo" in dev.machine.dmesg[-1]


@pytest.mark.parametrize(
    ("release", "counted"), [("5.14", 0), ("6.1", 0), ("6.12", 1), ("6.18", 1)]
)
def test_down_means_noop_which_counts_only_since_6_12(release, counted):
    dev = lo_up(release)
    set_up(dev, False)
    assert dev_queue_xmit(packet(dev)) == 2
    assert dev_get_stats(dev).tx_dropped == counted


def test_nobody_for_the_protocol_is_a_drop_unless_somebody_listens_to_all():
    dev = lo_up()
    dev_queue_xmit(packet(dev))
    assert dev_get_stats(dev).rx_dropped == 1
    dev.machine.ptype_all.append(lambda skb, dev: 0)
    dev_queue_xmit(packet(dev))
    assert dev_get_stats(dev).rx_dropped == 1


@pytest.mark.parametrize(
    ("daddr", "kind"),
    [
        (bytes(6), PACKET_HOST),
        (bytes.fromhex("020000000099"), PACKET_OTHERHOST),
        (bytes.fromhex("01005e000001"), PACKET_MULTICAST),
        (b"\xff" * 6, PACKET_MULTICAST),  # lo's own broadcast address is zeros
    ],
)
def test_eth_type_trans_tells_packets_apart_by_destination(daddr, kind):
    dev = lo_up()
    skb = packet(dev, daddr=daddr)
    assert eth_type_trans(skb, dev) == UNKNOWN
    assert (skb.pkt_type, skb.len) == (kind, 46)


@pytest.mark.parametrize(
    ("field", "start", "protocol"),
    [(0x0600, b"\0\0", 0x0600), (0x05FF, b"\0\0", 4), (0x002E, b"\xff\xff", 1)],
)
def test_a_small_type_is_a_length(field, start, protocol):
    dev = lo_up()
    skb = packet(dev)
    skb.head[12:16] = struct.pack("!H", field) + start
    assert eth_type_trans(skb, dev) == protocol


def test_two_machines_never_meet():
    here, there = lo_up(), lo_up()
    with here.machine.trace() as trace:
        packet_snd(there, bytes(60), UNKNOWN)
    assert len(trace) == 0
    assert dev_get_stats(here).rx_packets == 0


def test_a_trace_changes_nothing():
    watched, alone = Player(), Player()
    steps = [
        {"do": "link", "up": True},
        {"do": "tcp_frame", "family": "inet", "payload": 9000, "gso_size": 1000, "flags": 0},
    ]
    with watched.machine.trace() as trace:
        seen = [watched.step(step) for step in steps]
    assert seen == [alone.step(step) for step in steps]
    assert "loopback_xmit" in trace.functions()


FRAMES = st.lists(
    st.tuples(st.sampled_from([0, 46, 1500, 65536]), st.sampled_from([0x0800, 0x0806, UNKNOWN, 5])),
    max_size=20,
)


@given(frames=FRAMES)
def test_counters_are_the_netif_rx_events_that_were_accepted(frames):
    dev = lo_up()
    with dev.machine.trace(calls=False) as trace:
        for payload, ethertype in frames:
            packet_snd(dev, bytes(12) + struct.pack("!H", ethertype) + bytes(payload))
    events = trace.events()
    lengths = [fields["len"] for name, fields in events if name == "netif_rx"]
    taken = [fields["ret"] == NET_RX_SUCCESS for name, fields in events if name == "netif_rx_exit"]
    accepted = [length for length, ok in zip(lengths, taken, strict=True) if ok]
    stats = dev_get_stats(dev)
    assert (stats.rx_packets, stats.rx_bytes) == (len(accepted), sum(accepted))
