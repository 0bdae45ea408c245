"""From dev_queue_xmit to the backlog: what is counted, what is dropped, and who says so."""

from __future__ import annotations

import errno
import struct
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lomodel.linux.include.linux.net import SOCK_DGRAM
from lomodel.linux.include.linux.netdevice import (
    NET_RX_DROP,
    NET_RX_SUCCESS,
    NETDEV_TX_BUSY,
    NETDEV_TX_OK,
    XMIT_RECURSION_LIMIT,
)
from lomodel.linux.include.linux.netdevice_softnet import softnet_seq_show
from lomodel.linux.include.linux.skbuff import CHECKSUM_PARTIAL, NOT_SET, SkBuff
from lomodel.linux.include.linux.socket import AF_INET
from lomodel.linux.include.uapi.linux.if_packet import (
    PACKET_HOST,
    PACKET_MULTICAST,
    PACKET_OTHERHOST,
    PACKET_OUTGOING,
)
from lomodel.linux.include.uapi.linux.in_ import IPPROTO_UDP
from lomodel.linux.include.uapi.linux.udp import UDP_SEGMENT
from lomodel.linux.kernel.softirq import local_bh_disable, local_bh_enable, run_ksoftirqd
from lomodel.linux.net.core.dev import (
    dev_get_stats,
    dev_queue_xmit,
    enqueue_to_backlog,
    netif_rx,
    skb_csum_hwoffload_help,
    validate_xmit_skb,
)
from lomodel.linux.net.core.dev_ioctl import set_up
from lomodel.linux.net.core.skbuff import alloc_skb, skb_put
from lomodel.linux.net.ethernet.eth import eth_header, eth_type_trans
from lomodel.linux.net.ethtool.ioctl import ethtool_set_features
from lomodel.linux.net.packet.af_packet import packet_snd
from lomodel.linux.net.socket import bind, sendto, setsockopt, socket_create
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


@pytest.mark.parametrize(("release", "received"), [("5.14", 0), ("6.1", 1), ("6.18", 1)])
def test_netif_rx_out_of_a_process_receives_before_it_returns_since_5_18(release, received):
    dev = lo_up(release)
    held = []
    dev.machine.ptype_base[UNKNOWN] = [lambda skb, dev: held.append(skb)]
    skb = packet(dev)
    skb.protocol = eth_type_trans(skb, dev)
    assert netif_rx(skb) == NET_RX_SUCCESS
    assert len(held) == received
    assert not dev.machine.softnet[0].bh_disabled


def test_netif_rx_leaves_the_packet_where_bottom_halves_are_off():
    dev = lo_up()
    local_bh_disable(dev.machine)
    skb = packet(dev)
    skb.protocol = eth_type_trans(skb, dev)
    with dev.machine.trace() as trace:
        assert netif_rx(skb) == NET_RX_SUCCESS
    assert [name for name, _ in trace.events()] == ["netif_rx_entry", "netif_rx", "netif_rx_exit"]
    assert list(dev.machine.softnet[0].input_pkt_queue) == [skb]
    assert "local_bh_disable" not in trace.functions()


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


def test_what_a_driver_is_given():
    """The MAC header stands at data, where taps and drivers look for it."""
    dev = lo_up()
    seen = []

    def start_xmit(skb, dev):
        seen.append((skb.mac_header - skb.data, skb.len))
        return NETDEV_TX_OK

    dev.netdev_ops = replace(dev.netdev_ops, ndo_start_xmit=start_xmit)
    dev_queue_xmit(packet(dev, 100))
    assert seen == [(0, 114)]


def test_a_driver_that_sends_what_it_gets_is_stopped():
    """Nine transmits may be nested; when all have ended, nothing is counted any more."""
    dev = lo_up()
    answers = []

    def start_xmit(skb, dev):
        answers.append(dev_queue_xmit(packet(dev)))
        return NETDEV_TX_OK

    dev.netdev_ops = replace(dev.netdev_ops, ndo_start_xmit=start_xmit)
    assert dev_queue_xmit(packet(dev)) == NETDEV_TX_OK
    assert answers == [-errno.ENETDOWN] + [NETDEV_TX_OK] * XMIT_RECURSION_LIMIT
    assert dev.machine.softnet[0].xmit_recursion == 0


def summed_by_nobody(dev) -> SkBuff:
    """A packet whose sum, of the 20 bytes from the network header on, is still to be written."""
    skb = packet(dev)
    start = skb.network_header
    skb.head[start : start + 46] = bytes(range(46))
    skb.len, skb.tail = 34, start + 20
    skb.ip_summed, skb.csum_start, skb.csum_offset = CHECKSUM_PARTIAL, start, 6
    return skb


@pytest.mark.parametrize(
    ("features", "offset", "written"),
    [
        ((), 6, True),
        (("IP_CSUM",), 6, False),
        (("IPV6_CSUM",), 16, False),
        (("IP_CSUM",), 2, True),
        (("HW_CSUM",), 2, False),
    ],
)
def test_who_writes_a_sum(features, offset, written):
    """The device, where it can: a device for UDP and TCP finds their fields at 6 and 16 only."""
    dev = lo_up()
    skb = summed_by_nobody(dev)
    skb.csum_offset = offset
    before = bytes(skb.linear())
    assert skb_csum_hwoffload_help(skb, dev.netif_f.mask(*features)) == 0
    assert (skb.ip_summed != CHECKSUM_PARTIAL) == written
    at = 14 + offset
    if written:
        total = sum(struct.unpack("!10H", before[14:])) % 0xFFFF
        assert skb.linear()[at : at + 2] == (~total & 0xFFFF).to_bytes(2, "big")
    assert bytes(skb.linear()[at + 2 :]) == before[at + 2 :]


def test_where_the_sum_starts_is_the_transport_header():
    dev = lo_up()
    skb = summed_by_nobody(dev)
    (sent,) = validate_xmit_skb(skb, dev)
    assert sent.transport_header == skb.network_header
    assert sent.ip_summed == CHECKSUM_PARTIAL  # lo sums as a device would, that is never


@pytest.mark.parametrize("segments", [1, 3])
def test_a_driver_that_asks_to_queue_loses_what_it_left(segments):
    """lo has no queue to put it back to; of a list of segments nobody learns that."""
    dev = lo_up()
    dev.netdev_ops = replace(dev.netdev_ops, ndo_start_xmit=lambda skb, dev: NETDEV_TX_BUSY)
    listener, sender = (socket_create(dev.nd_net, AF_INET, SOCK_DGRAM) for _ in range(2))
    bind(listener, "", 7000)
    setsockopt(sender, IPPROTO_UDP, UDP_SEGMENT, 1000)
    ethtool_set_features(dev, {"tx-udp-segmentation": False})
    error = None
    try:
        sendto(sender, bytes(1000 * segments), "127.0.0.1", 7000)
    except OSError as refused:
        error = refused.errno
    assert sender.sk.sk_wmem_alloc == 1
    assert error == (errno.ENETDOWN if segments == 1 else None)
    assert dev_get_stats(dev).tx_dropped == 1
    assert dev.machine.dmesg[-1].endswith("Virtual device lo asks to queue packet!")


@pytest.mark.parametrize(("start", "seen"), [(NOT_SET, 0), (20, 20)])
def test_without_a_transport_header_the_network_header_stands_in(start, seen):
    dev = lo_up()
    held = []
    dev.machine.ptype_base[UNKNOWN] = [lambda skb, dev: held.append(skb)]
    skb = packet(dev)
    skb.transport_header = start if start == NOT_SET else skb.network_header + start
    dev_queue_xmit(skb)
    (skb,) = held
    assert (skb.network_header, skb.mac_len) == (skb.data, 14)
    assert skb.transport_header - skb.network_header == seen


@pytest.mark.parametrize("where", ["machine", "device"])
def test_a_tap_sees_a_packet_twice_and_takes_nothing_away(where):
    dev = lo_up()
    taps, seen = (dev.machine if where == "machine" else dev).ptype_all, []
    taps.append(lambda skb, dev: seen.append(skb))
    held = []
    dev.machine.ptype_base[UNKNOWN] = [lambda skb, dev: held.append(skb)]
    skb = packet(dev)
    dev_queue_xmit(skb)
    assert [each.pkt_type for each in seen] == [PACKET_OUTGOING, PACKET_HOST]
    assert [each.len for each in seen] == [60, 46]
    assert held == [skb] and skb not in seen


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
